package history_test

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/iamguard/terraform-provider-iamguard/internal/events"
	"github.com/iamguard/terraform-provider-iamguard/internal/history"
	"github.com/iamguard/terraform-provider-iamguard/internal/policy"
)

// located is a record that is found in an account and region.
type located struct {
	accountID, region, text string
}

// judged is a record as the reference keeps it: whole, like all others.
type judged struct {
	located
	events.Record

	severity events.Severity
	reasons  []string
}

func (j judged) actor() string { return cmp.Or(j.Identity.Issuer.ARN, j.Actor.ARN) }

func (j judged) by(patterns []string) bool {
	return slices.ContainsFunc(patterns, func(pattern string) bool {
		return j.Actor.ARN != "" && policy.MatchWildcard(pattern, j.Actor.ARN) ||
			j.Identity.Issuer.ARN != "" && policy.MatchWildcard(pattern, j.Identity.Issuer.ARN)
	})
}

// reference does in several passes over all records what a stream does in one.
func reference(tb testing.TB, q history.Question, found []located) history.Sifted {
	tb.Helper()
	all := distinct(tb, found)
	for i := range all {
		all[i].grade(q)
	}
	company(all)
	out := history.Sifted{Counts: map[events.Severity]int{}}
	var reported []judged
	for _, one := range all {
		switch {
		case len(q.Principals) > 0 && !one.by(q.Principals), len(q.Resources) > 0 && !one.hits(q.Resources):
		case one.by(q.ExcludePrincipals) || slices.Contains(q.Acknowledged, one.EventID):
			out.Excluded++
		case one.Failed() && !q.IncludeFailed:
			out.Failed++
		case one.severity >= q.MinSeverity:
			reported = append(reported, one)
			out.Counts[one.severity]++
		}
	}
	slices.SortFunc(reported, func(a, b judged) int {
		return cmp.Or(
			b.EventTime.Compare(a.EventTime),
			cmp.Compare(b.severity, a.severity),
			cmp.Compare(a.Name, b.Name),
			sameCall(a, b),
		)
	})
	var ids []string
	for _, one := range reported {
		ids = append(ids, one.EventID)
	}
	slices.Sort(ids)
	sum := sha256.Sum256([]byte(strings.Join(ids, "\n")))
	out.Total, out.Fingerprint = len(reported), hex.EncodeToString(sum[:8])
	for _, one := range reported[:min(len(reported), q.MaxEvents)] {
		out.Shown = append(out.Shown, history.Shown{
			ID: one.EventID, AccountID: one.accountID, Region: one.region, Text: one.text, Severity: one.severity, Reasons: one.reasons,
		})
	}
	return out
}

// distinct keeps one record of each event: the copy that tells most.
func distinct(tb testing.TB, found []located) []judged {
	tb.Helper()
	best := map[string]judged{}
	for _, one := range found {
		record, err := events.Parse([]byte(one.text))
		if err != nil {
			tb.Fatal(err)
		}
		copied := judged{located: one, Record: record}
		key := cmp.Or(record.SharedEventID, record.EventID, one.text)
		if kept, ok := best[key]; !ok || tells(copied, kept) < 0 {
			best[key] = copied
		}
	}
	var all []judged
	for _, one := range best {
		all = append(all, one)
	}
	return all
}

func tells(a, b judged) int {
	known := func(j judged) int {
		if j.Actor.ARN != "" {
			return 1000 + len(j.Target)
		}
		return len(j.Target)
	}
	return cmp.Or(known(b)-known(a), sameCall(a, b))
}

// sameCall is the order of what is otherwise equal; where even the IDs are, some order.
func sameCall(a, b judged) int {
	hash := func(j judged) string {
		sum := sha256.Sum256([]byte(cmp.Or(j.SharedEventID, j.EventID, j.text)))
		return string(sum[:])
	}
	return cmp.Or(cmp.Compare(a.EventID, b.EventID), cmp.Compare(a.accountID, b.accountID), cmp.Compare(a.region, b.region),
		cmp.Compare(hash(a), hash(b)))
}

func (j judged) hits(resources []string) bool {
	for _, value := range j.Target {
		for _, pattern := range resources {
			if policy.MatchWildcard(pattern, value) {
				return true
			}
		}
	}
	return len(j.Target) == 0
}

// grade is the catalogue's grade, one lower for a deployer with a tool. No event of
// the property test has rules of its own on the tool.
func (j *judged) grade(q history.Question) {
	j.severity, j.reasons = events.Grade(j.Record)
	if !strings.Contains(j.UserAgent, "Terraform/") || !j.by(q.Deployers) || !j.Failed() && !j.ParametersReadable() {
		return
	}
	modifier := events.Catalog().Modifier(events.ModifierDeployer)
	if lowered := modifier.Apply(j.severity); lowered < j.severity {
		j.severity = lowered
		j.reasons = append(slices.Clone(j.reasons), "One grade lower: "+modifier.Reason)
	}
}

// company grades by what the same actor did besides.
func company(all []judged) {
	denied, removals := map[string]int{}, map[string][]time.Time{}
	for i := range all {
		switch one := &all[i]; {
		case one.actor() == "":
		case one.Denied():
			denied[one.actor()]++
		case one.removal():
			removals[one.actor()] = append(removals[one.actor()], one.EventTime)
		}
	}
	sizes := map[string][]int{} // of the ten minutes that begin with each removal
	within := func(at, from time.Time) bool { return !at.Before(from) && at.Sub(from) <= 10*time.Minute }
	for actor, times := range removals {
		for _, from := range times {
			later := slices.DeleteFunc(slices.Clone(times), func(at time.Time) bool { return !within(at, from) })
			sizes[actor] = append(sizes[actor], len(later))
		}
	}
	for i := range all {
		one, fullest := &all[i], 0
		for n, from := range removals[one.actor()] {
			if one.removal() && within(one.EventTime, from) {
				fullest = max(fullest, sizes[one.actor()][n])
			}
		}
		one.accompany(denied[one.actor()], fullest)
	}
}

func (j judged) removal() bool {
	event, _ := j.Event()
	return event.RemovalVerb && !j.Failed() && !j.EventTime.IsZero()
}

func (j *judged) accompany(denied, removals int) {
	add := func(reason string) { j.reasons = append(slices.Clone(j.reasons), reason) }
	if j.Denied() && denied > 1 {
		add(fmt.Sprintf("It is one of %d denied attempts by this actor", denied))
	}
	if removals < 5 {
		return
	}
	reason := fmt.Sprintf("one of %d removals by this actor within 10 minutes", removals)
	if j.severity == events.SeverityCritical {
		add("It is " + reason)
		return
	}
	j.severity++
	add("One grade higher: it is " + reason)
}
