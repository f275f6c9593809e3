# Encrypted with a key of your own, whose policy the function topic_kms_policy writes.
# Only two rules may publish, and the queue gets the message as the rule wrote it.
resource "iamguard_alert_topic" "encrypted" {
  name                = "iam-alerts-encrypted"
  region              = "us-east-1"
  kms_key_id          = "alias/iam-alerts"
  rule_names          = ["iam-removal", "cloudtrail-tamper"]
  deletion_protection = true

  subscriptions = {
    queue = {
      protocol             = "sqs"
      endpoint             = "arn:aws:sqs:us-east-1:111122223333:iam-alerts"
      raw_message_delivery = true
    }
  }
}
