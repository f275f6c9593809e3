# A key for a partner, rotated every thirty days with two weeks to change over. Whoever has
# the age key reads key and secret out of the state, and nobody else:
#   terraform output -raw partner_key | age --decrypt --identity key.txt
resource "iamguard_access_key" "partner" {
  user              = "partner"
  rotate_after_days = 30
  overlap_days      = 14
  age_recipients    = ["age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p"]
}

output "partner_key" {
  value = iamguard_access_key.partner.secret_encrypted
}
