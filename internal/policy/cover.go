package policy

import (
	"slices"
	"strings"
)

// Missing returns the statements of required that d does not grant (or, for a
// Deny, refuse) in full, as written: those for which some combination of one
// action, one resource and one principal is in no statement of d of the same
// effect, with either the same condition or none. It errs towards missing.
// What a Deny of d takes away again is told by [Document.Denying].
func (d Document) Missing(required Document) []Statement {
	return d.uncovered(required.Statements, required.version())
}

// uncovered returns the statements, of a document of the given version, that d
// does not cover.
func (d Document) uncovered(required []Statement, version string) []Statement {
	var missing []Statement
	for _, s := range required {
		if !d.covers(s, version) {
			missing = append(missing, s)
		}
	}
	return missing
}

// covers takes a statement apart into single actions, resources and
// principals, each of which may be covered by another statement of d.
func (d Document) covers(required Statement, version string) bool {
	present := make([]clause, 0, len(d.Statements))
	for _, s := range d.Statements {
		present = append(present, clauseOf(s, d.version()))
	}
	want := clauseOf(required, version)
	return want.coveredBy(present)
}

// clause is a statement in the form that compares.
type clause struct {
	effect    Effect
	version   string
	variables bool
	terms     []string
	reach     reach
}

// clauseOf returns a statement, of a document of the given version, in the form
// that compares.
func clauseOf(s Statement, version string) clause {
	return clause{s.Effect, version, s.hasVariables(), conditionTerms(normalCondition(s.Condition)), reachOf(s)}
}

// holdsWhen says whether the statement holds whenever the other does: same
// effect, the same condition or none. Between versions, what reads as a
// variable differs in meaning, so nothing covers a statement that has one.
func (c *clause) holdsWhen(other *clause) bool {
	return c.effect == other.effect && (c.version == other.version || !other.variables) &&
		(len(c.terms) == 0 || slices.Equal(c.terms, other.terms))
}

// coveredBy says whether others together say all that the statement does.
func (c *clause) coveredBy(others []clause) bool {
	var present []*reach
	for i := range others {
		if others[i].holdsWhen(c) {
			present = append(present, &others[i].reach)
		}
	}
	return len(c.reach.uncovered(present)) == 0
}

// uncovered returns the actions, as [side.singles], that others do not cover on
// every resource and for every principal.
func (r reach) uncovered(others []*reach) []side {
	var missing []side
	for _, action := range r.action.singles() {
		if !r.coveredOn(action, others) {
			missing = append(missing, action)
		}
	}
	return missing
}

// coveredOn says whether others cover one action on every resource and for
// every principal.
func (r reach) coveredOn(action side, others []*reach) bool {
	var present []*reach
	for _, other := range others {
		if other.action.covers(action) {
			present = append(present, other)
		}
	}
	for _, principal := range r.principal.singles() {
		for _, resource := range r.resource.singles() {
			if !slices.ContainsFunc(present, func(other *reach) bool {
				return other.principal.covers(principal) && other.resource.covers(resource)
			}) {
				return false
			}
		}
	}
	return true
}

// hasVariables says whether something in the statement reads as a variable.
func (s Statement) hasVariables() bool { return strings.Contains(s.String(), "${") }

// reach is what a statement speaks about, in the form that compares.
type reach struct{ principal, action, resource side }

// reachOf returns the reach of a statement.
func reachOf(s Statement) reach {
	s = s.normalised()
	return reach{
		principal: side{flatPrincipal(s.Principal), flatPrincipal(s.NotPrincipal), matchPrincipals},
		action:    side{lowered(s.Action), lowered(s.NotAction), matchPatterns},
		resource:  side{s.Resource, s.NotResource, matchResources},
	}
}

// Denying returns the Deny statements of d that may refuse something an Allow
// of required grants: action, resource and principal overlap. Conditions are
// not weighed, so a Deny that only holds without MFA is among them.
func (d Document) Denying(required Document) []Statement {
	var denying []Statement
	for _, deny := range d.Statements {
		if deny.Effect == Deny && slices.ContainsFunc(required.Statements, func(s Statement) bool {
			return s.Effect == Allow && deny.overlaps(s)
		}) {
			denying = append(denying, deny)
		}
	}
	return denying
}

// overlaps says whether both statements may speak of one request.
func (s Statement) overlaps(other Statement) bool {
	a, b := reachOf(s), reachOf(other)
	return a.principal.overlaps(b.principal) && a.action.overlaps(b.action) && a.resource.overlaps(b.resource)
}
