data "iamguard_event_catalog" "removals" {
  presets = ["iam_removal"]
}

# What would a reviewer be told about each of them?
output "removals_by_severity" {
  value = {
    for event in data.iamguard_event_catalog.removals.events :
    event.severity => "${event.id}: ${event.severity_reason}"...
  }
}
