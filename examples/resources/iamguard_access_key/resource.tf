# The key of the user that a build server runs as. Key and secret are one version of a
# secret of Secrets Manager; the build server reads both there, whenever it starts:
#   aws secretsmanager get-secret-value --secret-id ci/access-key --query SecretString --output text
resource "iamguard_access_key" "ci" {
  user      = "ci"
  secret_id = "ci/access-key"
}
