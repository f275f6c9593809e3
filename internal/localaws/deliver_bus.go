package localaws

import (
	"encoding/json"
	"strings"
	"time"
)

// toBus puts the event on another bus, whose rules then see it as it was. Another Region needs the role of the target;
// another account that role or, without one, only the bus policy.
// See https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-cross-account.html.
func (x *exchange) toBus(rule busRule, target busTarget, o occurrence) *undelivered {
	arn := arnParts(target.Arn)
	there := x.in(x.server.Account(arn.account, arn.region), arn.region)
	if why := o.hop(x, there); why != nil {
		return why
	}
	var bus struct{ Arn, Policy string }
	ask := map[string]string{"Name": busName(arn.resource)}
	ok, err := there.askJSON("events", arn.region, "AWSEvents.DescribeEventBus", ask, &bus)
	if err != nil || !ok {
		return noResource(target.Arn)
	}
	r := asRule(x.account, rule, "events:PutEvents", target.Arn)
	if target.RoleArn != "" {
		if why := x.mayAssume(x.account, target.RoleArn, r); why != nil {
			return why
		}
	} else if arn.region != x.call.Region {
		return noPermission(target.Arn)
	}
	if arn.account != x.account.ID && !admits(bus.Policy, x.account.ID, r) {
		return noPermission(target.Arn)
	}
	there.arrive(busName(arn.resource), o)
	return nil
}

// hop counts the way from one bus to another. An event goes to another account once and to another Region once.
// See https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html, where the errors are listed.
func (o *occurrence) hop(from, to *exchange) *undelivered {
	o.record = false
	o.buses++
	if to.account != from.account {
		o.accounts++
	}
	if to.call.Region != from.call.Region {
		o.regions++
	}
	switch {
	case o.accounts > 1:
		return refused("THIRD_ACCOUNT_HOP_DETECTED", "An event is not sent on to a third account.")
	case o.regions > 1:
		return refused("THIRD_REGION_HOP_DETECTED", "An event is not sent on to a third Region.")
	case o.buses > busHops:
		return refused("INTERNAL_ERROR", "The buses send the event in a circle.")
	default:
		return nil
	}
}

// admits says whether the policy of a bus lets an account put events.
// See https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-bus-perms.html
func admits(policy, account string, r request) bool {
	held, err := parsePolicy(policy)
	if err != nil {
		return false
	}
	r.service, r.account = "", account
	return held.allows(r)
}

// toLogGroup writes the event into a stream of its own.
// See https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html
func (x *exchange) toLogGroup(sender *Account, rule busRule, target busTarget, message string) *undelivered {
	message, why := target.logMessage(message)
	if why != nil {
		return why
	}
	name := strings.TrimSuffix(strings.TrimPrefix(arnParts(target.Arn).resource, "log-group:"), ":*")
	if why := x.hasLogGroup(target.Arn, name); why != nil {
		return why
	}
	stream := newID()
	arn := strings.TrimSuffix(target.Arn, ":*") + ":log-stream:" + stream
	if why := x.mayLog(sender, rule, arn); why != nil {
		return why
	}
	in := map[string]any{"logGroupName": name, "logStreamName": stream}
	var out json.RawMessage
	ok, err := x.askJSON("logs", x.call.Region, "Logs_20140328.CreateLogStream", in, &out)
	if err != nil || !ok {
		return refused("SDK_CLIENT_ERROR", "The log group %s has no stream for the event.", name)
	}
	// Logs refuses what is old by its own clock, and the account may have another one.
	in["logEvents"] = []any{map[string]any{"timestamp": time.Now().UnixMilli(), "message": message}}
	ok, err = x.askJSON("logs", x.call.Region, "Logs_20140328.PutLogEvents", in, &out)
	if err != nil || !ok {
		return refused("SDK_CLIENT_ERROR", "The log group %s does not accept the event.", name)
	}
	return nil
}

// logMessage is what a log group gets. An input of the target's own is an object of a timestamp and a message.
// See https://docs.aws.amazon.com/cdk/api/v2/docs/aws-cdk-lib.aws_events_targets.LogGroupTargetInput.html
func (t busTarget) logMessage(message string) (string, *undelivered) {
	if t.Input == nil && t.InputPath == nil && t.InputTransformer == nil {
		return message, nil
	}
	var parts struct {
		Timestamp json.RawMessage `json:"timestamp"`
		Message   *string         `json:"message"`
	}
	if json.Unmarshal([]byte(message), &parts) != nil || parts.Message == nil || parts.Timestamp == nil {
		return "", refused("INVALID_PARAMETER", "The input for a log group is an object of timestamp and message.")
	}
	return *parts.Message, nil
}

func (x *exchange) hasLogGroup(arn, name string) *undelivered {
	var out struct {
		LogGroups []struct{ LogGroupName string }
	}
	ask := map[string]string{"logGroupNamePrefix": name}
	_, err := x.askJSON("logs", x.call.Region, "Logs_20140328.DescribeLogGroups", ask, &out)
	for _, group := range out.LogGroups {
		if err == nil && group.LogGroupName == name {
			return nil
		}
	}
	return noResource(arn)
}

// mayLog judges by the resource policies of the account, which let in EventBridge or the delivery service of Logs.
// See https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html
func (x *exchange) mayLog(sender *Account, rule busRule, arn string) *undelivered {
	var out struct {
		ResourcePolicies []struct{ PolicyDocument string }
	}
	_, err := x.askJSON("logs", x.call.Region, "Logs_20140328.DescribeResourcePolicies", struct{}{}, &out)
	var all document
	for _, held := range out.ResourcePolicies {
		if policy, err := parsePolicy(held.PolicyDocument); err == nil {
			all.statements = append(all.statements, policy.statements...)
		}
	}
	for _, action := range []string{"logs:CreateLogStream", "logs:PutLogEvents"} {
		r := asRule(sender, rule, action, arn)
		direct := all.allows(r)
		r.service = "delivery.logs.amazonaws.com"
		if err != nil || !direct && !all.allows(r) {
			return noPermission(arn)
		}
	}
	return nil
}
