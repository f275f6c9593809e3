# The client IDs of all OIDC providers.
list "iamguard_oidc_client_ids" "all" {
  provider         = iamguard
  include_resource = true
}
