terraform {
  required_providers {
    iamguard = {
      source = "iamguard/iamguard"
    }
  }
}

# Would the rule fire when somebody removes a user from a group?
output "would_fire" {
  value = provider::iamguard::matches_pattern(
    provider::iamguard::event_pattern({ presets = ["iam_removal"] }),
    jsonencode({
      source        = "aws.iam"
      "detail-type" = "AWS API Call via CloudTrail"
      detail        = { eventSource = "iam.amazonaws.com", eventName = "RemoveUserFromGroup" }
    })
  )
}
