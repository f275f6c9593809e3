import {
  to = iamguard_log_reader_policy.audit
  identity = {
    account_id = "111122223333"
    arn        = "arn:aws:iam::111122223333:policy/audit-log-reader"
  }
}
