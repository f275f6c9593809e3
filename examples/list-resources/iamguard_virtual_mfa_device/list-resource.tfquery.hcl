# The virtual MFA devices that users of the account have.
list "iamguard_virtual_mfa_device" "all" {
  provider         = iamguard
  include_resource = true
}
