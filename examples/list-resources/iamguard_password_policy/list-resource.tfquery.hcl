# The password policy of the account, if it has one.
list "iamguard_password_policy" "this" {
  provider         = iamguard
  include_resource = true
}
