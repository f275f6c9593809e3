import {
  to = iamguard_trail.audit
  identity = {
    account_id = "111122223333"
    region     = "eu-central-1"
    name       = "audit"
  }
}
