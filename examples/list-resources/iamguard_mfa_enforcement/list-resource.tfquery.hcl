# The policies that ask for MFA, whoever made them; IAM has no regions.
list "iamguard_mfa_enforcement" "all" {
  provider         = iamguard
  include_resource = true
}
