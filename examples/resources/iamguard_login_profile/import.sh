# By user
terraform import iamguard_login_profile.alice alice

# In another account
terraform import iamguard_login_profile.alice 'alice?account=prod'
