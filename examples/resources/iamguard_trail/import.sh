# By name, in the provider's region and account
terraform import iamguard_trail.audit audit

# By name, in another region or account
terraform import iamguard_trail.audit 'audit@eu-west-1'
terraform import iamguard_trail.audit 'audit?account=prod'

# By ARN, which carries both
terraform import iamguard_trail.audit arn:aws:cloudtrail:eu-central-1:111122223333:trail/audit
