import {
  to = iamguard_log_bucket.audit
  identity = {
    account_id = "111122223333"
    region     = "eu-central-1"
    bucket     = "example-corp-audit-log"
  }
}
