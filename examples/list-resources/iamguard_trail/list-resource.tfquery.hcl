# `terraform query -generate-config-out=trails.tf` writes the configuration and the
# import of each trail that is found.
list "iamguard_trail" "audit" {
  provider         = iamguard
  include_resource = true

  config {
    region = "eu-central-1"
  }
}
