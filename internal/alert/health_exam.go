package alert

import (
	"context"

	"github.com/iamguard/terraform-provider-iamguard/internal/framework"
)

// healthReport is everything that was found of a rule.
type healthReport struct {
	rule     healthRule
	coverage healthCoverage
	targets  []healthTarget
	// healthFindings are those of the rule, its coverage and all targets.
	healthFindings
}

// healthExamine checks a rule from its events to the last subscriber. A rule that is
// not there is an error; what may not be read is a doubt.
func healthExamine(ctx context.Context, place framework.Place, name string) (*healthReport, error) {
	rule, found, err := healthFind(ctx, place, name)
	if err != nil {
		return nil, err
	}
	report := &healthReport{rule: rule, healthFindings: found}
	var selection healthSelection
	if rule.pattern != nil {
		selection = healthSelected(rule.text, rule.in.ID, rule.region)
	}
	both, err := healthAll(ctx, func(ctx context.Context) (found healthFindings, err error) {
		found, report.coverage, err = healthEvents(ctx, rule, selection)
		return found, err
	}, func(ctx context.Context) (found healthFindings, err error) {
		report.targets, found, err = healthTargets(ctx, rule, selection.samples(rule.in.ID, rule.region))
		return found, err
	})
	report.add(both)
	return report, err
}

// healthTargets checks all targets at once.
func healthTargets(ctx context.Context, rule healthRule, samples [][]byte) ([]healthTarget, healthFindings, error) {
	var found healthFindings
	targets, err := rule.targets(ctx)
	if err != nil {
		return nil, found, found.denied("the targets of the rule "+rule.name, err)
	}
	if len(targets) == 0 {
		found.problem(healthNoTarget, "The rule has no target, so nobody is told.",
			"aws events put-targets --region "+rule.region+" --rule "+rule.name+" --targets Id=<name>,Arn=<arn>")
		return nil, found, nil
	}
	checked := make([]healthTarget, len(targets))
	checks := make([]healthCheck, len(targets))
	for i, target := range targets {
		checks[i] = func(ctx context.Context) (_ healthFindings, err error) {
			checked[i], err = healthTargetOf(ctx, rule, target, samples)
			return checked[i].healthFindings, err
		}
	}
	found, err = healthAll(ctx, checks...)
	return checked, found, err
}
