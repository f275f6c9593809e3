package localaws_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	trailtypes "github.com/aws/aws-sdk-go-v2/service/cloudtrail/types"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/sns"

	"github.com/iamguard/terraform-provider-iamguard/internal/localaws"
)

func TestDelivery_fifo(t *testing.T) {
	t.Parallel()
	a := newAlarms(t, iamRegion)
	group := &types.SqsParameters{MessageGroupId: aws.String("alerts")}
	fifo := a.queue(t, "a.fifo", map[string]string{"FifoQueue": "true", "ContentBasedDeduplication": "true"})
	bare := a.queue(t, "b.fifo", map[string]string{"FifoQueue": "true"})
	a.rule(t, eventbridge.PutRuleInput{},
		types.Target{Arn: &fifo, SqsParameters: group}, types.Target{Arn: &bare, SqsParameters: group})
	a.createUsers(t, "alice")
	all := a.Deliveries()
	if len(all) != 2 || all[0].Outcome != localaws.Delivered || all[1].Code != "SDK_CLIENT_ERROR" {
		t.Fatalf("got %+v", all)
	}
	if m := a.messages(t, "a.fifo"); len(m) != 1 || m[0].Attributes["MessageGroupId"] != "alerts" {
		t.Errorf("got %+v", m)
	}
}

func TestDelivery_queuePolicies(t *testing.T) {
	t.Parallel()
	a := newAlarms(t, iamRegion)
	own := a.arn("events", "rule/guard")
	scoped := func(name, source string) map[string]string {
		policy := letEvents("sqs:SendMessage", a.arn("sqs", name))
		policy = strings.Replace(policy, `"Action"`, `"Condition":{"ArnEquals":{"aws:SourceArn":"`+source+`"}},"Action"`, 1)
		return map[string]string{"Policy": policy}
	}
	a.rule(t, eventbridge.PutRuleInput{},
		types.Target{Arn: aws.String(a.queue(t, "own", scoped("own", own)))},
		types.Target{Arn: aws.String(a.queue(t, "other", scoped("other", own+"2")))},
		types.Target{Arn: aws.String(a.queue(t, "shut", map[string]string{"Policy": letEvents("sqs:SendMessage", "arn:aws:sqs:::x")}))},
		types.Target{Arn: aws.String(a.queue(t, "sealed", map[string]string{"KmsMasterKeyId": "alias/aws/sqs"}))},
		types.Target{Arn: aws.String(a.arn("sqs", "gone"))},
	)
	a.createUsers(t, "alice")
	want := []string{"", "NO_PERMISSIONS", "NO_PERMISSIONS", "NO_PERMISSIONS", "NO_RESOURCE"}
	all := a.Deliveries()
	for i, code := range want {
		if len(all) != len(want) || all[i].Code != code || all[i].Attempts != 1 {
			t.Fatalf("got %+v, want %v", all, want)
		}
	}
}

// topic makes a topic that lets EventBridge publish, with a queue as its subscriber.
func (a *alarms) topic(t *testing.T, name, key string) string {
	t.Helper()
	arn := a.arn("sns", name)
	attributes := map[string]string{"Policy": letEvents("sns:Publish", arn)}
	if key != "" {
		attributes["KmsMasterKeyId"] = key
	}
	do(t, a.sns.CreateTopic, &sns.CreateTopicInput{Name: &name, Attributes: attributes})
	do(t, a.sns.Subscribe, &sns.SubscribeInput{
		TopicArn: &arn, Protocol: aws.String("sqs"), Endpoint: aws.String(a.queue(t, name, nil)),
	})
	return arn
}

func (a *alarms) key(t *testing.T, statement string) string {
	t.Helper()
	key := do(t, kms.NewFromConfig(a.Config(a.as), func(o *kms.Options) { o.Region = a.region }).CreateKey, &kms.CreateKeyInput{
		Policy: aws.String(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::` + a.ID +
			`:root"},"Action":"kms:*","Resource":"*"}` + statement + `]}`),
	})
	return *key.KeyMetadata.Arn
}

func TestDelivery_topics(t *testing.T) {
	t.Parallel()
	a := newAlarms(t, iamRegion)
	const let = `,{"Effect":"Allow","Principal":{"Service":"events.amazonaws.com"},` +
		`"Action":["kms:GenerateDataKey*","kms:Decrypt"],"Resource":"*"`
	key := a.key(t, let+`}`)
	scoped := a.key(t, let+`,"Condition":{"ArnLike":{"aws:SourceArn":"arn:aws:events:*:*:rule/*"}}}`)
	closed := a.key(t, "")
	do(t, a.sns.CreateTopic, &sns.CreateTopicInput{Name: aws.String("default-policy")})
	targets := []struct{ arn, code string }{
		{a.topic(t, "open", ""), ""},
		{a.topic(t, "own-key", key), ""},
		{a.topic(t, "scoped-key", scoped), "NO_PERMISSIONS"},
		{a.topic(t, "closed-key", closed), "NO_PERMISSIONS"},
		{a.topic(t, "aws-key", "alias/aws/sns"), "NO_PERMISSIONS"},
	}
	var list []types.Target
	for _, target := range targets {
		list = append(list, types.Target{Arn: aws.String(target.arn)})
	}
	a.rule(t, eventbridge.PutRuleInput{}, list...)
	a.rule(t, eventbridge.PutRuleInput{Name: aws.String("more")},
		types.Target{Arn: aws.String(a.arn("sns", "default-policy"))}, types.Target{Arn: aws.String(a.arn("sns", "gone"))})
	a.createUsers(t, "alice")
	all := a.Deliveries()
	if len(all) != 7 || all[5].Code != "NO_PERMISSIONS" || all[6].Code != "NO_RESOURCE" {
		t.Fatalf("got %+v", all)
	}
	for i, target := range targets {
		if all[i].Code != target.code {
			t.Errorf("%s: got %+v, want %q", target.arn, all[i], target.code)
		}
		_, name, _ := strings.Cut(target.arn, a.ID+":")
		got := a.messages(t, name)
		if (len(got) == 1) != (target.code == "") {
			t.Errorf("%s: %d messages", target.arn, len(got))
		}
		var notice struct{ Message string }
		if len(got) == 1 && (json.Unmarshal([]byte(*got[0].Body), &notice) != nil || notice.Message != all[i].Message) {
			t.Errorf("the subscriber got %s", *got[0].Body)
		}
	}
}

func TestDelivery_logs(t *testing.T) {
	t.Parallel()
	a := newAlarms(t, iamRegion)
	group := aws.String("/aws/events/alerts")
	do(t, a.logs.CreateLogGroup, &cloudwatchlogs.CreateLogGroupInput{LogGroupName: group})
	arn := aws.String(a.arn("logs", "log-group:"+*group))
	template := func(template string) *types.InputTransformer {
		return &types.InputTransformer{
			InputPathsMap: map[string]string{"t": "$.time", "n": "$.detail.eventName"}, InputTemplate: &template,
		}
	}
	a.rule(t, eventbridge.PutRuleInput{}, types.Target{Arn: arn},
		types.Target{Arn: arn, InputTransformer: template(`{"timestamp": <t>, "message": "it was <n>"}`)},
		types.Target{Arn: arn, InputTransformer: template(`"it was <n>"`)})
	a.createUsers(t, "alice")
	do(t, a.logs.PutResourcePolicy, &cloudwatchlogs.PutResourcePolicyInput{
		PolicyName: aws.String("events"), PolicyDocument: aws.String(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow",` +
			`"Principal":{"Service":["events.amazonaws.com","delivery.logs.amazonaws.com"]},` +
			`"Action":["logs:CreateLogStream","logs:PutLogEvents"],"Resource":"` + *arn + `:*"}]}`),
	})
	a.createUsers(t, "bob")
	want := []string{"NO_PERMISSIONS", "NO_PERMISSIONS", "INVALID_PARAMETER", "", "", "INVALID_PARAMETER"}
	all := a.Deliveries()
	for i, code := range want {
		if len(all) != len(want) || all[i].Code != code {
			t.Fatalf("got %+v, want %v", all, want)
		}
	}
	written := do(t, a.logs.FilterLogEvents, &cloudwatchlogs.FilterLogEventsInput{LogGroupName: group}).Events
	if len(written) != 2 || *written[1].Message != "it was CreateUser" || *written[0].Message != all[3].Message {
		t.Errorf("got %+v", written)
	}
}

const trustEvents = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"events.amazonaws.com"},` +
	`"Action":"sts:AssumeRole"}]}`

func TestDelivery_buses(t *testing.T) {
	t.Parallel()
	a := newAlarms(t, iamRegion)
	home := a.alarms(region)
	third := a.alarms("eu-west-1")
	role := do(t, a.iam.CreateRole, &iam.CreateRoleInput{
		RoleName: aws.String("hop"), AssumeRolePolicyDocument: aws.String(trustEvents),
	}).Role.Arn
	do(t, a.iam.PutRolePolicy, &iam.PutRolePolicyInput{
		RoleName: aws.String("hop"), PolicyName: aws.String("put"), PolicyDocument: aws.String(
			`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"events:PutEvents","Resource":"*"}]}`),
	})
	do(t, a.events.CreateEventBus, &eventbridge.CreateEventBusInput{Name: aws.String("local")})
	only := `{"source":["aws.iam"],"detail":{"eventName":["CreateUser"]}}`
	a.rule(t, eventbridge.PutRuleInput{EventPattern: &only},
		types.Target{Arn: aws.String(home.arn("events", "event-bus/default")), RoleArn: role},
		types.Target{Arn: aws.String(home.arn("events", "event-bus/default"))},
		types.Target{Arn: aws.String(home.arn("events", "event-bus/gone")), RoleArn: role},
		types.Target{Arn: aws.String(a.arn("events", "event-bus/local"))},
	)
	home.rule(t, eventbridge.PutRuleInput{EventPattern: &only}, types.Target{Arn: aws.String(home.queue(t, "alerts", nil))},
		types.Target{Arn: aws.String(third.arn("events", "event-bus/default")), RoleArn: role})
	a.rule(t, eventbridge.PutRuleInput{EventPattern: &only, EventBusName: aws.String("local")},
		types.Target{Arn: aws.String(a.arn("events", "event-bus/local"))})
	a.createUsers(t, "alice")
	codes := map[string]int{}
	for _, d := range a.Deliveries() {
		codes[string(d.Outcome)+" "+d.Code]++
	}
	want := map[string]int{
		"lost NO_PERMISSIONS": 1, "lost NO_RESOURCE": 1, "lost THIRD_REGION_HOP_DETECTED": 1, "lost INTERNAL_ERROR": 1,
		// To the home bus, the queue there, the local bus, and from there on to itself until the circle is noticed.
		"delivered ": 3 + 4,
	}
	for what, n := range want {
		if codes[what] != n {
			t.Errorf("got %v, want %v", codes, want)
			break
		}
	}
	got := home.messages(t, "alerts")
	if len(got) != 1 || !strings.Contains(*got[0].Body, `"region":"us-east-1"`) {
		t.Errorf("got %+v", got)
	}
}

func TestDelivery_busOfAnotherAccount(t *testing.T) {
	t.Parallel()
	a, other := newAlarms(t, iamRegion), newBench(t).alarms(iamRegion)
	bus := aws.String(other.arn("events", "event-bus/default"))
	a.rule(t, eventbridge.PutRuleInput{}, types.Target{Arn: bus})
	other.rule(t, eventbridge.PutRuleInput{}, types.Target{Arn: aws.String(other.queue(t, "alerts", nil))})
	a.createUsers(t, "alice")
	do(t, other.events.PutPermission, &eventbridge.PutPermissionInput{
		Action: aws.String("events:PutEvents"), Principal: aws.String(a.ID), StatementId: aws.String("let"),
	})
	a.createUsers(t, "bob")
	all := a.Deliveries()
	if len(all) != 2 || all[0].Code != "NO_PERMISSIONS" || all[1].Outcome != localaws.Delivered {
		t.Errorf("got %+v", all)
	}
	if got := other.messages(t, "alerts"); len(got) != 1 || !strings.Contains(*got[0].Body, `"account":"`+a.ID) {
		t.Errorf("got %+v", got)
	}
}

func TestDelivery_deadLetter(t *testing.T) {
	t.Parallel()
	a := newAlarms(t, iamRegion)
	dead := &types.DeadLetterConfig{Arn: aws.String(a.queue(t, "dead", nil))}
	shut := &types.DeadLetterConfig{Arn: aws.String(a.queue(t, "shut", map[string]string{
		"Policy": letEvents("sqs:SendMessage", a.arn("sqs", "other")),
	}))}
	alerts := aws.String(a.queue(t, "alerts", nil))
	twice := &types.RetryPolicy{MaximumRetryAttempts: aws.Int32(2)}
	minute := &types.RetryPolicy{MaximumEventAgeInSeconds: aws.Int32(60)}
	a.rule(t, eventbridge.PutRuleInput{},
		types.Target{Arn: alerts, DeadLetterConfig: dead, RetryPolicy: twice},
		types.Target{Arn: alerts, DeadLetterConfig: dead, RetryPolicy: minute},
		types.Target{Arn: aws.String(a.arn("sqs", "gone")), DeadLetterConfig: dead},
		types.Target{Arn: alerts, DeadLetterConfig: shut, RetryPolicy: twice},
		types.Target{Arn: alerts, RetryPolicy: twice},
	)
	remove := a.Inject(
		localaws.Fault{Kind: localaws.FailDelivery, Service: "sqs", Code: "THROTTLING", Match: func(c localaws.Call) bool {
			return c.Params["Id"] != "t2"
		}},
	)
	a.createUsers(t, "alice")
	remove()
	want := []localaws.Delivery{
		{Outcome: localaws.DeadLettered, Code: "THROTTLING", Attempts: 3},
		{Outcome: localaws.DeadLettered, Code: "THROTTLING", Attempts: 6},
		{Outcome: localaws.DeadLettered, Code: "NO_RESOURCE", Attempts: 1},
		{Outcome: localaws.Lost, Code: "THROTTLING", Attempts: 3},
		{Outcome: localaws.Lost, Code: "THROTTLING", Attempts: 3},
	}
	all := a.Deliveries()
	for i, w := range want {
		if len(all) != len(want) || all[i].Outcome != w.Outcome || all[i].Code != w.Code || all[i].Attempts != w.Attempts {
			t.Fatalf("delivery %d: got %+v, want %+v", i, all, w)
		}
	}
	got := a.messages(t, "dead")
	if len(got) != 3 {
		t.Fatalf("got %d dead letters, want 3", len(got))
	}
	attributes := map[string]string{}
	for name, value := range got[0].MessageAttributes {
		attributes[name] = *value.StringValue
	}
	for name, value := range map[string]string{
		"RULE_ARN": all[0].Rule, "TARGET_ARN": *alerts, "ERROR_CODE": "THROTTLING", "RETRY_ATTEMPTS": "2",
		"EXHAUSTED_RETRY_CONDITION": "MaximumRetryAttempts", "ERROR_MESSAGE": all[0].Reason,
	} {
		if attributes[name] != value {
			t.Errorf("%s is %q, want %q", name, attributes[name], value)
		}
	}
	if !strings.Contains(*got[0].Body, `"detail-type":"AWS API Call via CloudTrail"`) {
		t.Errorf("the dead letter is %s", *got[0].Body)
	}
	// A target that recovers gets the event late, and once.
	a.Inject(localaws.Fault{Kind: localaws.FailDelivery, Nth: 1, Count: 2, Match: func(c localaws.Call) bool {
		return c.Params["Id"] == "t0"
	}})
	a.createUsers(t, "bob")
	if d := a.Deliveries()[len(want)]; d.Outcome != localaws.Delivered || d.Attempts != 3 {
		t.Errorf("got %+v", d)
	}
}

func TestDelivery_rolesAndOtherTargets(t *testing.T) {
	t.Parallel()
	a := newAlarms(t, iamRegion)
	queue := aws.String(a.queue(t, "alerts", map[string]string{"Policy": letEvents("sqs:SendMessage", "arn:aws:sqs:::none")}))
	role := func(name, action string) *string {
		made := do(t, a.iam.CreateRole, &iam.CreateRoleInput{RoleName: &name, AssumeRolePolicyDocument: aws.String(trustEvents)})
		do(t, a.iam.PutRolePolicy, &iam.PutRolePolicyInput{
			RoleName: &name, PolicyName: aws.String("send"), PolicyDocument: aws.String(
				`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"` + action + `","Resource":"` + *queue + `"}]}`),
		})
		return made.Role.Arn
	}
	a.rule(t, eventbridge.PutRuleInput{EventPattern: aws.String(`{"detail":{"eventName":["DeleteRole"]}}`)},
		types.Target{Arn: queue},
		types.Target{Arn: queue, RoleArn: role("sender", "sqs:SendMessage")},
		types.Target{Arn: queue, RoleArn: role("reader", "sqs:ReceiveMessage")},
		types.Target{Arn: queue, RoleArn: aws.String("arn:aws:iam::" + a.ID + ":role/gone")},
		types.Target{Arn: aws.String(a.arn("lambda", "function:f"))},
	)
	if _, err := a.iam.DeleteRole(t.Context(), &iam.DeleteRoleInput{RoleName: aws.String("nobody")}); err == nil {
		t.Fatal("want an error")
	}
	want := []string{"NO_PERMISSIONS", "", "NO_PERMISSIONS", "FAILED_TO_ASSUME_ROLE", "UNKNOWN"}
	all := a.Deliveries()
	for i, code := range want {
		if len(all) != len(want) || all[i].Code != code {
			t.Fatalf("got %+v, want %v", all, want)
		}
	}
}

func TestDelivery_excludedSource(t *testing.T) {
	t.Parallel()
	a := newAlarms(t, region)
	a.rule(t, eventbridge.PutRuleInput{EventPattern: aws.String(`{"source":["aws.kms"]}`)},
		types.Target{Arn: aws.String(a.queue(t, "alerts", nil))})
	a.key(t, "")
	do(t, a.trails.PutEventSelectors, &cloudtrail.PutEventSelectorsInput{
		TrailName: aws.String("watch"), EventSelectors: []trailtypes.EventSelector{{
			IncludeManagementEvents: aws.Bool(true), ExcludeManagementEventSources: []string{"kms.amazonaws.com"},
		}},
	})
	a.key(t, "")
	all := a.Deliveries()
	if len(all) != 2 || all[0].Outcome != localaws.Delivered || all[1].Outcome != localaws.Uncovered {
		t.Errorf("got %+v", all)
	}
}
