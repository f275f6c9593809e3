data "iamguard_mfa_status" "this" {}

check "everybody_has_mfa" {
  assert {
    condition = (
      length(data.iamguard_mfa_status.this.without_mfa) == 0 &&
      data.iamguard_mfa_status.this.root_mfa_active &&
      data.iamguard_mfa_status.this.complete
    )
    error_message = "Without MFA: ${join(", ", data.iamguard_mfa_status.this.without_mfa)}."
  }
}
