terraform {
  required_providers {
    iamguard = { source = "iamguard/iamguard" }
  }
}

locals {
  risk = provider::iamguard::event_risk(jsonencode({
    eventID     = "5f0c3a5e-0000-4000-8000-000000000002"
    eventTime   = "2026-11-20T14:05:00Z"
    eventSource = "cloudtrail.amazonaws.com"
    eventName   = "UpdateTrail"
    awsRegion   = "eu-central-1"
    userIdentity = {
      type      = "Root"
      accountId = "111122223333"
      arn       = "arn:aws:iam::111122223333:root"
    }
    requestParameters = { name = "audit", isMultiRegionTrail = false }
  }))
}

output "severity" {
  value = local.risk.severity
}

output "reasons" {
  value = local.risk.reasons
}
