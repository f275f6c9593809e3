package alert_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"

	"github.com/iamguard/terraform-provider-iamguard/internal/providertest"
)

const ruleAddress = "iamguard_alert_rule.test"

var ruleName = aws.String("iam-removals")

// described is the rule as EventBridge has it.
func (a ruleAlarms) described() *eventbridge.DescribeRuleOutput {
	a.t.Helper()
	return must(a.events().DescribeRule(a.t.Context(), &eventbridge.DescribeRuleInput{Name: ruleName}))(a.t)
}

// targets are the rule's targets as EventBridge has them, by ID.
func (a ruleAlarms) targets() map[string]types.Target {
	a.t.Helper()
	found := map[string]types.Target{}
	out := must(a.events().ListTargetsByRule(a.t.Context(), &eventbridge.ListTargetsByRuleInput{Rule: ruleName}))(a.t)
	for _, one := range out.Targets {
		found[*one.Id] = one
	}
	return found
}

// rewrite puts the rule with another pattern, everything else as it is.
func (a ruleAlarms) rewrite(change func(pattern string) string) {
	a.t.Helper()
	have := a.described()
	a.does(a.events().PutRule(a.t.Context(), &eventbridge.PutRuleInput{
		Name: ruleName, Description: have.Description, State: have.State, EventPattern: aws.String(change(*have.EventPattern)),
	}))
}

// retarget puts one target anew.
func (a ruleAlarms) retarget(id string, change func(*types.Target)) {
	a.t.Helper()
	one := a.targets()[id]
	change(&one)
	a.does(a.events().PutTargets(a.t.Context(), &eventbridge.PutTargetsInput{Rule: ruleName, Targets: []types.Target{one}}))
}

// entry is a target as the state has it, over one that has nothing but an ARN.
func entry(arn string, over map[string]any) map[string]any {
	whole := map[string]any{
		"arn": arn, "role_arn": nil, "message": "summary", "input_paths": nil, "input_template": nil, "dead_letter_arn": nil,
		"maximum_event_age_in_seconds": nil, "maximum_retry_attempts": nil, "sqs_message_group_id": nil,
	}
	maps.Copy(whole, over)
	return whole
}

// ruleRow is one change from outside and what the plan then shows.
type ruleRow struct {
	name   string
	change func()
	from   map[string]any
}

// ruleSteps makes each row a step: the change, the exact difference, and an apply that
// heals it; Terraform's own check after the apply is the empty plan.
func ruleSteps(t *testing.T, config string, rows []ruleRow) []resource.TestStep {
	t.Helper()
	steps := []resource.TestStep{{Config: config}}
	for _, row := range rows {
		check := providertest.ExpectDrift(ruleAddress, row.from)
		if len(row.from) == 0 {
			check = plancheck.ExpectEmptyPlan()
		}
		steps = append(steps, resource.TestStep{
			PreConfig:        func() { t.Log(row.name); row.change() },
			Config:           config,
			ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{check}},
		})
	}
	return steps
}

// reversed turns every list of a pattern around.
func reversed(pattern string) string {
	var turn func(any) any
	turn = func(value any) any {
		switch value := value.(type) {
		case map[string]any:
			for key, member := range value {
				value[key] = turn(member)
			}
		case []any:
			around := make([]any, 0, len(value))
			for _, one := range slices.Backward(value) {
				around = append(around, turn(one))
			}
			return around
		}
		return value
	}
	var tree any
	if json.Unmarshal([]byte(pattern), &tree) != nil {
		return ""
	}
	out, err := json.MarshalIndent(turn(tree), "", " ")
	if err != nil {
		return ""
	}
	return string(out)
}

func TestRule_drift(t *testing.T) {
	t.Parallel()
	stage := providertest.NewStage(t)
	a := newRuleAlarms(t, stage)
	a.covered()
	role := "arn:aws:iam::" + stage.ID + ":role/alerts"
	config := stage.Config(a.rule(
		"  tags = { team = \"security\" }\n",
		a.target(
			"queue",
			fmt.Sprintf("dead_letter_arn = %q\nmaximum_event_age_in_seconds = 3600\nmaximum_retry_attempts = 0\n", a.dead),
		),
		a.target("topic", fmt.Sprintf("role_arn = %q\n", role)),
		a.target("logs", "message = \"record\"\n"),
	))
	queue := map[string]any{"dead_letter_arn": a.dead, "maximum_event_age_in_seconds": 3600, "maximum_retry_attempts": 0}
	all := map[string]any{
		"queue": entry(a.queue, queue), "topic": entry(a.topic, map[string]any{"role_arn": role}),
		"logs": entry(a.logs, map[string]any{"message": "record"}),
	}
	with := func(id string, one map[string]any) map[string]any {
		changed := maps.Clone(all)
		if changed[id] = one; one == nil {
			delete(changed, id)
		}
		return map[string]any{"target": changed}
	}
	but := func(over map[string]any) map[string]any {
		changed := maps.Clone(queue)
		maps.Copy(changed, over)
		return entry(a.queue, changed)
	}
	var full string
	narrow := func(pattern string) string {
		full = pattern
		return strings.Replace(pattern, `"RemoveUserFromGroup"`, `"RemoveUserFromGroupX"`, 1)
	}
	rows := []ruleRow{
		{"disabled", func() {
			a.does(a.events().DisableRule(t.Context(), &eventbridge.DisableRuleInput{Name: ruleName}))
		}, map[string]any{"state": "DISABLED", "blind_to": []any{
			"Everything: the rule is disabled.", "Attempts that failed or were denied.",
			"Records above 256 KB, which CloudTrail does not give to EventBridge.",
		}}},
		{"reordered", func() { a.rewrite(reversed) }, nil},
		{"target removed", func() {
			a.does(a.events().RemoveTargets(t.Context(), &eventbridge.RemoveTargetsInput{Rule: ruleName, Ids: []string{"queue"}}))
		}, with("queue", nil)},
		{"foreign target", func() {
			a.does(a.events().PutTargets(t.Context(), &eventbridge.PutTargetsInput{Rule: ruleName, Targets: []types.Target{
				{Id: aws.String("mallory"), Arn: aws.String(a.other)},
			}}))
		}, with("mallory", entry(a.other, map[string]any{"message": "record"}))},
		{
			"another queue", func() { a.retarget("queue", func(one *types.Target) { one.Arn = aws.String(a.other) }) },
			with("queue", but(map[string]any{"arn": a.other})),
		},
		{
			"dead-letter queue removed", func() { a.retarget("queue", func(one *types.Target) { one.DeadLetterConfig = nil }) },
			with("queue", but(map[string]any{"dead_letter_arn": nil})),
		},
		{
			"retry removed", func() { a.retarget("queue", func(one *types.Target) { one.RetryPolicy = nil }) },
			with("queue", but(map[string]any{"maximum_event_age_in_seconds": nil, "maximum_retry_attempts": nil})),
		},
		{
			"message removed", func() { a.retarget("queue", func(one *types.Target) { one.InputTransformer = nil }) },
			with("queue", but(map[string]any{"message": "record"})),
		},
		{"foreign message", func() {
			a.retarget("queue", func(one *types.Target) {
				one.InputTransformer = &types.InputTransformer{InputTemplate: aws.String(`"all is well"`)}
			})
		}, with("queue", but(map[string]any{"message": "custom", "input_template": `"all is well"`}))},
		{"constant instead of a message", func() {
			a.retarget("logs", func(one *types.Target) { one.Input = aws.String(`"all is well"`) })
		}, with("logs", entry(a.logs, map[string]any{"message": `constant "all is well"`}))},
		{"part instead of the record", func() {
			a.retarget("logs", func(one *types.Target) { one.InputPath = aws.String("$.time") })
		}, with("logs", entry(a.logs, map[string]any{"message": "part $.time"}))},
		{
			"role removed", func() { a.retarget("topic", func(one *types.Target) { one.RoleArn = nil }) },
			with("topic", entry(a.topic, nil)),
		},
		{"description", func() {
			a.does(a.events().PutRule(t.Context(), &eventbridge.PutRuleInput{
				Name: ruleName, EventPattern: a.described().EventPattern, Description: aws.String("old"),
			}))
		}, map[string]any{"description": "old"}},
		{"tag", func() {
			a.does(a.events().UntagResource(t.Context(), &eventbridge.UntagResourceInput{
				ResourceARN: a.described().Arn, TagKeys: []string{"team"},
			}))
		}, map[string]any{"tags": map[string]any{}, "tags_all": map[string]any{}}},
	}
	steps := ruleSteps(t, config, rows)
	steps = append(steps, resource.TestStep{
		PreConfig: func() { a.rewrite(narrow) },
		Config:    config,
		ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
			providertest.ExpectChanged(ruleAddress, "event_pattern_json", "matched_events", "pattern_length"),
		}},
	}, resource.TestStep{
		PreConfig: func() {
			if got := *a.described().EventPattern; got != full {
				t.Errorf("the pattern was healed to %s", got)
			}
			a.does(a.events().RemoveTargets(t.Context(), &eventbridge.RemoveTargetsInput{
				Rule: ruleName, Ids: []string{"queue", "topic", "logs"},
			}))
			a.does(a.events().DeleteRule(t.Context(), &eventbridge.DeleteRuleInput{Name: ruleName}))
		},
		Config: config,
		ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
			plancheck.ExpectResourceAction(ruleAddress, plancheck.ResourceActionCreate),
		}},
	})
	stage.Test(t, steps...)
}

// A rule that is gone is told with who deleted it; so is one whose bus is gone.
func TestRule_gone(t *testing.T) {
	t.Parallel()
	stage := providertest.NewStage(t)
	a := newRuleAlarms(t, stage)
	a.covered()
	bus := aws.String("security")
	a.does(a.events().CreateEventBus(t.Context(), &eventbridge.CreateEventBusInput{Name: bus}))
	cli := stage.CLI(t)
	cli.Write(t, stage.Config(a.rule("  event_bus_name = \"security\"\n", a.target("queue", ""))))
	cli.Must(t, "init")
	cli.Apply(t)
	if got := cli.State(t, ruleAddress)["arn"]; got != "arn:aws:events:us-east-1:"+stage.ID+":rule/security/iam-removals" {
		t.Errorf("the ARN is %v", got)
	}
	mallory := eventbridge.NewFromConfig(stage.SDK(stage.User("mallory")), func(o *eventbridge.Options) { o.Region = iamRegion })
	a.does(mallory.RemoveTargets(t.Context(), &eventbridge.RemoveTargetsInput{
		Rule: ruleName, EventBusName: bus, Ids: []string{"queue"},
	}))
	a.does(mallory.DeleteRule(t.Context(), &eventbridge.DeleteRuleInput{Name: ruleName, EventBusName: bus}))
	out := cli.Must(t, "plan")
	providertest.ExpectTexts(t, out, "the alert rule is gone", "user/mallory", "nobody hears of the events", "1 to add")
	a.does(mallory.DeleteEventBus(t.Context(), &eventbridge.DeleteEventBusInput{Name: bus}))
	code, out := cli.Run(t, "apply", "-auto-approve")
	if code == 0 {
		t.Error("a rule was made on a bus that is gone")
	}
	providertest.ExpectTexts(t, out, "make the event bus security first")
}
