terraform {
  required_providers {
    iamguard = {
      source = "iamguard/iamguard"
    }
  }
}

provider "iamguard" {
  region = "eu-central-1"
}

variable "bucket" {
  description = "Name of the log bucket, unique in all of AWS."
  type        = string
}

variable "group" {
  description = "Name of the group whose members need MFA."
  type        = string
}

variable "inbox" {
  description = "ARN of a queue in us-east-1 that the topic of this configuration may send to; somebody reads it."
  type        = string
}

resource "iamguard_log_bucket" "audit" {
  bucket      = var.bucket
  trail_names = ["audit"]

  # Only because this is a demo that cleans up behind itself.
  deletion_protection = false
  force_destroy       = true
}

resource "iamguard_trail" "audit" {
  name           = "audit"
  s3_bucket_name = iamguard_log_bucket.audit.bucket

  # Only because this is a demo that cleans up behind itself.
  deletion_protection = false
}

# EventBridge has the calls of IAM in us-east-1, so that is where the topic stands. The
# rule goes there by itself.
resource "iamguard_alert_topic" "removals" {
  name   = "iam-removals"
  region = "us-east-1"

  subscriptions = {
    inbox = { protocol = "sqs", endpoint = var.inbox, raw_message_delivery = true }
  }
}

resource "iamguard_alert_rule" "removals" {
  name      = "iam-removals"
  presets   = ["iam_removal"]
  trail_arn = iamguard_trail.audit.arn

  target = {
    people = { arn = iamguard_alert_topic.removals.arn }
  }
}

resource "iamguard_password_policy" "this" {
  # Only because this is a demo that cleans up behind itself.
  on_destroy = "delete"
}

# Whoever is in the group can do nothing but enroll a device until a session has MFA.
resource "iamguard_mfa_enforcement" "this" {
  name   = "mfa-enforcement"
  groups = [var.group]

  # Only because this is a demo that cleans up behind itself.
  deletion_protection = false
}

# Whoever leaves the group is free of that: who is in it is kept as well.
resource "iamguard_group_membership" "mfa" {
  group = var.group
  users = ["alice"]
}

resource "iamguard_oidc_client_ids" "github" {
  provider_arn = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com"
  client_ids   = ["sts.amazonaws.com", "https://github.com/example-corp"]
}

data "iamguard_risky_events" "recent" {
  presets       = ["iam_removal", "cloudtrail_tamper"]
  lookback      = "1d"
  assess_impact = true
}

check "nothing_was_removed" {
  assert {
    condition     = data.iamguard_risky_events.recent.event_count == 0
    error_message = data.iamguard_risky_events.recent.summary_text
  }
}

output "risky_event_count" {
  value = data.iamguard_risky_events.recent.event_count
}

output "risky_event_fingerprint" {
  value = data.iamguard_risky_events.recent.fingerprint
}
