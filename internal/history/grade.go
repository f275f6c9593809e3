package history

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/iamguard/terraform-provider-iamguard/internal/events"
)

// A burst is this many removals by one actor within this time.
const (
	burstSize   = 5
	burstWindow = 10 * time.Minute
)

// deployAgents are what the user agents of infrastructure tools hold. The caller
// sets the user agent, so it counts only beside a listed deployer.
var deployAgents = []string{"Terraform/", "cloudformation.amazonaws.com", "Pulumi"}

// gradeAll grades every record by itself, and then by what the same actor did
// besides: a burst of removals raises them, and denied attempts are counted.
func (f filter) gradeAll(records []recorded) []graded {
	all := make([]graded, len(records))
	removals, denied := map[string][]int{}, map[string][]int{}
	for i, record := range records {
		all[i].recorded = record
		all[i].severity, all[i].reasons = f.grade(record.Record)
		actor := actorKey(record.Record)
		event, _ := record.Event()
		switch {
		case actor == "":
		case record.Denied():
			denied[actor] = append(denied[actor], i)
		case event.RemovalVerb && !record.Failed() && !record.EventTime.IsZero():
			removals[actor] = append(removals[actor], i)
		}
	}
	for _, of := range removals {
		raiseBursts(all, of)
	}
	for _, of := range denied {
		for _, i := range of {
			if len(of) > 1 {
				all[i].add(fmt.Sprintf("It is one of %d denied attempts by this actor", len(of)))
			}
		}
	}
	return all
}

// add adds a reason and leaves the catalogue's own list as it is.
func (g *graded) add(reason string) {
	g.reasons = append(slices.Clip(g.reasons), reason)
}

// actorKey is the role whose session acted, or the principal; "" for an actor
// without any ARN, who could be several.
func actorKey(record events.Record) string {
	return cmp.Or(record.Identity.Issuer.ARN, record.Actor.ARN)
}

// raiseBursts raises those of one actor's removals that are part of a burst.
func raiseBursts(all []graded, removals []int) {
	if len(removals) < burstSize {
		return
	}
	slices.SortFunc(removals, func(a, b int) int { return all[a].EventTime.Compare(all[b].EventTime) })
	times := make([]time.Time, len(removals))
	for i, at := range removals {
		times[i] = all[at].EventTime
	}
	modifier := events.Catalog().Modifier(events.ModifierBurst)
	for i, count := range neighbors(times, burstWindow) {
		if count < burstSize {
			continue
		}
		event := &all[removals[i]]
		reason := fmt.Sprintf("one of %d removals by this actor within %d minutes", count, int(burstWindow.Minutes()))
		raised := modifier.Apply(event.severity)
		if raised > event.severity {
			event.severity = raised
			event.add("One grade higher: it is " + reason)
			continue
		}
		event.add("It is " + reason)
	}
}

// neighbors tells, of each of the sorted times, how many there are in the
// fullest window that holds it. It walks the times twice.
func neighbors(times []time.Time, window time.Duration) []int {
	sizes := make([]int, len(times)) // of the window that ends with each time
	first := 0
	for last := range times {
		for times[last].Sub(times[first]) > window {
			first++
		}
		sizes[last] = last - first + 1
	}
	counts := make([]int, len(times))
	var fullest []int // ends of windows that hold the time, each fuller than those after it
	next := 0
	for i := range times {
		for ; next < len(times) && next-sizes[next]+1 <= i; next++ {
			for len(fullest) > 0 && sizes[fullest[len(fullest)-1]] <= sizes[next] {
				fullest = fullest[:len(fullest)-1]
			}
			fullest = append(fullest, next)
		}
		for fullest[0] < i {
			fullest = fullest[1:]
		}
		counts[i] = sizes[fullest[0]]
	}
	return counts
}

// grade is the catalogue's grade, lower for a listed deployer that works with an
// infrastructure tool, be it by one or by what the event's rules say of the user
// agent. Critical and high are never lowered, nor is what could not be read.
func (f filter) grade(record events.Record) (events.Severity, []string) {
	severity, reasons := events.Grade(record)
	byTool := slices.ContainsFunc(deployAgents, func(agent string) bool { return strings.Contains(record.UserAgent, agent) })
	if !byTool || !f.by(record, f.deployers) || !record.Failed() && !record.ParametersReadable() {
		return severity, reasons
	}
	modifier := events.Catalog().Modifier(events.ModifierDeployer)
	lowered := modifier.Apply(severity)
	if event, ok := record.Event(); ok && severity <= modifier.AtMost {
		for _, rule := range event.Rules {
			agent, isText := rule.Value.(string)
			if rule.Op == events.OpContains && isText && strings.Contains(record.UserAgent, agent) {
				lowered = min(lowered, rule.Severity)
			}
		}
	}
	if lowered < severity {
		reasons = append(slices.Clip(reasons), "One grade lower: "+modifier.Reason)
	}
	return lowered, reasons
}
