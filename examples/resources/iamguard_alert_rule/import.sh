# By name, in the region of the rule
terraform import iamguard_alert_rule.removals 'iam-removals@us-east-1'

# On another bus, or in another account
terraform import iamguard_alert_rule.removals 'security-bus/iam-removals@us-east-1'
terraform import iamguard_alert_rule.removals 'iam-removals@us-east-1?account=prod'

# By ARN
terraform import iamguard_alert_rule.removals arn:aws:events:us-east-1:111122223333:rule/iam-removals
