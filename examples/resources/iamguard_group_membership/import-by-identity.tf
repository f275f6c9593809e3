import {
  to = iamguard_group_membership.mfa_required
  identity = {
    account_id = "111122223333"
    group      = "mfa-required"
  }
}
