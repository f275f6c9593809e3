# Looks after two users of a group that others fill too, and gives nobody back what
# somebody took away: a removal is then an error of the plan, for a person to decide.
resource "iamguard_group_membership" "on_call" {
  group          = "on-call"
  users          = ["alice", "bob"]
  exclusive      = false
  restore_access = false
}
