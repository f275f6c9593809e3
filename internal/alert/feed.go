package alert

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/iamguard/terraform-provider-iamguard/internal/events"
	"github.com/iamguard/terraform-provider-iamguard/internal/framework"
	"github.com/iamguard/terraform-provider-iamguard/internal/inventory"
)

// errUnfed is a rule that no trail feeds.
var errUnfed = errors.New("no trail feeds the rule")

// feed is the way of events to a rule: through a trail, to the default bus.
type feed struct {
	place framework.Place
	// trail is the one that has to do it, "" for any.
	trail    string
	selected []events.Event
	// fresh says that the rule is not there yet: its trail may be made in the same run.
	fresh bool
}

// coverage reads a trail coverage, anew or one that a process keeps.
type coverage func(ctx context.Context, in framework.Place, source string) (inventory.Coverage, error)

func coverageNow(ctx context.Context, in framework.Place, source string) (inventory.Coverage, error) {
	return inventory.TrailCoverage(ctx, in.Account, in.Region, source)
}

func coverageOnce(ctx context.Context, in framework.Place, source string) (inventory.Coverage, error) {
	return inventory.CoverageOnce(ctx, in.Account, in.Region, source)
}

// check fails with errUnfed, and the reasons, where a source of the events is not fed.
func (f feed) check(ctx context.Context, read coverage) error {
	for _, source := range f.sources() {
		found, err := read(ctx, f.place, source)
		if err != nil {
			return err
		}
		if !f.feeds(found) && (!f.fresh || f.trail == "" || f.knows(found)) {
			return fmt.Errorf("%w: calls of %s in %s: %s", errUnfed, source, f.place.Region, f.why(found))
		}
	}
	return nil
}

// sources are those of the events, that of IAM where nothing is known of them.
func (f feed) sources() []string {
	var sources []string
	for _, event := range f.selected {
		sources = append(sources, event.Source)
	}
	if len(sources) == 0 {
		return []string{"iam.amazonaws.com"}
	}
	slices.Sort(sources)
	return slices.Compact(sources)
}

func (f feed) feeds(found inventory.Coverage) bool {
	if f.trail == "" {
		return found.Alertable
	}
	return slices.ContainsFunc(found.Trails, func(trail inventory.CoveringTrail) bool {
		return trail.ARN == f.trail && trail.Records
	})
}

// knows tells whether the trail in question exists.
func (f feed) knows(found inventory.Coverage) bool {
	return slices.ContainsFunc(found.Trails, func(trail inventory.CoveringTrail) bool { return trail.ARN == f.trail }) ||
		slices.ContainsFunc(found.Gaps, func(gap inventory.Gap) bool { return gap.TrailARN == f.trail })
}

// why is the gaps, those of the trail in question where one is named.
func (f feed) why(found inventory.Coverage) string {
	var reasons []string
	for _, gap := range found.Gaps {
		if f.trail == "" || gap.TrailARN == f.trail {
			reasons = append(reasons, gap.Message)
		}
	}
	if len(reasons) == 0 {
		return "The trail " + f.trail + " is not there."
	}
	return strings.Join(reasons, " ")
}

// warn says in a plan that a rule is not fed. What cannot be read is said too, for it
// is no all-clear.
func (f feed) warn(ctx context.Context, read coverage, label string, diags *diag.Diagnostics) {
	err := f.check(ctx, read)
	switch {
	case err == nil:
	case errors.Is(err, errUnfed):
		framework.Warn(diags, label, "no trail feeds this rule, so it never fires", framework.Sentence(err)+
			" EventBridge sees a call only where a trail with logging on records management writes. With require_trail = true "+
			"this is an error.")
	default:
		framework.Warn(diags, label, "cannot tell whether a trail feeds this rule", framework.Said(err))
	}
}
