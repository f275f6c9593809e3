terraform {
  required_providers {
    iamguard = {
      source = "iamguard/iamguard"
    }
  }
}

# The policy of the key that encrypts the log files; another account reads them.
output "log_kms_policy" {
  value = provider::iamguard::log_kms_policy({
    trail_names = ["audit"]
    account_id  = "111122223333"
    region      = "eu-central-1"
    reader_arns = ["arn:aws:iam::444455556666:root"]
  })
}
