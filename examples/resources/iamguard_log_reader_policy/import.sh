# By ARN, which carries the account
terraform import iamguard_log_reader_policy.audit arn:aws:iam::111122223333:policy/audit-log-reader
