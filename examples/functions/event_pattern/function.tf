terraform {
  required_providers {
    iamguard = {
      source = "iamguard/iamguard"
    }
  }
}

# A rule of hashicorp/aws takes it as event_pattern; it belongs into the region that
# records IAM, which is us-east-1 in the commercial partition.
output "pattern" {
  value = provider::iamguard::event_pattern({
    presets            = ["membership_removal", "mfa_removal"]
    exclude_principals = ["arn:aws:sts::*:assumed-role/deploy/*"]
  })
}
