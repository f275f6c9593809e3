package policy

import (
	"slices"
	"strings"
)

// comparison is the work of [Compare].
type comparison struct {
	before, after *Evaluator
	was, is       *Evaluator // the same, asked whether there is some request
	settings      []setting
	cut           bool           // there are more ages of MFA than are tried
	remaining     map[*rule]bool // those that are still in an identity policy
	unbound       bool           // the boundary of before is gone
	denies        []*rule        // those lost
	notes         notes
}

// setting is what is known in kinds of session that are the same to the
// statements that are compared.
type setting struct {
	facts    *facts
	answers  string
	sessions []Session
}

// newComparison prepares it.
func newComparison(before, after *Evaluator, context Context) *comparison {
	c := &comparison{
		before: before, after: after, was: before.leniently(), is: after.leniently(),
		remaining: make(map[*rule]bool, len(after.rules)),
	}
	for _, l := range after.rules {
		if !l.boundary || l.deny {
			c.remaining[l.rule] = true
		}
	}
	c.set(context)
	c.unbound = before.bounded && (!after.bounded || !after.boundary.Document.Equivalent(before.boundary.Document))
	return c
}

// set finds the settings. The ages of MFA that lost statements speak of come
// first, so that no other statement can crowd them out.
func (c *comparison) set(context Context) {
	tried := ages{list: []int64{freshAge, oldAge}}
	tried.add(c.before.rules, func(r *rule) bool { return !c.remaining[r] })
	tried.add(c.after.rules, func(*rule) bool { return true })
	c.cut = tried.cut
	for _, session := range Sessions() {
		for _, says := range session.at(tried.list) {
			f := says.With(context).facts()
			answers := c.before.answers(f) + c.after.answers(f)
			i := slices.IndexFunc(c.settings, func(s setting) bool { return s.answers == answers })
			if i < 0 {
				i = len(c.settings)
				c.settings = append(c.settings, setting{f, answers, nil})
			}
			if !slices.Contains(c.settings[i].sessions, session) {
				c.settings[i].sessions = append(c.settings[i].sessions, session)
			}
		}
	}
}

// answers returns a text that is equal for contexts that are the same to the
// statements.
func (e *Evaluator) answers(f *facts) string {
	var out strings.Builder
	var n notes
	for _, l := range e.rules {
		out.WriteByte('0' + byte(l.onContext(f, &n)))
		for i := range l.resources {
			if t := &l.resources[i]; t.varies {
				pattern, sure := t.resolve(f, &n)
				out.WriteString(pattern.text + sure.String())
			}
		}
	}
	return out.String()
}

// uncoveredPart returns a statement with the actions that none of the others
// that count covers, and these actions; ok is false where there are none.
func uncoveredPart(r *rule, others []labeled, counts func(*labeled) bool) (s Statement, part side, ok bool) {
	var present []*reach
	for i := range others {
		other := &others[i]
		if r.services&other.services != 0 && counts(other) && other.clause.holdsWhen(&r.clause) {
			present = append(present, &other.clause.reach)
		}
	}
	missing := r.clause.reach.uncovered(present)
	s, part = r.statement, r.clause.reach.action
	if s.Action == nil || len(missing) == len(part.in) {
		return s, part, len(missing) > 0
	}
	part.in = nil
	for _, m := range missing {
		part.in = append(part.in, m.in...)
	}
	s.Action = slices.DeleteFunc(slices.Clone(s.Action), func(action string) bool {
		return !slices.ContainsFunc(part.in, func(m string) bool {
			return strings.EqualFold(m, action) || m == "*" && action == "*:*"
		})
	})
	return s, part, len(missing) > 0
}

// lostDeny judges a Deny of before.
func (c *comparison) lostDeny(l *labeled) (Lost, bool) {
	if c.remaining[l.rule] {
		return Lost{}, false
	}
	s, part, gone := uncoveredPart(l.rule, c.after.rules, func(other *labeled) bool { return other.deny })
	if !gone {
		return Lost{}, false
	}
	c.denies = append(c.denies, l.rule)
	return c.lost(l, s, part, c.after, c.after.rules, func(f *facts, action, resource string) Answer {
		var n notes
		denied := l.applies(f, action, resource, &n)
		switch now := c.is.weigh(f, action, resource); {
		case denied == No || now == ImplicitlyDenied || now == ExplicitlyDenied:
			return No
		case now == Allowed && (denied == Yes || l.onlyKeys(n.reasons)):
			return Yes
		}
		return Perhaps
	}), true
}

// onlyKeys says whether nothing but condition keys of the statement is unknown.
// Then there are requests to which it applies.
func (r *rule) onlyKeys(reasons []reason) bool {
	return !slices.ContainsFunc(reasons, func(open reason) bool {
		return !slices.ContainsFunc(r.terms, func(t term) bool { return t.written == open.text })
	})
}

// lostAllow judges an Allow of the identity policies of before.
func (c *comparison) lostAllow(l *labeled) (Lost, bool) {
	if c.remaining[l.rule] {
		return Lost{}, false
	}
	s, part, gone := uncoveredPart(l.rule, c.after.rules, func(other *labeled) bool { return !other.deny && !other.boundary })
	if !gone {
		return Lost{}, false
	}
	return c.lost(l, s, part, c.before, []labeled{*l}, func(f *facts, action, resource string) Answer {
		return turned(c.was.weigh(f, action, resource), c.after.weigh(f, action, resource))
	}), true
}

// turned says whether what was allowed is denied now.
func turned(then, now Decision) Answer {
	switch {
	case now == Allowed || then == ImplicitlyDenied || then == ExplicitlyDenied:
		return No
	case then == Allowed && now != Undecided:
		return Yes
	}
	return Perhaps
}

// freed returns the remaining Allow statements that the old boundary did not
// cover and nothing else holds back.
func (c *comparison) freed() []Lost {
	if !c.unbound {
		return nil
	}
	var list []Lost
	for i := range c.after.rules {
		l := &c.after.rules[i]
		if l.deny || l.boundary {
			continue
		}
		s, part, held := uncoveredPart(l.rule, c.before.rules, func(other *labeled) bool { return other.boundary && !other.deny })
		if !held {
			continue
		}
		lost := c.lost(l, s, part, c.after, []labeled{*l}, func(f *facts, action, resource string) Answer {
			return turned(c.is.weigh(f, action, resource), c.before.weigh(f, action, resource))
		})
		if lost.Effective != No {
			list = append(list, lost)
		}
	}
	return list
}

// escalations finds the combinations that became possible. Only those can that
// a lost Deny or the boundary spoke of.
func (c *comparison) escalations(loss *Loss) {
	list := known().Escalations
	regained, unsettled := make([][]Session, len(list)), make([][]Session, len(list))
	for _, at := range c.settings {
		concerned := c.concerned(at.facts)
		then, now := asked{c.before, at.facts, map[string]Verdict{}}, asked{c.is, at.facts, map[string]Verdict{}}
		for k, x := range list {
			if !c.unbound && !x.concerns(concerned) {
				continue
			}
			switch c.became(x, then, now) {
			case Yes:
				regained[k] = append(regained[k], at.sessions...)
			case Perhaps:
				unsettled[k] = append(unsettled[k], at.sessions...)
			case No:
			}
		}
	}
	for k, x := range list {
		if regained[k] != nil {
			loss.Escalations = append(loss.Escalations, Regained{x.clone(), sortedSessions(regained[k])})
		} else if unsettled[k] != nil {
			loss.Unsettled = append(loss.Unsettled, Regained{x.clone(), sortedSessions(unsettled[k])})
		}
	}
}

// sortedSessions returns each kind once, in the order of [Sessions]: a kind may
// stand for several ages of MFA.
func sortedSessions(sessions []Session) []Session {
	slices.Sort(sessions)
	return slices.Compact(sessions)
}

// became says whether a combination is possible now and was not.
func (c *comparison) became(x Escalation, then, now asked) Answer {
	after := now.escalates(x)
	if after == ImplicitlyDenied || after == ExplicitlyDenied {
		return No
	}
	switch before := then.escalates(x); {
	case before == Allowed:
		return No
	case before != Undecided && after == Allowed:
		return Yes
	}
	now.note(x, &c.notes)
	then.note(x, &c.notes)
	return Perhaps
}

// concerned returns the lost Deny statements that may have held in a session.
func (c *comparison) concerned(f *facts) []*rule {
	var n notes
	return slices.DeleteFunc(slices.Clone(c.denies), func(r *rule) bool { return r.onContext(f, &n) == No })
}
