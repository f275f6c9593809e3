terraform {
  required_providers {
    iamguard = {
      source = "iamguard/iamguard"
    }
  }
}

# What auditors may do, for instance in a permission set.
output "log_reader_policy" {
  value = provider::iamguard::log_reader_policy({
    trail_arn   = "arn:aws:cloudtrail:eu-central-1:111122223333:trail/audit"
    bucket      = "example-corp-audit-log"
    kms_key_arn = "arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
  })
}
