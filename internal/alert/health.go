package alert

import (
	"context"
	"errors"

	"github.com/aws/aws-sdk-go-v2/aws/arn"
	"golang.org/x/sync/errgroup"

	"github.com/iamguard/terraform-provider-iamguard/internal/account"
)

// The three answers about a rule, and about each of its targets.
const (
	healthGood    = "healthy"
	healthBad     = "unhealthy"
	healthUnknown = "unknown"
)

// The codes of problems, from the rule to the last subscriber.
const (
	healthDisabled     = "rule_disabled"
	healthNoPattern    = "no_pattern"
	healthNoTarget     = "no_target"
	healthRegion       = "region"
	healthNoTrail      = "no_trail"
	healthTargetRegion = "target_region"
	healthTargetGone   = "target_gone"
	healthTargetPolicy = "target_policy"
	healthTargetKind   = "target_kind"
	healthTargetInput  = "target_input"
	healthTargetRole   = "target_role"
	healthKey          = "key"
	healthKeyPolicy    = "key_policy"
	healthNoSubscriber = "no_subscription"
	healthPending      = "subscription_pending"
	healthFilter       = "subscription_filter"
	healthEndpoint     = "subscription_endpoint"
	healthMessageGroup = "message_group"
	healthQueueLimits  = "queue_limits"
	healthDeadLetter   = "dead_letter"
	healthTopicService = "sns.amazonaws.com"
	healthLogsService  = "delivery.logs.amazonaws.com"
)

// healthProblem is one reason why alerts do not arrive. Fix is a policy statement, or
// a command.
type healthProblem struct{ Code, TargetID, Message, Fix string }

// healthDoubt is something that could not be told. Action is the IAM action that is
// denied, "" where nothing is.
type healthDoubt struct{ TargetID, Message, Action string }

// healthSubscription is one subscriber of a topic.
type healthSubscription struct{ ARN, Protocol, Endpoint, Status string }

// healthFindings are what a check came to. A note is neither good nor bad.
type healthFindings struct {
	Problems      []healthProblem
	Doubts        []healthDoubt
	Notes         []string
	Subscriptions []healthSubscription
}

// status: what is broken beats what is not known, which is never healthy.
func (f *healthFindings) status() string {
	switch {
	case len(f.Problems) > 0:
		return healthBad
	case len(f.Doubts) > 0:
		return healthUnknown
	}
	return healthGood
}

func (f *healthFindings) problem(code, message, fix string) {
	f.Problems = append(f.Problems, healthProblem{Code: code, Message: message, Fix: fix})
}

func (f *healthFindings) doubt(message string) {
	f.Doubts = append(f.Doubts, healthDoubt{Message: message})
}

func (f *healthFindings) note(text string) { f.Notes = append(f.Notes, text) }

// denied makes a read that was denied a doubt; every other error stays one.
func (f *healthFindings) denied(what string, err error) error {
	if found := account.AsError(err); found != nil && errors.Is(err, account.ErrDenied) {
		f.Doubts = append(f.Doubts, healthDoubt{
			Message: "Unable to read " + what + ": " + found.Action() + " is denied.", Action: found.Action(),
		})
		return nil
	}
	return err
}

func (f *healthFindings) add(other healthFindings) {
	f.Problems, f.Doubts = append(f.Problems, other.Problems...), append(f.Doubts, other.Doubts...)
	f.Notes, f.Subscriptions = append(f.Notes, other.Notes...), append(f.Subscriptions, other.Subscriptions...)
}

// of names the target of findings that do not have one.
func (f *healthFindings) of(targetID string) {
	for i := range f.Problems {
		f.Problems[i].TargetID = targetID
	}
	for i := range f.Doubts {
		f.Doubts[i].TargetID = targetID
	}
	for i, text := range f.Notes {
		f.Notes[i] = "Target " + targetID + ": " + text
	}
}

// as gives problems another code: a queue may be a target, a dead-letter queue or a subscriber.
func (f *healthFindings) as(code, prefix string) {
	for i := range f.Problems {
		f.Problems[i].Code, f.Problems[i].Message = code, prefix+f.Problems[i].Message
	}
	for i := range f.Doubts {
		f.Doubts[i].Message = prefix + f.Doubts[i].Message
	}
	for i, text := range f.Notes {
		f.Notes[i] = prefix + text
	}
}

// healthCheck is one thing to look at.
type healthCheck func(context.Context) (healthFindings, error)

// healthAll looks at several things at once, and tells of them in their order.
func healthAll(ctx context.Context, checks ...healthCheck) (healthFindings, error) {
	found := make([]healthFindings, len(checks))
	calls, ctx := errgroup.WithContext(ctx)
	for i, check := range checks {
		calls.Go(func() (err error) {
			found[i], err = check(ctx)
			return err
		})
	}
	var all healthFindings
	if err := calls.Wait(); err != nil {
		return all, err
	}
	for _, one := range found {
		all.add(one)
	}
	return all, nil
}

// healthSender is who sends to a target: EventBridge for a rule, SNS for a topic.
type healthSender struct {
	in *account.Account
	// service asks in the name of the rule or topic, whose ARN is source.
	service, source string
}

// foreign tells whether an object belongs to another account than the sender.
func (s healthSender) foreign(object arn.ARN) bool {
	return object.AccountID != s.in.ID && s.in.ID != ""
}
