# By ARN
terraform import iamguard_alert_topic.security arn:aws:sns:us-east-1:111122223333:iam-alerts

# By name, in another region or account than the provider's
terraform import iamguard_alert_topic.security 'iam-alerts@us-east-1'
terraform import iamguard_alert_topic.security 'iam-alerts@us-east-1?account=prod'
