package localaws_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sns"
)

// A subscription of a mailbox is pending, without an ARN, until its owner confirms it; that of a queue never is.
func TestSNS_confirmation(t *testing.T) {
	t.Parallel()
	a := newBench(t).alarms(region)
	topic := aws.String(a.arn("sns", "alerts"))
	do(t, a.sns.CreateTopic, &sns.CreateTopicInput{Name: aws.String("alerts")})
	subscribe := func(protocol, endpoint string) string {
		t.Helper()
		return *do(t, a.sns.Subscribe, &sns.SubscribeInput{
			TopicArn: topic, Protocol: aws.String(protocol), Endpoint: aws.String(endpoint),
		}).SubscriptionArn
	}
	listed := func(protocol string) string {
		t.Helper()
		for _, one := range do(t, a.sns.ListSubscriptionsByTopic, &sns.ListSubscriptionsByTopicInput{TopicArn: topic}).Subscriptions {
			if *one.Protocol == protocol {
				return *one.SubscriptionArn
			}
		}
		return "none"
	}
	if got := subscribe("sqs", a.arn("sqs", "q")); got != listed("sqs") {
		t.Errorf("the queue is answered as %s and listed as %s", got, listed("sqs"))
	}
	if got := subscribe("email", "a@example.com"); got != "pending confirmation" || listed("email") != "PendingConfirmation" {
		t.Errorf("the mailbox is answered as %s and listed as %s", got, listed("email"))
	}
	pending := aws.String(listed("email"))
	_, err := a.sns.GetSubscriptionAttributes(t.Context(), &sns.GetSubscriptionAttributesInput{SubscriptionArn: pending})
	wantCode(t, err, "InvalidParameter")
	_, err = a.sns.Unsubscribe(t.Context(), &sns.UnsubscribeInput{SubscriptionArn: pending})
	wantCode(t, err, "InvalidParameter")
	a.ConfirmSubscriptions()
	if got := subscribe("email", "a@example.com"); got != listed("email") {
		t.Errorf("the confirmed mailbox is answered as %s and listed as %s", got, listed("email"))
	}
	do(t, a.sns.Unsubscribe, &sns.UnsubscribeInput{SubscriptionArn: aws.String(listed("email"))})
	if got := listed("email"); got != "none" {
		t.Errorf("the mailbox is still listed as %s", got)
	}
}
