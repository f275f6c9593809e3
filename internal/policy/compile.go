package policy

import (
	"slices"
	"strings"
)

// compiled is a document in the form that decides.
type compiled struct {
	statements []*rule
	// denies says whether there is a Deny in it.
	denies bool
}

// rule is a statement in the form that decides.
type rule struct {
	statement Statement
	clause    clause
	services  services
	deny      bool
	actions   []glob // of Action or NotAction, in lower case
	notAction bool
	resources []template // of Resource or NotResource
	notAny    bool
	terms     []term
	mfa       bool // a condition is one on MFA
	ages      []int64
	// odd says why the statement cannot be decided at all.
	odd string
}

// compile reads a document once, so that it can be asked often.
func compile(d Document) *compiled {
	c := &compiled{}
	variables := d.version() == Version2012
	for _, s := range d.Statements {
		r := &rule{
			statement: s, clause: clauseOf(s, d.version()), deny: s.Effect == Deny,
			notAction: s.Action == nil, notAny: s.Resource == nil, terms: compileCondition(s.Condition, variables),
		}
		r.services = servicesOf(r.clause.reach.action)
		r.mfa, r.ages = onMFA(r.terms, r.deny), agesOf(r.terms)
		for _, action := range slices.Concat(s.Action, s.NotAction) {
			r.actions = append(r.actions, newGlob(strings.ToLower(action)))
		}
		for _, resource := range slices.Concat(s.Resource, s.NotResource) {
			r.resources = append(r.resources, newTemplate(resource, variables, true))
		}
		switch {
		case s.Principal != nil || s.NotPrincipal != nil:
			r.odd = "a Principal in an identity policy"
		case s.Resource == nil && s.NotResource == nil:
			r.odd = "a statement without Resource"
		}
		c.denies = c.denies || r.deny
		c.statements = append(c.statements, r)
	}
	return c
}

// onAction says whether the statement speaks of an action in lower case.
func (r *rule) onAction(action string) bool {
	for i := range r.actions {
		if r.actions[i].matches(action) {
			return !r.notAction
		}
	}
	return r.notAction
}

// onResource says whether the statement speaks of a resource.
func (r *rule) onResource(resource string, f *facts, n *notes) Answer {
	mark, plain := len(n.reasons), plainText(resource)
	found := No
	for i := range r.resources {
		if found = max(found, r.resourceMatches(&r.resources[i], plain, f, n)); found == Yes {
			break
		}
	}
	if r.notAny {
		found = found.not()
	}
	return n.settle(mark, found)
}

// resourceMatches compares with one pattern. What NotResource means where a
// variable has no value is not documented, nor is a variable before the name of
// the resource, nor an ARN that ends too early.
func (r *rule) resourceMatches(t *template, plain string, f *facts, n *notes) Answer {
	mark := len(n.reasons)
	pattern, sure := t.resolve(f, n)
	found := pattern.matchesResource(plain, n)
	switch {
	case sure == No && r.notAny:
		return n.perhaps("a variable without a value in " + t.raw)
	case found == No && shortARN(t.raw) && strings.HasPrefix(plain, t.raw):
		return n.perhaps("the short ARN " + t.raw)
	case found == No:
		return n.settle(mark, No)
	case sure == No:
		return n.settle(mark, No)
	case earlyVariable(t.raw) && t.varies:
		return n.perhaps("a variable before the resource in " + t.raw)
	}
	return n.settle(mark, min(sure, found))
}

// shortARN says whether an ARN pattern has fewer segments than an ARN.
func shortARN(pattern string) bool {
	return strings.HasPrefix(pattern, "arn:") && strings.Count(pattern, ":") < arnSegments-1
}

// earlyVariable says whether a variable stands before the last segment.
func earlyVariable(pattern string) bool {
	before, _, found := strings.Cut(pattern, "${")
	return found && strings.HasPrefix(pattern, "arn:") && strings.Count(before, ":") < arnSegments-1
}

// onContext says whether the condition holds.
func (r *rule) onContext(f *facts, n *notes) Answer {
	mark := len(n.reasons)
	if r.odd != "" {
		return n.perhaps(r.odd)
	}
	all := Yes
	for i := range r.terms {
		if all = min(all, r.terms[i].holds(f, n)); all == No {
			break
		}
	}
	return n.settle(mark, all)
}

// applies says whether the statement speaks of a request.
func (r *rule) applies(f *facts, action, resource string, n *notes) Answer {
	if !r.onAction(action) {
		return No
	}
	mark := len(n.reasons)
	on := r.onResource(resource, f, n)
	if on == No {
		return No
	}
	return n.settle(mark, min(on, r.onContext(f, n)))
}
