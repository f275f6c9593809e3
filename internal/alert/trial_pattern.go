package alert

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"golang.org/x/sync/errgroup"

	"github.com/iamguard/terraform-provider-iamguard/internal/events"
	"github.com/iamguard/terraform-provider-iamguard/internal/framework"
)

// trialAtOnce is how many samples EventBridge is asked about side by side.
const trialAtOnce = 4

func trialList(sentences []string) string {
	if len(sentences) == 0 {
		return "nothing"
	}
	return strings.Join(sentences, "; ")
}

// tryPattern asks EventBridge's own matcher, because nobody can put an event of AWS on
// a bus.
func (t *trial) tryPattern(ctx context.Context, diags *diag.Diagnostics) {
	if t.rule.text == "" {
		t.leaves("the rule has no pattern, so no event fires it")
		return
	}
	pattern, err := events.ParsePattern([]byte(t.rule.text))
	if err != nil {
		t.leaves("which events the pattern matches: it cannot be understood here (%s)", err)
		return
	}
	t.rule.pattern = pattern
	selected := events.Catalog().Matching(pattern, t.rule.in.ID, t.rule.region)
	if len(selected) == 0 {
		t.say("The pattern of %s matches no event of the catalogue as such; it may ask for an actor or for parameters.", t.rule.name)
		t.leaves("which events the pattern matches: it selects none of the catalogue")
		return
	}
	t.say("Asking EventBridge whether the pattern matches a sample of each of %d events.", len(selected))
	refused, err := t.refused(ctx, selected)
	switch {
	case err != nil:
		framework.Fail(diags, framework.Failure{
			Summary: "Unable to test the pattern of the alert rule", Object: t.rule.arn, Place: t.place, Err: err,
		})
	case len(refused) > 0:
		framework.Fail(diags, framework.Failure{
			Summary: "Unable to confirm the pattern of the alert rule", Object: t.rule.arn, Place: t.place,
			Err: fmt.Errorf("EventBridge does not match samples that the pattern should match, of %d events out of %d: %s",
				len(refused), len(selected), strings.Join(refused, ", ")),
		})
	default:
		t.proves("EventBridge's matcher takes samples of all %d selected events (%s)", len(selected), named(selected))
	}
}

// refused are the IDs of the events whose sample EventBridge does not match.
func (t *trial) refused(ctx context.Context, selected []events.Event) ([]string, error) {
	matched := make([]bool, len(selected))
	calls, ctx := errgroup.WithContext(ctx)
	calls.SetLimit(trialAtOnce)
	for i, event := range selected {
		calls.Go(func() error {
			out, err := t.rule.in.EventBridge(t.rule.region).TestEventPattern(ctx, &eventbridge.TestEventPatternInput{
				EventPattern: aws.String(t.rule.text), Event: aws.String(string(event.Sample(t.rule.in.ID, t.rule.region))),
			})
			if err == nil {
				matched[i] = out.Result
			}
			return err
		})
	}
	if err := calls.Wait(); err != nil {
		return nil, err
	}
	var refused []string
	for i, event := range selected {
		if !matched[i] {
			refused = append(refused, event.ID)
		}
	}
	return refused, nil
}

// wouldMatch tells whether the rule matches a call that is made here, by this caller.
func (t *trial) wouldMatch(event events.Event, parameters map[string]any) bool {
	var sample map[string]any
	if t.rule.pattern == nil || json.Unmarshal(event.Sample(t.rule.in.ID, t.rule.region), &sample) != nil {
		return false
	}
	detail, ok := sample["detail"].(map[string]any)
	if !ok {
		return false
	}
	detail["requestParameters"] = parameters
	if t.rule.in.CallerARN != "" {
		detail["userIdentity"] = map[string]any{"arn": t.rule.in.CallerARN, "accountId": t.rule.in.ID}
	}
	text, err := json.Marshal(sample)
	if err != nil {
		return false
	}
	matches, err := t.rule.pattern.Match(text)
	return err == nil && matches
}
