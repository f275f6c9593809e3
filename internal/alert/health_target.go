package alert

import (
	"context"
	"errors"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/arn"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"

	"github.com/iamguard/terraform-provider-iamguard/internal/account"
)

// healthTarget is one target and what was found of it.
type healthTarget struct {
	ID, ARN, Kind string
	healthFindings
}

// healthKinds are the names of kinds in the answer; others have that of their service.
var healthKinds = map[targetKind]string{topic: "sns", queue: "sqs", logGroup: "logs", eventBus: "event_bus"}

func healthKindOf(object arn.ARN) string {
	if name, known := healthKinds[kindOf(object.String())]; known {
		return name
	}
	return object.Service
}

// healthTargetOf checks a target and its dead-letter queue.
func healthTargetOf(ctx context.Context, rule healthRule, target types.Target, samples [][]byte) (healthTarget, error) {
	checked := healthTarget{ID: aws.ToString(target.Id), ARN: aws.ToString(target.Arn)}
	object, ok := healthARN(checked.ARN, "")
	if !ok {
		checked.doubt("The ARN cannot be understood.")
		checked.of(checked.ID)
		return checked, nil
	}
	checked.Kind = healthKindOf(object)
	sender := healthSender{in: rule.in, service: eventBridgeService, source: rule.arn}
	found, err := healthAll(ctx, func(ctx context.Context) (healthFindings, error) {
		return healthReach(ctx, rule, sender, object, target, samples)
	}, func(ctx context.Context) (healthFindings, error) {
		letters := ""
		if target.DeadLetterConfig != nil {
			letters = aws.ToString(target.DeadLetterConfig.Arn)
		}
		return healthDeadLetters(ctx, sender, letters, rule.region)
	})
	checked.healthFindings = found
	checked.of(checked.ID)
	return checked, err
}

// healthReach checks whether events arrive at the target itself.
func healthReach(
	ctx context.Context, rule healthRule, sender healthSender, object arn.ARN, target types.Target, samples [][]byte,
) (healthFindings, error) {
	var found healthFindings
	kind := kindOf(object.String())
	if object.Region != "" && object.Region != rule.region && kind != eventBus {
		found.problem(healthTargetRegion, "The target "+object.String()+" is not in the region of the rule, "+rule.region+".",
			"Name a target in "+rule.region+".")
		return found, nil
	}
	if target.RoleArn != nil && (kind == topic || kind == queue) {
		found.doubt("The target has the role " + *target.RoleArn + ". AWS's documents disagree about whether a role counts here, " +
			"so neither it nor the resource policy proves that events arrive. Remove it, or try the rule with iamguard_test_alert.")
	}
	var direct healthFindings
	var err error
	switch kind {
	case topic:
		direct, err = healthTopic(ctx, sender, object, healthBodyOf(target, samples))
	case queue:
		direct, err = healthQueue(ctx, sender, object.String())
		direct.group(object, target)
	case logGroup:
		direct, err = healthLogGroup(ctx, sender, object, target)
	case eventBus:
		direct, err = healthBus(ctx, rule, object, target)
	default:
		direct.doubt("This provider does not ask the service " + object.Service + ", so whether " + object.String() +
			" takes events cannot be told.")
	}
	found.add(direct)
	return found, err
}

// group: a FIFO queue takes nothing without a message group.
func (f *healthFindings) group(object arn.ARN, target types.Target) {
	if strings.HasSuffix(object.Resource, ".fifo") &&
		(target.SqsParameters == nil || aws.ToString(target.SqsParameters.MessageGroupId) == "") {
		f.problem(healthMessageGroup, "The FIFO queue "+object.String()+" needs a message group, and the target has none.",
			"Set sqs_message_group_id of the target.")
	}
}

// healthBus checks a bus of the same account and region; others cannot be looked into.
func healthBus(ctx context.Context, rule healthRule, object arn.ARN, target types.Target) (healthFindings, error) {
	var found healthFindings
	id := object.String()
	switch {
	case object.Region != rule.region && target.RoleArn == nil:
		found.problem(healthTargetRole, "The bus "+id+" is in another region, which takes a role, and the target has none.",
			"Set role_arn of the target to a role that may do events:PutEvents on "+id+".")
		return found, nil
	case object.Region != rule.region || rule.foreign(object):
		found.doubt(
			"Whether the bus " + id + " takes events, and what its rules do with them, is told by the health of the rules there.",
		)
		return found, nil
	}
	name := strings.TrimPrefix(object.Resource, "event-bus/")
	_, err := rule.in.EventBridge(rule.region).DescribeEventBus(ctx, &eventbridge.DescribeEventBusInput{Name: aws.String(name)})
	switch {
	case errors.Is(err, account.ErrNotFound):
		found.problem(healthTargetGone, "There is no event bus "+name+".", "aws events create-event-bus --region "+
			rule.region+" --name "+name)
	case err != nil:
		return found, found.denied("the event bus "+name, err)
	default:
		found.note("What becomes of events on the bus " + name + " is told by the health of its rules.")
	}
	return found, nil
}
