package policy

import (
	"slices"
	"strings"
)

// maxSamples bounds the resources on which an action is tried.
const maxSamples = 64

// stake is a statement on an action whose condition holds or may hold.
type stake struct {
	*labeled

	context Answer
}

// question is what [Evaluator.May] asks.
type question struct {
	*Evaluator

	facts  *facts
	action string
	stakes []stake
	notes  notes
}

// May says whether there is a resource on which the principal can do the
// action. Allowed comes with such a resource, of a type that the action takes;
// the denials hold for every resource. The types are known for the actions of
// [Escalations]; others are allowed only where they are on all resources. A
// pattern such as "iam:*" is allowed where every action of it is.
func (e *Evaluator) May(action string, c Context) Verdict {
	f, action := c.facts(), strings.ToLower(action)
	verdict := e.may(f, action)
	for _, s := range e.ask(f, action, func(r *rule) bool { return r.mayConcern(action) }).stakes {
		verdict.Matched = append(verdict.Matched, Match{s.label, s.statement, s.boundary, s.context})
	}
	return verdict
}

// mayConcern says whether the statement speaks of some action of a pattern in
// lower case.
func (r *rule) mayConcern(pattern string) bool {
	return r.clause.reach.action.overlaps(actionSide(pattern))
}

// may is May for a compiled context and an action in lower case.
func (e *Evaluator) may(f *facts, action string) Verdict {
	if strings.ContainsAny(action, "*?") {
		return e.mayAll(f, action, func(action string) Verdict { return e.may(f, action) })
	}
	q := e.ask(f, action, func(r *rule) bool { return r.onAction(action) })
	verdict := Verdict{Decision: ImplicitlyDenied}
	for _, s := range e.shapes(f, action) {
		v := q.on(s)
		switch {
		case v.Decision == Allowed:
			return v
		case v.Decision == Undecided || verdict.Decision == Undecided:
			verdict.Decision = Undecided
		default:
			verdict.Decision = max(verdict.Decision, v.Decision)
		}
	}
	if verdict.Decision == Undecided {
		verdict.Unknown = q.notes.sorted()
	}
	return verdict
}

// ask collects the statements at stake.
func (e *Evaluator) ask(f *facts, action string, on func(*rule) bool) *question {
	q := &question{Evaluator: e, facts: f, action: action}
	service := serviceOf(action)
	for i := range e.rules {
		l := &e.rules[i]
		if l.services&service == 0 || !on(l.rule) {
			continue
		}
		context := l.onContext(f, &q.notes)
		if context == Perhaps && e.lenient && l.deny && l.failsSomewhere(f) {
			context = No
		}
		if context != No {
			q.stakes = append(q.stakes, stake{l, context})
		}
	}
	return q
}

// on judges the resources of one shape.
func (q *question) on(s shape) Verdict {
	if s.none {
		return q.sampled(s.pattern)
	}
	regions := q.regions(s.pattern)
	if len(regions) == 0 {
		if q.refused(s.pattern) {
			return Verdict{Decision: ExplicitlyDenied}
		}
		return Verdict{Decision: ImplicitlyDenied}
	}
	for _, r := range q.samples(regions) {
		if s.any && (r.inner != "*" || q.touched(r.outer)) {
			continue
		}
		resource, short := r.sample()
		if !short {
			continue
		}
		if v := q.sampled(resource); v.Decision == Allowed {
			return v
		}
	}
	if !slices.ContainsFunc(regions, func(r region) bool { return !q.refused(r.outer) }) {
		return Verdict{Decision: ExplicitlyDenied}
	}
	if len(q.notes.reasons) == 0 {
		q.notes.perhaps("which resources remain for " + q.action)
	}
	return Verdict{Decision: Undecided}
}

// sampled judges one resource.
func (q *question) sampled(resource string) Verdict {
	w := newWeights(q.bounded)
	for _, s := range q.stakes {
		applies := min(s.context, s.onResource(resource, q.facts, &q.notes))
		w.add(s.labeled, q.inSome(s.labeled, applies, q.facts, resource))
	}
	v := Verdict{Decision: w.decision()}
	if v.Decision == Allowed {
		v.Resource = resource
	}
	return v
}

// regions returns the parts of a shape that some Allow speaks of, and the
// boundary too; none where certainly no Allow does.
func (q *question) regions(pattern string) []region {
	allowed := func(regions []region, boundary bool) []region {
		var common []region
		for _, s := range q.stakes {
			if s.deny || s.boundary != boundary {
				continue
			}
			for _, found := range meets(regions, side{in: s.patterns(q.facts)}) {
				if !slices.Contains(common, found) {
					common = append(common, found)
				}
			}
		}
		return common
	}
	regions := allowed([]region{{pattern, pattern}}, false)
	if q.bounded {
		regions = allowed(regions, true)
	}
	return regions
}

// samples adds to the regions what a Deny by NotResource leaves of them.
func (q *question) samples(regions []region) []region {
	all := slices.Clone(regions)
	for _, s := range q.stakes {
		if s.deny && s.notAny && len(all) < maxSamples {
			all = append(all, meets(all, side{in: s.listed(q.facts)})...)
		}
	}
	return all[:min(len(all), maxSamples)]
}

// refused says whether a Deny certainly refuses the whole region.
func (q *question) refused(region string) bool {
	return slices.ContainsFunc(q.stakes, func(s stake) bool {
		return s.deny && s.context == Yes && s.whole(region, q.facts)
	})
}

// touched says whether a Deny may refuse a part of the region.
func (q *question) touched(region string) bool {
	return slices.ContainsFunc(q.stakes, func(s stake) bool { return s.deny && !s.outside(region, q.facts) })
}

// mayAll judges a pattern of actions. One action of it that is denied settles
// it; that all are allowed takes an Allow of the whole that no Deny touches.
func (e *Evaluator) mayAll(f *facts, pattern string, may func(action string) Verdict) Verdict {
	verdict := Verdict{Decision: Allowed, Resource: "*"}
	members, found := known().members[pattern]
	if !found {
		members = membersOf(pattern, known().Actions)
	}
	for _, action := range members {
		verdict.Decision = max(verdict.Decision, may(action).Decision)
	}
	if verdict.Decision > Allowed {
		return Verdict{Decision: verdict.Decision}
	}
	q := e.ask(f, pattern, func(r *rule) bool { return r.mayConcern(pattern) })
	w := newWeights(e.bounded)
	for _, s := range q.stakes {
		whole := answer(s.clause.reach.action.covers(actionSide(pattern)) && s.whole("*", f))
		if s.deny {
			whole = Yes
		}
		w.add(s.labeled, min(s.context, whole))
	}
	if w.decision() == Allowed {
		return verdict
	}
	q.notes.perhaps("whether every action of " + pattern + " is allowed")
	return Verdict{Decision: Undecided, Unknown: q.notes.sorted()}
}

// actionSide is one pattern of actions.
func actionSide(pattern string) side { return side{in: []string{pattern}, by: matchPatterns} }
