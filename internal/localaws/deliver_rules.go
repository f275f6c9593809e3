package localaws

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/iamguard/terraform-provider-iamguard/internal/events"
)

const (
	defaultBus   = "default"
	stateEnabled = "ENABLED"
	// stateAll takes read-only management events too.
	stateAll = "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"
	// busHops bounds the ways between buses of one account and region.
	busHops = 5
)

// ruleBook is what EventBridge knows of one region: its rules, by bus. Their targets are asked for when one matches.
type ruleBook struct {
	changes int
	rules   map[string][]busRule
}

type busRule struct {
	Name, Arn, State, EventPattern string

	pattern *events.Pattern
	targets []busTarget
}

// busTarget is a target in the words of the API.
type busTarget struct {
	Id, Arn, RoleArn string //nolint:revive // the names on the wire
	Input, InputPath *string
	InputTransformer *struct {
		InputPathsMap map[string]string
		InputTemplate string
	}
	SqsParameters    struct{ MessageGroupId string } //nolint:revive // the name on the wire
	DeadLetterConfig struct{ Arn string }
	RetryPolicy      struct{ MaximumRetryAttempts, MaximumEventAgeInSeconds *int }
}

// eventsChanged makes the rules of the region be read again. Nobody else writes to moto, so that a region where nothing was
// written has no rules, and a call there costs nothing.
func (a *Account) eventsChanged(region string) {
	a.deliveries.mu.Lock()
	defer a.deliveries.mu.Unlock()
	a.deliveries.changes[region]++
}

func (x *exchange) mayHaveRules() bool {
	d := x.account.deliveries
	d.mu.Lock()
	defer d.mu.Unlock()
	book := d.books[x.call.Region]
	if book != nil && book.changes == d.changes[x.call.Region] {
		return len(book.rules) > 0
	}
	return d.changes[x.call.Region] > 0
}

// ruleBook reads the rules of the region, unless nothing was written since they were read last.
func (x *exchange) ruleBook() (*ruleBook, error) {
	d, region := x.account.deliveries, x.call.Region
	d.mu.Lock()
	changes, book := d.changes[region], d.books[region]
	d.mu.Unlock()
	if book != nil && book.changes == changes {
		return book, nil
	}
	book = &ruleBook{changes: changes, rules: map[string][]busRule{}}
	var out struct{ EventBuses []struct{ Name string } }
	if _, err := x.askJSON("events", region, "AWSEvents.ListEventBuses", struct{}{}, &out); err != nil {
		return nil, err
	}
	for _, bus := range out.EventBuses {
		rules, err := x.readRules(bus.Name)
		if err != nil {
			return nil, err
		}
		if len(rules) > 0 {
			book.rules[bus.Name] = rules
		}
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.books[region] = book
	return book, nil
}

func (x *exchange) readRules(bus string) ([]busRule, error) {
	var rules []busRule
	err := x.pages("ListRules", map[string]string{"EventBusName": bus}, func(page []byte) (string, error) {
		var out struct {
			Rules     []busRule
			NextToken string
		}
		err := json.Unmarshal(page, &out)
		rules = append(rules, out.Rules...)
		return out.NextToken, err
	})
	if err != nil {
		return nil, err
	}
	for i := range rules {
		if rules[i].EventPattern != "" {
			if rules[i].pattern, err = events.ParsePattern([]byte(rules[i].EventPattern)); err != nil {
				return nil, fmt.Errorf("read the pattern of %s: %w", rules[i].Arn, err)
			}
		}
	}
	return rules, nil
}

func (x *exchange) readTargets(bus, rule string) ([]busTarget, error) {
	var targets []busTarget
	in := map[string]string{"EventBusName": bus, "Rule": rule}
	err := x.pages("ListTargetsByRule", in, func(page []byte) (string, error) {
		var out struct {
			Targets   []busTarget
			NextToken string
		}
		err := json.Unmarshal(page, &out)
		targets = append(targets, out.Targets...)
		return out.NextToken, err
	})
	return targets, err
}

// pages asks EventBridge for a list until it ends.
func (x *exchange) pages(operation string, in map[string]string, read func([]byte) (string, error)) error {
	for {
		var page json.RawMessage
		ok, err := x.askJSON("events", x.call.Region, "AWSEvents."+operation, in, &page)
		if err != nil || !ok {
			return err
		}
		next, err := read(page)
		if err != nil || next == "" {
			return err
		}
		in["NextToken"] = next
	}
}

// arrive is an event on a bus: every rule that it matches gets it.
func (x *exchange) arrive(bus string, o occurrence) {
	book, err := x.ruleBook()
	if err != nil {
		x.account.noteUnknown("rules of " + x.call.Region + " (" + err.Error() + ")")
		return
	}
	for _, rule := range book.rules[bus] {
		if rule.pattern == nil {
			continue
		}
		if matched, err := rule.pattern.Match(o.body); err != nil || !matched {
			continue
		}
		if rule.targets, err = x.readTargets(bus, rule.Name); err != nil {
			x.account.noteUnknown("targets of " + rule.Arn + " (" + err.Error() + ")")
			continue
		}
		if why := rule.refuses(o); why != "" {
			x.account.noteDelivery(o.noted(x, rule, busTarget{}, Delivery{Outcome: why}))
			continue
		}
		for _, target := range rule.targets {
			x.reach(rule, target, o)
		}
	}
}

// refuses says why a rule that matches does not fire. ENABLED leaves out read-only management events.
// See https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-service-event-cloudtrail.html
func (r busRule) refuses(o occurrence) Outcome {
	switch {
	case r.State != stateEnabled && r.State != stateAll:
		return Disabled
	case o.record && o.readOnly && r.State != stateAll:
		return LeftOut
	case o.record && !o.covered:
		return Uncovered
	case len(r.targets) == 0:
		return NoTarget
	default:
		return ""
	}
}

// noted completes what is told of a delivery.
func (o occurrence) noted(x *exchange, rule busRule, target busTarget, d Delivery) Delivery {
	detail, _ := o.tree["detail"].(map[string]any)
	d.EventID, d.EventName = text(detail["eventID"]), text(detail["eventName"])
	d.Rule, d.Target, d.TargetID = rule.Arn, target.Arn, target.Id
	d.Time = x.now
	return d
}

// arnParts are partition, service, region, account and resource of an ARN; empty ones if it is none.
func arnParts(arn string) (parts struct{ service, region, account, resource string }) {
	if split := strings.SplitN(arn, ":", 6); len(split) == 6 {
		parts.service, parts.region, parts.account, parts.resource = split[2], split[3], split[4], split[5]
	}
	return parts
}

// busName is the bus of a call, which names it, or its ARN, or nothing.
func busName(nameOrARN string) string {
	return cmp.Or(nameOrARN[strings.LastIndex(nameOrARN, "/")+1:], defaultBus)
}

// hasTarget finds a target by its ID.
func hasTarget(targets []busTarget, id string) bool {
	return slices.ContainsFunc(targets, func(t busTarget) bool { return t.Id == id })
}
