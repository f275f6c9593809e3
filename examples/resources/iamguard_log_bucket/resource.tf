resource "iamguard_log_bucket" "audit" {
  bucket      = "example-corp-audit-log"
  trail_names = ["audit"]
}
