package alert_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sns/types"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/iamguard/terraform-provider-iamguard/internal/localaws"
	"github.com/iamguard/terraform-provider-iamguard/internal/policy"
	"github.com/iamguard/terraform-provider-iamguard/internal/providertest"
)

const (
	topicType    = "iamguard_alert_topic"
	topicAddress = topicType + ".test"
)

// topicBody is a topic with more arguments.
func topicBody(arguments string) string {
	return "\nresource \"iamguard_alert_topic\" \"test\" {\n  name = \"alerts\"\n" + arguments + "\n}\n"
}

func topicOwnARN(stage *providertest.Stage) string { return topicIn(stage, "sns", "alerts") }

func topicIn(stage *providertest.Stage, service, resource string) string {
	return "arn:aws:" + service + ":" + providertest.Region + ":" + stage.ID + ":" + resource
}

// topicQueue is a subscription of a queue, with more arguments.
func topicQueue(stage *providertest.Stage, name, arguments string) string {
	return fmt.Sprintf("    %s = {\n      protocol = \"sqs\"\n      endpoint = %q\n%s\n    }\n", name, topicIn(stage, "sqs", name),
		arguments)
}

// topicFull has every argument, but the key.
func topicFull(stage *providertest.Stage) string {
	return `
  display_name = "IAM alerts"
  rule_names   = ["removal", "security/tamper"]
  tags         = { team = "security" }
  subscriptions = {
` + topicQueue(stage, "pager", "") + topicQueue(stage, "archive", "      raw_message_delivery = true\n"+
		"      filter_policy = jsonencode({ detail = { eventName = [\"DeleteUser\"] } })") + "  }\n"
}

// topicOutsider is somebody else in the account, or the eyes of the test.
type topicOutsider struct {
	t      testing.TB
	stage  *providertest.Stage
	config aws.Config
}

func topicAs(tb testing.TB, stage *providertest.Stage, name string) topicOutsider {
	tb.Helper()
	return topicOutsider{t: tb, stage: stage, config: stage.SDK(stage.User(name))}
}

func topicOutside(tb testing.TB, stage *providertest.Stage) topicOutsider {
	tb.Helper()
	return topicAs(tb, stage, "mallory")
}

func (o topicOutsider) sns() *sns.Client { return sns.NewFromConfig(o.config) }

func (o topicOutsider) does(_ any, err error) {
	o.t.Helper()
	if err != nil {
		o.t.Fatalf("a call from outside was refused: %v", err)
	}
}

func (o topicOutsider) set(ctx context.Context, name, value string) {
	o.t.Helper()
	o.does(o.sns().SetTopicAttributes(ctx, &sns.SetTopicAttributesInput{
		TopicArn: aws.String(topicOwnARN(o.stage)), AttributeName: &name, AttributeValue: &value,
	}))
}

// attributes are those of the topic, as the server has them.
func (o topicOutsider) attributes(ctx context.Context) map[string]string {
	o.t.Helper()
	out, err := o.sns().GetTopicAttributes(ctx, &sns.GetTopicAttributesInput{TopicArn: aws.String(topicOwnARN(o.stage))})
	o.does(out, err)
	return out.Attributes
}

func (o topicOutsider) policy(ctx context.Context) policy.Document {
	o.t.Helper()
	document, err := policy.Parse(o.attributes(ctx)["Policy"])
	if err != nil {
		o.t.Fatal(err)
	}
	return document
}

// subscriptions are those of the topic by protocol and endpoint.
func (o topicOutsider) subscriptions(ctx context.Context) map[string]types.Subscription {
	o.t.Helper()
	all := map[string]types.Subscription{}
	pages := sns.NewListSubscriptionsByTopicPaginator(o.sns(), &sns.ListSubscriptionsByTopicInput{
		TopicArn: aws.String(topicOwnARN(o.stage)),
	})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		o.does(page, err)
		for _, one := range page.Subscriptions {
			all[aws.ToString(one.Protocol)+":"+aws.ToString(one.Endpoint)] = one
		}
	}
	return all
}

// queueARN is that of the subscription of a queue.
func (o topicOutsider) queueARN(ctx context.Context, queue string) *string {
	o.t.Helper()
	return o.subscriptions(ctx)["sqs:"+topicIn(o.stage, "sqs", queue)].SubscriptionArn
}

func (o topicOutsider) setSubscription(ctx context.Context, queue, name, value string) {
	o.t.Helper()
	o.does(o.sns().SetSubscriptionAttributes(ctx, &sns.SetSubscriptionAttributesInput{
		SubscriptionArn: o.queueARN(ctx, queue), AttributeName: &name, AttributeValue: &value,
	}))
}

func (o topicOutsider) subscribe(ctx context.Context, protocol, endpoint string) {
	o.t.Helper()
	o.does(o.sns().Subscribe(ctx, &sns.SubscribeInput{
		TopicArn: aws.String(topicOwnARN(o.stage)), Protocol: &protocol, Endpoint: &endpoint,
	}))
}

// topicMadeKey makes a key with a policy.
func topicMadeKey(tb testing.TB, stage *providertest.Stage, region, document string) string {
	tb.Helper()
	o := topicAs(tb, stage, "owner")
	made, err := kms.NewFromConfig(o.config, func(options *kms.Options) { options.Region = region }).
		CreateKey(tb.Context(), &kms.CreateKeyInput{Policy: aws.String(document)})
	o.does(made, err)
	return aws.ToString(made.KeyMetadata.Arn)
}

// topicsLeft are the topics of the account but the one made before.
func topicsLeft(tb testing.TB, stage *providertest.Stage) []string {
	tb.Helper()
	o := topicAs(tb, stage, "owner")
	out, err := o.sns().ListTopics(tb.Context(), &sns.ListTopicsInput{})
	o.does(out, err)
	var names []string
	for _, found := range out.Topics {
		if name := aws.ToString(found.TopicArn); !strings.HasSuffix(name, ":before") {
			names = append(names, name)
		}
	}
	return names
}

func topicReady(t *testing.T, stage *providertest.Stage, config string) *providertest.CLI {
	t.Helper()
	cli := stage.CLI(t)
	cli.Write(t, config)
	cli.Must(t, "init")
	return cli
}

func topicApplied(t *testing.T, stage *providertest.Stage, config string) *providertest.CLI {
	t.Helper()
	cli := topicReady(t, stage, config)
	cli.Apply(t)
	return cli
}

func topicFlat(text string) string {
	return strings.Join(strings.Fields(strings.NewReplacer("│", " ", "╷", " ", "╵", " ").Replace(text)), " ")
}

// topicSays fails the test unless ok, and unless the output holds each text, however
// its lines are broken.
func topicSays(t *testing.T, ok bool, out string, texts ...string) {
	t.Helper()
	flat := topicFlat(out)
	for _, text := range texts {
		if !strings.Contains(flat, topicFlat(text)) {
			t.Errorf("the output does not say %q:\n%s", text, out)
			return
		}
	}
	if !ok {
		t.Errorf("unexpected exit code:\n%s", out)
	}
}

func topicSilent(t *testing.T, out string, texts ...string) {
	t.Helper()
	for _, text := range texts {
		if strings.Contains(topicFlat(out), topicFlat(text)) {
			t.Errorf("%q is in:\n%s", text, out)
		}
	}
}

// topicCallsMade are the calls of Terraform to SNS, by name, sorted.
func topicCallsMade(stage *providertest.Stage) []string {
	var names []string
	admin := stage.Admin().ARN
	for _, call := range stage.Calls(func(call localaws.Call) bool { return call.Service == "sns" && call.Principal == admin }) {
		names = append(names, call.Operation)
	}
	slices.Sort(names)
	return names
}

// topicSubscribed is a subscription of a queue as the state has it, with other attributes.
func topicSubscribed(queue string, others map[string]any) map[string]any {
	all := map[string]any{
		"protocol": "sqs", "endpoint": queue, "filter_policy": nil, "filter_policy_scope": "MessageBody",
		"raw_message_delivery": false,
	}
	maps.Copy(all, others)
	return all
}

// topicValidated checks the configuration of a topic.
func topicValidated(t *testing.T, server *providertest.Server, config map[string]any) []*tfprotov6.Diagnostic {
	t.Helper()
	kind := server.Schemas.ResourceSchemas[topicType].ValueType()
	value, err := tfprotov6.NewDynamicValue(kind, providertest.Value(t, kind, config))
	if err != nil {
		t.Fatal(err)
	}
	resp, err := server.ValidateResourceConfig(t.Context(), &tfprotov6.ValidateResourceConfigRequest{
		TypeName: topicType, Config: &value,
	})
	if err != nil {
		t.Fatal(err)
	}
	return resp.Diagnostics
}
