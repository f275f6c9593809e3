import {
  to = iamguard_password_policy.this
  identity = {
    account_id = "111122223333"
  }
}
