# The seed as a new version of a secret that exists already. A change of recreate makes a
# new device with another seed, such as after the envelope was opened.
resource "iamguard_virtual_mfa_device" "break_glass" {
  name           = "break-glass"
  user           = "break-glass"
  seed_secret_id = "break-glass/mfa-seed"
  recreate       = "opened on 2026-03-01"
}
