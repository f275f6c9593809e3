package alert

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sns/types"

	"github.com/iamguard/terraform-provider-iamguard/internal/account"
	"github.com/iamguard/terraform-provider-iamguard/internal/framework"
	"github.com/iamguard/terraform-provider-iamguard/internal/lifecycle"
	"github.com/iamguard/terraform-provider-iamguard/internal/policy"
)

// noTopicFilter is how SNS is told to filter nothing.
const noTopicFilter = "{}"

var _ lifecycle.Calls[alertTopic] = (*topicCalls)(nil)

// topicCalls are the AWS calls about one topic.
type topicCalls struct {
	client *sns.Client
	pool   *account.Pool
	want   alertTopic
	fresh  bool
}

func topicCallsIn(place framework.Place, want alertTopic) *topicCalls {
	return &topicCalls{client: place.Account.SNS(place.Region), pool: place.Account.Pool(), want: want}
}

// topicSubscriptionError is a refusal that is about one subscription.
type topicSubscriptionError struct {
	subscription topicSubscription
	err          error
}

func (e topicSubscriptionError) Error() string {
	return fmt.Sprintf("the subscription %s: %s", e.subscription.id(), e.err.Error())
}

func (e topicSubscriptionError) Unwrap() error { return e.err }

// Find reads the topic.
func (c *topicCalls) Find(ctx context.Context) (*alertTopic, error) { return c.find(ctx) }

// Create makes the topic with policy, key and tags, so that it never stands open. A
// repeated attempt finds its own topic: SNS answers with it where all is equal.
func (c *topicCalls) Create(ctx context.Context) (*alertTopic, error) {
	attributes := map[string]string{"Policy": c.want.Policy}
	if c.want.DisplayName != "" {
		attributes["DisplayName"] = c.want.DisplayName
	}
	if c.want.KMSKey != "" {
		attributes["KmsMasterKeyId"] = c.want.KMSKey
	}
	name := c.want.name()
	err := c.retry(ctx, func() error {
		_, err := c.client.CreateTopic(ctx, &sns.CreateTopicInput{Name: &name, Attributes: attributes, Tags: topicTags(c.want.Tags)})
		return err
	})
	if err != nil {
		return nil, err
	}
	c.fresh = true
	made := c.want
	made.Subscriptions = nil
	return &made, nil
}

// Configure changes what differs: first what others may do, last what ends channels.
func (c *topicCalls) Configure(ctx context.Context, have alertTopic) error {
	for _, part := range []struct {
		name, value string
		differs     bool
	}{
		{"Policy", c.want.Policy, !policy.Same(have.Policy, c.want.Policy)},
		{"KmsMasterKeyId", c.want.KMSKey, have.KMSKey != c.want.KMSKey},
		{"DisplayName", c.want.DisplayName, have.DisplayName != c.want.DisplayName},
	} {
		if !part.differs {
			continue
		}
		err := c.retry(ctx, func() error {
			_, err := c.client.SetTopicAttributes(ctx, &sns.SetTopicAttributesInput{
				TopicArn: &c.want.ARN, AttributeName: &part.name, AttributeValue: &part.value,
			})
			return err
		})
		if err != nil {
			return err
		}
	}
	if err := c.putTags(ctx, have.Tags); err != nil {
		return err
	}
	return c.putSubscriptions(ctx, have.Subscriptions)
}

// Differences names the attributes that are not as wanted.
func (c *topicCalls) Differences(have alertTopic) []string {
	set, remove := framework.TagChanges(have.Tags, c.want.Tags)
	var names []string
	for _, part := range []struct {
		name    string
		differs bool
	}{
		{"display_name", have.DisplayName != c.want.DisplayName},
		{"kms_key_id", have.KMSKey != c.want.KMSKey},
		{"policy_json", !policy.Same(have.Policy, c.want.Policy)},
		{"subscriptions", !sameTopicSubscriptions(have.Subscriptions, c.want.Subscriptions)},
		{"tags", len(set)+len(remove) > 0},
	} {
		if part.differs {
			names = append(names, part.name)
		}
	}
	return names
}

// Remove deletes the topic and with it its subscriptions.
func (c *topicCalls) Remove(ctx context.Context) error {
	err := c.retry(ctx, func() error {
		_, err := c.client.DeleteTopic(ctx, &sns.DeleteTopicInput{TopicArn: &c.want.ARN})
		return err
	})
	if errors.Is(err, account.ErrNotFound) {
		return nil
	}
	return err
}

func (c *topicCalls) putTags(ctx context.Context, have map[string]string) error {
	set, remove := framework.TagChanges(have, c.want.Tags)
	if len(set) > 0 {
		err := c.retry(ctx, func() error {
			_, err := c.client.TagResource(ctx, &sns.TagResourceInput{ResourceArn: &c.want.ARN, Tags: topicTags(set)})
			return err
		})
		if err != nil {
			return err
		}
	}
	if len(remove) == 0 {
		return nil
	}
	return c.retry(ctx, func() error {
		_, err := c.client.UntagResource(ctx, &sns.UntagResourceInput{ResourceArn: &c.want.ARN, TagKeys: remove})
		return err
	})
}

// putSubscriptions adds and changes before it removes, so that there always is a
// channel. A pending one can be neither changed nor ended.
func (c *topicCalls) putSubscriptions(ctx context.Context, have []topicSubscription) error {
	for _, want := range c.want.Subscriptions {
		current, found := topicSubscriptionLike(have, want)
		put := func() error { return c.subscribe(ctx, want) }
		if found {
			put = func() error { return c.setSubscription(ctx, current, want) }
		}
		if err := c.retry(ctx, put); err != nil {
			return topicSubscriptionError{want, err}
		}
	}
	for _, current := range have {
		if _, wanted := topicSubscriptionLike(c.want.Subscriptions, current); wanted || current.Pending {
			continue
		}
		err := c.retry(ctx, func() error {
			_, err := c.client.Unsubscribe(ctx, &sns.UnsubscribeInput{SubscriptionArn: &current.ARN})
			return err
		})
		if err != nil && !errors.Is(err, account.ErrNotFound) {
			return topicSubscriptionError{current, err}
		}
	}
	return nil
}

func (c *topicCalls) subscribe(ctx context.Context, want topicSubscription) error {
	attributes := map[string]string{}
	if want.Filter != "" {
		attributes["FilterPolicy"], attributes["FilterPolicyScope"] = want.Filter, want.scope()
	}
	if want.Raw {
		attributes["RawMessageDelivery"] = strconv.FormatBool(want.Raw)
	}
	_, err := c.client.Subscribe(ctx, &sns.SubscribeInput{
		TopicArn: &c.want.ARN, Protocol: &want.Protocol, Endpoint: &want.Endpoint, Attributes: attributes,
	})
	return err
}

// setSubscription sets what differs. The scope comes before the filter, which is
// judged by it.
func (c *topicCalls) setSubscription(ctx context.Context, have, want topicSubscription) error {
	if have.same(want) {
		return nil
	}
	filter := want.Filter
	if filter == "" {
		filter = noTopicFilter
	}
	for _, part := range []struct {
		name, value string
		differs     bool
	}{
		{"FilterPolicyScope", want.scope(), want.Filter != "" && (have.Filter == "" || have.scope() != want.scope())},
		{"FilterPolicy", filter, !topicSameJSON(have.Filter, want.Filter)},
		{"RawMessageDelivery", strconv.FormatBool(want.Raw), have.Raw != want.Raw},
	} {
		if !part.differs {
			continue
		}
		_, err := c.client.SetSubscriptionAttributes(ctx, &sns.SetSubscriptionAttributesInput{
			SubscriptionArn: &have.ARN, AttributeName: &part.name, AttributeValue: &part.value,
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// retry waits for another change to end, and for a topic just made to be found.
func (c *topicCalls) retry(ctx context.Context, do func() error) error {
	return c.pool.Retry(ctx, account.PropagationTimeout, func(err error) bool {
		return errors.Is(err, account.ErrConflict) || c.fresh && account.NotYet(err)
	}, do)
}

// sameTopicSubscriptions tells whether nothing is left to do; a foreign one that is pending
// cannot be ended, and counts as nothing.
func sameTopicSubscriptions(have, want []topicSubscription) bool {
	for _, one := range want {
		if current, found := topicSubscriptionLike(have, one); !found || !current.same(one) {
			return false
		}
	}
	return !slices.ContainsFunc(have, func(one topicSubscription) bool {
		_, wanted := topicSubscriptionLike(want, one)
		return !wanted && !one.Pending
	})
}

// topicSubscriptionLike is the one with the same protocol and endpoint.
func topicSubscriptionLike(list []topicSubscription, one topicSubscription) (topicSubscription, bool) {
	at := slices.IndexFunc(list, func(other topicSubscription) bool { return other.id() == one.id() })
	if at < 0 {
		return topicSubscription{}, false
	}
	return list[at], true
}

func topicTags(tags map[string]string) []types.Tag {
	list := make([]types.Tag, 0, len(tags))
	for _, key := range slices.Sorted(maps.Keys(tags)) {
		list = append(list, types.Tag{Key: aws.String(key), Value: aws.String(tags[key])})
	}
	return list
}
