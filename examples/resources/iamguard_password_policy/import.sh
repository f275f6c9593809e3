# By account ID
terraform import iamguard_password_policy.this 111122223333

# The account of the provider's credentials, or another one
terraform import iamguard_password_policy.this iam-account-password-policy
terraform import iamguard_password_policy.this 'iam-account-password-policy?account=prod'
