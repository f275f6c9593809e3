package alert_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
)

// A policy that lets EventBridge in, however it is written, is healthy; what depends on
// keys that only AWS knows is unknown, and everything else is not.
func TestHealth_policies(t *testing.T) {
	t.Parallel()
	b := newHealthBench(t)
	topic := b.arn("sns", "alerts")
	allow := func(rest string) string { return `{"Effect":"Allow",` + rest + `}` }
	service := `"Principal":{"Service":["events.amazonaws.com","sns.amazonaws.com"]},"Action":["SNS:*"],"Resource":"*"`
	deny := func(rest string) string { return allow(service) + `,{"Effect":"Deny",` + rest + "}" }
	let := func(condition string) string { return allow(service + `,"Condition":` + condition) }
	for want, variants := range map[string][]string{
		"healthy": {
			allow(service),
			allow(`"Principal":"*","Action":"sns:Pub*","Resource":"arn:aws:sns:*:*:al?rts"`),
			allow(`"Principal":{"AWS":"*"},"Action":"sns:Publish","Resource":"` + topic + `"`),
			allow(`"Principal":{"Service":"events.amazonaws.com"},"NotAction":"sns:DeleteTopic","Resource":"*"`),
			let(`{"ArnLike":{"AWS:SourceArn":"arn:aws:events:*:*:rule/*"}}`),
			let(`{"StringLike":{"aws:SourceArn":"arn:aws:events:*"}}`),
			let(`{"StringEquals":{"aws:SourceAccount":"` + b.stage.ID + `"},"Bool":{"aws:SecureTransport":"true"}}`),
			let(`{"StringNotEquals":{"aws:SourceAccount":"999999999999"}}`),
			deny(`"Principal":"*","Action":"*","Resource":"*","Condition":{"Bool":{"aws:SecureTransport":"false"}}`),
		},
		"unhealthy": {
			allow(`"Principal":{"Service":"events.amazonaws.com"},"Action":"sns:Publish","NotResource":"` + topic + `"`),
			allow(`"Principal":{"Service":"sns.amazonaws.com"},"Action":"sns:Publish","Resource":"*"`),
			let(`{"ArnLike":{"aws:SourceArn":"arn:aws:events:us-east-1:*:rule/other*"}}`),
			let(`{"StringEquals":{"aws:SourceAccount":"999999999999"}}`),
			let(`{"StringEquals":{"AWS:SourceOwner":"` + b.stage.ID + `"}}`),
			let(`{"Null":{"aws:SourceArn":"true"}}`),
			deny(`"Principal":"*","Action":"sns:Publish","Resource":"*"`),
		},
		"unknown": {
			let(`{"ArnLike":{"aws:SourceArn":"arn:aws:events:*"}}`),
			let(`{"StringEquals":{"aws:SourceOrgID":"o-1"}}`),
			let(`{"ForAnyValue:StringEquals":{"aws:SourceAccount":"` + b.stage.ID + `"}}`),
			let(`{"StringEquals":{"aws:SourceAccount":"${aws:PrincipalAccount}"}}`),
			deny(`"Principal":"*","Action":"*","Resource":"*","Condition":{"StringNotEquals":{"aws:SourceOrgID":"o-1"}}`),
		},
	} {
		for _, statements := range variants {
			b.setTopic("Policy", `{"Version":"2012-10-17","Statement":[`+statements+`]}`)
			answer := b.ask(nil)
			if answer.Status != want || answer.Targets["sns"].Status != want {
				t.Errorf("%s is %s: %v %v", statements, answer.Status, answer.Problems, answer.Unknown)
			}
		}
	}
}

// A filter is judged by what the rule sends: its events as they are, or what its target makes of them.
func TestHealth_filters(t *testing.T) {
	t.Parallel()
	b := newHealthBench(t)
	for _, c := range []struct{ filter, scope, template, want string }{
		{`{"severity":[{"exists":false}]}`, "MessageAttributes", "", "healthy"},
		{`{"severity":[{"exists":true}]}`, "MessageAttributes", "", "unhealthy"},
		{`{"source":["aws.iam"],"detail":{"eventSource":[{"prefix":"iam."}]}}`, "MessageBody", "", "healthy"},
		{`{"detail":{"eventName":[{"prefix":"Delete"}]}}`, "MessageBody", "", "unhealthy"},
		{`{"detail":{"userIdentity":{"type":["Root"]}}}`, "MessageBody", "", "unknown"},
		{`{"source":["aws.iam"]}`, "MessageBody", `"Event: <event>"`, "unhealthy"},
		{`{"source":["aws.iam"]}`, "MessageBody", `{"source": "<event>"}`, "unknown"},
	} {
		target := b.target("sns", "alerts")
		if c.template != "" {
			target.InputTransformer = &types.InputTransformer{
				InputTemplate: &c.template, InputPathsMap: map[string]string{"event": "$.detail.eventName"},
			}
		}
		b.put(target)
		b.filter(c.filter, c.scope)
		if answer := b.ask(nil); answer.Status != c.want || answer.Targets["sns"].Subscriptions[0].Status != c.want {
			t.Errorf("%s on %s %s is %s: %v %v", c.filter, c.scope, c.template, answer.Status, answer.Problems, answer.Unknown)
		}
	}
}

// One proven subscriber is enough beside those who have not confirmed and those who
// cannot be looked into; without one the answer is open.
func TestHealth_subscribers(t *testing.T) {
	t.Parallel()
	b := newHealthBench(t)
	b.subscribe("email", "security@example.com")
	b.subscribe("lambda", b.arn("lambda", "function:tell"))
	answer := b.ask(nil)
	if !answer.Healthy || len(answer.Targets["sns"].Subscriptions) != 3 {
		t.Errorf("%+v", answer)
	}
	expectHealthText(
		t,
		strings.Join(answer.Notes, "\n"),
		"security@example.com is not confirmed",
		"function:tell gets messages cannot be read",
	)

	b.unsubscribe()
	answer = b.ask(nil)
	if answer.Status != "unknown" {
		t.Errorf("%+v", answer)
	}
	expectHealthText(t, fmt.Sprint(answer.Unknown), "nobody is proven to get its messages")

	b.stage.ConfirmSubscriptions()
	answer = b.ask(nil)
	if !answer.Healthy {
		t.Errorf("%+v", answer)
	}
	expectHealthText(t, strings.Join(answer.Notes, "\n"), "gets messages cannot be read")
}
