package localaws_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"

	"github.com/iamguard/terraform-provider-iamguard/internal/localaws"
)

func TestEvents_putRule(t *testing.T) {
	t.Parallel()
	a := newBench(t).alarms(region)
	for name, c := range map[string]struct {
		in   eventbridge.PutRuleInput
		code string
	}{
		"state":       {eventbridge.PutRuleInput{State: "PAUSED"}, "ValidationException"},
		"name":        {eventbridge.PutRuleInput{Name: aws.String("a b")}, "ValidationException"},
		"long name":   {eventbridge.PutRuleInput{Name: aws.String(strings.Repeat("a", 65))}, "ValidationException"},
		"description": {eventbridge.PutRuleInput{Description: aws.String(strings.Repeat("a", 513))}, "ValidationException"},
		"unknown operator": {
			eventbridge.PutRuleInput{EventPattern: aws.String(`{"a":[{"like":"x"}]}`)}, "InvalidEventPatternException",
		},
		"no JSON": {eventbridge.PutRuleInput{EventPattern: aws.String(`{"a":`)}, "InvalidEventPatternException"},
		"a text":  {eventbridge.PutRuleInput{EventPattern: aws.String(`{"a":"x"}`)}, "InvalidEventPatternException"},
		"too long": {
			eventbridge.PutRuleInput{EventPattern: aws.String(`{"a":["` + strings.Repeat("x", 2048) + `"]}`)}, "LimitExceededException",
		},
		"schedule with all events": {
			eventbridge.PutRuleInput{
				EventPattern: aws.String(""), ScheduleExpression: aws.String("rate(5 minutes)"),
				State: types.RuleStateEnabledWithAllCloudtrailManagementEvents,
			}, "ValidationException",
		},
		"neither":        {eventbridge.PutRuleInput{EventPattern: aws.String("")}, "ValidationException"},
		"no such bus":    {eventbridge.PutRuleInput{EventBusName: aws.String("gone")}, "ResourceNotFoundException"},
		"right":          {eventbridge.PutRuleInput{}, ""},
		"right, all":     {eventbridge.PutRuleInput{State: types.RuleStateEnabledWithAllCloudtrailManagementEvents}, ""},
		"right, disable": {eventbridge.PutRuleInput{State: types.RuleStateDisabled}, ""},
	} {
		if c.in.Name == nil {
			c.in.Name = aws.String("guard")
		}
		if c.in.EventPattern == nil {
			c.in.EventPattern = aws.String(onIAM)
		}
		_, err := a.events.PutRule(t.Context(), &c.in)
		if c.code != "" {
			t.Log(name)
			wantCode(t, err, c.code)
		} else if err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestEvents_tagsAreForNewRules(t *testing.T) {
	t.Parallel()
	a := newBench(t).alarms(region)
	put := func(value string) string {
		return a.rule(t, eventbridge.PutRuleInput{Tags: []types.Tag{{Key: aws.String("team"), Value: &value}}})
	}
	arn := put("red")
	put("blue")
	tags := do(t, a.events.ListTagsForResource, &eventbridge.ListTagsForResourceInput{ResourceARN: &arn}).Tags
	if len(tags) != 1 || *tags[0].Value != "red" {
		t.Errorf("got %+v", tags)
	}
}

func TestEvents_missing(t *testing.T) {
	t.Parallel()
	a := newBench(t).alarms(region)
	rule, bus, ctx := aws.String("guard"), aws.String("gone"), t.Context()
	_, err := a.events.DescribeRule(ctx, &eventbridge.DescribeRuleInput{Name: rule})
	wantCode(t, err, "ResourceNotFoundException")
	_, err = a.events.DescribeRule(ctx, &eventbridge.DescribeRuleInput{Name: rule, EventBusName: bus})
	wantCode(t, err, "ResourceNotFoundException")
	_, err = a.events.ListTargetsByRule(ctx, &eventbridge.ListTargetsByRuleInput{Rule: rule})
	wantCode(t, err, "ResourceNotFoundException")
	_, err = a.events.ListRules(ctx, &eventbridge.ListRulesInput{EventBusName: bus})
	wantCode(t, err, "ResourceNotFoundException")
	_, err = a.events.PutTargets(ctx, &eventbridge.PutTargetsInput{
		Rule: rule, Targets: []types.Target{{Id: aws.String("a"), Arn: aws.String(a.arn("sqs", "q"))}},
	})
	wantCode(t, err, "ResourceNotFoundException")
	_, err = a.events.RemoveTargets(ctx, &eventbridge.RemoveTargetsInput{Rule: rule, Ids: []string{"a"}})
	wantCode(t, err, "ResourceNotFoundException")
	a.rule(t, eventbridge.PutRuleInput{}, types.Target{Arn: aws.String(a.arn("sqs", "q"))})
	_, err = a.events.DeleteRule(ctx, &eventbridge.DeleteRuleInput{Name: rule, Force: true})
	wantCode(t, err, "ValidationException")
}

func (a *alarms) targets(t *testing.T) []string {
	t.Helper()
	out := do(t, a.events.ListTargetsByRule, &eventbridge.ListTargetsByRuleInput{Rule: aws.String("guard")})
	var ids []string
	for _, target := range out.Targets {
		ids = append(ids, *target.Id)
	}
	return ids
}

func TestEvents_putTargets(t *testing.T) {
	t.Parallel()
	a := newBench(t).alarms(region)
	queue := aws.String(a.arn("sqs", "q"))
	five := make([]types.Target, 5)
	for i := range five {
		five[i].Arn = queue
	}
	a.rule(t, eventbridge.PutRuleInput{}, five...)
	for name, c := range map[string]struct {
		target types.Target
		code   string
	}{
		"a sixth":     {types.Target{Id: aws.String("t5")}, "LimitExceededException"},
		"a change":    {types.Target{Id: aws.String("t4"), Input: aws.String("{}")}, ""},
		"two inputs":  {types.Target{Id: aws.String("t4"), Input: aws.String("{}"), InputPath: aws.String("$")}, "ValidationException"},
		"input":       {types.Target{Id: aws.String("t4"), Input: aws.String("text")}, "ValidationException"},
		"age":         {types.Target{RetryPolicy: &types.RetryPolicy{MaximumEventAgeInSeconds: aws.Int32(59)}}, "ValidationException"},
		"zero age":    {types.Target{RetryPolicy: &types.RetryPolicy{MaximumEventAgeInSeconds: aws.Int32(0)}}, "ValidationException"},
		"attempts":    {types.Target{RetryPolicy: &types.RetryPolicy{MaximumRetryAttempts: aws.Int32(186)}}, "ValidationException"},
		"no attempts": {types.Target{RetryPolicy: &types.RetryPolicy{MaximumRetryAttempts: aws.Int32(0)}}, ""},
	} {
		c.target.Arn = queue
		if c.target.Id == nil {
			c.target.Id = aws.String("t4")
		}
		_, err := a.events.PutTargets(t.Context(), &eventbridge.PutTargetsInput{
			Rule: aws.String("guard"), Targets: []types.Target{c.target},
		})
		if c.code != "" {
			t.Log(name)
			wantCode(t, err, c.code)
		} else if err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if ids := a.targets(t); len(ids) != 5 {
		t.Errorf("got %v", ids)
	}
}

func TestEvents_partialFailure(t *testing.T) {
	t.Parallel()
	a := newBench(t).alarms(region)
	a.rule(t, eventbridge.PutRuleInput{})
	queue, guard := aws.String(a.arn("sqs", "q")), aws.String("guard")
	remove := a.Inject(localaws.Fault{Kind: localaws.PartialTargets, Code: "ConcurrentModificationException", Message: "later"})
	put := &eventbridge.PutTargetsInput{
		Rule: guard, Targets: []types.Target{{Id: aws.String("a"), Arn: queue}, {Id: aws.String("b"), Arn: queue}},
	}
	out := do(t, a.events.PutTargets, put)
	if out.FailedEntryCount != 1 || *out.FailedEntries[0].TargetId != "b" ||
		*out.FailedEntries[0].ErrorCode != "ConcurrentModificationException" || *out.FailedEntries[0].ErrorMessage != "later" {
		t.Errorf("got %+v", out)
	}
	if ids := a.targets(t); len(ids) != 1 || ids[0] != "a" {
		t.Errorf("the targets are %v", ids)
	}
	gone := do(t, a.events.RemoveTargets, &eventbridge.RemoveTargetsInput{Rule: guard, Ids: []string{"a"}})
	if gone.FailedEntryCount != 1 || *gone.FailedEntries[0].TargetId != "a" || len(a.targets(t)) != 1 {
		t.Errorf("got %+v", gone)
	}
	remove()
	if out := do(t, a.events.PutTargets, put); out.FailedEntryCount != 0 || len(a.targets(t)) != 2 {
		t.Errorf("got %+v", out)
	}
}

func TestEvents_testPattern(t *testing.T) {
	t.Parallel()
	a := newBench(t).alarms(region)
	event := map[string]any{
		"id": "1", "account": a.ID, "source": "aws.iam", "time": "2026-11-20T10:00:00Z", "region": iamRegion,
		"resources": []string{}, "detail-type": "AWS API Call via CloudTrail", "detail": map[string]any{"eventName": "DeleteUser"},
	}
	test := func(pattern string, event any) (bool, error) {
		body := must[[]byte](t)(json.Marshal(event))
		out, err := a.events.TestEventPattern(t.Context(), &eventbridge.TestEventPatternInput{
			EventPattern: &pattern, Event: aws.String(string(body)),
		})
		return err == nil && out.Result, err
	}
	for pattern, want := range map[string]bool{
		onIAM: true, `{"detail":{"eventName":["DeleteUser"]}}`: true, `{"detail":{"eventName":["DeleteRole"]}}`: false,
		`{"detail":{"errorCode":[{"exists":false}]}}`: true,
	} {
		if got, err := test(pattern, event); err != nil || got != want {
			t.Errorf("%s: got %v, %v, want %v", pattern, got, err, want)
		}
	}
	_, err := test(`{"source":[{"like":"x"}]}`, event)
	wantCode(t, err, "InvalidEventPatternException")
	_, err = test(onIAM, "text")
	wantCode(t, err, "ValidationException")
	for _, field := range []string{"id", "account", "source", "time", "region", "resources", "detail-type"} {
		held := event[field]
		delete(event, field)
		_, err := test(onIAM, event)
		wantCode(t, err, "ValidationException")
		event[field] = held
	}
	if got := a.Records(); len(got) == 0 || got[0]["readOnly"] != true {
		t.Errorf("TestEventPattern was recorded as %+v", got)
	}
}

func TestEvents_put(t *testing.T) {
	t.Parallel()
	a := newBench(t).alarms(region)
	a.rule(t, eventbridge.PutRuleInput{EventPattern: aws.String(`{"source":["my.app"]}`)},
		types.Target{Arn: aws.String(a.queue(t, "alerts", nil))}, types.Target{Arn: aws.String(a.arn("sns", "gone"))})
	entry := types.PutEventsRequestEntry{
		Source: aws.String("my.app"), DetailType: aws.String("Test"), Detail: aws.String(`{"marked":"<yes>"}`),
	}
	forged, broken := entry, entry
	forged.Source, broken.Detail = aws.String("aws.iam"), aws.String("text")
	out := do(t, a.events.PutEvents, &eventbridge.PutEventsInput{Entries: []types.PutEventsRequestEntry{entry, forged, broken}})
	if out.FailedEntryCount != 2 || out.Entries[0].EventId == nil ||
		*out.Entries[1].ErrorCode != "NotAuthorizedForSourceException" || *out.Entries[2].ErrorCode != "MalformedDetail" {
		t.Errorf("got %+v", out)
	}
	if got := a.messages(t, "alerts"); len(got) != 1 || !strings.Contains(*got[0].Body, `"marked":"<yes>"`) {
		t.Errorf("got %+v", got)
	}
	if all := a.Deliveries(); len(all) != 2 || all[1].Outcome != localaws.Lost {
		t.Errorf("got %+v", all)
	}
}
