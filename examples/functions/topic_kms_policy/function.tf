terraform {
  required_providers {
    iamguard = {
      source = "iamguard/iamguard"
    }
  }
}

# The policy of the key that encrypts the messages of the topic.
output "topic_kms_policy" {
  value = provider::iamguard::topic_kms_policy({
    topic_names = ["iam-alerts"]
    account_id  = "111122223333"
    region      = "us-east-1"
  })
}
