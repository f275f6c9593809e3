package alert

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"golang.org/x/sync/errgroup"

	"github.com/iamguard/terraform-provider-iamguard/internal/account"
	"github.com/iamguard/terraform-provider-iamguard/internal/events"
	"github.com/iamguard/terraform-provider-iamguard/internal/framework"
)

// maxTargets is how many targets a rule has at most.
const maxTargets = 5

// rule is an EventBridge rule with its targets by ID. Text that AWS leaves out is "".
type rule struct {
	Name, Bus, ARN, Description, State, Pattern string
	// ManagedBy is the AWS service that keeps the rule, if one does.
	ManagedBy string
	Targets   map[string]target
	Tags      map[string]string
}

// target is where a rule sends an event.
type target struct {
	ARN, Role, DeadLetter, Group string
	Age, Attempts                *int64
	// Message is nil where the target gets the whole event.
	Message *message
	// Foreign names an input that is neither, and other settings that we never make.
	Foreign string
}

// errManaged is a rule that an AWS service keeps.
var errManaged = errors.New("an AWS service keeps this rule itself")

// ruleCalls are the calls for one rule.
type ruleCalls struct {
	place  framework.Place
	client *eventbridge.Client
	want   rule
	// trail is what has to feed the rule before it is written; nil for nothing.
	trail func(context.Context) error
	// fresh says that the rule was just made, so that AWS may not find it yet.
	fresh bool
}

// Find reads the rule, its targets and its tags. Only DescribeRule's word counts for
// whether it is there.
func (c *ruleCalls) Find(ctx context.Context) (*rule, error) {
	have, targets := &rule{}, map[string]target{}
	var missing, unlisted error
	calls, callsCtx := errgroup.WithContext(ctx)
	calls.Go(func() error {
		missing = c.describe(callsCtx, have)
		if missing != nil {
			return missing
		}
		var err error
		have.Tags, err = c.tags(callsCtx, have.ARN)
		return err
	})
	calls.Go(func() error {
		targets, unlisted = c.targets(callsCtx)
		if errors.Is(unlisted, account.ErrNotFound) {
			return nil
		}
		return unlisted
	})
	err := calls.Wait()
	have.Targets = targets
	switch {
	case missing != nil && !errors.Is(missing, context.Canceled):
		return nil, missing
	case err == nil && unlisted == nil:
		return have, nil
	case err == nil || errors.Is(err, account.ErrNotFound):
		return nil, fmt.Errorf("%w: the rule is there, but not for every call", account.ErrNotSettled)
	}
	return nil, err
}

func (c *ruleCalls) describe(ctx context.Context, into *rule) error {
	out, err := c.client.DescribeRule(ctx, &eventbridge.DescribeRuleInput{
		Name: aws.String(c.want.Name), EventBusName: aws.String(c.want.Bus),
	})
	if err != nil {
		return err
	}
	into.Name, into.Bus, into.ARN = aws.ToString(out.Name), busOf(aws.ToString(out.EventBusName)), aws.ToString(out.Arn)
	into.Description, into.Pattern = aws.ToString(out.Description), aws.ToString(out.EventPattern)
	into.State, into.ManagedBy = string(out.State), aws.ToString(out.ManagedBy)
	if into.ManagedBy != "" {
		return fmt.Errorf("%w: %s", errManaged, into.ManagedBy)
	}
	return nil
}

func busOf(name string) string {
	if name == "" {
		return defaultBus
	}
	if _, after, isARN := strings.Cut(name, ":event-bus/"); isARN {
		return after
	}
	return name
}

// targets reads every page.
func (c *ruleCalls) targets(ctx context.Context) (map[string]target, error) {
	found, next := map[string]target{}, (*string)(nil)
	for {
		page, err := c.client.ListTargetsByRule(ctx, &eventbridge.ListTargetsByRuleInput{
			Rule: aws.String(c.want.Name), EventBusName: aws.String(c.want.Bus), NextToken: next,
		})
		if err != nil {
			return nil, err
		}
		for _, one := range page.Targets {
			found[aws.ToString(one.Id)] = targetFrom(one)
		}
		if next = page.NextToken; aws.ToString(next) == "" {
			return found, nil
		}
	}
}

func (c *ruleCalls) tags(ctx context.Context, arn string) (map[string]string, error) {
	out, err := c.client.ListTagsForResource(ctx, &eventbridge.ListTagsForResourceInput{ResourceARN: aws.String(arn)})
	if err != nil {
		return nil, err
	}
	tags := map[string]string{}
	for _, tag := range out.Tags {
		tags[aws.ToString(tag.Key)] = aws.ToString(tag.Value)
	}
	return tags, nil
}

// Create makes the rule without its targets. Tags can be set here only: later PutRule
// ignores them.
func (c *ruleCalls) Create(ctx context.Context) (*rule, error) {
	if err := c.fed(ctx); err != nil {
		return nil, err
	}
	arn, err := c.put(ctx, tagList(c.want.Tags))
	if err != nil {
		return nil, err
	}
	c.fresh = true
	made := c.want
	made.ARN, made.Targets = arn, map[string]target{}
	return &made, nil
}

// put writes everything: PutRule sets back what is left out.
func (c *ruleCalls) put(ctx context.Context, tags []types.Tag) (string, error) {
	var arn string
	err := c.retry(ctx, func() error {
		out, err := c.client.PutRule(ctx, &eventbridge.PutRuleInput{
			Name: aws.String(c.want.Name), EventBusName: aws.String(c.want.Bus), Description: aws.String(c.want.Description),
			EventPattern: aws.String(c.want.Pattern), State: types.RuleState(c.want.State), Tags: tags,
		})
		if err == nil {
			arn = aws.ToString(out.RuleArn)
		}
		return err
	})
	return arn, err
}

// Configure puts right what differs: the rule itself, its targets, its tags.
func (c *ruleCalls) Configure(ctx context.Context, have rule) error {
	if !c.fresh {
		if err := c.fed(ctx); err != nil {
			return err
		}
	}
	if len(ruleDifferences(have, c.want)) > 0 {
		if _, err := c.put(ctx, nil); err != nil {
			return err
		}
	}
	if err := c.reach(ctx, have.Targets); err != nil {
		return err
	}
	set, remove := framework.TagChanges(have.Tags, c.want.Tags)
	if len(set) > 0 {
		if err := c.retry(ctx, func() error {
			_, err := c.client.TagResource(ctx, &eventbridge.TagResourceInput{ResourceARN: aws.String(have.ARN), Tags: tagList(set)})
			return err
		}); err != nil {
			return err
		}
	}
	if len(remove) == 0 {
		return nil
	}
	return c.retry(ctx, func() error {
		_, err := c.client.UntagResource(ctx, &eventbridge.UntagResourceInput{ResourceARN: aws.String(have.ARN), TagKeys: remove})
		return err
	})
}

// fed waits, bounded, for a trail that feeds the rule, where one is required.
func (c *ruleCalls) fed(ctx context.Context) error {
	if c.trail == nil {
		return nil
	}
	return c.place.Account.Pool().Retry(ctx, account.PropagationTimeout,
		func(err error) bool { return errors.Is(err, errUnfed) }, func() error { return c.trail(ctx) })
}

// ruleDifferences are those that PutRule puts right.
func ruleDifferences(have, want rule) []string {
	var names []string
	for _, part := range []struct {
		name    string
		differs bool
	}{
		{"description", have.Description != want.Description},
		{"state", have.State != want.State},
		{"event_pattern_json", !events.SamePattern(have.Pattern, want.Pattern)},
	} {
		if part.differs {
			names = append(names, part.name)
		}
	}
	return names
}

// Differences names what differs from what is wanted, each target of its own.
func (c *ruleCalls) Differences(have rule) []string {
	names := ruleDifferences(have, c.want)
	for _, id := range slices.Sorted(maps.Keys(have.Targets)) {
		if want, wanted := c.want.Targets[id]; !wanted || !want.same(have.Targets[id]) {
			names = append(names, fmt.Sprintf("target[%q]", id))
		}
	}
	for _, id := range slices.Sorted(maps.Keys(c.want.Targets)) {
		if _, there := have.Targets[id]; !there {
			names = append(names, fmt.Sprintf("target[%q]", id))
		}
	}
	if set, remove := framework.TagChanges(have.Tags, c.want.Tags); len(set)+len(remove) > 0 {
		names = append(names, "tags_all")
	}
	return names
}

// retry waits for another change to end, and for a rule just made to be found.
func (c *ruleCalls) retry(ctx context.Context, do func() error) error {
	return c.place.Account.Pool().Retry(ctx, account.PropagationTimeout, func(err error) bool {
		return errors.Is(err, account.ErrConflict) || c.fresh && account.NotYet(err)
	}, do)
}

func tagList(tags map[string]string) []types.Tag {
	list := make([]types.Tag, 0, len(tags))
	for _, key := range slices.Sorted(maps.Keys(tags)) {
		list = append(list, types.Tag{Key: aws.String(key), Value: aws.String(tags[key])})
	}
	return list
}

// ownerOf tells by its tags whose an object is.
func ownerOf(tags map[string]string) string {
	if len(tags) == 0 {
		return " and has no tags that tell whose it is"
	}
	parts := make([]string, 0, len(tags))
	for _, key := range slices.Sorted(maps.Keys(tags)) {
		parts = append(parts, key+"="+tags[key])
	}
	return ", with the tags " + strings.Join(parts, ", ")
}
