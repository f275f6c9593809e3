# By serial number, which is the ARN of the device
terraform import iamguard_virtual_mfa_device.break_glass arn:aws:iam::111122223333:mfa/break-glass
