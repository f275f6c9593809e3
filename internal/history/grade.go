package history

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unique"

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

// raiseBursts raises the removals that are part of a burst by one actor.
func raiseBursts(all []entry) {
	removals := map[unique.Handle[string]][]int{}
	for i := range all {
		if all[i].removal {
			removals[all[i].actor] = append(removals[all[i].actor], i)
		}
	}
	for _, of := range removals {
		if len(of) >= burstSize {
			raiseBurstsOf(all, of)
		}
	}
}

// raiseBurstsOf raises those of one actor's removals that are part of a burst.
func raiseBurstsOf(all []entry, removals []int) {
	slices.SortFunc(removals, func(a, b int) int { return all[a].at.Compare(all[b].at) })
	times := make([]time.Time, len(removals))
	for i, at := range removals {
		times[i] = all[at].at
	}
	for i, count := range neighbors(times, burstWindow) {
		if count < burstSize {
			continue
		}
		one := &all[removals[i]]
		raised := burstModifier().Apply(one.severity)
		one.burst, one.raised, one.severity = int32(count), raised > one.severity, raised
	}
}

func burstModifier() events.Modifier { return events.Catalog().Modifier(events.ModifierBurst) }

// deniedAttempts counts those of each actor.
func deniedAttempts(all []entry) map[unique.Handle[string]]int {
	attempts := map[unique.Handle[string]]int{}
	for i := range all {
		if all[i].denied {
			attempts[all[i].actor]++
		}
	}
	return attempts
}

// company says what the same actor did besides.
func (e entry) company(denied int) []string {
	removals := fmt.Sprintf("one of %d removals by this actor within %d minutes", e.burst, int(burstWindow.Minutes()))
	switch {
	case e.raised:
		return []string{"One grade higher: it is " + removals}
	case e.burst > 0:
		return []string{"It is " + removals}
	case e.denied && denied > 1:
		return []string{fmt.Sprintf("It is one of %d denied attempts by this actor", denied)}
	}
	return nil
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
