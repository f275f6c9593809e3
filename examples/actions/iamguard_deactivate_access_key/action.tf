terraform {
  required_providers {
    iamguard = {
      source = "iamguard/iamguard"
    }
  }
}

variable "access_key_id" {
  type = string
}

# Started by hand: terraform apply -invoke=action.iamguard_deactivate_access_key.leaked
action "iamguard_deactivate_access_key" "leaked" {
  config {
    user          = "alice"
    access_key_id = var.access_key_id
  }
}
