terraform {
  required_providers {
    iamguard = {
      source = "iamguard/iamguard"
    }
  }
}

# The policy of a log bucket that another resource keeps.
output "log_bucket_policy" {
  value = provider::iamguard::log_bucket_policy({
    bucket      = "example-corp-audit-log"
    trail_names = ["audit"]
    account_id  = "111122223333"
    region      = "eu-central-1"
  })
}
