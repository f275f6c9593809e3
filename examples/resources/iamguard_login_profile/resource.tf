# The password is made for this run only and is in no state. Raise the version to set
# another one.
ephemeral "iamguard_password" "alice" {}

resource "iamguard_login_profile" "alice" {
  user                = "alice"
  password_wo         = ephemeral.iamguard_password.alice.result
  password_wo_version = 1
}
