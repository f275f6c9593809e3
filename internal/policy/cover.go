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
	present := d.comparable(required, version)
	want := reachOf(required)
	for _, principal := range want.principal.singles() {
		for _, action := range want.action.singles() {
			for _, resource := range want.resource.singles() {
				if !slices.ContainsFunc(present, func(r reach) bool {
					return r.principal.covers(principal) && r.action.covers(action) && r.resource.covers(resource)
				}) {
					return false
				}
			}
		}
	}
	return true
}

// comparable returns the reach of the statements that hold whenever required
// does: same effect, the same condition or none. Between versions, what reads
// as a variable differs in meaning, so nothing covers a statement that has one.
func (d Document) comparable(required Statement, version string) []reach {
	if d.version() != version && required.hasVariables() {
		return nil
	}
	terms := conditionTerms(normalCondition(required.Condition))
	var present []reach
	for _, s := range d.Statements {
		condition := conditionTerms(normalCondition(s.Condition))
		if s.Effect == required.Effect && (len(condition) == 0 || slices.Equal(condition, terms)) {
			present = append(present, reachOf(s))
		}
	}
	return present
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
		resource:  side{s.Resource, s.NotResource, matchPatterns},
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
