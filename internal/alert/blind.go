package alert

import (
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/iamguard/terraform-provider-iamguard/internal/events"
	"github.com/iamguard/terraform-provider-iamguard/internal/framework"
)

// sight is what a rule sees: its events, and where they are recorded.
type sight struct {
	selected []events.Event
	homes    homes
	region   string
}

// sightOf is that of a rule in a place.
func (m ruleModel) sightOf(in framework.Place) sight {
	seen := sight{selected: m.judged(), region: in.Region}
	if homes, err := homesOf(seen.selected, in.Account); err == nil {
		seen.homes = homes
	}
	return seen
}

// blindTo says what the rule does not see.
func (m ruleModel) blindTo(in framework.Place) types.List { return m.sightOf(in).blindTo(m) }

func (s sight) blindTo(m ruleModel) types.List {
	blind := []string{}
	say := func(format string, values ...any) { blind = append(blind, fmt.Sprintf(format, values...)) }
	if m.State.ValueString() == stateDisabled {
		say("Everything: the rule is disabled.")
	}
	if unseen := s.homes.outside(s.region); len(unseen) > 0 {
		say("%s: EventBridge has them in another region than %s.", named(unseen), s.region)
	}
	if regional := s.homes[""]; len(regional) > 0 {
		say("%s in other regions than %s.", named(regional), s.region)
	}
	if m.raw() {
		say("Whatever the pattern written by hand leaves out.")
	} else if !m.IncludeFailed.ValueBool() {
		say("Attempts that failed or were denied.")
	}
	principals := framework.Texts(m.ExcludePrincipals.Elements())
	slices.Sort(principals)
	for _, principal := range principals {
		say("Calls by %s, except those that are critical: %s.", principal, critical(s.selected))
	}
	say("Records above 256 KB, which CloudTrail does not give to EventBridge.")
	return framework.TextList(blind)
}

func critical(selected []events.Event) string {
	var grave []events.Event
	for _, event := range selected {
		if event.Severity == events.SeverityCritical {
			grave = append(grave, event)
		}
	}
	if len(grave) == 0 {
		return "none is"
	}
	return named(grave)
}

// describe is the description of a rule that has none of its own.
func (s sight) describe(m ruleModel) string {
	what := named(s.selected)
	switch presets := framework.Texts(m.Presets.Elements()); {
	case m.raw():
		what = "a pattern written by hand"
	case len(presets) > 0:
		slices.Sort(presets)
		what = fmt.Sprintf("%s (%d events)", strings.Join(presets, ", "), len(s.selected))
	}
	text := "Alerts on " + what + ". "
	if len(s.homes[""]) > 0 {
		text += "Calls in this region only. "
	}
	text += "Kept by iamguard."
	if letters := []rune(text); len(letters) > maxDescription {
		return string(letters[:maxDescription-1]) + "…"
	}
	return text
}
