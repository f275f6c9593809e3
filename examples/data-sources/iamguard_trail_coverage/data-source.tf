data "iamguard_trail_coverage" "this" {}

check "iam_changes_are_recorded" {
  assert {
    condition     = data.iamguard_trail_coverage.this.recorded
    error_message = join(" ", data.iamguard_trail_coverage.this.gaps[*].message)
  }
}
