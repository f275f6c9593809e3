# What would the removal of a user from the group that asks for MFA let her do?
data "iamguard_removal_impact" "alice" {
  user  = "alice"
  group = "mfa-required"
}

check "alice_without_her_group" {
  assert {
    condition     = !contains(["high", "critical"], data.iamguard_removal_impact.alice.grade)
    error_message = join("\n", data.iamguard_removal_impact.alice.sentences)
  }
}
