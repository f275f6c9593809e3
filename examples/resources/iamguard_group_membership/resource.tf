# Exactly these users are bound by the policies of the group. Whoever is removed shows in
# the next plan, with who did it and what the user may do since.
resource "iamguard_group_membership" "mfa_required" {
  group = "mfa-required"
  users = ["alice", "bob"]
}
