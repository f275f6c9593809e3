import {
  to = iamguard_access_key.ci
  identity = {
    account_id = "111122223333"
    user       = "ci"
  }
}
