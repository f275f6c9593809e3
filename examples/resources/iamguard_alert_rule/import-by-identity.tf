import {
  to = iamguard_alert_rule.removals
  identity = {
    account_id = "111122223333"
    region     = "us-east-1"
    name       = "iam-removals"
  }
}
