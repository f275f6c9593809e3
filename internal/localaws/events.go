package localaws

import (
	"encoding/json"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"github.com/iamguard/terraform-provider-iamguard/internal/events"
)

const (
	patternLimit     = 2048
	descriptionLimit = 512
	targetsPerRule   = 5
	inputPathLimit   = 100
	maxRetries       = 185
	minEventAge      = 60
	maxEventAge      = 24 * 60 * 60
)

var (
	ruleName   = regexp.MustCompile(`^[.\-_A-Za-z0-9]{1,64}$`)
	ruleStates = []string{stateEnabled, "DISABLED", stateAll}
	// eventFields are what an event for TestEventPattern must have.
	eventFields = []string{"id", "account", "source", "time", "region", "resources", "detail-type"}
)

// eventsHandlers are the operations of EventBridge in which moto does not do as AWS does.
var eventsHandlers = map[string]handler{
	"PutEvents":        (*exchange).putEvents,
	"PutRule":          (*exchange).putRule,
	"PutTargets":       (*exchange).putTargets,
	"RemoveTargets":    (*exchange).removeTargets,
	"TestEventPattern": (*exchange).testEventPattern,
}

func invalid(format string, args ...any) *failure {
	return refuse("ValidationException", format, args...)
}

func badPattern(err error) *failure {
	return refuse("InvalidEventPatternException", "Event pattern is not valid. Reason: %v", err)
}

// ruleInput is the input of PutRule as far as it is checked.
type ruleInput struct {
	Name, EventBusName, EventPattern, ScheduleExpression, State, Description string
	Tags                                                                     []any
}

// putRule checks what moto takes as it comes. Tags are for a new rule only.
// See https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutRule.html
func (x *exchange) putRule() (*answer, error) {
	var in ruleInput
	if err := json.Unmarshal(x.body, &in); err != nil {
		return nil, refuse("SerializationException", "%v", err)
	}
	if err := in.check(); err != nil {
		return nil, err
	}
	if len(in.Tags) == 0 {
		return x.forward()
	}
	exists, _, err := x.ruleTargets(in.Name, in.EventBusName)
	if err != nil || !exists {
		if err != nil {
			return nil, err
		}
		return x.forward()
	}
	params := maps.Clone(x.call.Params)
	delete(params, "Tags")
	body, err := json.Marshal(params)
	if err != nil {
		return nil, err
	}
	return x.withBody(body).forward()
}

func (in ruleInput) check() error {
	switch {
	case !ruleName.MatchString(in.Name):
		return invalid("Value '%s' at 'name' failed to satisfy constraint: Member must satisfy regular expression pattern: %s",
			in.Name, `[\.\-_A-Za-z0-9]+`)
	case in.State != "" && !slices.Contains(ruleStates, in.State):
		return invalid("Value '%s' at 'state' failed to satisfy constraint: Member must satisfy enum value set: [%s]",
			in.State, strings.Join(ruleStates, ", "))
	case in.State == stateAll && in.ScheduleExpression != "":
		return invalid("The state %s is not for a rule with a schedule.", stateAll)
	case len([]rune(in.Description)) > descriptionLimit:
		return invalid("Value at 'description' failed to satisfy constraint: Member must have length less than or equal to %d",
			descriptionLimit)
	case in.EventPattern == "":
		return nil
	}
	if _, err := events.ParsePattern([]byte(in.EventPattern)); err != nil {
		return badPattern(err)
	}
	if size, err := events.PatternSize([]byte(in.EventPattern)); err != nil || size > patternLimit {
		return refuse("LimitExceededException", "The event pattern has %d characters, the quota is %d.", size, patternLimit)
	}
	return nil
}

// ruleTargets are the targets of a rule, if it exists.
func (x *exchange) ruleTargets(rule, bus string) (exists bool, targets []busTarget, err error) {
	in := map[string]string{"Name": rule, "EventBusName": busName(bus)}
	var out struct{ Name string }
	exists, err = x.askJSON("events", x.call.Region, "AWSEvents.DescribeRule", in, &out)
	if err != nil || !exists {
		return false, nil, err
	}
	targets, err = x.readTargets(busName(bus), rule)
	return true, targets, err
}

// putTargets holds the quota of targets and the ranges of their fields.
// See https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutTargets.html
func (x *exchange) putTargets() (*answer, error) {
	var in struct {
		Rule, EventBusName string
		Targets            []busTarget
	}
	if err := json.Unmarshal(x.body, &in); err != nil {
		return nil, refuse("SerializationException", "%v", err)
	}
	for _, target := range in.Targets {
		if err := target.check(); err != nil {
			return nil, err
		}
	}
	exists, held, err := x.ruleTargets(in.Rule, in.EventBusName)
	if err != nil {
		return nil, err
	}
	for _, target := range in.Targets {
		if !hasTarget(held, target.Id) {
			held = append(held, target)
		}
	}
	if exists && len(held) > targetsPerRule {
		return nil, refuse("LimitExceededException", "The requested resource exceeds the maximum number allowed.")
	}
	return x.partly("Targets", func(entry any) string {
		target, _ := entry.(map[string]any)
		return text(target["Id"])
	})
}

// removeTargets can fail for a part of its targets, too.
// See https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_RemoveTargets.html
func (x *exchange) removeTargets() (*answer, error) { return x.partly("Ids", text) }

func (t busTarget) check() error {
	inputs := 0
	for _, set := range []bool{t.Input != nil, t.InputPath != nil, t.InputTransformer != nil} {
		if set {
			inputs++
		}
	}
	switch {
	case inputs > 1:
		return invalid("Only one of Input, InputPath, or InputTransformer must be provided for target %s.", t.Id)
	case t.Input != nil && !json.Valid([]byte(*t.Input)):
		return invalid("JSON syntax error in input for target %s.", t.Id)
	case t.InputTransformer != nil && len(t.InputTransformer.InputPathsMap) > inputPathLimit:
		return invalid("Value at 'inputPathsMap' failed to satisfy constraint: Member must have length less than or equal to %d",
			inputPathLimit)
	default:
		return t.checkRetries()
	}
}

// checkRetries holds the ranges of the retry policy.
// See https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_RetryPolicy.html
func (t busTarget) checkRetries() error {
	attempts, age := t.RetryPolicy.MaximumRetryAttempts, t.RetryPolicy.MaximumEventAgeInSeconds
	switch {
	case attempts != nil && (*attempts < 0 || *attempts > maxRetries):
		return invalid("Value '%d' at 'maximumRetryAttempts' failed to satisfy constraint: "+
			"Member must have value between 0 and %d", *attempts, maxRetries)
	case age != nil && (*age < minEventAge || *age > maxEventAge):
		return invalid("Value '%d' at 'maximumEventAgeInSeconds' failed to satisfy constraint: "+
			"Member must have value between %d and %d", *age, minEventAge, maxEventAge)
	default:
		return nil
	}
}

// partly lets moto carry out all entries but the last, if a fault wants that: the answer has HTTP 200 then.
// See https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutTargetsResultEntry.html
func (x *exchange) partly(name string, id func(any) string) (*answer, error) {
	fault := x.account.partialFault(x.call)
	entries, _ := x.call.Params[name].([]any)
	if fault == nil || len(entries) == 0 {
		return x.forward()
	}
	last := len(entries) - 1
	if last > 0 {
		params := maps.Clone(x.call.Params)
		params[name] = entries[:last]
		body, err := json.Marshal(params)
		if err != nil {
			return nil, err
		}
		if a, err := x.withBody(body).forward(); err != nil || a.status != http.StatusOK {
			return a, err
		}
	}
	return answerJSON(map[string]any{
		"FailedEntryCount": 1,
		"FailedEntries": []any{map[string]any{
			"TargetId": id(entries[last]), "ErrorCode": fault.code, "ErrorMessage": fault.message,
		}},
	})
}

// partialFault asks the faults whether an entry is to fail.
func (a *Account) partialFault(c Call) *failure {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, f := range a.faults {
		if f.Kind != PartialTargets || !f.matches(c) || !f.due() {
			continue
		}
		f.hits++
		said := refuse("InternalException", "%s", unknownError)
		if f.Code != "" {
			said.code = f.Code
		}
		if f.Message != "" {
			said.message = f.Message
		}
		return said
	}
	return nil
}

// testEventPattern answers by the matcher; moto answers nothing.
// See https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_TestEventPattern.html
func (x *exchange) testEventPattern() (*answer, error) {
	var in struct{ EventPattern, Event string }
	if err := json.Unmarshal(x.body, &in); err != nil {
		return nil, refuse("SerializationException", "%v", err)
	}
	pattern, err := events.ParsePattern([]byte(in.EventPattern))
	if err != nil {
		return nil, badPattern(err)
	}
	event := plain([]byte(in.Event))
	if event == nil {
		return nil, invalid("Parameter Event is not valid. Reason: it is not a JSON object.")
	}
	for _, field := range eventFields {
		if _, sent := event[field]; !sent {
			return nil, invalid("Parameter Event is not valid. Reason: the field %s is missing.", field)
		}
	}
	matched, err := pattern.Match([]byte(in.Event))
	if err != nil {
		return nil, invalid("Parameter Event is not valid. Reason: %v", err)
	}
	return answerJSON(map[string]bool{"Result": matched})
}
