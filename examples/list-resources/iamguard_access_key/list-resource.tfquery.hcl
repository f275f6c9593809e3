# The users of the account that have an access key.
list "iamguard_access_key" "all" {
  provider         = iamguard
  include_resource = true
}
