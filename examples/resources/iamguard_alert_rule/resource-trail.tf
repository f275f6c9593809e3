# Bucket, trail and rules apply in one run: each refers to what has to be there first.
resource "iamguard_log_bucket" "audit" {
  bucket      = "example-corp-audit-log"
  trail_names = ["audit"]
}

resource "iamguard_trail" "audit" {
  name           = "audit"
  s3_bucket_name = iamguard_log_bucket.audit.bucket
}

# IAM: us-east-1. The queue and its dead-letter queue are there.
resource "iamguard_alert_rule" "removals" {
  name               = "iam-removals"
  presets            = ["iam_removal", "iam_weakening"]
  exclude_principals = ["arn:aws:sts::111122223333:assumed-role/deploy/*"]
  trail_arn          = iamguard_trail.audit.arn
  require_trail      = true

  target = {
    siem = {
      arn             = "arn:aws:sqs:us-east-1:111122223333:alerts"
      message         = "record"
      dead_letter_arn = "arn:aws:sqs:us-east-1:111122223333:alerts-dead"
    }
  }
}

# A trail is changed in its home region, so that is where its calls are seen.
resource "iamguard_alert_rule" "tampering" {
  name      = "cloudtrail-tamper"
  presets   = ["cloudtrail_tamper"]
  region    = iamguard_trail.audit.home_region
  trail_arn = iamguard_trail.audit.arn

  target = {
    people = { arn = "arn:aws:sns:eu-central-1:111122223333:alerts" }
  }
}
