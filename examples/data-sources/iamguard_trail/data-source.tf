data "iamguard_trail" "audit" {
  name = "audit"
}

check "the_trail_delivers" {
  assert {
    condition     = data.iamguard_trail.audit.healthy
    error_message = join(" ", data.iamguard_trail.audit.unhealthy_reasons)
  }
}
