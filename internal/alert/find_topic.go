package alert

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"golang.org/x/sync/errgroup"

	"github.com/iamguard/terraform-provider-iamguard/internal/account"
)

const (
	// What a filter looks at: SNS's default is the attributes of a message.
	topicScopeBody       = "MessageBody"
	topicScopeAttributes = "MessageAttributes"
	// What the list of subscriptions has instead of an ARN.
	topicPending = "PendingConfirmation"
	topicDeleted = "Deleted"
	// topicSubscriptionsAtOnce is how many subscriptions are read side by side.
	topicSubscriptionsAtOnce = 8
)

// topic is an alert topic in AWS. Text that is not there is "".
type alertTopic struct {
	ARN, DisplayName, KMSKey, Policy string
	// Subscriptions are sorted by their id.
	Subscriptions []topicSubscription
	Tags          map[string]string
}

func (t alertTopic) name() string { return t.ARN[strings.LastIndex(t.ARN, ":")+1:] }

// topicSubscription is one subscription. Of a pending one only protocol and endpoint
// are known, and it cannot be changed or ended.
type topicSubscription struct {
	ARN, Protocol, Endpoint, Filter, Scope string
	Raw, Pending                           bool
	// Name is that in the configuration, where it has one.
	Name string
}

// id is what SNS tells the subscriptions of a topic apart by.
func (s topicSubscription) id() string { return s.Protocol + ":" + s.Endpoint }

// scope is that of the filter, which a subscription without one has no use for.
func (s topicSubscription) scope() string {
	if s.Filter == "" {
		return topicScopeBody
	}
	return cmp.Or(s.Scope, topicScopeAttributes)
}

// same tells whether a subscription is as wanted. What is pending cannot be read.
func (s topicSubscription) same(want topicSubscription) bool {
	return s.Pending || s.Raw == want.Raw && s.scope() == want.scope() && topicSameJSON(s.Filter, want.Filter)
}

func byTopicSubscription(a, b topicSubscription) int { return cmp.Compare(a.id(), b.id()) }

// find reads topic, tags and subscriptions, all at once. A topic that is not there is
// account.ErrNotFound, and only GetTopicAttributes has the word on that: another call
// that does not find what it finds is account.ErrNotSettled.
func (c *topicCalls) find(ctx context.Context) (*alertTopic, error) {
	found := &alertTopic{ARN: c.want.ARN, Tags: map[string]string{}}
	var missing error
	var calls errgroup.Group
	calls.Go(func() error {
		missing = c.readAttributes(ctx, found)
		return nil
	})
	calls.Go(func() error { return c.readTags(ctx, found) })
	calls.Go(func() error { return c.readSubscriptions(ctx, found) })
	err := calls.Wait()
	switch {
	case missing != nil:
		return nil, missing
	case errors.Is(err, account.ErrNotFound):
		return nil, fmt.Errorf("%w: the topic is there, but not for every call: %s", account.ErrNotSettled, err.Error())
	case err != nil:
		return nil, err
	}
	return found, nil
}

func (c *topicCalls) readAttributes(ctx context.Context, into *alertTopic) error {
	out, err := c.client.GetTopicAttributes(ctx, &sns.GetTopicAttributesInput{TopicArn: &c.want.ARN})
	if err != nil {
		return err
	}
	into.DisplayName, into.KMSKey = out.Attributes["DisplayName"], out.Attributes["KmsMasterKeyId"]
	into.Policy = out.Attributes["Policy"]
	return nil
}

func (c *topicCalls) readTags(ctx context.Context, into *alertTopic) error {
	out, err := c.client.ListTagsForResource(ctx, &sns.ListTagsForResourceInput{ResourceArn: &c.want.ARN})
	if err != nil {
		return err
	}
	for _, tag := range out.Tags {
		into.Tags[aws.ToString(tag.Key)] = aws.ToString(tag.Value)
	}
	return nil
}

// readSubscriptions reads every page of the list, and then what each subscription has.
func (c *topicCalls) readSubscriptions(ctx context.Context, into *alertTopic) error {
	var listed []topicSubscription
	pages := sns.NewListSubscriptionsByTopicPaginator(c.client, &sns.ListSubscriptionsByTopicInput{TopicArn: &c.want.ARN})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return err
		}
		for _, found := range page.Subscriptions {
			one := topicSubscription{
				ARN: aws.ToString(found.SubscriptionArn), Protocol: aws.ToString(found.Protocol), Endpoint: aws.ToString(found.Endpoint),
			}
			one.Pending = one.ARN == topicPending
			if one.ARN != topicDeleted {
				listed = append(listed, one)
			}
		}
	}
	gone := make([]bool, len(listed))
	calls, ctx := errgroup.WithContext(ctx)
	calls.SetLimit(topicSubscriptionsAtOnce)
	for i := range listed {
		if listed[i].Pending {
			continue
		}
		calls.Go(func() error {
			err := c.readSubscription(ctx, &listed[i])
			if gone[i] = errors.Is(err, account.ErrNotFound); gone[i] {
				return nil
			}
			return err
		})
	}
	if err := calls.Wait(); err != nil {
		return err
	}
	for i, one := range listed {
		if !gone[i] {
			into.Subscriptions = append(into.Subscriptions, one)
		}
	}
	into.Subscriptions = distinctTopicSubscriptions(into.Subscriptions)
	return nil
}

func (c *topicCalls) readSubscription(ctx context.Context, into *topicSubscription) error {
	out, err := c.client.GetSubscriptionAttributes(ctx, &sns.GetSubscriptionAttributesInput{SubscriptionArn: &into.ARN})
	if err != nil {
		return err
	}
	into.Pending = out.Attributes["PendingConfirmation"] == "true"
	into.Raw = out.Attributes["RawMessageDelivery"] == "true"
	if filter := out.Attributes["FilterPolicy"]; !topicSameJSON(filter, noTopicFilter) {
		into.Filter, into.Scope = filter, out.Attributes["FilterPolicyScope"]
	}
	return nil
}

// distinctTopicSubscriptions keeps one of each protocol and endpoint, a confirmed one if
// there is one.
func distinctTopicSubscriptions(listed []topicSubscription) []topicSubscription {
	slices.SortStableFunc(listed, func(a, b topicSubscription) int {
		if a.id() == b.id() && a.Pending != b.Pending {
			return map[bool]int{true: 1, false: -1}[a.Pending]
		}
		return byTopicSubscription(a, b)
	})
	return slices.CompactFunc(listed, func(a, b topicSubscription) bool { return a.id() == b.id() })
}
