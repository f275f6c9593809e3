terraform {
  required_providers {
    iamguard = {
      source = "iamguard/iamguard"
    }
  }
}

# What users may do without MFA, for instance in an inline policy of their group.
output "mfa_policy" {
  value = provider::iamguard::mfa_policy({
    exempt_users        = ["break-glass"]
    max_mfa_age_seconds = "43200"
  })
}
