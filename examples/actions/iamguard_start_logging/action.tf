terraform {
  required_providers {
    iamguard = {
      source = "iamguard/iamguard"
    }
  }
}

# Started by hand: terraform apply -invoke=action.iamguard_start_logging.audit
action "iamguard_start_logging" "audit" {
  config {
    trail = "audit"
  }
}
