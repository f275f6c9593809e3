# At top level: a data source inside a check block makes every plan non-empty.
data "iamguard_risky_events" "recent" {
  lookback     = "7d"
  min_severity = "medium"
}

check "nothing_risky_was_recorded" {
  assert {
    condition     = data.iamguard_risky_events.recent.event_count == 0
    error_message = data.iamguard_risky_events.recent.summary_text
  }

  assert {
    condition     = data.iamguard_risky_events.recent.complete
    error_message = "Not every event could be read, so there can be more than are shown."
  }
}

# Values that change only when the set of events does. Keep data.….search out of
# outputs: it differs in every plan.
output "risky_event_count" {
  value = data.iamguard_risky_events.recent.event_count
}

output "risky_event_fingerprint" {
  value = data.iamguard_risky_events.recent.fingerprint
}
