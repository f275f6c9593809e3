data "iamguard_account_summary" "this" {}

check "root_is_safe" {
  assert {
    condition = (
      data.iamguard_account_summary.this.root_mfa_enabled == true &&
      data.iamguard_account_summary.this.root_access_keys_present == false
    )
    error_message = "The root user has no MFA device, or has access keys."
  }
}
