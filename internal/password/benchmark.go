package password

import (
	"fmt"
	"maps"
	"slices"
)

// control is what one control of a benchmark asks of one field.
type control struct {
	id, field string
	// least and most bound a number; a most of 0 bounds nothing. Both are 0 for a flag
	// that has to be on.
	least, most int64
}

// benchmarks are the controls on password policies by benchmark and version: the CIS AWS
// Foundations Benchmark, AWS Foundational Security Best Practices as Security Hub checks
// them, and, in our own reading, PCI DSS.
var benchmarks = map[string][]control{
	"cis_v1.2": {
		{"1.5", "require_uppercase_characters", 0, 0},
		{"1.6", "require_lowercase_characters", 0, 0},
		{"1.7", "require_symbols", 0, 0},
		{"1.8", "require_numbers", 0, 0},
		{"1.9", "minimum_password_length", 14, 0},
		{"1.10", "password_reuse_prevention", 24, 0},
		{"1.11", "max_password_age", 1, 90},
	},
	"cis_v3.0": {{"1.8", "minimum_password_length", 14, 0}, {"1.9", "password_reuse_prevention", 24, 0}},
	"cis_v5.0": {{"1.7", "minimum_password_length", 14, 0}, {"1.8", "password_reuse_prevention", 24, 0}},
	"cis_v6.0": {{"2.7", "minimum_password_length", 14, 0}, {"2.8", "password_reuse_prevention", 24, 0}},
	"cis_v7.0": {{"2.8", "minimum_password_length", 14, 0}, {"2.9", "password_reuse_prevention", 24, 0}},
	"aws_fsbp_v1.0": {
		{"IAM.7", "minimum_password_length", 8, 0},
		{"IAM.7", "require_lowercase_characters", 0, 0},
		{"IAM.7", "require_uppercase_characters", 0, 0},
		{"IAM.7", "require_numbers", 0, 0},
		{"IAM.7", "require_symbols", 0, 0},
	},
	"pci_dss_v4.0": {
		{"8.3.6", "minimum_password_length", 12, 0},
		{"8.3.6", "require_numbers", 0, 0},
		{"8.3.6", "require_lowercase_characters", 0, 0},
		{"8.3.7", "password_reuse_prevention", 4, 0},
		{"8.3.9", "max_password_age", 1, 90},
	},
}

// newestBenchmark is judged by where none is named.
const newestBenchmark = "cis_v7.0"

func benchmarkNames() []string { return slices.Sorted(maps.Keys(benchmarks)) }

// violation is a field that is not as a control asks.
type violation struct{ control, benchmark, field, actual, expected string }

// violations judges a policy by benchmarks, in their order. Names have to be known.
func (r rules) violations(names []string) []violation {
	actual := map[string]any{}
	for _, one := range r.against(r) {
		actual[one.name] = one.have
	}
	var found []violation
	for _, name := range names {
		for _, one := range benchmarks[name] {
			if expected := one.expected(actual[one.field]); expected != "" {
				found = append(found, violation{one.id, name, one.field, fmt.Sprint(actual[one.field]), expected})
			}
		}
	}
	return found
}

// expected is what the control asks for, "" where the value is so.
func (c control) expected(actual any) string {
	number, isNumber := actual.(int64)
	switch {
	case !isNumber && actual == true:
		return ""
	case !isNumber:
		return "true"
	case c.most > 0 && (number < c.least || number > c.most):
		return fmt.Sprintf("%d to %d", c.least, c.most)
	case number < c.least:
		return fmt.Sprintf("at least %d", c.least)
	}
	return ""
}
