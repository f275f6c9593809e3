package history

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/iamguard/terraform-provider-iamguard/internal/account"
	"github.com/iamguard/terraform-provider-iamguard/internal/events"
	"github.com/iamguard/terraform-provider-iamguard/internal/framework"
)

// story is what an investigation has to tell, free of anything that a record could
// smuggle into a terminal.
type story struct {
	// Found says that at least one call was found, and Final that every attribute that
	// differs is explained, so that nothing has to be looked up again.
	Found, Final bool
	// Unweighed says that what the change means could not be told, and has to be asked again.
	Unweighed bool
	// Fact is for the summary of a warning, Cost comes after it where it is known what the
	// change means, and Detail goes below.
	Fact, Cost, Detail string
}

// summary is the fact with its cost.
func (s story) summary() string {
	if s.Cost == "" {
		return s.Fact
	}
	return s.Fact + "; " + s.Cost
}

// namedSuspects is how many calls a story tells in full.
const namedSuspects = 5

// tell writes down what was found: the newest call is the best match. An error says why
// not all could be looked up.
func (i *investigation) tell(err error) story {
	unexplained := slices.DeleteFunc(slices.Clone(i.changed), func(attribute string) bool {
		return slices.ContainsFunc(i.suspects, func(one suspect) bool { return slices.Contains(one.changes, attribute) })
	})
	told := story{Found: len(i.suspects) > 0, Final: len(unexplained) == 0 && err == nil}
	var facts, lines []string
	for n, one := range i.suspects {
		switch {
		case n == namedSuspects:
			lines = append(lines, fmt.Sprintf("And %d more calls.", len(i.suspects)-n))
		case n < namedSuspects:
			facts = append(facts, fmt.Sprintf("%s by %s, %s", framework.Escape(one.Name), who(one.Record), shortTime(one.EventTime)))
			lines = append(lines, i.line(one, n == 0))
		}
	}
	if len(unexplained) > 0 {
		if len(facts) == 0 {
			facts = []string{attributes(unexplained) + " changed outside Terraform, no call found yet"}
		}
		lines = append(lines, i.unexplained(unexplained))
	}
	if len(i.unsearched) > 0 {
		lines = append(lines, "Not looked up, or not wholly, for lack of calls: "+strings.Join(i.unsearched, ", ")+".")
	}
	if len(i.unclear) > 0 {
		lines = append(
			lines,
			fmt.Sprintf("%d more records could not be read well enough to tell whether they are about it.", len(i.unclear)),
		)
	}
	if err != nil {
		lines = append(lines, "Not everything could be looked up. "+framework.Said(err))
	}
	told.Fact, told.Detail = strings.Join(facts, "; "), strings.Join(lines, "\n")
	return told
}

// line is one call with its evidence.
func (i *investigation) line(one suspect, best bool) string {
	begin := "Also"
	if best {
		begin = "Best match"
	}
	evidence := []string{"event " + one.EventID}
	if others := i.others(one.recorded); others != "" {
		evidence = append(evidence, "on "+others)
	}
	if i.byCaller(one.recorded) {
		evidence = append(evidence, "the identity that runs this plan")
	}
	if one.Actor.AccessKeyID != "" {
		evidence = append(evidence, "access key "+framework.LastFour(one.Actor.AccessKeyID))
	}
	if via := one.Actor.Via.String(); via != "" {
		evidence = append(evidence, via)
	}
	if one.Actor.MFA != nil {
		evidence = append(evidence, map[bool]string{true: "with MFA", false: "without MFA"}[*one.Actor.MFA])
	}
	if strings.Contains(one.UserAgent, "Terraform/") {
		evidence = append(evidence, "its user agent says Terraform")
	}
	what := ""
	if names := attributes(one.changes); names != "" {
		what = " " + names
	}
	return fmt.Sprintf("%s:%s %s by %s at %s, from %s (%s in %s; %s).", begin, what, events.Participle(one.Name), who(one.Record),
		stamp(one.EventTime), orUnknown(framework.Escape(one.SourceIP)), framework.Escape(one.Name), framework.Escape(one.region),
		framework.Escape(strings.Join(evidence, "; ")))
}

// others are what a call was on besides the object, such as the user of a membership.
func (i *investigation) others(record recorded) string {
	var names []string
	keys := scrubber{keys: true}
	for field, value := range record.Target {
		if !slices.Contains(i.object.Names, value) {
			names = append(names, keys.field(field, value))
		}
	}
	slices.Sort(names)
	return strings.Join(names, ", ")
}

// unexplained says until when was searched for what, and what was not.
func (i *investigation) unexplained(names []string) string {
	covered := i.window().coveredTo(i.object.Place.Account.Pool().Now())
	text := fmt.Sprintf("No call that changes %s is recorded between the last apply and %s; one that is younger may still be "+
		"delivered, and a later plan looks again.", attributes(names), stamp(covered))
	if attributes(names) == "" {
		text = fmt.Sprintf("No call that explains it is recorded between the last apply and %s; one that is younger may still be "+
			"delivered.", stamp(covered))
	}
	return text
}

// untimely is the story of an investigation that had no time.
func untimely(changed []string, skipped int) story {
	return story{
		Fact: attributes(changed) + " changed outside Terraform, by whom was not looked up",
		Detail: fmt.Sprintf("The %d seconds that a plan may take for this are over; so far %d changed objects were not looked up. "+
			"A plan of fewer resources (-target), or iamguard_risky_events, tells more.", int(attributionTime.Seconds()), skipped),
	}
}

// unanswered is the story of an investigation that CloudTrail did not answer.
func unanswered(changed []string, err error) story {
	told := story{
		Fact:   attributes(changed) + " changed outside Terraform, by whom could not be looked up",
		Detail: framework.Said(err),
	}
	if errors.Is(err, account.ErrDenied) {
		told.Detail += "\n\nAllow the action cloudtrail:LookupEvents, or set attribute_drift = false in the provider block."
	}
	return told
}

// attributes names them in a sentence; the one without a name stands for the object.
func attributes(names []string) string {
	return strings.Join(slices.DeleteFunc(slices.Clone(names), func(name string) bool { return name == "" }), ", ")
}

// who names the actor: user/mallory, role/Admin/alice, root.
func who(record events.Record) string {
	actor := record.Actor
	name := quoted(actor.Name)
	switch actor.Type {
	case "IAMUser":
		return "user/" + name
	case "Root":
		return "root"
	case "AssumedRole":
		if role := quoted(actor.Via.SessionIssuer); role != "" && role != name {
			return "role/" + role + "/" + name
		}
		return "role/" + name
	case "AWSService":
		return "the service " + name
	}
	return strings.TrimSpace(framework.Escape(actor.Type) + " " + name)
}

// quoted is a name, in quotes where it could pass for something else than a name.
func quoted(name string) string {
	escaped := framework.Escape(name)
	if escaped == name && !strings.ContainsAny(name, " \"'`") {
		return name
	}
	return `"` + strings.ReplaceAll(escaped, `"`, `\"`) + `"`
}

// shortTime is for a summary: to the minute.
func shortTime(t time.Time) string { return t.UTC().Format("2006-01-02 15:04Z") }

func orUnknown(text string) string {
	if text == "" {
		return "an unknown address"
	}
	return text
}
