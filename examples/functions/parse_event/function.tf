terraform {
  required_providers {
    iamguard = { source = "iamguard/iamguard" }
  }
}

locals {
  # One entry of Records in a log file, or an EventBridge event.
  record = jsonencode({
    eventID     = "5f0c3a5e-0000-4000-8000-000000000001"
    eventTime   = "2026-11-20T14:02:00Z"
    eventSource = "iam.amazonaws.com"
    eventName   = "RemoveUserFromGroup"
    awsRegion   = "us-east-1"
    userIdentity = {
      type      = "IAMUser"
      accountId = "111122223333"
      arn       = "arn:aws:iam::111122223333:user/mallory"
      userName  = "mallory"
    }
    requestParameters = { groupName = "mfa-required", userName = "alice" }
  })
  event = provider::iamguard::parse_event(local.record)
}

output "who_did_what" {
  value = "${local.event.actor.name}: ${local.event.event_name} on ${join(", ", values(local.event.target))}"
}

# What could not be understood is listed, and is no sign that nothing is there.
output "not_understood" {
  value = local.event.unreadable
}
