package alert

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/arn"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	snstypes "github.com/aws/aws-sdk-go-v2/service/sns/types"

	"github.com/iamguard/terraform-provider-iamguard/internal/account"
)

// How a subscription can stand beside the three answers.
const (
	healthWaiting = "pending"
	healthDeleted = "deleted"
	// healthOpaque is a subscriber of a kind that cannot be looked into.
	healthOpaque = "opaque"
)

// What SNS says in place of the ARN of a subscription.
const (
	healthPendingARN = "PendingConfirmation"
	healthDeletedARN = "Deleted"
)

// healthTopic checks a topic with its key and its subscriptions. Body is what is known
// of the messages.
func healthTopic(ctx context.Context, sender healthSender, object arn.ARN, body healthBody) (healthFindings, error) {
	var found healthFindings
	id := object.String()
	if strings.HasSuffix(object.Resource, ".fifo") {
		found.problem(healthTargetKind, "EventBridge does not send to a FIFO topic.", "Name a standard topic.")
		return found, nil
	}
	held, err := sender.in.SNS(object.Region).GetTopicAttributes(ctx, &sns.GetTopicAttributesInput{TopicArn: aws.String(id)})
	switch {
	case errors.Is(err, account.ErrNotFound):
		found.problem(healthTargetGone, "There is no topic "+id+".", "aws sns create-topic --region "+object.Region+
			" --name "+object.Resource)
		return found, nil
	case err != nil:
		err = found.denied("the topic "+id, err)
		if err != nil {
			return found, err
		}
	default:
		found.add(healthAllowed(sender, held.Attributes["Policy"], id, healthNeeded(sender, id, "sns:Publish"), healthTargetPolicy))
	}
	rest, err := healthAll(ctx, func(ctx context.Context) (healthFindings, error) {
		if held == nil {
			return healthFindings{}, nil
		}
		return healthKeyOf(ctx, sender, held.Attributes["KmsMasterKeyId"], object)
	}, func(ctx context.Context) (healthFindings, error) {
		return healthSubscribers(ctx, sender, object, body)
	})
	found.add(rest)
	return found, err
}

// healthSubscribers reads every page of the subscriptions, and looks at each.
func healthSubscribers(ctx context.Context, sender healthSender, topic arn.ARN, body healthBody) (healthFindings, error) {
	var found healthFindings
	var all []snstypes.Subscription
	pages := sns.NewListSubscriptionsByTopicPaginator(sender.in.SNS(topic.Region),
		&sns.ListSubscriptionsByTopicInput{TopicArn: aws.String(topic.String())})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if errors.Is(err, account.ErrNotFound) {
			return found, nil // The topic is gone, which is told already.
		}
		if err != nil {
			return found, found.denied("all subscriptions of "+topic.String(), err)
		}
		all = append(all, page.Subscriptions...)
	}
	subscriber := healthSubscriber{
		sender: healthSender{in: sender.in, service: healthTopicService, source: topic.String()}, region: topic.Region, body: body,
	}
	checks := make([]healthCheck, len(all))
	for i, subscription := range all {
		checks[i] = func(ctx context.Context) (healthFindings, error) { return subscriber.check(ctx, subscription) }
	}
	found, err := healthAll(ctx, checks...)
	if err != nil {
		return found, err
	}
	found.anyone(topic.String())
	return found, nil
}

// anyone sums subscriptions up: somebody must get the messages. A pending one, and one
// that cannot be seen into, do no harm beside another that is proven.
func (f *healthFindings) anyone(topic string) {
	status := map[string]int{}
	email := true
	for _, s := range f.Subscriptions {
		status[s.Status]++
		email = email && (s.Status != healthGood || strings.HasPrefix(s.Protocol, "email"))
	}
	if status[healthGood] > 0 {
		if email {
			f.note("E-mail is the only confirmed channel of " + topic + ": whoever holds the mailbox can unsubscribe.")
		}
		return
	}
	subscribe := "aws sns subscribe --topic-arn " + topic + " --protocol email --notification-endpoint <address>"
	switch {
	case f.status() != healthGood: // It is told why of those there are.
	case status[healthWaiting]+status[healthOpaque] == 0:
		f.problem(healthNoSubscriber, "Nobody subscribes to "+topic+".", subscribe)
	case status[healthOpaque] > 0:
		f.doubt("No subscription of " + topic + " is of a kind that can be looked into, so nobody is proven to get its messages.")
	default:
		f.problem(healthPending, fmt.Sprintf("None of the %d subscriptions of %s is confirmed.", status[healthWaiting], topic),
			"Open the link in the confirmation message. To have it sent again: "+subscribe)
	}
}

// healthSubscriber looks at the subscriptions of one topic, which is the sender.
type healthSubscriber struct {
	sender healthSender
	region string
	body   healthBody
}

func (h healthSubscriber) check(ctx context.Context, s snstypes.Subscription) (healthFindings, error) {
	id, protocol, endpoint := aws.ToString(s.SubscriptionArn), aws.ToString(s.Protocol), aws.ToString(s.Endpoint)
	var found healthFindings
	what := "the subscription of " + protocol + " " + endpoint
	is := func(status string) {
		found.Subscriptions = []healthSubscription{{ARN: id, Protocol: protocol, Endpoint: endpoint, Status: status}}
	}
	switch id {
	case healthPendingARN:
		is(healthWaiting)
		found.note(what + " is not confirmed.")
		return found, nil
	case healthDeletedARN:
		is(healthDeleted)
		found.note(what + " is deleted.")
		return found, nil
	}
	held, err := h.sender.in.SNS(h.region).GetSubscriptionAttributes(ctx, &sns.GetSubscriptionAttributesInput{SubscriptionArn: &id})
	switch {
	case errors.Is(err, account.ErrNotFound):
		is(healthDeleted)
		return found, nil
	case err != nil:
		is(healthUnknown)
		return found, found.denied(what, err)
	case held.Attributes["PendingConfirmation"] == "true":
		is(healthWaiting)
		found.note(what + " is not confirmed.")
		return found, nil
	}
	found.filtered(what, id, held.Attributes, h.body)
	if protocol == "sqs" {
		queue, err := healthQueue(ctx, h.sender, endpoint)
		if err != nil {
			return found, err
		}
		queue.as(healthEndpoint, what+": ")
		found.add(queue)
	}
	status := found.status()
	if (protocol == "lambda" || protocol == "firehose" || protocol == "application") && status == healthGood {
		status = healthOpaque
		found.note("Whether " + what + " gets messages cannot be read: this provider does not ask that service.")
	}
	is(status)
	return found, nil
}
