package localaws_test

import (
	"encoding/json"
	"maps"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	trailtypes "github.com/aws/aws-sdk-go-v2/service/cloudtrail/types"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/iamguard/terraform-provider-iamguard/internal/localaws"
)

const iamRegion = "us-east-1"

// alarms is a bench with the clients that alarms need, in one region.
type alarms struct {
	*bench

	region string
	events *eventbridge.Client
	sqs    *sqs.Client
	sns    *sns.Client
	logs   *cloudwatchlogs.Client
}

func (b *bench) alarms(region string) *alarms {
	cfg := b.Config(b.as)
	cfg.Region = region
	cfg.Retryer = func() aws.Retryer { return aws.NopRetryer{} }
	return &alarms{
		bench: b, region: region, events: eventbridge.NewFromConfig(cfg), sqs: sqs.NewFromConfig(cfg),
		sns: sns.NewFromConfig(cfg), logs: cloudwatchlogs.NewFromConfig(cfg),
	}
}

// watch makes a trail that covers every region, and logs.
func (b *bench) watch(t *testing.T) {
	t.Helper()
	b.trail(t, cloudtrail.CreateTrailInput{
		Name: aws.String("watch"), S3BucketName: aws.String(b.bucket(t)), IsMultiRegionTrail: aws.Bool(true),
	})
	do(t, b.trails.StartLogging, &cloudtrail.StartLoggingInput{Name: aws.String("watch")})
}

func newAlarms(t *testing.T, region string) *alarms {
	t.Helper()
	b := newBench(t)
	b.watch(t)
	return b.alarms(region)
}

func letEvents(action, resource string) string {
	return `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"events.amazonaws.com"},` +
		`"Action":"` + action + `","Resource":"` + resource + `"}]}`
}

func (a *alarms) arn(service, resource string) string {
	return "arn:aws:" + service + ":" + a.region + ":" + a.ID + ":" + resource
}

// queue makes a queue that lets EventBridge send.
func (a *alarms) queue(t *testing.T, name string, attributes map[string]string) string {
	t.Helper()
	all := map[string]string{"Policy": letEvents("sqs:SendMessage", a.arn("sqs", name))}
	maps.Copy(all, attributes)
	do(t, a.sqs.CreateQueue, &sqs.CreateQueueInput{QueueName: aws.String(name), Attributes: all})
	return a.arn("sqs", name)
}

// messages takes everything from a queue.
func (a *alarms) messages(t *testing.T, name string) []sqstypes.Message {
	t.Helper()
	url := do(t, a.sqs.GetQueueUrl, &sqs.GetQueueUrlInput{QueueName: aws.String(name)}).QueueUrl
	var all []sqstypes.Message
	for {
		out := do(t, a.sqs.ReceiveMessage, &sqs.ReceiveMessageInput{
			QueueUrl: url, MaxNumberOfMessages: 10, MessageAttributeNames: []string{"All"},
			MessageSystemAttributeNames: []sqstypes.MessageSystemAttributeName{sqstypes.MessageSystemAttributeNameAll},
		})
		if len(out.Messages) == 0 {
			return all
		}
		for _, m := range out.Messages {
			do(t, a.sqs.DeleteMessage, &sqs.DeleteMessageInput{QueueUrl: url, ReceiptHandle: m.ReceiptHandle})
		}
		all = append(all, out.Messages...)
	}
}

const onIAM = `{"source":["aws.iam"],"detail-type":["AWS API Call via CloudTrail"]}`

// rule makes a rule on the calls of IAM with its targets.
func (a *alarms) rule(t *testing.T, in eventbridge.PutRuleInput, targets ...types.Target) string {
	t.Helper()
	if in.Name == nil {
		in.Name = aws.String("guard")
	}
	if in.EventPattern == nil {
		in.EventPattern = aws.String(onIAM)
	}
	arn := do(t, a.events.PutRule, &in).RuleArn
	for i := range targets {
		if targets[i].Id == nil {
			targets[i].Id = aws.String("t" + string(rune('0'+i)))
		}
	}
	if len(targets) > 0 {
		out := do(t, a.events.PutTargets, &eventbridge.PutTargetsInput{
			Rule: in.Name, EventBusName: in.EventBusName, Targets: targets,
		})
		if out.FailedEntryCount != 0 {
			t.Fatalf("PutTargets failed for %+v", out.FailedEntries)
		}
	}
	return *arn
}

// one is the only delivery.
func (a *alarms) one(t *testing.T) localaws.Delivery {
	t.Helper()
	all := a.Deliveries()
	if len(all) != 1 {
		t.Fatalf("got %d deliveries, want 1: %+v", len(all), all)
	}
	return all[0]
}

func TestDelivery_states(t *testing.T) {
	t.Parallel()
	stop := func(t *testing.T, a *alarms) {
		t.Helper()
		do(t, a.trails.StopLogging, &cloudtrail.StopLoggingInput{Name: aws.String("watch")})
	}
	selector := func(in trailtypes.EventSelector) func(*testing.T, *alarms) {
		return func(t *testing.T, a *alarms) {
			t.Helper()
			do(t, a.trails.PutEventSelectors, &cloudtrail.PutEventSelectorsInput{
				TrailName: aws.String("watch"), EventSelectors: []trailtypes.EventSelector{in},
			})
		}
	}
	advanced := func(readOnly string) func(*testing.T, *alarms) {
		return func(t *testing.T, a *alarms) {
			t.Helper()
			fields := []trailtypes.AdvancedFieldSelector{{Field: aws.String("eventCategory"), Equals: []string{"Management"}}}
			if readOnly != "" {
				fields = append(fields, trailtypes.AdvancedFieldSelector{Field: aws.String("readOnly"), Equals: []string{readOnly}})
			}
			do(t, a.trails.PutEventSelectors, &cloudtrail.PutEventSelectorsInput{
				TrailName:              aws.String("watch"),
				AdvancedEventSelectors: []trailtypes.AdvancedEventSelector{{FieldSelectors: fields}},
			})
		}
	}
	local := func(t *testing.T, a *alarms) {
		t.Helper()
		do(t, a.trails.UpdateTrail, &cloudtrail.UpdateTrailInput{
			Name: aws.String("watch"), IsMultiRegionTrail: aws.Bool(false),
		})
	}
	management := trailtypes.EventSelector{IncludeManagementEvents: aws.Bool(true)}
	readers, writers, none := management, management, management
	readers.ReadWriteType, writers.ReadWriteType = trailtypes.ReadWriteTypeReadOnly, trailtypes.ReadWriteTypeWriteOnly
	none.IncludeManagementEvents = aws.Bool(false)
	none.DataResources = []trailtypes.DataResource{{Type: aws.String("AWS::S3::Object"), Values: []string{"arn:aws:s3"}}}
	for name, c := range map[string]struct {
		before  func(*testing.T, *alarms)
		state   types.RuleState
		want    localaws.Outcome
		reading bool
	}{
		"enabled":              {nil, types.RuleStateEnabled, localaws.Delivered, false},
		"disabled":             {nil, types.RuleStateDisabled, localaws.Disabled, false},
		"all":                  {nil, types.RuleStateEnabledWithAllCloudtrailManagementEvents, localaws.Delivered, false},
		"read with all":        {nil, types.RuleStateEnabledWithAllCloudtrailManagementEvents, localaws.Delivered, true},
		"read with enabled":    {nil, types.RuleStateEnabled, localaws.LeftOut, true},
		"trail stopped":        {stop, types.RuleStateEnabled, localaws.Uncovered, false},
		"trail of home only":   {local, types.RuleStateEnabled, localaws.Uncovered, false},
		"read-only selector":   {selector(readers), types.RuleStateEnabled, localaws.Uncovered, false},
		"write-only selector":  {selector(writers), types.RuleStateEnabled, localaws.Delivered, false},
		"no management events": {selector(none), types.RuleStateEnabled, localaws.Uncovered, false},
		"advanced, all":        {advanced(""), types.RuleStateEnabled, localaws.Delivered, false},
		"advanced, reading":    {advanced("true"), types.RuleStateEnabled, localaws.Uncovered, false},
		"advanced, writing":    {advanced("false"), types.RuleStateEnabled, localaws.Delivered, false},
		"read, advanced, writing": {
			advanced("false"), types.RuleStateEnabledWithAllCloudtrailManagementEvents, localaws.Uncovered, true,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := newAlarms(t, iamRegion)
			a.rule(t, eventbridge.PutRuleInput{State: c.state}, types.Target{Arn: aws.String(a.queue(t, "alerts", nil))})
			if c.before != nil {
				c.before(t, a)
			}
			want := "CreateUser"
			if c.reading {
				want = "ListUsers"
				do(t, a.iam.ListUsers, &iam.ListUsersInput{})
			} else {
				a.createUsers(t, "alice")
			}
			d := a.one(t)
			if d.Outcome != c.want || d.EventName != want {
				t.Errorf("got %+v, want %s", d, c.want)
			}
			if got := len(a.messages(t, "alerts")); (got == 1) != (c.want == localaws.Delivered) {
				t.Errorf("%d messages", got)
			}
		})
	}
}

func TestDelivery_envelope(t *testing.T) {
	t.Parallel()
	a := newAlarms(t, iamRegion)
	rule := a.rule(t, eventbridge.PutRuleInput{}, types.Target{Arn: aws.String(a.queue(t, "alerts", nil))})
	a.createUsers(t, "alice")
	var event map[string]any
	if err := json.Unmarshal([]byte(*a.messages(t, "alerts")[0].Body), &event); err != nil {
		t.Fatal(err)
	}
	record := a.lastRecord(t, "CreateUser")
	detail, _ := event["detail"].(map[string]any)
	for field, want := range map[string]any{
		"version": "0", "detail-type": "AWS API Call via CloudTrail", "source": "aws.iam", "account": a.ID,
		"time": record["eventTime"], "region": iamRegion,
	} {
		if event[field] != want {
			t.Errorf("%s is %v, want %v", field, event[field], want)
		}
	}
	if detail["eventID"] != record["eventID"] || event["id"] == nil || event["resources"] == nil {
		t.Errorf("got %v", event)
	}
	d := a.one(t)
	if d.Rule != rule || d.TargetID != "t0" || d.EventID != record["eventID"] || d.Attempts != 1 {
		t.Errorf("got %+v", d)
	}
	if n := len(a.Calls(func(c localaws.Call) bool { return c.Operation == "SendMessage" })); n != 0 {
		t.Errorf("the delivery left %d calls", n)
	}
}

func TestDelivery_otherRegion(t *testing.T) {
	t.Parallel()
	a := newAlarms(t, region)
	a.rule(t, eventbridge.PutRuleInput{}, types.Target{Arn: aws.String(a.queue(t, "alerts", nil))})
	a.rule(t, eventbridge.PutRuleInput{
		Name:         aws.String("tamper"),
		EventPattern: aws.String(`{"source":["aws.cloudtrail"],"detail":{"eventName":["StopLogging"]}}`),
	}, types.Target{Arn: aws.String(a.arn("sqs", "alerts"))})
	a.createUsers(t, "alice")
	if all := a.Deliveries(); len(all) != 0 {
		t.Errorf("a rule outside of the event region fired: %+v", all)
	}
	// The trail logs the call that stops it, and what follows no more.
	for range 2 {
		do(t, a.trails.StopLogging, &cloudtrail.StopLoggingInput{Name: aws.String("watch")})
	}
	all := a.Deliveries()
	if len(all) != 2 || all[0].Outcome != localaws.Delivered || all[1].Outcome != localaws.Uncovered {
		t.Errorf("got %+v", all)
	}
}

func TestDelivery_failedCalls(t *testing.T) {
	t.Parallel()
	a := newAlarms(t, iamRegion)
	queue := aws.String(a.queue(t, "alerts", nil))
	a.rule(t, eventbridge.PutRuleInput{Name: aws.String("every")}, types.Target{Arn: queue})
	a.rule(t, eventbridge.PutRuleInput{
		Name: aws.String("done"), EventPattern: aws.String(`{"source":["aws.iam"],"detail":{"errorCode":[{"exists":false}]}}`),
	}, types.Target{Arn: queue})
	if _, err := a.iam.DeleteUser(t.Context(), &iam.DeleteUserInput{UserName: aws.String("nobody")}); err == nil {
		t.Fatal("want an error")
	}
	if d := a.one(t); !strings.HasSuffix(d.Rule, "rule/every") || d.EventName != "DeleteUser" {
		t.Errorf("got %+v", d)
	}
	a.createUsers(t, "alice")
	if all := a.Deliveries(); len(all) != 3 {
		t.Errorf("got %+v", all)
	}
}

func TestDelivery_rulesFollowWrites(t *testing.T) {
	t.Parallel()
	a := newAlarms(t, iamRegion)
	a.createUsers(t, "before")
	a.rule(t, eventbridge.PutRuleInput{}, types.Target{Arn: aws.String(a.queue(t, "alerts", nil))})
	a.createUsers(t, "with")
	do(t, a.events.RemoveTargets, &eventbridge.RemoveTargetsInput{Rule: aws.String("guard"), Ids: []string{"t0"}})
	a.createUsers(t, "targetless")
	do(t, a.events.DeleteRule, &eventbridge.DeleteRuleInput{Name: aws.String("guard")})
	a.createUsers(t, "after")
	all := a.Deliveries()
	if len(all) != 2 || all[0].Outcome != localaws.Delivered || all[1].Outcome != localaws.NoTarget {
		t.Errorf("got %+v", all)
	}
}
