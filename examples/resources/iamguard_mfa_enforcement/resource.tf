resource "iamguard_mfa_enforcement" "people" {
  name   = "require-mfa"
  groups = ["people"]
}
