package alert_test

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	eventtypes "github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/sns"

	"github.com/iamguard/terraform-provider-iamguard/internal/providertest"
)

// A rule that works is healthy, however it is named, and nothing is written.
func TestHealth(t *testing.T) {
	t.Parallel()
	b := newHealthBench(t)
	b.stage.ResetCalls()
	for _, name := range []string{healthRule, "default/" + healthRule, b.ruleARN()} {
		answer := b.ask(map[string]any{"rule": name})
		if !answer.Healthy || answer.Status != "healthy" || answer.ARN != b.ruleARN() || answer.State != "ENABLED" {
			t.Fatalf("%s: %+v", name, answer)
		}
		if len(answer.Targets) != 3 || answer.Targets["logs"].Status != "healthy" || answer.Targets["logs"].Kind != "logs" ||
			len(answer.Targets["sns"].Subscriptions) != 1 || answer.Targets["sns"].Subscriptions[0].Status != "healthy" {
			t.Errorf("the targets are %+v", answer.Targets)
		}
		if answer.Coverage.Alertable == nil || !*answer.Coverage.Alertable || len(answer.Problems)+len(answer.Unknown) > 0 {
			t.Errorf("%+v", answer)
		}
	}
	if changed := b.stage.Mutations(); len(changed) > 0 {
		t.Errorf("reading has written %s", changed[0].Name())
	}
	_, diags := b.stage.Server(t, nil).ReadData(t, healthType, map[string]any{"rule": "other", "region": healthRegion})
	expectHealthText(
		t,
		providertest.Text(diags),
		"Unable to read the health of the alert rule",
		"other",
		"ResourceNotFoundException",
	)
}

// Whoever breaks one link of the chain is told by the code of that link.
func TestHealth_tampered(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		tamper       func(b *healthBench)
		code, target string
		says         string
	}{
		"rule disabled": {func(b *healthBench) {
			b.does(b.events().DisableRule(t.Context(), &eventbridge.DisableRuleInput{Name: aws.String(healthRule)}))
		}, "rule_disabled", "", "aws events enable-rule"},
		"targets removed": {func(b *healthBench) { b.removeTargets("sns", "sqs", "logs") }, "no_target", "", "nobody is told"},
		"trail stopped": {func(b *healthBench) {
			b.does(cloudtrail.NewFromConfig(b.in).StopLogging(t.Context(), &cloudtrail.StopLoggingInput{Name: aws.String("main")}))
		}, "no_trail", "", "Logging of trail main is off"},
		"topic policy cut": {func(b *healthBench) {
			b.setTopic("Policy", b.lets("events.amazonaws.com", "SNS:Publish", b.arn("sns", "alerts"), b.arn("events", "rule/other")))
		}, "target_policy", "sns", `"aws:SourceArn":"arn:aws:events:us-east-1:`},
		"topic denies": {func(b *healthBench) {
			b.setTopic("Policy", `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"events.amazonaws.com"},`+
				`"Action":"sns:Publish","Resource":"*"},{"Effect":"Deny","Principal":"*","Action":"sns:*","Resource":"*"}]}`)
		}, "target_policy", "sns", "Remove or narrow the statement"},
		"topic gone": {func(b *healthBench) {
			b.does(b.sns().DeleteTopic(t.Context(), &sns.DeleteTopicInput{TopicArn: aws.String(b.arn("sns", "alerts"))}))
		}, "target_gone", "sns", "aws sns create-topic"},
		"key disabled": {func(b *healthBench) {
			b.does(b.kms().DisableKey(t.Context(), &kms.DisableKeyInput{KeyId: aws.String(b.key[strings.LastIndex(b.key, "/")+1:])}))
		}, "key", "sns", "aws kms enable-key"},
		"key of AWS": {func(b *healthBench) { b.setTopic("KmsMasterKeyId", "alias/aws/sns") }, "key", "sns", "managed by AWS"},
		"key policy cut": {func(b *healthBench) {
			b.keyLets("sns.amazonaws.com", "")
		}, "key_policy", "sns", "kms:EncryptionContext:aws:sns:topicArn"},
		"key asks for the source": {func(b *healthBench) {
			b.keyLets("events.amazonaws.com", `,"Condition":{"StringEquals":{"aws:SourceAccount":"`+b.stage.ID+`"}}`)
		}, "key_policy", "sns", "kms:GenerateDataKey"},
		"filter on attributes": {func(b *healthBench) {
			b.filter(`{"severity":["high"]}`, "MessageAttributes")
		}, "subscription_filter", "sns", "EventBridge sends none"},
		"filter on the body": {func(b *healthBench) {
			b.filter(`{"detail":{"eventName":["CreateUser"]}}`, "MessageBody")
		}, "subscription_filter", "sns", "keeps 33 of 33 alerts from it"},
		"unsubscribed": {func(b *healthBench) { b.unsubscribe() }, "no_subscription", "sns", "Nobody subscribes"},
		"pending": {func(b *healthBench) {
			b.unsubscribe()
			b.subscribe("email", "security@example.com")
		}, "subscription_pending", "sns", "is confirmed"},
		"subscriber gone": {func(b *healthBench) { b.dropQueue("archive") }, "subscription_endpoint", "sns", "There is no queue"},
		"subscriber's policy": {func(b *healthBench) {
			b.setQueue("archive", "Policy", b.lets("sns.amazonaws.com", "sqs:SendMessage", b.arn("sqs", "archive"), b.arn("sns", "other")))
		}, "subscription_endpoint", "sns", "sns.amazonaws.com"},
		"queue policy changed": {func(b *healthBench) {
			b.setQueue("alerts", "Policy", b.lets("sns.amazonaws.com", "sqs:SendMessage", "*", b.ruleARN()))
		}, "target_policy", "sqs", "sqs:SendMessage"},
		"queue key of AWS": {func(b *healthBench) {
			b.setQueue("alerts", "KmsMasterKeyId", "alias/aws/sqs")
		}, "key", "sqs", "managed by AWS"},
		"queue too small": {func(b *healthBench) {
			b.setQueue("alerts", "MaximumMessageSize", "1024")
		}, "queue_limits", "sqs", "MaximumMessageSize of 1024 bytes"},
		"queue too short": {func(b *healthBench) {
			b.setQueue("alerts", "MessageRetentionPeriod", "60")
		}, "queue_limits", "sqs", "MessageRetentionPeriod of 60 seconds"},
		"queue gone":        {func(b *healthBench) { b.dropQueue("alerts") }, "target_gone", "sqs", "aws sqs create-queue"},
		"dead letters gone": {func(b *healthBench) { b.dropQueue("dead") }, "dead_letter", "sqs", "There is no queue"},
		"log group gone": {func(b *healthBench) {
			b.does(cloudwatchlogs.NewFromConfig(b.in).DeleteLogGroup(t.Context(), &cloudwatchlogs.DeleteLogGroupInput{
				LogGroupName: aws.String("/aws/events/alerts"),
			}))
		}, "target_gone", "logs", "aws logs create-log-group"},
		"log policy cut": {func(b *healthBench) {
			b.logPolicy(b.lets("events.amazonaws.com", "logs:*", "*", b.ruleARN()))
		}, "target_policy", "logs", "delivery.logs.amazonaws.com"},
		"text for a log group": {func(b *healthBench) {
			target := b.target("logs", "alerts")
			target.InputTransformer = &eventtypes.InputTransformer{InputTemplate: aws.String(`"an alert"`)}
			b.put(target)
		}, "target_input", "logs", "timestamp"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newHealthBench(t)
			c.tamper(b)
			answer := b.ask(nil)
			if answer.Healthy || answer.Status != "unhealthy" {
				t.Errorf("the rule is %s", answer.Status)
			}
			found := false
			for _, p := range answer.Problems {
				found = found || p.Code == c.code && p.TargetID == c.target
			}
			text := ""
			for _, p := range answer.Problems {
				text += p.Code + " " + p.TargetID + ": " + p.Message + " FIX " + p.Fix + "\n"
				if p.Fix == "" || p.Message == "" {
					t.Errorf("%s has no message or no fix", p.Code)
				}
			}
			if !found || len(answer.Unknown) > 0 {
				t.Errorf("want %s of %q, found:\n%sunknown: %v", c.code, c.target, text, answer.Unknown)
			}
			expectHealthText(t, text, c.says)
		})
	}
}
