# By the name of the user
terraform import iamguard_access_key.ci ci
