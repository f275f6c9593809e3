# A second factor every morning, and a break-glass user whom nothing here may lock out.
# The keys of one user may stop working; their owner was told.
resource "iamguard_mfa_enforcement" "people" {
  name = "require-mfa"
  path = "/security/"

  groups       = ["people", "administrators"]
  users        = ["contractor"]
  exempt_users = ["break-glass"]

  max_mfa_age_seconds    = 43200
  allow_mfa_self_removal = true
  extra_allowed_actions  = ["codecommit:GitPull"]
  accept_key_breakage    = ["contractor"]

  tags = {
    team = "security"
  }
}
