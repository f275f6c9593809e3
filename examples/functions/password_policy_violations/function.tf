terraform {
  required_providers {
    iamguard = { source = "iamguard/iamguard" }
  }
}

# What the policy of a module lacks, before anything is applied.
output "violations" {
  value = provider::iamguard::password_policy_violations({
    minimum_password_length   = 12
    password_reuse_prevention = 24
  }, "cis_v7.0")
}
