package alert_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/iamguard/terraform-provider-iamguard/internal/localaws"
	"github.com/iamguard/terraform-provider-iamguard/internal/policy"
	"github.com/iamguard/terraform-provider-iamguard/internal/providertest"
)

func topicHas(attribute string, value knownvalue.Check) statecheck.StateCheck {
	return statecheck.ExpectKnownValue(topicAddress, tfjsonpath.New(attribute), value)
}

func topicUnchanged() resource.ConfigPlanChecks {
	return resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectEmptyPlan()}}
}

func topicAction(action plancheck.ResourceActionType) resource.ConfigPlanChecks {
	return resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectResourceAction(topicAddress, action)}}
}

func TestTopic_lifecycle(t *testing.T) {
	t.Parallel()
	stage := providertest.NewStage(t)
	server := topicAs(t, stage, "owner")
	key := topicMadeKey(t, stage, providertest.Region, topicWritten(t, false, topicKeys{"topic_names": []string{"alerts"}}, stage))
	full, later := stage.Config(topicBody(topicFull(stage))), stage.Config(topicBody(
		"  kms_key_id = \""+key+"\"\n  subscriptions = {\n"+topicQueue(stage, "pager", "      raw_message_delivery = true")+"  }\n"))
	stage.Test(t,
		resource.TestStep{
			Config: full,
			ConfigStateChecks: []statecheck.StateCheck{
				topicHas("arn", knownvalue.StringExact(topicOwnARN(stage))), topicHas("region", knownvalue.StringExact(providertest.Region)),
				topicHas("account_id", knownvalue.StringExact(stage.ID)), topicHas("kms_key_id", knownvalue.Null()),
				topicHas("policy_json", knownvalue.StringExact(topicWritten(t, true, topicKeys{
					"name": "alerts", "rule_names": []string{"removal", "security/tamper"},
				}, stage))),
			},
			Check: func(*terraform.State) error { return topicServerHas(t, server, "IAM alerts", "", "archive", "pager") },
		},
		resource.TestStep{Config: full, ConfigPlanChecks: topicUnchanged()},
		resource.TestStep{
			Config: later, ConfigPlanChecks: topicAction(plancheck.ResourceActionUpdate),
			ConfigStateChecks: []statecheck.StateCheck{
				topicHas("display_name", knownvalue.Null()), topicHas("tags_all", knownvalue.MapSizeExact(0)),
				topicHas("policy_json", knownvalue.StringExact(topicWritten(t, true, topicKeys{"name": "alerts"}, stage))),
			},
			Check: func(*terraform.State) error { return topicServerHas(t, server, "", key, "pager") },
		},
		resource.TestStep{Config: later, ConfigPlanChecks: topicUnchanged()},
		resource.TestStep{
			Config:           stage.Config(strings.Replace(topicBody(""), `"alerts"`, `"other"`, 1)),
			ConfigPlanChecks: topicAction(plancheck.ResourceActionReplace),
		},
	)
	if names := topicsLeft(t, stage); len(names) > 0 {
		t.Errorf("left behind: %v", names)
	}
}

// topicServerHas reads the topic from the server itself.
func topicServerHas(t *testing.T, server topicOutsider, displayName, key string, queues ...string) error {
	t.Helper()
	have := server.attributes(t.Context())
	if have["DisplayName"] != displayName || have["KmsMasterKeyId"] != key {
		return fmt.Errorf("the server has %v", have)
	}
	var names []string
	for name := range server.subscriptions(t.Context()) {
		names = append(names, name[strings.LastIndex(name, ":")+1:])
	}
	slices.Sort(names)
	if !slices.Equal(names, queues) {
		return fmt.Errorf("the server has subscriptions of %v, want %v", names, queues)
	}
	return nil
}

// The rule names the topic and the topic the rule by its name: no cycle, and what is
// unknown until apply is filled in by it.
func TestTopic_unknown(t *testing.T) {
	t.Parallel()
	stage := providertest.NewStage(t)
	cli := topicReady(t, stage, stage.Config(`
resource "terraform_data" "late" {
  input = "removal"
}
resource "iamguard_alert_topic" "test" {
  name       = "alerts"
  rule_names = [terraform_data.late.output]
  subscriptions = {
    queue = {
      protocol             = terraform_data.late.output == "removal" ? "sqs" : "email"
      endpoint             = "`+topicIn(stage, "sqs", "")+`${terraform_data.late.output}"
      filter_policy        = jsonencode({ detail = { eventName = [terraform_data.late.output] } })
      raw_message_delivery = terraform_data.late.output == "removal"
    }
  }
}
`))
	topicSays(t, true, cli.Must(t, "plan"), "+ policy_json = (known after apply)", "+ arn = \""+topicOwnARN(stage)+"\"")
	cli.Apply(t)
	cli.ExpectNoChange(t)
	state := fmt.Sprint(cli.State(t, topicAddress))
	for _, text := range []string{topicIn(stage, "sqs", "removal"), "rule/removal", "raw_message_delivery:true"} {
		if !strings.Contains(state, text) {
			t.Errorf("%q is not in %s", text, state)
		}
	}
}

// A refresh asks for attributes, tags and subscriptions at once, and for each
// subscription; it writes nothing.
func TestTopic_refreshBudget(t *testing.T) {
	t.Parallel()
	stage := providertest.NewStage(t)
	cli := topicApplied(t, stage, stage.Config(topicBody(topicFull(stage))))
	stage.ResetCalls()
	restore := stage.Inject(localaws.Fault{Service: "sns", Kind: localaws.Latency, Latency: 100 * time.Millisecond})
	cli.ExpectNoChange(t)
	restore()
	want := []string{
		"GetSubscriptionAttributes", "GetSubscriptionAttributes", "GetTopicAttributes", "ListSubscriptionsByTopic",
		"ListTagsForResource",
	}
	if names := topicCallsMade(stage); !slices.Equal(names, want) {
		t.Errorf("a refresh makes the calls %v, want %v", names, want)
	}
	if written := stage.Mutations(); len(written) > 0 {
		t.Errorf("a plan without changes wrote %v", written)
	}
	if side := stage.MaxInFlight(); side < 3 {
		t.Errorf("at most %d calls were under way at once, want 3", side)
	}
}

// E-mail alone warns, and says so until it is confirmed; a subscription of somebody
// else's mailbox is a warning before it is confirmed and a difference after.
func TestTopic_mail(t *testing.T) {
	t.Parallel()
	stage := providertest.NewStage(t)
	mail := "    mail = {\n      protocol = \"email\"\n      endpoint = \"security@example.com\"\n    }\n"
	config := func(others string) string {
		return stage.Config(topicBody("  subscriptions = {\n" + mail + others + "  }\n"))
	}
	label := `Alert topic "alerts" (` + stage.ID + `): `
	cli := topicReady(t, stage, config(""))
	topicSays(t, true, cli.Apply(t), label+"e-mail is the only channel")
	code, out := cli.Run(t, "plan", "-detailed-exitcode")
	topicSays(
		t,
		code == 0,
		out,
		label+`the subscription "mail" is not confirmed yet`,
		"SNS sends nothing to email:security@example.com",
	)
	cli.Write(t, config(topicQueue(stage, "pager", "")))
	topicSilent(t, cli.Apply(t), "e-mail is the only channel")
	topicOutside(t, stage).subscribe(t.Context(), "email", "mallory@example.com")
	code, out = cli.Run(t, "plan", "-detailed-exitcode")
	topicSays(t, code == 0, out, label+"somebody has subscribed email:mallory@example.com, not confirmed yet")
	stage.ConfirmSubscriptions()
	code, out = cli.Run(t, "plan", "-detailed-exitcode")
	topicSays(t, code == 2, out, `- "email:mallory@example.com" = {`, "Subscribe by user/mallory")
	topicSilent(t, out, "not confirmed yet")
	cli.Apply(t)
	cli.ExpectNoChange(t)
	// Its own mailbox is taken out while it is not confirmed: nothing can be ended, and nothing differs.
	cli.Write(t, config("    late = {\n      protocol = \"email-json\"\n      endpoint = \"late@example.com\"\n    }\n"))
	cli.Apply(t)
	cli.Write(t, config(""))
	cli.Apply(t)
	topicSays(t, true, cli.Must(t, "plan"), "No changes", "somebody has subscribed email-json:late@example.com")
	cli.Must(t, "destroy", "-auto-approve")
}

// Bad input is an error on its attribute.
func TestTopic_validation(t *testing.T) {
	t.Parallel()
	stage := providertest.NewStage(t)
	server := stage.Server(t, nil)
	with := func(name string, value any) map[string]any { return map[string]any{"name": "alerts", name: value} }
	sub := func(values map[string]any) map[string]any {
		return with("subscriptions", map[string]any{"a": values})
	}
	to := func(protocol, endpoint string) map[string]any {
		return sub(map[string]any{"protocol": protocol, "endpoint": endpoint})
	}
	queue := topicIn(stage, "sqs", "q")
	filtered := func(filter string) map[string]any {
		return sub(map[string]any{"protocol": "sqs", "endpoint": queue, "filter_policy": filter})
	}
	const endpoint, filter, protocol = `AttributeName("subscriptions").ElementKeyString("a").AttributeName("endpoint")`,
		`AttributeName("subscriptions").ElementKeyString("a").AttributeName("filter_policy")`,
		`AttributeName("subscriptions").ElementKeyString("a").AttributeName("protocol")`
	for _, c := range []struct {
		config   map[string]any
		at, says string
	}{
		{map[string]any{"name": "alerts.fifo"}, `AttributeName("name")`, "EventBridge cannot publish to one"},
		{map[string]any{"name": "my alerts"}, `AttributeName("name")`, "letters, digits, _ and -"},
		{map[string]any{"name": strings.Repeat("a", 257)}, `AttributeName("name")`, "1 to 256"},
		{with("display_name", strings.Repeat("a", 101)), `AttributeName("display_name")`, "between 1 and 100"},
		{with("kms_key_id", "alias/aws/sns"), `AttributeName("kms_key_id")`, "its policy does not let EventBridge in"},
		{with("kms_key_id", "arn:aws:kms:eu-central-1:111122223333:alias/aws/sns"), `AttributeName("kms_key_id")`, "a key that AWS"},
		{with("kms_key_id", "my key"), `AttributeName("kms_key_id")`, "is not a key"},
		{with("rule_names", []any{"default/x"}), `AttributeName("rule_names")`, "leave out default/"},
		{with("rule_names", []any{"iam-*"}), `AttributeName("rule_names")`, "no wildcard"},
		{with("rule_names", []any{}), `AttributeName("rule_names")`, "at least 1"},
		{to("http", "http://example.com"), protocol, "use https"},
		{to("firehose", queue), protocol, "make the delivery stream a target"},
		{to("pigeon", queue), protocol, "must be one of"},
		{to("sqs", "https://example.com"), endpoint, "the ARN of a queue"},
		{to("sqs", queue+".fifo"), endpoint, "the ARN of a standard queue"},
		{to("lambda", queue), endpoint, "the ARN of a function"},
		{to("application", queue), endpoint, "the ARN of a platform endpoint"},
		{to("email", "security"), endpoint, "an e-mail address"},
		{to("sms", "555 0100"), endpoint, "a telephone number in international form"},
		{to("https", "http://example.com"), endpoint, "begins with https://"},
		{to("https", "https://u:p@example.com"), endpoint, "without user and password"},
		{filtered("{"), filter, "it is not a JSON object"},
		{filtered("{}"), filter, "1 to 5 keys"},
		{filtered(`{"a":{"b":"c"}}`), filter, "a.b must be a list of values"},
		{filtered(`{"a":[]}`), filter, "nothing would match"},
		{filtered(`{"a":{}}`), filter, "a is empty"},
		{
			sub(map[string]any{"protocol": "email", "endpoint": "a@example.com", "raw_message_delivery": true}),
			`AttributeName("raw_message_delivery")`, "sqs and https only",
		},
		{with("subscriptions", map[string]any{
			"a": map[string]any{"protocol": "sqs", "endpoint": queue}, "b": map[string]any{"protocol": "sqs", "endpoint": queue},
		}), `ElementKeyString("b")`, `"a" and "b" are one subscription`},
		{with("subscriptions", map[string]any{"a": nil}), `AttributeName("subscriptions")`, "Null Map Value"},
	} {
		text := providertest.Text(topicValidated(t, server, c.config))
		if !strings.Contains(text, c.at) || !strings.Contains(text, c.says) {
			t.Errorf("%v says %q, want %q at %s", c.config, text, c.says, c.at)
		}
	}
	// Unknown values are never an error, and neither is what is right.
	for _, config := range []map[string]any{
		{"name": providertest.Unknown},
		with("subscriptions", providertest.Unknown), with("rule_names", providertest.Unknown),
		sub(map[string]any{"protocol": providertest.Unknown, "endpoint": "x", "raw_message_delivery": true}),
		sub(map[string]any{"protocol": "sqs", "endpoint": providertest.Unknown, "filter_policy": providertest.Unknown}),
		with("kms_key_id", "1234abcd-12ab-34cd-56ef-1234567890ab"), with("kms_key_id", "alias/mine"),
		with("kms_key_id", "arn:aws:kms:eu-central-1:111122223333:key/mrk-1234"), with("rule_names", []any{"aws.partner/x/y/rule"}),
		to("application", "arn:aws:sns:eu-central-1:111122223333:endpoint/GCM/app/1"), to("sms", "+15555550100"),
		to("lambda", "arn:aws:lambda:eu-central-1:111122223333:function:f"), to("https", "https://example.com/x?y=z"),
	} {
		if text := providertest.Text(topicValidated(t, server, config)); text != "" {
			t.Errorf("%v is refused: %s", config, text)
		}
	}
}

// A topic in AWS that carries a key that AWS manages can be imported, and the plan
// takes the key away.
func TestTopic_foreignKey(t *testing.T) {
	t.Parallel()
	stage := providertest.NewStage(t)
	o := topicAs(t, stage, "owner")
	o.does(o.sns().CreateTopic(t.Context(), &sns.CreateTopicInput{
		Name: aws.String("alerts"), Attributes: map[string]string{"KmsMasterKeyId": "alias/aws/sns"},
	}))
	cli := topicReady(t, stage, stage.Config(topicBody("")))
	cli.Must(t, "import", topicAddress, "alerts")
	code, out := cli.Run(t, "plan", "-detailed-exitcode")
	topicSays(t, code == 2, out, `- kms_key_id = "alias/aws/sns" -> null`, "~ policy_json")
	cli.Apply(t)
	if document := o.policy(t.Context()); len(document.Statements) != 3 || document.Version != policy.Version2012 {
		t.Errorf("the policy is %s", document)
	}
}
