# The buckets of the region that hold log files, or may.
list "iamguard_log_bucket" "audit" {
  provider         = iamguard
  include_resource = true

  config {
    region = "eu-central-1"
  }
}
