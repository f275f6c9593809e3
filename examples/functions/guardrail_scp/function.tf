terraform {
  required_providers {
    iamguard = {
      source = "iamguard/iamguard"
    }
  }
}

# Only the role that applies, and the one that breaks the glass, change the
# guardrails of the accounts that this policy is attached to.
output "guardrail_scp" {
  value = provider::iamguard::guardrail_scp({
    exempt_role_arns = [
      "arn:aws:iam::*:role/iamguard-apply",
      "arn:aws:iam::*:role/break-glass",
    ]
    bucket_names = ["example-corp-audit-log"]
    rule_arns    = ["arn:aws:events:*:*:rule/iamguard-*"]
  })
}
