resource "iamguard_log_bucket" "audit" {
  bucket      = "example-corp-audit-log"
  trail_names = ["audit"]
}

resource "iamguard_trail" "audit" {
  name           = "audit"
  s3_bucket_name = iamguard_log_bucket.audit.bucket
}
