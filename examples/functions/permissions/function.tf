terraform {
  required_providers {
    iamguard = {
      source = "iamguard/iamguard"
    }
  }
}

locals {
  used = ["iamguard_trail", "iamguard_log_bucket", "data.iamguard_trail_coverage"]
}

# The policy of the role that only plans, as in a pull request.
output "plan_role_policy" {
  value = provider::iamguard::permissions(local.used, "plan")
}

# The policy of the role that applies.
output "apply_role_policy" {
  value = provider::iamguard::permissions(local.used, "apply")
}
