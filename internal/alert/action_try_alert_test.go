package alert_test

import (
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	eventtypes "github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/iamguard/terraform-provider-iamguard/internal/events"
	"github.com/iamguard/terraform-provider-iamguard/internal/localaws"
	"github.com/iamguard/terraform-provider-iamguard/internal/providertest"
)

const trialType = "iamguard_test_alert"

// try invokes the action, and returns its progress as one text.
func (b *healthBench) try(more map[string]any) (string, []*tfprotov6.Diagnostic) {
	b.t.Helper()
	arguments := map[string]any{"rule": healthRule, "region": healthRegion}
	maps.Copy(arguments, more)
	progress, diags := b.stage.Server(b.t, nil).InvokeAction(b.t, trialType, arguments)
	return strings.Join(progress, "\n"), diags
}

// bodies takes everything from a queue.
func (b *healthBench) bodies(name string) string {
	b.t.Helper()
	at, err := b.sqs().GetQueueUrl(b.t.Context(), &sqs.GetQueueUrlInput{QueueName: &name})
	b.does(at, err)
	text := ""
	for {
		out, err := b.sqs().ReceiveMessage(b.t.Context(), &sqs.ReceiveMessageInput{QueueUrl: at.QueueUrl, MaxNumberOfMessages: 10})
		b.does(out, err)
		if len(out.Messages) == 0 {
			return text
		}
		for _, message := range out.Messages {
			text += aws.ToString(message.Body) + "\n"
		}
	}
}

// logged is everything in the log group.
func (b *healthBench) logged() string {
	b.t.Helper()
	out, err := cloudwatchlogs.NewFromConfig(b.in).FilterLogEvents(b.t.Context(), &cloudwatchlogs.FilterLogEventsInput{
		LogGroupName: aws.String("/aws/events/alerts"),
	})
	b.does(out, err)
	text := ""
	for _, event := range out.Events {
		text += aws.ToString(event.Message) + "\n"
	}
	return text
}

// left are the groups and own policies of the account.
func (b *healthBench) left() []string {
	b.t.Helper()
	client := iam.NewFromConfig(b.in)
	groups, err := client.ListGroups(b.t.Context(), &iam.ListGroupsInput{})
	b.does(groups, err)
	policies, err := client.ListPolicies(b.t.Context(), &iam.ListPoliciesInput{Scope: "Local"})
	b.does(policies, err)
	var names []string
	for _, group := range groups.Groups {
		names = append(names, aws.ToString(group.GroupName))
	}
	for _, policy := range policies.Policies {
		names = append(names, aws.ToString(policy.PolicyName))
	}
	return names
}

// Each target gets one marked message, EventBridge is asked about each event, and no
// event is made up.
func TestTestAlert(t *testing.T) {
	t.Parallel()
	b := newHealthBench(t)
	b.stage.ResetCalls()
	progress, diags := b.try(nil)
	if len(diags) > 0 {
		t.Fatal(providertest.Text(diags))
	}
	selected, _ := events.Catalog().Preset("iam_removal")
	if asked := len(b.stage.Calls(localaws.Named("events:TestEventPattern"))); asked != len(selected) {
		t.Errorf("EventBridge was asked about %d events, not %d", asked, len(selected))
	}
	expectHealthText(t, progress, "not proven: whether EventBridge gets events", "samples of all", "Look for it there")
	marked := "iamguard test of rule removals, not an alert. Rule: " + b.ruleARN()
	for name, text := range map[string]string{"queue": b.bodies("alerts"), "topic": b.bodies("archive"), "log group": b.logged()} {
		if strings.Count(text, marked) != 1 {
			t.Errorf("the %s got:\n%s", name, text)
		}
	}
	if len(b.left()) > 0 || len(b.stage.Deliveries()) > 0 {
		t.Errorf("something was made: %v %v", b.left(), b.stage.Deliveries())
	}
}

// A canary arrives by the rule, is seen where it can be, and leaves nothing behind.
func TestTestAlert_canary(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"DeleteGroup", "DeleteGroupPolicy", "DetachGroupPolicy", "DeletePolicy"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newHealthBench(t)
			b.pattern(healthRegion, events.ComposePattern(events.Catalog().ByName(name)[:1], events.PatternOptions{}))
			progress, diags := b.try(map[string]any{"canary": true})
			if len(diags) > 0 {
				t.Fatalf("%s\n%s", providertest.Text(diags), progress)
			}
			expectHealthText(t, progress, "Making "+name+" of the canary iamguard-canary-", "arrived in target sqs by the rule",
				"arrived in target logs by the rule", "CloudTrail recorded the canary", "a person has to look for iamguard-canary-")
			if left := b.left(); len(left) > 0 {
				t.Errorf("the canary is left: %v", left)
			}
			expectHealthText(t, b.bodies("archive"), name)
		})
	}
}

// A canary that does not arrive is an error that says how far it came.
func TestTestAlert_lostCanary(t *testing.T) {
	t.Parallel()
	b := newHealthBench(t)
	b.does(b.events().DisableRule(t.Context(), &eventbridge.DisableRuleInput{Name: aws.String(healthRule)}))
	before := b.stage.Clock.Slept()
	progress, diags := b.try(map[string]any{"canary": true, "timeout": "4m"})
	expectHealthText(
		t,
		providertest.Text(diags),
		"Unable to see the canary of the alert rule arrive",
		"CloudTrail recorded the call as",
		"did not arrive in target sqs",
		"did not arrive in target logs",
		"iamguard_alert_health",
	)
	expectHealthText(t, progress, "was not seen in target sqs")
	if slept := b.stage.Clock.Slept() - before; slept < 3*time.Minute || slept > 4*time.Minute {
		t.Errorf("waited for %s", slept)
	}
	if left := b.left(); len(left) > 0 {
		t.Errorf("the canary is left: %v", left)
	}
}

// Where the action may not look, the error names the action that is denied; CloudTrail
// is not needed where a target proves more.
func TestTestAlert_blind(t *testing.T) {
	t.Parallel()
	b := newHealthBench(t)
	restore := b.stage.Inject(localaws.Fault{Service: "cloudtrail", Operation: "LookupEvents", Kind: localaws.Deny})
	progress, diags := b.try(map[string]any{"canary": true})
	restore()
	if len(diags) > 0 {
		t.Error(providertest.Text(diags))
	}
	expectHealthText(t, progress, "cloudtrail:LookupEvents is denied", "arrived in target sqs by the rule")
	defer b.stage.Inject(localaws.Fault{Service: "sqs", Operation: "ReceiveMessage", Kind: localaws.Deny})()
	_, diags = b.try(map[string]any{"canary": true})
	expectHealthText(t, providertest.Text(diags), "Unable to see the canary", "allow the action sqs:ReceiveMessage")
	if left := b.left(); len(left) > 0 {
		t.Errorf("the canary is left: %v", left)
	}
}

// No canary is made where the rule would not match it: of other events, and of this caller.
func TestTestAlert_noCanary(t *testing.T) {
	t.Parallel()
	b := newHealthBench(t)
	group := events.Catalog().ByName("DetachGroupPolicy")
	for name, pattern := range map[string]string{
		"other events": events.ComposePattern(events.Catalog().ByName("DeactivateMFADevice"), events.PatternOptions{}),
		"other callers": events.ComposePattern(group, events.PatternOptions{
			ExcludePrincipals: []string{"arn:aws:iam::" + b.stage.ID + ":user/deployer"},
		}),
		"nothing known": `{"source":["example"]}`,
	} {
		b.pattern(healthRegion, pattern)
		b.stage.ResetCalls()
		progress, diags := b.try(map[string]any{"canary": true})
		made := b.stage.Calls(func(c localaws.Call) bool { return c.Service == "iam" && !c.ReadOnly })
		if len(diags) > 0 || len(made) > 0 {
			t.Errorf("%s: %s %v", name, providertest.Text(diags), made)
		}
		expectHealthText(t, progress, "No canary is possible")
	}
}

// Whatever goes wrong with a canary, it is deleted, or its rest is named.
func TestTestAlert_cleansUp(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		fault  localaws.Fault
		remain bool
	}{
		"lost answer": {localaws.Fault{Operation: "CreateGroup", Nth: 1, Kind: localaws.LostAnswer}, false},
		"denied":      {localaws.Fault{Operation: "PutGroupPolicy", Kind: localaws.Deny}, false},
		"removal denied once": {
			localaws.Fault{Operation: "DeleteGroupPolicy", Nth: 1, Kind: localaws.Deny}, false,
		},
		"cleaning denied": {localaws.Fault{Operation: "DeleteGroup", Kind: localaws.Deny}, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newHealthBench(t)
			b.pattern(healthRegion, events.ComposePattern(events.Catalog().ByName("DeleteGroupPolicy"), events.PatternOptions{}))
			c.fault.Service = "iam"
			defer b.stage.Inject(c.fault)()
			_, diags := b.try(map[string]any{"canary": true})
			if left := b.left(); (len(left) > 0) != c.remain {
				t.Errorf("left is %v", left)
			}
			if c.remain {
				expectHealthText(t, providertest.Text(diags), "Unable to delete the canary", "aws iam delete-group", "iam:DeleteGroup")
			} else if name != "lost answer" {
				expectHealthText(t, providertest.Text(diags), "Unable to make the canary", "allow the action iam:"+c.fault.Operation)
			}
		})
	}
}

// Targets that set something off are left alone unless that is allowed, and a queue
// that counts receipts is not looked into.
func TestTestAlert_targets(t *testing.T) {
	t.Parallel()
	b := newHealthBench(t)
	b.removeTargets("sns", "logs")
	b.setQueue("alerts", "RedrivePolicy", `{"deadLetterTargetArn":"`+b.arn("sqs", "dead")+`","maxReceiveCount":"2"}`)
	for id, arn := range map[string]string{
		"function": b.arn("lambda", "function:tell"), "bus": b.arn("events", "event-bus/default"),
	} {
		b.put(eventtypes.Target{Id: aws.String(id), Arn: aws.String(arn)})
	}
	b.stage.ResetCalls()
	progress, diags := b.try(map[string]any{"canary": true})
	if len(diags) > 0 {
		t.Error(providertest.Text(diags))
	}
	expectHealthText(t, progress, "Target function (", "cannot invoke lambda", "Target bus (", "allow_invoke = true sends to it",
		"looking counts for the redrive policy")
	for _, name := range []string{"sqs:ReceiveMessage", "events:PutEvents"} {
		if calls := b.stage.Calls(localaws.Named(name)); len(calls) > 0 {
			t.Errorf("%s was called", name)
		}
	}
	_, diags = b.try(map[string]any{"allow_invoke": true})
	if calls := b.stage.Calls(localaws.Named("events:PutEvents")); len(diags) > 0 || len(calls) != 1 {
		t.Errorf("%s %v", providertest.Text(diags), calls)
	}
}

func TestTestAlert_errors(t *testing.T) {
	t.Parallel()
	b := newHealthBench(t)
	for name, c := range map[string]struct {
		config map[string]any
		words  []string
	}{
		"no such rule": {map[string]any{"rule": "other"}, []string{"Unable to find the alert rule to test", "other"}},
		"other account": {
			map[string]any{"rule": "arn:aws:events:us-east-1:999999999999:rule/x"}, []string{"names account 999999999999"},
		},
		"conflicting region": {map[string]any{"rule": b.ruleARN(), "region": "eu-west-1"}, []string{"Conflicting region"}},
		"too long":           {map[string]any{"timeout": "2h"}, []string{"is not between"}},
		"no time":            {map[string]any{"timeout": "soon"}, []string{"Unable to understand the time"}},
	} {
		_, diags := b.try(c.config)
		if !providertest.Errors(diags) {
			t.Errorf("%s: there is no error", name)
		}
		expectHealthText(t, providertest.Text(diags), c.words...)
	}
	for operation, service := range map[string]string{
		"TestEventPattern": "events", "DescribeRule": "events", "ListTargetsByRule": "events", "Publish": "sns", "SendMessage": "sqs",
		"PutLogEvents": "logs",
	} {
		restore := b.stage.Inject(localaws.Fault{Service: service, Operation: operation, Kind: localaws.Deny})
		_, diags := b.try(nil)
		restore()
		expectHealthText(t, providertest.Text(diags), "allow the action "+service+":"+operation)
	}
}

// A plan changes nothing, and takes what is not known yet.
func TestTestAlert_plan(t *testing.T) {
	t.Parallel()
	stage := providertest.NewStage(t)
	server := stage.Server(t, nil)
	stage.ResetCalls()
	for _, config := range []map[string]any{
		{"rule": "any", "canary": true},
		{"rule": providertest.Unknown, "region": providertest.Unknown, "timeout": providertest.Unknown, "canary": providertest.Unknown},
	} {
		if diags := server.PlanAction(t, trialType, config); len(diags) > 0 {
			t.Errorf("planning %v: %s", config, providertest.Text(diags))
		}
	}
	if calls := stage.Calls(); len(calls) > 0 {
		t.Errorf("planning calls %s", calls[0].Name())
	}
}
