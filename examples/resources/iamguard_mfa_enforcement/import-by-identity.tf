import {
  to = iamguard_mfa_enforcement.people
  identity = {
    account_id = "111122223333"
    arn        = "arn:aws:iam::111122223333:policy/require-mfa"
  }
}
