# IAM is recorded in us-east-1: the rule on its events is there, and so is its topic.
resource "iamguard_alert_topic" "security" {
  name   = "iam-alerts"
  region = "us-east-1"

  subscriptions = {
    pager = {
      protocol = "https"
      endpoint = "https://alerts.example.com/iam"
    }
    mail = {
      protocol = "email"
      endpoint = "security@example.com"
    }
  }
}
