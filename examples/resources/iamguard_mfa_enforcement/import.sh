# By ARN, which carries the account
terraform import iamguard_mfa_enforcement.people arn:aws:iam::111122223333:policy/require-mfa
