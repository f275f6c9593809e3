package history

import (
	"cmp"
	"slices"
	"strings"

	"github.com/iamguard/terraform-provider-iamguard/internal/events"
	"github.com/iamguard/terraform-provider-iamguard/internal/policy"
)

// filter says which records of a search are reported.
type filter struct {
	principals, excluded, deployers []string
	resources, acknowledged         []string
	minSeverity                     events.Severity
	includeFailed                   bool
}

// graded is a record with its severity.
type graded struct {
	recorded
	severity events.Severity
	reasons  []string
}

// sifted is what a filter makes of the records.
type sifted struct {
	reported []graded
	// failed counts attempts that had no effect and were left out; excluded
	// counts what an exclusion or an acknowledgement left out.
	failed, excluded int
}

// apply grades every record and sorts it in or out. What is not about the chosen
// principals and resources, or below the wanted severity, counts nowhere; what
// cannot be read well enough to tell is reported.
func (f filter) apply(records []recorded) sifted {
	all := f.gradeAll(records)
	out := sifted{reported: all[:0]} // sifted in place: a record is large
	for _, grade := range all {
		switch {
		case !f.concerns(grade.Record):
		case f.by(grade.Record, f.excluded) || slices.Contains(f.acknowledged, grade.EventID):
			out.excluded++
		case grade.Failed() && !f.includeFailed:
			out.failed++
		case grade.severity < f.minSeverity:
		default:
			out.reported = append(out.reported, grade)
		}
	}
	// Times are whole seconds: what happened in the same one is listed by severity.
	slices.SortStableFunc(out.reported, func(a, b graded) int {
		return cmp.Or(b.EventTime.Compare(a.EventTime), cmp.Compare(b.severity, a.severity),
			cmp.Compare(a.Name, b.Name), cmp.Compare(a.EventID, b.EventID))
	})
	return out
}

// concerns tells whether a record can be about the chosen principals and resources.
func (f filter) concerns(record events.Record) bool {
	if len(f.principals) > 0 && !f.by(record, f.principals) && !unreadable(record, "userIdentity") {
		return false
	}
	return len(f.resources) == 0 || f.hits(record)
}

// unreadable tells whether a part of the record, by the name it begins with, could
// not be understood, was cut for its size, or is a placeholder.
func unreadable(record events.Record, part string) bool {
	for _, paths := range [][]string{record.Unreadable, record.Truncated, record.Hidden} {
		if slices.ContainsFunc(paths, func(path string) bool { return strings.HasPrefix(path, part) }) {
			return true
		}
	}
	return false
}

// by tells whether the actor, or the role whose session it is, is one of the ARN
// wildcards. An actor without any ARN is never one.
func (f filter) by(record events.Record, patterns []string) bool {
	for _, arn := range []string{record.Actor.ARN, record.Identity.Issuer.ARN} {
		if arn != "" && slices.ContainsFunc(patterns, func(pattern string) bool { return policy.MatchWildcard(pattern, arn) }) {
			return true
		}
	}
	return false
}

// hits tells whether a part of the target is one of the resource wildcards. A
// record that names no target, or not all of it, could be about any.
func (f filter) hits(record events.Record) bool {
	if len(record.Target) == 0 || unreadable(record, "requestParameters") || unreadable(record, "target") {
		return true
	}
	for _, value := range record.Target {
		if slices.ContainsFunc(f.resources, func(pattern string) bool { return policy.MatchWildcard(pattern, value) }) {
			return true
		}
	}
	return false
}
