# By group
terraform import iamguard_group_membership.mfa_required mfa-required

# In another account
terraform import iamguard_group_membership.mfa_required 'mfa-required?account=prod'
