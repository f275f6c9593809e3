terraform {
  required_providers {
    iamguard = {
      source = "iamguard/iamguard"
    }
  }
}

# The policy of a topic that another resource keeps.
output "topic_policy" {
  value = provider::iamguard::topic_policy({
    name       = "iam-alerts"
    rule_names = ["iam-removal"]
    account_id = "111122223333"
    region     = "us-east-1"
  })
}
