package history

import (
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

// verdict is what a filter makes of one record by itself.
type verdict int8

const (
	// verdictIgnored counts nowhere: it is not about the chosen principals and resources.
	verdictIgnored verdict = iota
	// verdictExcluded is left out by an exclusion or an acknowledgement.
	verdictExcluded
	// verdictFailed is an attempt that had no effect and is left out.
	verdictFailed
	// verdictMinor is below the wanted severity and counts nowhere, unless a burst raises it.
	verdictMinor
	verdictReported
)

// judge sorts a record in or out. What cannot be read well enough to tell is reported.
func (f filter) judge(record events.Record, severity events.Severity) verdict {
	switch {
	case !f.concerns(record):
		return verdictIgnored
	case f.by(record, f.excluded) || slices.Contains(f.acknowledged, record.EventID):
		return verdictExcluded
	case record.Failed() && !f.includeFailed:
		return verdictFailed
	case severity < f.minSeverity:
		return verdictMinor
	}
	return verdictReported
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
