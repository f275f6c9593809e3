package alert

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sns/types"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/list/schema"
	"golang.org/x/sync/errgroup"

	"github.com/iamguard/terraform-provider-iamguard/internal/account"
	"github.com/iamguard/terraform-provider-iamguard/internal/framework"
	"github.com/iamguard/terraform-provider-iamguard/internal/policy"
)

var _ list.ListResourceWithConfigure = (*TopicListResource)(nil)

// topicsAtOnce is how many policies of topics are read side by side.
const topicsAtOnce = 8

// NewTopicListResource lists iamguard_alert_topic.
func NewTopicListResource() list.ListResource {
	return &TopicListResource{ListBase: framework.ListBase{Base: framework.Base{Noun: "alert_topic"}}}
}

// TopicListResource finds the topics of a region that EventBridge may publish to.
type TopicListResource struct{ framework.ListBase }

// ListResourceConfigSchema is account and region.
func (l *TopicListResource) ListResourceConfigSchema(
	_ context.Context, _ list.ListResourceSchemaRequest, resp *list.ListResourceSchemaResponse,
) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Lists the standard topics of an account and region whose policy allows `events.amazonaws.com`, by that " +
			"name, to publish. The policy of every topic in the region is read for that. A topic whose policy the role may not read is " +
			"left out with a warning that names it; where the role may read none at all, the list is an error.",
		Attributes: framework.ListAttributes(true),
	}
}

// List answers the topics in the order in which AWS does.
func (l *TopicListResource) List(ctx context.Context, req list.ListRequest, stream *list.ListResultsStream) {
	framework.Listing{Key: "arn", Regional: true, Find: findTopics, Read: topicGuardrail.Show}.List(ctx, l.Pool, req, stream)
}

// findTopics reads the list of topics page by page, and judges those of a page before
// it asks for the next.
func findTopics(ctx context.Context, place framework.Place, diags *diag.Diagnostics) iter.Seq[framework.Listed] {
	return func(yield func(framework.Listed) bool) {
		judge := topicJudge{place: place}
		if err := judge.walk(ctx, yield); err != nil {
			framework.Fail(diags, framework.Failure{Summary: "Unable to list the alert topics", Place: place, Err: err})
			return
		}
		judge.warn(diags)
	}
}

// topicJudge tells the topics that EventBridge may publish to from the others.
type topicJudge struct {
	place framework.Place
	// read is how many policies could be read; unread are the topics whose policy the
	// role may not read, and denial is what AWS said to the last of them.
	read   int
	unread []string
	denial error
}

// walk yields topics while somebody wants more.
func (j *topicJudge) walk(ctx context.Context, yield func(framework.Listed) bool) error {
	pages := sns.NewListTopicsPaginator(j.place.Account.SNS(j.place.Region), &sns.ListTopicsInput{})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return err
		}
		kept, err := j.keep(ctx, page.Topics)
		if err != nil {
			return err
		}
		for _, arn := range kept {
			name := alertTopic{ARN: arn}.name()
			if !yield(framework.Listed{Title: name, Known: map[string]string{"name": name, "arn": arn}}) {
				return nil
			}
		}
	}
	if j.read == 0 {
		return j.denial
	}
	return nil
}

// keep reads the policies of some topics side by side.
func (j *topicJudge) keep(ctx context.Context, topics []types.Topic) ([]string, error) {
	policies, denials := make([]*string, len(topics)), make([]error, len(topics))
	calls, ctx := errgroup.WithContext(ctx)
	calls.SetLimit(topicsAtOnce)
	for i, listed := range topics {
		if strings.HasSuffix(aws.ToString(listed.TopicArn), ".fifo") {
			continue
		}
		calls.Go(func() error {
			found := alertTopic{}
			err := topicCallsIn(j.place, alertTopic{ARN: aws.ToString(listed.TopicArn)}).readAttributes(ctx, &found)
			switch {
			case err == nil:
				policies[i] = &found.Policy
			case errors.Is(err, account.ErrDenied):
				denials[i] = err
			case !errors.Is(err, account.ErrNotFound):
				return err
			}
			return nil
		})
	}
	if err := calls.Wait(); err != nil {
		return nil, err
	}
	var kept []string
	for i, listed := range topics {
		switch {
		case denials[i] != nil:
			j.unread, j.denial = append(j.unread, aws.ToString(listed.TopicArn)), denials[i]
		case policies[i] != nil:
			j.read++
			if topicTakesEvents(*policies[i]) {
				kept = append(kept, aws.ToString(listed.TopicArn))
			}
		}
	}
	return kept, nil
}

// warn names each topic that may be an alert topic and is not listed.
func (j *topicJudge) warn(diags *diag.Diagnostics) {
	for _, arn := range j.unread {
		framework.Warn(diags, fmt.Sprintf("Topic %q (%s)", alertTopic{ARN: arn}.name(), j.place.Account.ID),
			"left out, its policy cannot be read", "EventBridge may be allowed to publish to it. Allow the action "+
				"sns:GetTopicAttributes on it to the role that runs Terraform; a policy of the organization can deny it too.")
	}
}

// topicTakesEvents tells whether a policy allows EventBridge, by its name, to
// publish. One that cannot be understood counts as one that does: better one topic too
// many.
func topicTakesEvents(text string) bool {
	if text == "" {
		return false
	}
	document, err := policy.Parse(text)
	if err != nil {
		return true
	}
	return slices.ContainsFunc(document.Statements, func(s policy.Statement) bool {
		return s.Effect == policy.Allow && slices.Contains(s.Principal[policy.PrincipalService], eventBridgeService) &&
			(len(s.NotAction) > 0 || slices.ContainsFunc(s.Action, func(pattern string) bool {
				return policy.MatchWildcard(strings.ToLower(pattern), "sns:publish")
			}))
	})
}
