terraform {
  required_providers {
    iamguard = {
      source = "iamguard/iamguard"
    }
  }
}

# Started by hand: terraform apply -invoke=action.iamguard_require_password_reset.leaked
action "iamguard_require_password_reset" "leaked" {
  config {
    users = ["alice", "bob"]
  }
}

# Everybody, but not the user for emergencies. Where more than 40 have a console password, nothing is changed.
action "iamguard_require_password_reset" "everybody" {
  config {
    all          = true
    max_users    = 40
    exempt_users = ["break-glass"]
  }
}
