# GitHub Actions signs in with this audience. Another configuration may keep other IDs of
# the same provider.
resource "iamguard_oidc_client_ids" "github" {
  provider_arn = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com"
  client_ids   = ["sts.amazonaws.com"]
}
