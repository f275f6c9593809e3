# A second factor for the user of the sealed envelope. Whoever has the age key reads the
# seed out of the state, and nobody else:
#   terraform output -raw break_glass_seed | age --decrypt --identity key.txt
resource "iamguard_virtual_mfa_device" "break_glass" {
  name           = "break-glass"
  user           = "break-glass"
  age_recipients = ["age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p"]
}

output "break_glass_seed" {
  value = iamguard_virtual_mfa_device.break_glass.seed_encrypted
}
