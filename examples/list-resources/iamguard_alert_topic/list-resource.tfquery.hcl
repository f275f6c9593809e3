# The topics of the region that EventBridge may publish to.
list "iamguard_alert_topic" "security" {
  provider         = iamguard
  include_resource = true

  config {
    region = "us-east-1"
  }
}
