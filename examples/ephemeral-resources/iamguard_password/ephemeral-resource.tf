ephemeral "iamguard_password" "alice" {
  length = 32
}

resource "iamguard_login_profile" "alice" {
  user                = "alice"
  password_wo         = ephemeral.iamguard_password.alice.result
  password_wo_version = 1
}
