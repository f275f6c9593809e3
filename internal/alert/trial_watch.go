package alert

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/arn"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	cttypes "github.com/aws/aws-sdk-go-v2/service/cloudtrail/types"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/iamguard/terraform-provider-iamguard/internal/account"
	"github.com/iamguard/terraform-provider-iamguard/internal/framework"
)

// trialPeeks is how often a queue is asked in one round: each answer shows ten messages
// at most. They are hidden for trialHidden seconds, so that the next answer shows others;
// the SDK does not send 0, which would mean the time of the queue.
const (
	trialPeeks  = 10
	trialHidden = 1
)

// errTrialUnseen is a canary that has not arrived yet.
var errTrialUnseen = errors.New("the canary has not arrived")

// trialWatch waits for one canary.
type trialWatch struct {
	*trial

	name, event string
	began       time.Time
	// recorded: CloudTrail has the call, whose ID is eventID.
	recorded bool
	eventID  string
	// blind is why CloudTrail cannot be asked.
	blind string
	// places are the targets in which the canary can be seen.
	places []*trialPlace
}

// trialPlace is a target that can be looked into.
type trialPlace struct {
	id   string
	look func(context.Context, *trialWatch) (bool, error)
	seen bool
}

// await waits until the canary is in every target that can be looked into or, where
// there is none, until CloudTrail has it.
func (t *trial) await(
	ctx context.Context, watch trialWatch, targets []types.Target, patience time.Duration, diags *diag.Diagnostics,
) {
	for _, target := range targets {
		watch.watchTarget(ctx, target)
	}
	t.say("Waiting up to %s for %s of %s.", patience, watch.event, watch.name)
	err := t.rule.in.Pool().Retry(ctx, patience, func(err error) bool { return errors.Is(err, errTrialUnseen) }, func() error {
		return watch.look(ctx)
	})
	for _, place := range watch.places {
		if place.seen {
			t.proves("the canary %s arrived in target %s by the rule", watch.name, place.id)
		} else {
			t.leaves("the canary %s was not seen in target %s", watch.name, place.id)
		}
	}
	switch {
	case watch.recorded:
		t.proves("CloudTrail recorded the canary (event %s)", watch.eventID)
	case watch.blind != "":
		t.leaves("whether CloudTrail recorded the canary: %s", watch.blind)
	default:
		t.leaves("CloudTrail does not show the canary yet, which can take 15 minutes")
	}
	if err == nil {
		return
	}
	failure := framework.Failure{
		Summary: "Unable to see the canary of the alert rule arrive", Object: watch.event + " of " + watch.name, Place: t.place,
		Err: err, Outcome: watch.outcome(),
	}
	if errors.Is(err, errTrialUnseen) {
		failure.Advice = "read the data source iamguard_alert_health of the rule, and look for " + watch.name + " later: events can " +
			"take minutes. A longer timeout waits for them."
	}
	framework.Fail(diags, failure)
}

// watchTarget adds a place, or says why the target is none.
func (w *trialWatch) watchTarget(ctx context.Context, target types.Target) {
	id := aws.ToString(target.Id)
	object, err := arn.Parse(aws.ToString(target.Arn))
	if err != nil {
		return
	}
	switch kindOf(object.String()) {
	case queue:
		attributes, err := healthQueueAttributes(ctx, w.rule.in.SQS(object.Region), object)
		switch {
		case err != nil:
			w.leaves("whether the canary arrived in target %s: the queue cannot be read (%s)", id, err)
		case attributes["RedrivePolicy"] != "":
			w.say("Target %s is not looked into: each look counts for its redrive policy. Look for %s there.", id, w.name)
			w.leaves("whether the canary arrived in target %s: looking counts for the redrive policy of the queue", id)
		default:
			w.say("Target %s is looked into. Its messages stay in the queue, but count as received, and each look hides up to ten "+
				"of them for a second.", id)
			w.places = append(w.places, &trialPlace{id: id, look: trialInQueue(object)})
		}
	case logGroup:
		w.places = append(w.places, &trialPlace{id: id, look: trialInLogs(object)})
	default:
		w.say("What arrives at target %s (%s) cannot be read. Look for %s there.", id, object, w.name)
		w.leaves("whether the canary arrived in target %s: a person has to look for %s", id, w.name)
	}
}

// look looks everywhere once.
func (w *trialWatch) look(ctx context.Context) error {
	if err := w.lookUp(ctx); err != nil {
		return err
	}
	for _, place := range w.places {
		if place.seen {
			continue
		}
		seen, err := place.look(ctx, w)
		if err != nil {
			return fmt.Errorf("looking into target %s: %w", place.id, err)
		}
		place.seen = seen
		if seen {
			w.say("The canary %s arrived in target %s.", w.name, place.id)
		}
	}
	unseen := slices.ContainsFunc(w.places, func(place *trialPlace) bool { return !place.seen })
	if unseen || len(w.places) == 0 && !w.recorded {
		return errTrialUnseen
	}
	return nil
}

// lookUp asks CloudTrail for the call.
func (w *trialWatch) lookUp(ctx context.Context) error {
	if w.recorded || w.blind != "" {
		return nil
	}
	region, err := w.rule.in.EventRegion("iam")
	if err != nil {
		w.blind = err.Error()
		return nil //nolint:nilerr // it is told in the summary
	}
	out, err := w.rule.in.CloudTrail(region).LookupEvents(ctx, &cloudtrail.LookupEventsInput{
		StartTime: aws.Time(w.began.Add(-time.Minute)), LookupAttributes: []cttypes.LookupAttribute{
			{AttributeKey: cttypes.LookupAttributeKeyEventName, AttributeValue: &w.event},
		},
	})
	switch {
	case errors.Is(err, account.ErrDenied):
		w.blind = account.AsError(err).Action() + " is denied"
		return nil
	case err != nil:
		return err
	}
	for _, event := range out.Events {
		if strings.Contains(aws.ToString(event.CloudTrailEvent), w.name) {
			w.recorded, w.eventID = true, aws.ToString(event.EventId)
			w.say("CloudTrail has recorded %s of %s as event %s.", w.event, w.name, w.eventID)
		}
	}
	return nil
}

// isCanary tells whether a text is about the canary.
func (w *trialWatch) isCanary(text string) bool {
	return strings.Contains(text, w.name) || w.eventID != "" && strings.Contains(text, w.eventID)
}

// trialInQueue looks at messages without taking them: they are visible to everybody again at once.
func trialInQueue(object arn.ARN) func(context.Context, *trialWatch) (bool, error) {
	return func(ctx context.Context, w *trialWatch) (bool, error) {
		client := w.rule.in.SQS(object.Region)
		at, err := client.GetQueueUrl(ctx, &sqs.GetQueueUrlInput{
			QueueName: aws.String(object.Resource), QueueOwnerAWSAccountId: aws.String(object.AccountID),
		})
		if err != nil {
			return false, err
		}
		for range trialPeeks {
			out, err := client.ReceiveMessage(ctx, &sqs.ReceiveMessageInput{
				QueueUrl: at.QueueUrl, MaxNumberOfMessages: 10, VisibilityTimeout: trialHidden,
			})
			if err != nil {
				return false, err
			}
			if slices.ContainsFunc(out.Messages, func(m sqstypes.Message) bool { return w.isCanary(aws.ToString(m.Body)) }) {
				return true, nil
			}
			if len(out.Messages) == 0 {
				break
			}
		}
		return false, nil
	}
}

// trialInLogs searches a log group for the name of the canary.
func trialInLogs(object arn.ARN) func(context.Context, *trialWatch) (bool, error) {
	return func(ctx context.Context, w *trialWatch) (bool, error) {
		pages := cloudwatchlogs.NewFilterLogEventsPaginator(w.rule.in.Logs(object.Region), &cloudwatchlogs.FilterLogEventsInput{
			LogGroupName: aws.String(healthLogGroupName(object)), FilterPattern: aws.String(`"` + w.name + `"`),
			StartTime: aws.Int64(w.began.Add(-time.Minute).UnixMilli()),
		})
		for pages.HasMorePages() {
			page, err := pages.NextPage(ctx)
			if err != nil {
				return false, err
			}
			for _, event := range page.Events {
				if w.isCanary(aws.ToString(event.Message)) {
					return true, nil
				}
			}
		}
		return false, nil
	}
}

// outcome says what was seen, for the error.
func (w *trialWatch) outcome() string {
	parts := []string{"CloudTrail does not show the call."}
	switch {
	case w.recorded:
		parts[0] = "CloudTrail recorded the call as event " + w.eventID + "."
	case w.blind != "":
		parts[0] = "CloudTrail could not be asked: " + framework.Escape(w.blind) + "."
	}
	for _, place := range w.places {
		state := "did not arrive"
		if place.seen {
			state = "arrived"
		}
		parts = append(parts, fmt.Sprintf("It %s in target %s.", state, framework.Escape(place.id)))
	}
	if len(w.places) == 0 {
		parts = append(parts, "No target can be looked into.")
	}
	return strings.Join(parts, " ")
}
