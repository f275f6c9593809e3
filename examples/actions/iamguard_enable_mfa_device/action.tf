terraform {
  required_providers {
    iamguard = {
      source = "iamguard/iamguard"
    }
  }
}

# Two codes that the token shows one after the other, not older than a minute.
variable "code1" {
  type = string
}

variable "code2" {
  type = string
}

# Started by hand: terraform apply -invoke=action.iamguard_enable_mfa_device.token
action "iamguard_enable_mfa_device" "token" {
  config {
    user                 = "alice"
    serial_number        = "GAHT12345678"
    authentication_code1 = var.code1
    authentication_code2 = var.code2
  }
}
