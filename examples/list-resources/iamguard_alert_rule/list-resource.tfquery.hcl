# The rules on calls of IAM, which EventBridge has in us-east-1.
list "iamguard_alert_rule" "iam" {
  provider         = iamguard
  include_resource = true

  config {
    region = "us-east-1"
  }
}
