package alert_test

import (
	"context"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sns/types"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"

	"github.com/iamguard/terraform-provider-iamguard/internal/policy"
	"github.com/iamguard/terraform-provider-iamguard/internal/providertest"
)

// topicRow is a change from outside and what the plan then changes, each attribute
// from the value that AWS has.
type topicRow struct {
	name   string
	change func(ctx context.Context, o topicOutsider)
	from   map[string]any
}

// topicSteps makes each row a step: the change, the exact difference, and an apply
// that heals it; Terraform's own check after the apply is the empty plan.
func topicSteps(t *testing.T, stage *providertest.Stage, config string, rows []topicRow) []resource.TestStep {
	t.Helper()
	out := []resource.TestStep{{Config: config}}
	for _, row := range rows {
		out = append(out, resource.TestStep{
			PreConfig: func() {
				t.Log(row.name)
				row.change(t.Context(), topicOutside(t, stage))
			},
			Config: config,
			ConfigPlanChecks: resource.ConfigPlanChecks{
				PreApply: []plancheck.PlanCheck{providertest.ExpectDrift(topicAddress, row.from)},
			},
		})
	}
	return out
}

func TestTopic_drift(t *testing.T) {
	t.Parallel()
	stage := providertest.NewStage(t)
	key := topicMadeKey(t, stage, providertest.Region, topicWritten(t, false, topicKeys{"topic_names": []string{"alerts"}}, stage))
	arn := aws.String(topicOwnARN(stage))
	attribute := func(name, value string) func(context.Context, topicOutsider) {
		return func(ctx context.Context, o topicOutsider) { o.set(ctx, name, value) }
	}
	one := func(name, attribute string, from any, change func(context.Context, topicOutsider)) topicRow {
		return topicRow{name, change, map[string]any{attribute: from}}
	}
	stage.Test(t, topicSteps(t, stage, stage.Config(topicBody(topicFull(stage)+"  kms_key_id = \""+key+"\"\n")), []topicRow{
		one("display name changed", "display_name", "Lottery", attribute("DisplayName", "Lottery")),
		one("display name removed", "display_name", nil, attribute("DisplayName", "")),
		one("key removed", "kms_key_id", nil, attribute("KmsMasterKeyId", "")),
		one("key of AWS", "kms_key_id", "alias/aws/sns", attribute("KmsMasterKeyId", "alias/aws/sns")),
		{"tag changed", func(ctx context.Context, o topicOutsider) {
			o.does(o.sns().TagResource(ctx, &sns.TagResourceInput{
				ResourceArn: arn, Tags: []types.Tag{{Key: aws.String("team"), Value: aws.String("nobody")}},
			}))
		}, map[string]any{"tags": map[string]any{"team": "nobody"}, "tags_all": map[string]any{"team": "nobody"}}},
		{"tag removed", func(ctx context.Context, o topicOutsider) {
			o.does(o.sns().UntagResource(ctx, &sns.UntagResourceInput{ResourceArn: arn, TagKeys: []string{"team"}}))
		}, map[string]any{"tags": map[string]any{}, "tags_all": map[string]any{}}},
		{"tag added", func(ctx context.Context, o topicOutsider) {
			o.does(o.sns().TagResource(ctx, &sns.TagResourceInput{
				ResourceArn: arn, Tags: []types.Tag{{Key: aws.String("x"), Value: aws.String("y")}},
			}))
		}, map[string]any{
			"tags": map[string]any{"team": "security", "x": "y"}, "tags_all": map[string]any{"team": "security", "x": "y"},
		}},
	})...)
}

func TestTopic_driftOfSubscriptions(t *testing.T) {
	t.Parallel()
	stage := providertest.NewStage(t)
	const filter = `{"detail":{"eventName":["DeleteUser"]}}`
	queue := func(name string) string { return topicIn(stage, "sqs", name) }
	// have is the map as the state has it: the two of the configuration, changed by others.
	have := func(others map[string]any) map[string]any {
		all := map[string]any{
			"pager":   topicSubscribed(queue("pager"), nil),
			"archive": topicSubscribed(queue("archive"), map[string]any{"filter_policy": filter, "raw_message_delivery": true}),
		}
		for name, value := range others {
			all[name] = value
			if value == nil {
				delete(all, name)
			}
		}
		return map[string]any{"subscriptions": all}
	}
	archive := func(others map[string]any) map[string]any {
		return have(map[string]any{"archive": topicSubscribed(queue("archive"), others)})
	}
	set := func(queue, name, value string) func(context.Context, topicOutsider) {
		return func(ctx context.Context, o topicOutsider) { o.setSubscription(ctx, queue, name, value) }
	}
	stage.Test(t, topicSteps(t, stage, stage.Config(topicBody(topicFull(stage))), []topicRow{
		{"removed", func(ctx context.Context, o topicOutsider) {
			o.does(o.sns().Unsubscribe(ctx, &sns.UnsubscribeInput{SubscriptionArn: o.queueARN(ctx, "pager")}))
		}, have(map[string]any{"pager": nil})},
		{"added", func(ctx context.Context, o topicOutsider) { o.subscribe(ctx, "sqs", queue("thief")) }, have(map[string]any{
			"sqs:" + queue("thief"): topicSubscribed(queue("thief"), nil),
		})},
		{
			"filter added, which lets nothing through", set("pager", "FilterPolicy", `{"never":["x"]}`),
			have(map[string]any{"pager": topicSubscribed(queue("pager"), map[string]any{
				"filter_policy": `{"never":["x"]}`, "filter_policy_scope": "MessageAttributes",
			})}),
		},
		{
			"filter narrowed", set("archive", "FilterPolicy", `{"detail":{"eventName":["Nothing"]}}`),
			archive(map[string]any{"filter_policy": `{"detail":{"eventName":["Nothing"]}}`, "raw_message_delivery": true}),
		},
		{
			"filter removed", set("archive", "FilterPolicy", "{}"), archive(map[string]any{"raw_message_delivery": true}),
		},
		{
			"filter on attributes", set("archive", "FilterPolicyScope", "MessageAttributes"),
			archive(map[string]any{
				"filter_policy": filter, "filter_policy_scope": "MessageAttributes", "raw_message_delivery": true,
			}),
		},
		{
			"raw delivery off", set("archive", "RawMessageDelivery", "false"), archive(map[string]any{"filter_policy": filter}),
		},
		{
			"raw delivery on", set("pager", "RawMessageDelivery", "true"),
			have(map[string]any{"pager": topicSubscribed(queue("pager"), map[string]any{"raw_message_delivery": true})}),
		},
		{"all removed", func(ctx context.Context, o topicOutsider) {
			for _, one := range o.subscriptions(ctx) {
				o.does(o.sns().Unsubscribe(ctx, &sns.UnsubscribeInput{SubscriptionArn: one.SubscriptionArn}))
			}
		}, map[string]any{"subscriptions": map[string]any{}}},
	})...)
	// The same filter in another spelling is no difference.
	cli := topicApplied(t, stage, stage.Config(topicBody(topicFull(stage))))
	topicOutside(
		t,
		stage,
	).setSubscription(t.Context(), "archive", "FilterPolicy", `{ "detail" : { "eventName" : [ "DeleteUser" ] } }`)
	cli.ExpectNoChange(t)
}

// Without the argument no subscription is wanted, and every one is a difference.
func TestTopic_driftWithoutSubscriptions(t *testing.T) {
	t.Parallel()
	stage := providertest.NewStage(t)
	thief := topicIn(stage, "sqs", "thief")
	stage.Test(t, topicSteps(t, stage, stage.Config(topicBody("")), []topicRow{
		{"added", func(ctx context.Context, o topicOutsider) { o.subscribe(ctx, "sqs", thief) }, map[string]any{
			"subscriptions": map[string]any{"sqs:" + thief: topicSubscribed(thief, nil)},
		}},
	})...)
}

// topicPolicyDrift is a drift of the policy whose text is known only when the step runs.
type topicPolicyDrift struct{ text string }

// CheckPlan implements plancheck.PlanCheck.
func (d *topicPolicyDrift) CheckPlan(ctx context.Context, req plancheck.CheckPlanRequest, resp *plancheck.CheckPlanResponse) {
	providertest.ExpectDrift(topicAddress, map[string]any{"policy_json": d.text}).CheckPlan(ctx, req, resp)
}

func TestTopic_driftOfPolicy(t *testing.T) {
	t.Parallel()
	stage := providertest.NewStage(t)
	config := stage.Config(topicBody(topicFull(stage)))
	written := topicWritten(t, true, topicKeys{"name": "alerts", "rule_names": []string{"removal", "security/tamper"}}, stage)
	step := func(name string, change func(document *policy.Document)) resource.TestStep {
		drift := &topicPolicyDrift{}
		return resource.TestStep{
			PreConfig: func() {
				t.Log(name)
				o := topicOutside(t, stage)
				document := o.policy(t.Context())
				if document.String() != written {
					t.Errorf("the policy is %s, want %s", document, written)
				}
				change(&document)
				o.set(t.Context(), "Policy", document.String())
				drift.text = document.Normalised().String()
			},
			Config: config, ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{drift}},
		}
	}
	let := func(action string) func(*policy.Document) {
		return func(d *policy.Document) {
			d.Statements = append(d.Statements, policy.Statement{
				Sid: "Thief", Effect: policy.Allow, Principal: policy.Principal{policy.PrincipalAWS: {"arn:aws:iam::999999999999:root"}},
				Action: []string{action}, Resource: []string{topicOwnARN(stage)},
			})
		}
	}
	stage.Test(t,
		resource.TestStep{Config: config},
		step("others may publish", let("sns:Publish")),
		step("others may subscribe", let("sns:Subscribe")),
		step("the account taken out", func(d *policy.Document) { d.Statements = d.Statements[1:] }),
		step("EventBridge taken out", func(d *policy.Document) { d.Statements = append(d.Statements[:1:1], d.Statements[2]) }),
		step("TLS not asked for", func(d *policy.Document) { d.Statements = d.Statements[:2] }),
		step("one rule taken out", func(d *policy.Document) {
			d.Statements[1].Condition["ArnLike"]["aws:SourceArn"] = d.Statements[1].Condition["ArnLike"]["aws:SourceArn"][:1]
		}),
		step("rules of every account", func(d *policy.Document) { d.Statements[1].Condition = nil }),
		step("replaced", func(d *policy.Document) {
			d.Statements = nil
			let("sns:Publish")(d)
		}),
		resource.TestStep{
			// The same meaning in another order is no difference.
			PreConfig: func() {
				o := topicOutside(t, stage)
				document := o.policy(t.Context())
				document.Statements[0], document.Statements[2] = document.Statements[2], document.Statements[0]
				document.Statements[1].Sid = "Other"
				o.set(t.Context(), "Policy", document.String())
			},
			Config: config, ConfigPlanChecks: topicUnchanged(),
		},
	)
}

// The plan says who changed what, and who deleted the topic.
func TestTopic_attribution(t *testing.T) {
	t.Parallel()
	stage := providertest.NewStage(t)
	cli := topicApplied(t, stage, stage.Config(topicBody(topicFull(stage))))
	ctx, label := t.Context(), `Alert topic "alerts" (`+stage.ID+`): `
	wait := func() {
		t.Helper()
		if err := stage.Clock.Sleep(ctx, time.Hour); err != nil {
			t.Fatal(err)
		}
	}
	wait()
	for _, c := range []struct {
		who, says string
		change    func(o topicOutsider)
	}{
		{"eve", "Unsubscribe by user/eve", func(o topicOutsider) {
			o.does(o.sns().Unsubscribe(ctx, &sns.UnsubscribeInput{SubscriptionArn: o.queueARN(ctx, "pager")}))
		}},
		{"oscar", "SetSubscriptionAttributes by user/oscar", func(o topicOutsider) {
			o.setSubscription(ctx, "archive", "FilterPolicy", `{"never":["x"]}`)
		}},
		{"peggy", "Subscribe by user/peggy", func(o topicOutsider) { o.subscribe(ctx, "sqs", topicIn(stage, "sqs", "thief")) }},
		{"trudy", "AddPermission by user/trudy", func(o topicOutsider) {
			o.does(o.sns().AddPermission(ctx, &sns.AddPermissionInput{
				TopicArn: aws.String(topicOwnARN(stage)), Label: aws.String("x"), AWSAccountId: []string{"999999999999"},
				ActionName: []string{"Publish"},
			}))
		}},
		{"mallory", "RemovePermission by user/mallory", func(o topicOutsider) {
			o.does(o.sns().RemovePermission(ctx, &sns.RemovePermissionInput{
				TopicArn: aws.String(topicOwnARN(stage)), Label: aws.String("EventBridgePublishes"),
			}))
		}},
		{"victor", "SetTopicAttributes by user/victor", func(o topicOutsider) { o.set(ctx, "DisplayName", "Lottery") }},
		{"walter", "UntagResource by user/walter", func(o topicOutsider) {
			o.does(o.sns().UntagResource(ctx, &sns.UntagResourceInput{
				ResourceArn: aws.String(topicOwnARN(stage)), TagKeys: []string{"team"},
			}))
		}},
	} {
		c.change(topicAs(t, stage, c.who))
		wait()
		code, out := cli.Run(t, "plan", "-detailed-exitcode")
		topicSays(t, code == 2, out, label, c.says)
		cli.Apply(t)
		wait()
	}
	o := topicAs(t, stage, "niaj")
	o.does(o.sns().DeleteTopic(ctx, &sns.DeleteTopicInput{TopicArn: aws.String(topicOwnARN(stage))}))
	wait()
	code, out := cli.Run(t, "plan", "-detailed-exitcode")
	topicSays(
		t,
		code == 2,
		out,
		label+"the alert topic is gone: DeleteTopic by user/niaj",
		"lose their alerts",
		"1 to add, 0 to change",
	)
	cli.Apply(t)
	cli.ExpectNoChange(t)
}
