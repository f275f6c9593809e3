data "iamguard_password_policy" "this" {
  benchmarks = ["cis_v7.0", "aws_fsbp_v1.0"]
}

check "password_policy" {
  assert {
    condition = length(data.iamguard_password_policy.this.violations) == 0
    error_message = join("\n", [
      for v in data.iamguard_password_policy.this.violations :
      "${v.benchmark} ${v.control}: ${v.field} is ${v.actual}, expected ${v.expected}"
    ])
  }
}
