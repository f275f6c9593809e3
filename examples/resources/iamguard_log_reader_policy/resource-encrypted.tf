# Readers of an encrypted trail, joined to it by references, who look into the log
# group too.
resource "iamguard_log_bucket" "audit" {
  bucket      = "example-corp-audit-log"
  trail_names = ["audit"]
  kms_key_arn = "arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
}

resource "iamguard_trail" "audit" {
  name           = "audit"
  s3_bucket_name = iamguard_log_bucket.audit.bucket
  s3_key_prefix  = "org"
  kms_key_id     = iamguard_log_bucket.audit.kms_key_arn
}

resource "iamguard_log_reader_policy" "audit" {
  name          = "audit-log-reader"
  path          = "/audit/"
  trail_arn     = iamguard_trail.audit.arn
  bucket        = iamguard_trail.audit.s3_bucket_name
  prefix        = iamguard_trail.audit.s3_key_prefix
  kms_key_arn   = iamguard_log_bucket.audit.kms_key_arn
  log_group_arn = "arn:aws:logs:eu-central-1:111122223333:log-group:audit"

  groups = ["auditors"]
  roles  = ["incident-response"]

  tags = {
    team = "security"
  }
}
