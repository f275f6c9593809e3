terraform {
  required_providers {
    iamguard = {
      source = "iamguard/iamguard"
    }
  }
}

# Started by hand: terraform apply -invoke=action.iamguard_test_alert.removals
action "iamguard_test_alert" "removals" {
  config {
    rule   = "iam-removals"
    region = "us-east-1"
    canary = true
  }
}
