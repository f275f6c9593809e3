package events

import (
	"fmt"
	"slices"
	"strings"
)

// Modifier moves a grade for a reason outside the request parameters.
type Modifier struct {
	// ID is such as "root_actor".
	ID string `json:"id"`
	// When says when it applies, in words.
	When string `json:"when"`
	// Effect says what it does, in words.
	Effect string `json:"effect"`
	// Scope is "record" for what [Grade] applies, "history" for what needs other
	// records or the user's own settings, "later" for what nothing applies yet.
	Scope string `json:"scope"`
	// Step is how many grades it raises, or lowers when it is negative.
	Step int `json:"step"`
	// AtMost is the severity up to which it raises, or from which up it no longer
	// lowers what is above.
	AtMost Severity `json:"at_most"`
	// Reason is the end of a sentence.
	Reason string `json:"reason"`
}

// The modifiers that need more than one record, or the user's own settings.
const (
	// ModifierDeployer is for a deployer whom the user has named.
	ModifierDeployer = "iac_actor"
	// ModifierBurst is for one of many removals by one actor.
	ModifierBurst = "burst"
)

// Apply moves a severity.
func (m Modifier) Apply(to Severity) Severity {
	if m.Step > 0 {
		return max(to, min(to+Severity(m.Step), m.AtMost))
	}
	if to > m.AtMost {
		return to
	}
	return max(to+Severity(m.Step), SeverityInfo)
}

// Modifier returns a modifier by its ID; the zero one, which moves nothing, when
// there is none.
func (c *Catalogue) Modifier(id string) Modifier { return c.modifiers[id] }

// recordModifiers are those that single records decide, in the order in which
// they apply: what may raise to any grade before what may not.
func recordModifiers() []string {
	return []string{"aws_service", "root_actor", "self_target", "no_mfa_human"}
}

// applies says whether a modifier of single records applies to one that
// succeeded.
func applies(modifier string, rec *Record) bool {
	switch modifier {
	case "aws_service":
		return byServiceLinkedRole(rec)
	case "root_actor":
		return byRoot(rec)
	case "self_target":
		return onSelf(rec)
	case "no_mfa_human":
		return withoutMFA(rec)
	}
	return false
}

// indexModifiers keeps the modifiers by ID, and refuses a file that does not
// have exactly those that are applied here and in the history.
func (c *Catalogue) indexModifiers(list []Modifier) error {
	c.modifiers = make(map[string]Modifier, len(list))
	known := append(recordModifiers(), ModifierDeployer, ModifierBurst)
	for _, modifier := range list {
		c.modifiers[modifier.ID] = modifier
		if modifier.Step != 0 && !slices.Contains(known, modifier.ID) {
			return fmt.Errorf("modifier %s: nothing applies it", modifier.ID)
		}
	}
	for _, id := range known {
		modifier := c.modifiers[id]
		if modifier.Step == 0 || modifier.AtMost == 0 || modifier.Reason == "" {
			return fmt.Errorf("modifier %s: no step, limit or reason", id)
		}
	}
	for _, id := range recordModifiers() {
		c.applied = append(c.applied, c.modifiers[id])
	}
	return nil
}

// byServiceLinkedRole says whether AWS itself made the call, with a role under
// the path that only AWS can create roles in. A service's host name in
// sourceIPAddress or invokedBy alone is no ground, because a person may have
// ordered the call. Nor is it one where access widens or evidence goes.
func byServiceLinkedRole(rec *Record) bool {
	switch rec.event.Direction {
	case DirectionLoosens, DirectionDestroys, DirectionHides:
		return false
	default:
	}
	return rec.Identity.Type == "AWSService" && strings.Contains(rec.Identity.Issuer.ARN, ":role/aws-service-role/") &&
		rec.ParametersReadable()
}

// byRoot says whether the root user made the call, and not a service for it.
func byRoot(rec *Record) bool {
	invoked := rec.Identity.InvokedBy
	return rec.Actor.Type == "Root" && (invoked == "" || invoked == consoleService)
}

// withoutMFA says whether an IAM user called with a long-term key, or in a
// session without MFA.
func withoutMFA(rec *Record) bool {
	if rec.Actor.Type != "IAMUser" {
		return false
	}
	if rec.Actor.MFA != nil {
		return !*rec.Actor.MFA
	}
	return !rec.Identity.session
}

// onSelf says whether the actor loosened what holds itself. IAM names are unique
// in any case.
func onSelf(rec *Record) bool {
	direction := rec.event.Direction
	if rec.Source != "iam.amazonaws.com" || direction != DirectionLoosens && direction != DirectionDepends {
		return false
	}
	if own := rec.Actor.AccountID; own != "" && own != rec.AccountID {
		return false
	}
	target, name := "", ""
	switch rec.Actor.Type {
	case "IAMUser":
		target, name = rec.Target["userName"], firstOf(rec.Identity.UserName, lastSegment(rec.Identity.ARN))
	case "AssumedRole":
		target, name = rec.Target["roleName"], rec.Actor.Via.SessionIssuer
	}
	return name != "" && !IsHidden(name) && strings.EqualFold(target, name)
}
