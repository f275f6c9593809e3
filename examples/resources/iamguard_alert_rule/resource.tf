# The topic stands where EventBridge has the calls of IAM: in us-east-1, wherever the
# provider is. The rule goes there by itself.
resource "iamguard_alert_topic" "removals" {
  name   = "iam-removals"
  region = "us-east-1"

  subscriptions = {
    oncall = { protocol = "email", endpoint = "security@example.com" }
  }
}

resource "iamguard_alert_rule" "removals" {
  name    = "iam-removals"
  presets = ["iam_removal"]

  target = {
    people = { arn = iamguard_alert_topic.removals.arn }
  }
}
