data "iamguard_credential_report" "this" {
  max_age = "1h"
}

check "passwords_have_mfa" {
  assert {
    condition = alltrue([
      for user in data.iamguard_credential_report.this.users :
      user.mfa_active if user.password_enabled == true
    ])
    error_message = "Some users can sign in without MFA."
  }
}
