terraform {
  required_providers {
    iamguard = {
      source = "iamguard/iamguard"
    }
  }
}

# The ID of an event, from an alert, a plan, or iamguard_risky_events.
variable "event_id" {
  type = string
}

# The same ID again, once it is certain that the access is wanted.
variable "confirm" {
  type    = string
  default = null
}

# Started by hand: terraform apply -invoke=action.iamguard_undo_removal.this
action "iamguard_undo_removal" "this" {
  config {
    event_id                = var.event_id
    confirm_restores_access = var.confirm
  }
}
