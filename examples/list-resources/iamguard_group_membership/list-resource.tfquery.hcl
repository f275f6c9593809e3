# Who is in which group.
list "iamguard_group_membership" "all" {
  provider         = iamguard
  include_resource = true
}
