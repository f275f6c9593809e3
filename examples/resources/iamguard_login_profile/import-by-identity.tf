import {
  to = iamguard_login_profile.alice
  identity = {
    account_id = "111122223333"
    user       = "alice"
  }
}
