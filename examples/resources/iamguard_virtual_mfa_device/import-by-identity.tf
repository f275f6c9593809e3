import {
  to = iamguard_virtual_mfa_device.break_glass
  identity = {
    account_id    = "111122223333"
    serial_number = "arn:aws:iam::111122223333:mfa/break-glass"
  }
}
