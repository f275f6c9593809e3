package alert

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/arn"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	logtypes "github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/iamguard/terraform-provider-iamguard/internal/framework"
)

// trialSource is the source of events that the test puts on buses.
const trialSource = "iamguard.test"

// text is the marked message.
func (t *trial) text() string {
	return fmt.Sprintf("iamguard test of rule %s, not an alert. Rule: %s. Test: %s.", t.rule.name, t.rule.arn, t.id)
}

// tryTarget sends the marked message to one target, if that sets nothing off.
func (t *trial) tryTarget(ctx context.Context, target types.Target, allowed bool, diags *diag.Diagnostics) {
	id := aws.ToString(target.Id)
	object, err := arn.Parse(aws.ToString(target.Arn))
	if err != nil {
		t.leaves("target %s: its ARN cannot be understood", id)
		return
	}
	kind := kindOf(object.String())
	switch {
	case kind == otherKinds:
		t.say("Target %s (%s) is skipped: this provider cannot invoke %s.", id, object, object.Service)
		t.leaves("target %s: this provider cannot invoke %s", id, object.Service)
		return
	case kind == eventBus && !allowed:
		t.say("Target %s (%s) is skipped: its rules may set anything off (allow_invoke = true sends to it).", id, object)
		t.leaves("target %s: skipped without allow_invoke", id)
		return
	}
	err = map[targetKind]func(context.Context, arn.ARN, types.Target) error{
		topic: t.publish, queue: t.enqueue, logGroup: t.log, eventBus: t.putEvent,
	}[kind](ctx, object, target)
	if err != nil {
		framework.Fail(diags, framework.Failure{
			Summary: "Unable to send the test message to a target of the alert rule", Object: "target " + id + ", " + object.String(),
			Place: t.place, Err: err,
		})
		t.leaves("target %s: the message could not be sent", id)
		return
	}
	t.say("A message marked %s was sent to target %s (%s). Look for it there.", t.id, id, object)
	t.proves("target %s (%s %s) took a message of this caller", id, kind, object)
}

func (t *trial) publish(ctx context.Context, object arn.ARN, _ types.Target) error {
	_, err := t.rule.in.SNS(object.Region).Publish(ctx, &sns.PublishInput{
		TopicArn: aws.String(object.String()), Message: aws.String(t.text()),
		Subject: aws.String("iamguard test, not an alert"),
	})
	return err
}

func (t *trial) enqueue(ctx context.Context, object arn.ARN, target types.Target) error {
	client := t.rule.in.SQS(object.Region)
	at, err := client.GetQueueUrl(ctx, &sqs.GetQueueUrlInput{
		QueueName: aws.String(object.Resource), QueueOwnerAWSAccountId: aws.String(object.AccountID),
	})
	if err != nil {
		return err
	}
	message := &sqs.SendMessageInput{QueueUrl: at.QueueUrl, MessageBody: aws.String(t.text())}
	if strings.HasSuffix(object.Resource, ".fifo") {
		message.MessageDeduplicationId = aws.String(t.id)
		message.MessageGroupId = aws.String("iamguard-test")
		if target.SqsParameters != nil && target.SqsParameters.MessageGroupId != nil {
			message.MessageGroupId = target.SqsParameters.MessageGroupId
		}
	}
	_, err = client.SendMessage(ctx, message)
	return err
}

// log writes into a stream of its own.
func (t *trial) log(ctx context.Context, object arn.ARN, _ types.Target) error {
	client := t.rule.in.Logs(object.Region)
	group, stream := aws.String(healthLogGroupName(object)), aws.String("iamguard-test-"+t.id)
	if _, err := client.CreateLogStream(ctx, &cloudwatchlogs.CreateLogStreamInput{
		LogGroupName: group, LogStreamName: stream,
	}); err != nil {
		return err
	}
	_, err := client.PutLogEvents(ctx, &cloudwatchlogs.PutLogEventsInput{
		LogGroupName: group, LogStreamName: stream, LogEvents: []logtypes.InputLogEvent{{
			Message: aws.String(t.text()), Timestamp: aws.Int64(t.rule.in.Pool().Now().UnixMilli()),
		}},
	})
	return err
}

func (t *trial) putEvent(ctx context.Context, object arn.ARN, _ types.Target) error {
	detail, err := json.Marshal(map[string]string{"message": t.text(), "rule": t.rule.arn, "test": t.id})
	if err != nil {
		return err
	}
	out, err := t.rule.in.EventBridge(object.Region).PutEvents(ctx, &eventbridge.PutEventsInput{
		Entries: []types.PutEventsRequestEntry{{
			EventBusName: aws.String(object.String()), Source: aws.String(trialSource), DetailType: aws.String("iamguard test"),
			Detail: aws.String(string(detail)),
		}},
	})
	if err != nil || out.FailedEntryCount == 0 || len(out.Entries) == 0 {
		return err
	}
	return fmt.Errorf("the bus refused the event: %s: %s",
		aws.ToString(out.Entries[0].ErrorCode), aws.ToString(out.Entries[0].ErrorMessage))
}
