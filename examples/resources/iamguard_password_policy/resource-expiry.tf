# Passwords that expire. The plan lists the users who would have to change theirs at once.
resource "iamguard_password_policy" "this" {
  minimum_password_length = 20
  max_password_age        = 90
  adopt_existing          = true
}
