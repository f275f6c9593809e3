package alert

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"golang.org/x/sync/errgroup"

	"github.com/iamguard/terraform-provider-iamguard/internal/history"
	"github.com/iamguard/terraform-provider-iamguard/internal/inventory"
)

// healthCoverage says whether EventBridge gets the events of a rule.
type healthCoverage struct {
	alertable bool
	// known is false where it could not be read.
	known bool
	gaps  []inventory.Gap
}

// healthSource is an event source in the region that records it.
type healthSource struct{ region, source string }

// regions sorts the events by the region that records them.
func (r healthRule) regions(selection healthSelection, found *healthFindings) (map[string][]string, map[healthSource]bool) {
	away, sources := map[string][]string{}, map[healthSource]bool{}
	for _, event := range selection.events {
		region, err := history.RecordingRegion(r.in, event)
		if err != nil {
			found.doubt("Unable to tell which region records " + event.ID + ": " + err.Error() + ".")
			continue
		}
		if region == "" {
			region = r.region
		}
		sources[healthSource{region, event.Source}] = true
		if region != r.region {
			away[region] = append(away[region], event.ID)
		}
	}
	return away, sources
}

// healthEvents checks that the events of a rule come to its bus at all.
func healthEvents(ctx context.Context, rule healthRule, selection healthSelection) (healthFindings, healthCoverage, error) {
	var found healthFindings
	away, sources := rule.regions(selection, &found)
	if rule.pattern != nil && selection.bySource {
		found.note("The pattern names no event of the catalogue, so it is judged by its sources.")
	}
	if rule.pattern != nil && len(selection.events) == 0 {
		found.note("The pattern matches no event of the catalogue, so whether it can match anything is not judged.")
	}
	if rule.bus != healthDefaultBus {
		found.doubt(
			"AWS puts its events on the default bus. They come to the bus " + rule.bus + " only by another rule: ask for its health.",
		)
	}
	for _, region := range slices.Sorted(maps.Keys(away)) {
		if err := found.elsewhere(ctx, rule, region, away[region], len(selection.events)); err != nil {
			return found, healthCoverage{}, err
		}
	}
	if len(sources) == 0 {
		region, err := rule.in.EventRegion("iam")
		if err != nil {
			region = rule.region
		}
		sources[healthSource{region, "iam.amazonaws.com"}] = true
	}
	coverage, err := found.covered(ctx, rule, sources)
	return found, coverage, err
}

// elsewhere tells of events that are recorded in another region. They come here only if
// a rule there sends them on.
func (f *healthFindings) elsewhere(ctx context.Context, rule healthRule, region string, ids []string, of int) error {
	bus := rule.arn[:strings.LastIndex(rule.arn, ":")+1] + "event-bus/" + rule.bus
	out, err := rule.in.EventBridge(region).ListRuleNamesByTarget(ctx, &eventbridge.ListRuleNamesByTargetInput{TargetArn: &bus})
	if err != nil {
		return f.denied("which rules in "+region+" send events to "+bus, err)
	}
	if len(out.RuleNames) > 0 {
		f.doubt(fmt.Sprintf("The events of %s come here only by a rule there (%s): ask for its health.",
			region, strings.Join(out.RuleNames, ", ")))
		return nil
	}
	which := "None of the events of the rule comes to " + rule.region
	if len(ids) < of {
		which = fmt.Sprintf(
			"%d of the %d events of the rule do not come to %s (%s)",
			len(ids),
			of,
			rule.region,
			strings.Join(ids, ", "),
		)
	}
	f.problem(healthRegion, which+": they are recorded in "+region+" only.", "Put the rule into the region "+region+".")
	return nil
}

// covered asks whether a trail takes the events of each source.
func (f *healthFindings) covered(ctx context.Context, rule healthRule, sources map[healthSource]bool) (healthCoverage, error) {
	ordered := slices.SortedFunc(maps.Keys(sources), func(a, b healthSource) int {
		return strings.Compare(a.region+" "+a.source, b.region+" "+b.source)
	})
	answers, findings := make([]inventory.Coverage, len(ordered)), make([]healthFindings, len(ordered))
	calls, ctx := errgroup.WithContext(ctx)
	for i, asked := range ordered {
		calls.Go(func() (err error) {
			answers[i], err = inventory.CoverageOnce(ctx, rule.in, asked.region, asked.source)
			if err != nil {
				return findings[i].denied("whether a trail records "+asked.source+" in "+asked.region, err)
			}
			return nil
		})
	}
	coverage := healthCoverage{alertable: true, known: true}
	if err := calls.Wait(); err != nil {
		return coverage, err
	}
	for i, answer := range answers {
		findings[i].uncovered(answer, ordered[i])
		f.add(findings[i])
		coverage.known = coverage.known && len(findings[i].Doubts) == 0
		coverage.alertable = coverage.alertable && answer.Alertable
		for _, gap := range answer.Gaps {
			if !slices.Contains(coverage.gaps, gap) {
				coverage.gaps = append(coverage.gaps, gap)
			}
		}
	}
	return coverage, nil
}

// uncovered tells of a source that no trail takes. A trail that could not be read may take it.
func (f *healthFindings) uncovered(answer inventory.Coverage, asked healthSource) {
	if answer.Alertable || len(f.Doubts) > 0 {
		return
	}
	var reasons []string
	for _, gap := range answer.Gaps {
		if gap.Code == inventory.GapUnreadable {
			f.doubt(gap.Message)
		}
		reasons = append(reasons, gap.Message)
	}
	if len(f.Doubts) == 0 {
		f.problem(healthNoTrail, "No trail records "+asked.source+" in "+asked.region+", so EventBridge gets none of its events. "+
			strings.Join(reasons, " "), "Keep a trail that logs management writes in all regions, such as iamguard_trail does.")
	}
}
