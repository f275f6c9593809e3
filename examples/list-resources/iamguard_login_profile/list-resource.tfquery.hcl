# The users with a console password.
list "iamguard_login_profile" "all" {
  provider         = iamguard
  include_resource = true
}
