package alert

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/arn"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"

	"github.com/iamguard/terraform-provider-iamguard/internal/account"
	"github.com/iamguard/terraform-provider-iamguard/internal/events"
	"github.com/iamguard/terraform-provider-iamguard/internal/framework"
)

const (
	healthDefaultBus = "default"
	// healthEnabled is the beginning of each state in which a rule fires.
	healthEnabled = "ENABLED"
)

// healthRule is a rule as EventBridge has it.
type healthRule struct {
	in                *account.Account
	region, bus, name string
	// arn is what EventBridge says, or what it must be where nothing may be read.
	arn, state, text string
	pattern          *events.Pattern
}

// foreign tells whether an object belongs to another account than the rule.
func (r healthRule) foreign(object arn.ARN) bool {
	return healthSender{in: r.in}.foreign(object)
}

// healthName is the bus and the name in "name", "bus/name" or an ARN. The name of a
// partner's bus has slashes of its own.
func healthName(text string) (bus, name string) {
	if parsed, err := arn.Parse(text); err == nil {
		text = strings.TrimPrefix(parsed.Resource, "rule/")
	}
	if at := strings.LastIndex(text, "/"); at >= 0 {
		return text[:at], text[at+1:]
	}
	return healthDefaultBus, text
}

// healthRuleOf is a rule that was not read yet. An ARN of another account is an error.
func healthRuleOf(place framework.Place, text string) (healthRule, error) {
	bus, name := healthName(text)
	rule := healthRule{in: place.Account, region: place.Region, bus: bus, name: name}
	rule.arn = place.ARN("events", place.Region, "rule/"+strings.TrimPrefix(bus+"/", healthDefaultBus+"/")+name)
	if parsed, err := arn.Parse(text); err == nil && rule.foreign(parsed) {
		return rule, fmt.Errorf(
			"the ARN names account %s, and the credentials belong to account %s",
			parsed.AccountID,
			place.Account.ID,
		)
	}
	return rule, nil
}

// read asks EventBridge for the rule.
func (r *healthRule) read(ctx context.Context) error {
	held, err := r.in.EventBridge(r.region).DescribeRule(ctx, &eventbridge.DescribeRuleInput{
		Name: aws.String(r.name), EventBusName: aws.String(r.bus),
	})
	if err != nil {
		return err
	}
	r.arn, r.state, r.text = aws.ToString(held.Arn), string(held.State), aws.ToString(held.EventPattern)
	return nil
}

// healthFind reads a rule. What may not be read is a doubt.
func healthFind(ctx context.Context, place framework.Place, text string) (healthRule, healthFindings, error) {
	var found healthFindings
	rule, err := healthRuleOf(place, text)
	if err != nil {
		return rule, found, err
	}
	if err := rule.read(ctx); err != nil {
		return rule, found, found.denied("the rule "+rule.name, err)
	}
	if !strings.HasPrefix(rule.state, healthEnabled) {
		found.problem(healthDisabled, "The rule is switched off: its state is "+rule.state+".",
			"aws events enable-rule --region "+rule.region+" --event-bus-name "+rule.bus+" --name "+rule.name)
	}
	if rule.text == "" {
		found.problem(healthNoPattern, "The rule has no event pattern, so no event fires it.",
			"Give the rule a pattern; the function event_pattern writes one.")
		return rule, found, nil
	}
	if rule.pattern, err = events.ParsePattern([]byte(rule.text)); err != nil {
		found.doubt("The pattern cannot be understood: " + err.Error() + ".")
	}
	return rule, found, nil
}

// targets reads every page of the rule's targets, sorted by their IDs.
func (r healthRule) targets(ctx context.Context) ([]types.Target, error) {
	var targets []types.Target
	ask := &eventbridge.ListTargetsByRuleInput{Rule: aws.String(r.name), EventBusName: aws.String(r.bus)}
	for {
		page, err := r.in.EventBridge(r.region).ListTargetsByRule(ctx, ask)
		if err != nil {
			return nil, err
		}
		targets = append(targets, page.Targets...)
		if ask.NextToken = page.NextToken; aws.ToString(ask.NextToken) == "" {
			break
		}
	}
	slices.SortFunc(targets, func(a, b types.Target) int { return strings.Compare(aws.ToString(a.Id), aws.ToString(b.Id)) })
	return targets, nil
}
