resource "iamguard_log_reader_policy" "audit" {
  name      = "audit-log-reader"
  trail_arn = "arn:aws:cloudtrail:eu-central-1:111122223333:trail/audit"
  bucket    = "example-corp-audit-log"
  groups    = ["auditors"]
}
