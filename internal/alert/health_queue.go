package alert

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/arn"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/iamguard/terraform-provider-iamguard/internal/account"
)

// healthARN reads the ARN of a service's object; "" is any service.
func healthARN(text, service string) (arn.ARN, bool) {
	object, err := arn.Parse(text)
	return object, err == nil && (service == "" || object.Service == service)
}

// healthQueue checks a queue that a sender is to put messages into.
func healthQueue(ctx context.Context, sender healthSender, id string) (healthFindings, error) {
	var found healthFindings
	object, ok := healthARN(id, "sqs")
	if !ok {
		found.problem(healthTargetGone, id+" is not the ARN of a queue.", "Name the ARN of a queue.")
		return found, nil
	}
	client := sender.in.SQS(object.Region)
	attributes, err := healthQueueAttributes(ctx, client, object)
	switch {
	case errors.Is(err, account.ErrNotFound) && sender.foreign(object):
		found.doubt("SQS shows no queue " + id + ", which is gone, or account " + object.AccountID + " does not show it to this one.")
		return found, nil
	case errors.Is(err, account.ErrNotFound):
		found.problem(healthTargetGone, "There is no queue "+id+".", "aws sqs create-queue --region "+object.Region+
			" --queue-name "+object.Resource)
		return found, nil
	case err != nil:
		return found, found.denied("the queue "+id, err)
	}
	found.add(healthLimits(attributes, id))
	found.add(healthAllowed(sender, attributes["Policy"], id, healthNeeded(sender, id, "sqs:SendMessage"), healthTargetPolicy))
	key, err := healthKeyOf(ctx, sender, attributes["KmsMasterKeyId"], object)
	found.add(key)
	return found, err
}

// Limits of a queue below which alerts are lost: a record can have 256 KB, and is mostly
// far below 64; nobody reads a queue more often than once an hour for certain.
const (
	healthLeastSize      = 64 << 10
	healthLeastRetention = 3600
)

// healthLimits judges what a queue takes, and for how long it keeps it.
func healthLimits(attributes map[string]string, id string) healthFindings {
	var found healthFindings
	for _, limit := range []struct {
		attribute, unit string
		least           int
	}{{"MaximumMessageSize", "bytes", healthLeastSize}, {"MessageRetentionPeriod", "seconds", healthLeastRetention}} {
		value, err := strconv.Atoi(attributes[limit.attribute])
		if err == nil && value < limit.least {
			found.problem(healthQueueLimits, fmt.Sprintf("The queue %s has a %s of %d %s, in which alerts are lost.",
				id, limit.attribute, value, limit.unit), fmt.Sprintf("Set %s to at least %d.", limit.attribute, limit.least))
		}
	}
	return found
}

// healthQueueAttributes are all attributes of a queue, whose URL only SQS knows. A queue
// of that name with another ARN is not the one.
func healthQueueAttributes(ctx context.Context, client *sqs.Client, object arn.ARN) (map[string]string, error) {
	url, err := client.GetQueueUrl(ctx, &sqs.GetQueueUrlInput{
		QueueName: aws.String(object.Resource), QueueOwnerAWSAccountId: aws.String(object.AccountID),
	})
	if err != nil {
		return nil, err
	}
	held, err := client.GetQueueAttributes(ctx, &sqs.GetQueueAttributesInput{
		QueueUrl: url.QueueUrl, AttributeNames: []types.QueueAttributeName{types.QueueAttributeNameAll},
	})
	if err != nil {
		return nil, err
	}
	if held.Attributes["QueueArn"] != object.String() {
		return nil, fmt.Errorf("%w: SQS answers for %s", account.ErrNotFound, held.Attributes["QueueArn"])
	}
	return held.Attributes, nil
}

// healthDeadLetters checks the queue for what a target does not take.
func healthDeadLetters(ctx context.Context, sender healthSender, id, region string) (healthFindings, error) {
	var found healthFindings
	if id == "" {
		found.note("It has no dead-letter queue: what it does not take in 24 hours is lost.")
		return found, nil
	}
	object, ok := healthARN(id, "sqs")
	switch {
	case !ok || strings.HasSuffix(object.Resource, ".fifo"):
		found.problem(healthDeadLetter, "The dead-letter queue "+id+" is not a standard queue.", "Name the ARN of a standard queue.")
		return found, nil
	case object.Region != region:
		found.problem(healthDeadLetter, "The dead-letter queue "+id+" is not in the region of the rule, "+region+".",
			"Name a queue in "+region+".")
		return found, nil
	}
	found, err := healthQueue(ctx, sender, id)
	found.as(healthDeadLetter, "Dead-letter queue: ")
	return found, err
}
