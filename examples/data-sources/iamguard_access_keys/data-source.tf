data "iamguard_access_keys" "stale" {
  older_than_days = 90
  unused_days     = 45
}

check "no_stale_keys" {
  assert {
    condition = length(data.iamguard_access_keys.stale.keys) == 0 && data.iamguard_access_keys.stale.complete
    error_message = "Stale keys: ${join(", ", [
      for key in data.iamguard_access_keys.stale.keys : "${key.user} (${key.age_days} days, last used ${coalesce(key.last_used_date, "never, as far as IAM knows")})"
    ])}."
  }
}
