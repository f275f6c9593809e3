# The defaults are those of the CIS AWS Foundations Benchmark: 14 characters of four
# classes, 24 earlier passwords remembered.
resource "iamguard_password_policy" "this" {}
