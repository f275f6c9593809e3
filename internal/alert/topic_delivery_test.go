package alert_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	eventtypes "github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/iamguard/terraform-provider-iamguard/internal/localaws"
	"github.com/iamguard/terraform-provider-iamguard/internal/policy"
	"github.com/iamguard/terraform-provider-iamguard/internal/providertest"
)

// topicEventRegion is where IAM is recorded.
const topicEventRegion = "us-east-1"

// topicAlarm is a trail, a topic with a queue, and rules that publish to it.
type topicAlarm struct {
	topicOutsider

	arn   string
	queue *string
}

// topicAlarmOf applies a trail and a topic with more arguments, both by Terraform, and
// makes the queue and the rules by other means.
func topicAlarmOf(t *testing.T, stage *providertest.Stage, arguments string, rules ...string) (topicAlarm, *providertest.CLI) {
	t.Helper()
	o := topicAs(t, stage, "owner")
	o.config.Region = topicEventRegion
	made, err := sqs.NewFromConfig(o.config).CreateQueue(t.Context(), &sqs.CreateQueueInput{QueueName: aws.String("alerts")})
	o.does(made, err)
	cli := topicApplied(t, stage, stage.Config(topicBody(`
  region = "us-east-1"
  subscriptions = {
    queue = {
      protocol             = "sqs"
      endpoint             = "arn:aws:sqs:us-east-1:`+stage.ID+`:alerts"
      raw_message_delivery = true
    }
  }
`+arguments)+`
resource "iamguard_log_bucket" "test" {
  bucket              = "logs-`+stage.ID+`"
  trail_names         = ["main"]
  deletion_protection = false
}
resource "iamguard_trail" "test" {
  name                = "main"
  s3_bucket_name      = iamguard_log_bucket.test.bucket
  deletion_protection = false
}
`))
	alarm := topicAlarm{topicOutsider: o, arn: "arn:aws:sns:us-east-1:" + stage.ID + ":alerts", queue: made.QueueUrl}
	for _, rule := range rules {
		events := eventbridge.NewFromConfig(o.config)
		o.does(events.PutRule(t.Context(), &eventbridge.PutRuleInput{Name: &rule, EventPattern: aws.String(
			`{"source":["aws.iam"],"detail-type":["AWS API Call via CloudTrail"],"detail":{"eventName":["CreateGroup"]}}`)}))
		o.does(events.PutTargets(t.Context(), &eventbridge.PutTargetsInput{Rule: &rule, Targets: []eventtypes.Target{
			{Id: aws.String("topic"), Arn: &alarm.arn},
		}}))
	}
	return alarm, cli
}

// rings makes a call that the rules wait for, and counts what comes out of the queue.
func (a topicAlarm) rings(t *testing.T, group string) int {
	t.Helper()
	a.does(iam.NewFromConfig(a.config).CreateGroup(t.Context(), &iam.CreateGroupInput{GroupName: &group}))
	client, count := sqs.NewFromConfig(a.config), 0
	for {
		out, err := client.ReceiveMessage(t.Context(), &sqs.ReceiveMessageInput{QueueUrl: a.queue, MaxNumberOfMessages: 10})
		a.does(out, err)
		if len(out.Messages) == 0 {
			return count
		}
		for _, message := range out.Messages {
			count++
			a.does(client.DeleteMessage(t.Context(), &sqs.DeleteMessageInput{QueueUrl: a.queue, ReceiptHandle: message.ReceiptHandle}))
		}
	}
}

// What a rule publishes arrives under the generated policy, does not once the policy
// is cut, and does again after the next apply.
func TestTopic_delivers(t *testing.T) {
	t.Parallel()
	stage := providertest.NewStage(t)
	alarm, cli := topicAlarmOf(t, stage, "", "removal")
	if n := alarm.rings(t, "one"); n != 1 {
		t.Fatalf("%d messages arrived, want 1: %+v", n, stage.Deliveries())
	}
	set := func(name, value string) {
		t.Helper()
		alarm.does(alarm.sns().SetTopicAttributes(t.Context(), &sns.SetTopicAttributesInput{
			TopicArn: &alarm.arn, AttributeName: &name, AttributeValue: &value,
		}))
	}
	out, err := alarm.sns().GetTopicAttributes(t.Context(), &sns.GetTopicAttributesInput{TopicArn: &alarm.arn})
	alarm.does(out, err)
	document, err := policy.Parse(out.Attributes["Policy"])
	if err != nil {
		t.Fatal(err)
	}
	document.Statements = append(document.Statements[:1:1], document.Statements[2])
	set("Policy", document.String())
	if n := alarm.rings(t, "two"); n != 0 {
		t.Errorf("%d messages arrived without a statement for EventBridge", n)
	}
	cli.Apply(t)
	if n := alarm.rings(t, "three"); n != 1 {
		t.Errorf("after the apply %d messages arrived, want 1", n)
	}
	for _, d := range stage.Deliveries() {
		if wrong := d.Outcome != localaws.Delivered && d.Code != "NO_PERMISSIONS"; wrong {
			t.Errorf("got %+v", d)
		}
	}
}

// Rules that are not named may not publish.
func TestTopic_deliversOfNamedRules(t *testing.T) {
	t.Parallel()
	stage := providertest.NewStage(t)
	alarm, _ := topicAlarmOf(t, stage, "  rule_names = [\"removal\"]\n", "removal", "other")
	if n := alarm.rings(t, "one"); n != 1 {
		t.Errorf("%d messages arrived, want that of the named rule only: %+v", n, stage.Deliveries())
	}
}

// An encrypted topic takes alerts under the key policy of the function, and none
// under one that is like it but for the topic.
func TestTopic_deliversEncrypted(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]int{"alerts": 1, "others": 0} {
		stage := providertest.NewStage(t)
		key := topicMadeKey(t, stage, topicEventRegion, topicWritten(t, false, topicKeys{
			"topic_names": []string{name}, "region": topicEventRegion,
		}, stage))
		alarm, _ := topicAlarmOf(t, stage, "  kms_key_id = \""+key+"\"\n", "removal")
		if n := alarm.rings(t, "one"); n != want {
			t.Errorf("with a key for the topic %s %d messages arrived, want %d: %+v", name, n, want, stage.Deliveries())
		}
	}
}
