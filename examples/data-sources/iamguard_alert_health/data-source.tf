data "iamguard_alert_health" "removals" {
  rule   = "iam-removals"
  region = "us-east-1" # IAM is recorded there, whatever the provider's region is.
}

check "alerts_arrive" {
  assert {
    condition = data.iamguard_alert_health.removals.healthy
    error_message = join(" ", concat(
      data.iamguard_alert_health.removals.problems[*].message,
      data.iamguard_alert_health.removals.unknown[*].message,
    ))
  }
}
