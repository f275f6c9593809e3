package localaws

import (
	"fmt"
	"strconv"
	"time"
)

const (
	defaultRetries  = 185
	defaultEventAge = 24 * 60 * 60
	retryFirst      = time.Second
	retryLongest    = 8 * time.Minute
)

// undelivered is why a target did not take an event, in the codes of dead-letter queues.
// See https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html
type undelivered struct {
	code, message string
	// retry is false where trying again cannot help: rights are missing, or the target is gone.
	retry bool
	// exhausted is the limit of the retry policy that was reached.
	exhausted string
}

func refused(code, format string, args ...any) *undelivered {
	return &undelivered{code: code, message: fmt.Sprintf(format, args...)}
}

func noPermission(arn string) *undelivered {
	return refused("NO_PERMISSIONS", "EventBridge is not allowed to send to %s.", arn)
}

func noResource(arn string) *undelivered {
	return refused("NO_RESOURCE", "The target %s does not exist.", arn)
}

// reach brings an event to a target, else to its dead-letter queue, else it is lost.
func (x *exchange) reach(rule busRule, target busTarget, o occurrence) {
	d := Delivery{Outcome: Delivered}
	message, why := target.input(o, rule, x.now)
	d.Message = message
	if why == nil {
		d.Attempts, why = x.attempt(rule, target, o, message)
	}
	if why != nil {
		d.Outcome, d.Code, d.Reason = Lost, why.code, why.message
		if x.deadLetter(rule, target, o, d, why) {
			d.Outcome = DeadLettered
		}
	}
	x.account.noteDelivery(o.noted(x, rule, target, d))
}

// attempt sends until the target takes the event, or the retry policy ends. The waits between are reckoned, not waited.
// See https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-retry-policy.html
func (x *exchange) attempt(rule busRule, target busTarget, o occurrence, message string) (int, *undelivered) {
	retries, age := defaultRetries, defaultEventAge
	if target.RetryPolicy.MaximumRetryAttempts != nil {
		retries = *target.RetryPolicy.MaximumRetryAttempts
	}
	if target.RetryPolicy.MaximumEventAgeInSeconds != nil {
		age = *target.RetryPolicy.MaximumEventAgeInSeconds
	}
	waited, wait := time.Duration(0), retryFirst
	for attempts := 1; ; attempts++ {
		why := x.account.failDelivery(x, arnParts(target.Arn).service, target)
		if why == nil {
			why = x.hand(rule, target, o, message)
		}
		if why == nil || !why.retry {
			return attempts, why
		}
		waited += wait
		wait = min(2*wait, retryLongest)
		switch {
		case attempts > retries:
			why.exhausted = "MaximumRetryAttempts"
			return attempts, why
		case waited > time.Duration(age)*time.Second:
			why.exhausted = "MaximumEventAgeInSeconds"
			return attempts, why
		}
	}
}

// hand gives an event to the service of the target.
func (x *exchange) hand(rule busRule, target busTarget, o occurrence, message string) *undelivered {
	arn := arnParts(target.Arn)
	if arn.service == "events" {
		return x.toBus(rule, target, o)
	}
	if arn.region != x.call.Region {
		return refused("NO_RESOURCE", "The target %s is not in the Region of the rule.", target.Arn)
	}
	there := x.in(x.server.Account(arn.account, arn.region), arn.region)
	switch arn.service {
	case "sqs":
		return there.toQueue(x.account, rule, target.Arn, target, queueMessage{
			body: message, group: target.SqsParameters.MessageGroupId,
		})
	case "sns":
		return there.toTopic(x.account, rule, target, message)
	case "logs":
		return there.toLogGroup(x.account, rule, target, message)
	default:
		return refused("UNKNOWN", "The local AWS does not deliver to %s.", target.Arn)
	}
}

// deadLetter sends the event to the dead-letter queue, with what is known of the failure as message attributes.
// See https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html
func (x *exchange) deadLetter(rule busRule, target busTarget, o occurrence, d Delivery, why *undelivered) bool {
	arn := arnParts(target.DeadLetterConfig.Arn)
	if arn.service != "sqs" || arn.region != x.call.Region {
		return false
	}
	attributes := map[string]messageAttribute{
		"RULE_ARN":       {DataType: "String", StringValue: rule.Arn},
		"TARGET_ARN":     {DataType: "String", StringValue: target.Arn},
		"ERROR_CODE":     {DataType: "String", StringValue: why.code},
		"ERROR_MESSAGE":  {DataType: "String", StringValue: why.message},
		"RETRY_ATTEMPTS": {DataType: "Number", StringValue: strconv.Itoa(max(d.Attempts-1, 0))},
	}
	if why.exhausted != "" {
		attributes["EXHAUSTED_RETRY_CONDITION"] = messageAttribute{DataType: "String", StringValue: why.exhausted}
	}
	there := x.in(x.server.Account(arn.account, arn.region), arn.region)
	// The role of the target is not used for its dead-letter queue.
	failed := there.toQueue(x.account, rule, target.DeadLetterConfig.Arn, busTarget{}, queueMessage{
		body: string(o.body), attributes: attributes,
	})
	return failed == nil
}

// failDelivery asks the faults about a delivery.
func (a *Account) failDelivery(x *exchange, service string, target busTarget) *undelivered {
	a.mu.Lock()
	defer a.mu.Unlock()
	call := Call{
		Time: x.now, Account: a.ID, Region: x.call.Region, Service: service, Operation: "Deliver",
		Params: map[string]any{"Id": target.Id, "Arn": target.Arn},
	}
	for _, f := range a.faults {
		if f.Kind != FailDelivery || !f.matches(call) || !f.due() {
			continue
		}
		f.hits++
		why := refused("ERROR_FROM_TARGET", "%s", unknownError)
		why.retry = true
		if f.Code != "" {
			why.code = f.Code
		}
		if f.Message != "" {
			why.message = f.Message
		}
		return why
	}
	return nil
}
