terraform {
  required_providers {
    iamguard = {
      source = "iamguard/iamguard"
    }
  }
}

# One rule for each event source, where one pattern for all would be too long.
output "patterns" {
  value = provider::iamguard::event_patterns({
    presets = ["iam_removal", "cloudtrail_tamper", "detection_tamper"]
  })
}
