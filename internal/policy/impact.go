package policy

import "slices"

// Loss is what went when the grants of a principal became fewer.
type Loss struct {
	// Denies are the Deny statements that no remaining Deny covers, those of a
	// boundary that went included.
	Denies []Lost
	// Allows are the Allow statements that no remaining Allow covers.
	Allows []Lost
	// Freed are the remaining Allow statements that the boundary held back and
	// nothing holds back now.
	Freed []Lost
	// Escalations are possible now and were not before.
	Escalations []Regained
	// Unsettled may be possible now and may not have been before.
	Unsettled []Regained
	// Unknown are the condition keys and features that left an answer open.
	Unknown []string
}

// Lost is a statement that is gone.
type Lost struct {
	// Label is that of its source.
	Label string
	// Statement has of the actions only those that are lost.
	Statement Statement
	// Effective says whether the loss changes what the principal can do: of a
	// Deny whether it refused what remains allowed, of an Allow whether it
	// allowed what is refused now.
	Effective Answer
	// Guards says whether it speaks of IAM, STS, CloudTrail or Organizations.
	Guards bool
	// MFA says whether its condition is one on MFA.
	MFA bool
	// Hits are the actions that a lost Deny refused among those still allowed.
	Hits []string
}

// Regained is an escalation and the kinds of session in which it is regained.
type Regained struct {
	Escalation

	// Sessions are in the order of [Sessions].
	Sessions []Session
}

// MFA returns the lost statements whose condition is one on MFA.
func (l Loss) MFA() []Lost {
	return slices.DeleteFunc(slices.Concat(l.Denies, l.Allows), func(lost Lost) bool { return !lost.MFA })
}

// Empty says whether nothing was lost.
func (l Loss) Empty() bool {
	return len(l.Denies)+len(l.Allows)+len(l.Freed)+len(l.Escalations)+len(l.Unsettled) == 0
}

// Compare says what went when before became after. It errs towards a loss:
// statements are covered only where that follows from their texts. The context
// holds what is known of every request of the principal, such as aws:username;
// what MFA says is added for each kind of session.
func Compare(before, after Grants, context Context) Loss {
	c := newComparison(Compile(before), Compile(after), context)
	var loss Loss
	for i := range c.before.rules {
		l := &c.before.rules[i]
		switch {
		case l.deny:
			if lost, gone := c.lostDeny(l); gone {
				loss.Denies = append(loss.Denies, lost)
			}
		case !l.boundary:
			if lost, gone := c.lostAllow(l); gone {
				loss.Allows = append(loss.Allows, lost)
			}
		}
	}
	loss.Freed = c.freed()
	if len(c.denies) > 0 || len(loss.Freed) > 0 {
		c.escalations(&loss)
	}
	loss.Unknown = c.notes.sorted()
	return loss
}

// guarded are the services whose actions guard the account.
var guarded = []string{"iam:*", "sts:*", "cloudtrail:*", "organizations:*"}

// guards says whether a side of actions has some of a service that guards.
func (s side) guards() bool {
	return slices.ContainsFunc(guarded, func(service string) bool { return s.overlaps(actionSide(service)) })
}
