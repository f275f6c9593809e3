# The log archive of an organization: its trail lives in the management account,
# log files are kept for seven years, and nobody deletes one in the first.
resource "iamguard_log_bucket" "organization" {
  bucket            = "example-corp-organization-log"
  trail_names       = ["organization"]
  trail_region      = "us-east-1"
  trail_account_ids = ["111122223333"]
  organization_id   = "o-exampleorgid"

  archive_days = 90
  expire_days  = 2557

  object_lock = {
    mode = "GOVERNANCE"
    days = 365
  }
}
