import {
  to = iamguard_alert_topic.security
  identity = {
    account_id = "111122223333"
    region     = "us-east-1"
    arn        = "arn:aws:sns:us-east-1:111122223333:iam-alerts"
  }
}
