# By name, in the provider's region and account
terraform import iamguard_log_bucket.audit example-corp-audit-log

# By name, in another region or account
terraform import iamguard_log_bucket.audit 'example-corp-audit-log@eu-west-1'
terraform import iamguard_log_bucket.audit 'example-corp-audit-log?account=prod'
