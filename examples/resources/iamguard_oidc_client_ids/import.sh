# By the ARN of the provider
terraform import iamguard_oidc_client_ids.github 'arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com'
