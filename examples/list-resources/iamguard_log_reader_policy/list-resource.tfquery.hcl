# The policies by which people read the audit trail; IAM has no regions.
list "iamguard_log_reader_policy" "audit" {
  provider         = iamguard
  include_resource = true
}
