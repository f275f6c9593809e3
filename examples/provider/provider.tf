terraform {
  required_version = ">= 1.11"

  required_providers {
    iamguard = {
      source = "iamguard/iamguard"
    }
  }
}

provider "iamguard" {
  region = "eu-central-1"

  # Other accounts by name; resources say account = "prod". One provider block is
  # enough for all of them.
  accounts = {
    prod = {
      role_arn = "arn:aws:iam::222233334444:role/iamguard"
    }
  }

  default_tags {
    tags = {
      managed-by = "terraform"
    }
  }
}
