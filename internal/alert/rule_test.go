package alert_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"

	"github.com/iamguard/terraform-provider-iamguard/internal/localaws"
	"github.com/iamguard/terraform-provider-iamguard/internal/providertest"
)

// begun is a CLI with a configuration of the rule.
func (a ruleAlarms) begun(config string) *providertest.CLI {
	a.t.Helper()
	cli := a.stage.CLI(a.t)
	cli.Write(a.t, a.stage.Config(config))
	cli.Must(a.t, "init")
	return cli
}

// exists tells whether EventBridge has the rule.
func (a ruleAlarms) exists() bool {
	a.t.Helper()
	out := must(a.events().ListRules(a.t.Context(), &eventbridge.ListRulesInput{NamePrefix: ruleName}))(a.t)
	return len(out.Rules) > 0
}

// foreign makes a rule of somebody else by the same name.
func (a ruleAlarms) foreign() {
	a.t.Helper()
	a.does(a.events().PutRule(a.t.Context(), &eventbridge.PutRuleInput{
		Name: ruleName, EventPattern: aws.String(`{"source":["aws.ec2"]}`), State: types.RuleStateDisabled,
		Tags: []types.Tag{{Key: aws.String("team"), Value: aws.String("billing")}},
	}))
	a.does(a.events().PutTargets(a.t.Context(), &eventbridge.PutTargetsInput{Rule: ruleName, Targets: []types.Target{
		{Id: aws.String("theirs"), Arn: aws.String(a.other)},
	}}))
}

func TestRule_lifecycle(t *testing.T) {
	t.Parallel()
	stage := providertest.NewStage(t)
	a := newRuleAlarms(t, stage)
	a.covered()
	fifo := a.makeQueue("ordered.fifo")
	custom := "message = \"custom\"\ninput_paths = { what = \"$.detail.eventName\" }\n" +
		"input_template = \"\\\"<what> by <aws.events.rule-name>\\\"\"\n"
	cli := a.begun(a.rule("  state = \"DISABLED\"\n  description = \"mine\"\n  tags = { team = \"security\" }\n",
		fmt.Sprintf("    ordered = {\n arn = %q\n message = \"record\"\n sqs_message_group_id = \"g\"\n}\n", fifo),
		a.target("queue", custom), a.target("logs", "")))
	cli.Apply(t)
	cli.ExpectNoChange(t)
	have, targets := a.described(), a.targets()
	if *have.Description != "mine" || have.State != types.RuleStateDisabled ||
		!strings.Contains(*have.EventPattern, "RemoveUserFromGroup") {
		t.Errorf("the rule is %+v", have)
	}
	if got := targets["ordered"]; *got.SqsParameters.MessageGroupId != "g" || got.InputTransformer != nil || got.RetryPolicy != nil {
		t.Errorf("target ordered is %+v", got)
	}
	if got := targets["queue"].InputTransformer; *got.InputTemplate != `"<what> by <aws.events.rule-name>"` ||
		!maps.Equal(got.InputPathsMap, map[string]string{"what": "$.detail.eventName"}) {
		t.Errorf("target queue says %+v", got)
	}
	if got := *targets["logs"].InputTransformer.InputTemplate; !strings.HasPrefix(
		got,
		`{"timestamp": <time>, "message": "Event: <event>`,
	) {
		t.Errorf("target logs says %s", got)
	}
	cli.Write(t, stage.Config(a.rule("  include_failed = true\n  exclude_principals = [\"arn:aws:sts::*:assumed-role/deploy/*\"]\n",
		a.target("queue", "message = \"record\"\n"), a.target("topic", ""))))
	cli.Apply(t)
	cli.ExpectNoChange(t)
	have, targets = a.described(), a.targets()
	if *have.Description != "Alerts on iam_removal (33 events). Kept by iamguard." || have.State != types.RuleStateEnabled ||
		!strings.Contains(*have.EventPattern, "assumed-role/deploy") || strings.Contains(*have.EventPattern, "errorCode") {
		t.Errorf("the rule is %+v", have)
	}
	if got := slices.Sorted(maps.Keys(targets)); !slices.Equal(got, []string{"queue", "topic"}) ||
		targets["queue"].InputTransformer != nil {
		t.Errorf("the targets are %v", targets)
	}
	tags := must(a.events().ListTagsForResource(t.Context(), &eventbridge.ListTagsForResourceInput{ResourceARN: have.Arn}))(t)
	if len(tags.Tags) > 0 {
		t.Errorf("the tags are %v", tags.Tags)
	}
	cli.Must(t, "destroy", "-auto-approve")
	if a.exists() {
		t.Error("the rule is still there")
	}
}

func TestRule_adoption(t *testing.T) {
	t.Parallel()
	stage := providertest.NewStage(t)
	a := newRuleAlarms(t, stage)
	a.covered()
	a.foreign()
	cli := a.begun(a.rule("", a.target("queue", "")))
	code, out := cli.Run(t, "apply", "-auto-approve")
	if code == 0 || a.described().State != types.RuleStateDisabled {
		t.Error("another rule was overwritten")
	}
	providertest.ExpectTexts(
		t,
		out,
		"Unable to create the alert rule",
		"already exists, with the tags team=billing",
		"'iam-removals@us-east-1'",
		"adopt_existing = true",
	)
	cli.Write(t, stage.Config(a.rule("  adopt_existing = true\n", a.target("queue", ""))))
	providertest.ExpectTexts(
		t,
		cli.Must(t, "plan"),
		`Alert rule "iam-removals" (`+stage.ID+`, us-east-1): an existing alert rule will be adopted`,
		`Overwritten: description, state, event_pattern_json, target["theirs"], target["queue"], tags_all.`,
	)
	cli.Apply(t)
	cli.ExpectNoChange(t)
	if got := slices.Sorted(maps.Keys(a.targets())); !slices.Equal(got, []string{"queue"}) {
		t.Errorf("the targets are %v", got)
	}
	providertest.ExpectTexts(t, cli.Must(t, "destroy", "-auto-approve"), "only forgotten, not deleted")
	if !a.exists() {
		t.Error("an adopted rule was deleted")
	}
	cli.Write(t, stage.Config(a.rule("  adopt_existing = true\n  destroy_adopted = true\n", a.target("queue", ""))))
	cli.Apply(t)
	cli.Must(t, "destroy", "-auto-approve")
	if a.exists() {
		t.Error("the rule is still there")
	}
}

func TestRule_protection(t *testing.T) {
	t.Parallel()
	stage := providertest.NewStage(t)
	a := newRuleAlarms(t, stage)
	a.covered()
	cli := a.begun(a.rule("  deletion_protection = true\n", a.target("queue", "")))
	cli.Apply(t)
	for _, arguments := range [][]string{{"destroy", "-auto-approve"}, {"apply", "-auto-approve", "-replace=" + ruleAddress}} {
		code, out := cli.Run(t, arguments...)
		if code == 0 || !a.exists() {
			t.Errorf("%v goes through", arguments)
		}
		providertest.ExpectTexts(t, out, "Deletion is protected")
	}
	cli.Write(t, stage.Config(a.rule("", a.target("queue", ""))))
	cli.Apply(t)
	cli.Must(t, "destroy", "-auto-approve")
}

func TestRule_import(t *testing.T) {
	t.Parallel()
	stage := providertest.NewStage(t)
	a := newRuleAlarms(t, stage)
	a.covered()
	config := a.rule("", a.target("queue", ""), a.target("logs", ""))
	cli := a.begun(config)
	cli.Apply(t)
	arn := "arn:aws:events:us-east-1:" + stage.ID + ":rule/iam-removals"
	for _, id := range []string{
		"iam-removals@us-east-1", "default/iam-removals@us-east-1", "iam-removals@us-east-1?account=" + stage.ID, arn,
	} {
		cli.Must(t, "state", "rm", ruleAddress)
		cli.Must(t, "import", ruleAddress, id)
		cli.ExpectNoChange(t)
	}
	for id, text := range map[string]string{
		"iam-removals": "Unable to find the alert rule to import", // The provider's region is another one.
		"a b":          "is not the name of a rule",
		"arn:aws:sqs:us-east-1:" + stage.ID + ":alerts":           "is not the ARN of an EventBridge rule",
		"arn:aws:events:us-east-1:999999999999:rule/iam-removals": "999999999999",
	} {
		cli.Must(t, "state", "rm", ruleAddress)
		code, out := cli.Run(t, "import", ruleAddress, id)
		if code == 0 {
			t.Errorf("%s was imported", id)
		}
		providertest.ExpectTexts(t, out, text)
		cli.Must(t, "import", ruleAddress, arn)
	}
	// A pattern that no preset makes is imported as it is.
	a.rewrite(func(string) string { return `{"source":["aws.iam"],"detail":{"eventName":["DeleteUser"]}}` })
	cli.Must(t, "state", "rm", ruleAddress)
	cli.Must(t, "import", ruleAddress, arn)
	if state := cli.State(
		t,
		ruleAddress,
	); state["event_pattern"] != `{"source":["aws.iam"],"detail":{"eventName":["DeleteUser"]}}` ||
		state["presets"] != nil ||
		fmt.Sprint(state["matched_events"]) != "[iam.DeleteUser]" {
		t.Errorf("imported as %v, %v", state["event_pattern"], state["presets"])
	}
}

// Who changed a rule is said with each difference.
func TestRule_attribution(t *testing.T) {
	t.Parallel()
	stage := providertest.NewStage(t)
	a := newRuleAlarms(t, stage)
	a.covered()
	cli := a.begun(a.rule("", a.target("queue", ""), a.target("topic", "")))
	cli.Apply(t)
	if err := stage.Clock.Sleep(t.Context(), time.Hour); err != nil {
		t.Fatal(err)
	}
	mallory := eventbridge.NewFromConfig(stage.SDK(stage.User("mallory")), func(o *eventbridge.Options) { o.Region = iamRegion })
	a.does(mallory.DisableRule(t.Context(), &eventbridge.DisableRuleInput{Name: ruleName}))
	providertest.ExpectTexts(t, cli.Must(t, "plan"), `Alert rule "iam-removals"`, "DisableRule by user/mallory")
	cli.Apply(t)
	if err := stage.Clock.Sleep(t.Context(), time.Hour); err != nil {
		t.Fatal(err)
	}
	a.does(mallory.RemoveTargets(t.Context(), &eventbridge.RemoveTargetsInput{Rule: ruleName, Ids: []string{"topic"}}))
	providertest.ExpectTexts(t, cli.Must(t, "plan"), "RemoveTargets by user/mallory")
}

// PutTargets answers HTTP 200 and a failed entry: that is an error that names the target.
func TestRule_targetFails(t *testing.T) {
	t.Parallel()
	stage := providertest.NewStage(t)
	a := newRuleAlarms(t, stage)
	a.covered()
	cli := a.begun(a.rule("", a.target("queue", ""), a.target("topic", "")))
	restore := stage.Inject(localaws.Fault{
		Service: "events", Operation: "PutTargets", Kind: localaws.PartialTargets, Code: "InternalFailure", Message: "try later",
	})
	code, out := cli.Run(t, "apply", "-auto-approve")
	if code == 0 || a.exists() {
		t.Error("a rule without all of its targets is left")
	}
	providertest.ExpectTexts(
		t,
		out,
		`EventBridge could not put target "topic": InternalFailure: try later`,
		"nothing is left behind",
	)
	restore()
	cli.Apply(t)
	restore = stage.Inject(localaws.Fault{Service: "events", Operation: "RemoveTargets", Kind: localaws.PartialTargets})
	code, out = cli.Run(t, "destroy", "-auto-approve")
	restore()
	if code == 0 || !a.exists() {
		t.Error("a rule was deleted whose target could not be removed")
	}
	providertest.ExpectTexts(t, out, "EventBridge could not remove target")
	restore = stage.Inject(localaws.Fault{Service: "events", Operation: "DeleteRule", Kind: localaws.Deny})
	code, out = cli.Run(t, "destroy", "-auto-approve")
	restore()
	if code == 0 {
		t.Error("a denied deletion is no error")
	}
	providertest.ExpectTexts(t, out, "Unable to delete the alert rule", "allow the action events:DeleteRule")
	cli.Apply(t)
	cli.ExpectNoChange(t)
	restore = stage.Inject(localaws.Fault{
		Service:   "events",
		Operation: "DescribeRule",
		Kind:      localaws.Refuse,
		Code:      "ValidationException",
		Message:   "Rule not found.",
		Status:    400,
	})
	code, _ = cli.Run(t, "plan")
	restore()
	if code != 1 {
		t.Errorf("an error that only sounds like not found exits with %d", code)
	}
	cli.ExpectNoChange(t)
}

func TestRule_faults(t *testing.T) {
	t.Parallel()
	providertest.FaultLoop(t, providertest.Lifecycle{
		Config: func(stage *providertest.Stage) string {
			a := ruleAlarms{
				t: t, stage: stage, queue: "arn:aws:sqs:us-east-1:" + stage.ID + ":alerts",
				topic: "arn:aws:sns:us-east-1:" + stage.ID + ":alerts",
			}
			return stage.Config(a.rule("  tags = { team = \"security\" }\n", a.target("queue", ""), a.target("topic", "")))
		},
		Left: func(tb testing.TB, stage *providertest.Stage) []string {
			tb.Helper()
			client := eventbridge.NewFromConfig(stage.SDK(stage.Admin()), func(o *eventbridge.Options) { o.Region = iamRegion })
			out, err := client.ListRules(tb.Context(), &eventbridge.ListRulesInput{})
			if err != nil {
				tb.Fatal(err)
			}
			var names []string
			for _, rule := range out.Rules {
				names = append(names, aws.ToString(rule.Name))
			}
			return names
		},
	})
}
