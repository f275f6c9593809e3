package policy

import (
	"slices"
	"strings"
)

// zone is a part of what statements have in common: actions, in lower case, on
// resources.
type zone struct{ action, resource region }

// maxZones bounds the zones that are tried for one statement.
const maxZones = 64

// check says of one request in one kind of session whether a loss shows.
type check func(f *facts, action, resource string) Answer

// lost judges a statement that is gone, where it meets one of the Allow
// statements.
func (c *comparison) lost(l *labeled, s Statement, part side, e *Evaluator, allows []labeled, shows check) Lost {
	lost := Lost{Label: l.label, Statement: s, Guards: part.guards(), MFA: l.mfa}
	zones := c.zones(l.rule, part, e, allows)
	if len(zones) == maxZones {
		lost.Effective = Perhaps
		c.notes.perhaps("some of the many statements that meet one of " + l.label)
	}
	for _, z := range zones {
		effective := c.effect(l.rule, z, shows)
		if effective > lost.Effective {
			lost.Effective, lost.Hits = effective, nil
		}
		if l.deny && effective != No && effective == lost.Effective {
			lost.Hits = append(lost.Hits, spelled(z.action.outer, l.rule, e))
		}
		if effective == Yes && !l.deny {
			break
		}
	}
	lost.Hits = widest(lost.Hits)
	return lost
}

// effect says whether the loss shows in a zone, in any kind of session.
func (c *comparison) effect(r *rule, z zone, shows check) Answer {
	action, named := z.action.sample()
	resource, found := z.resource.sample()
	best := No
	for _, at := range c.settings {
		f := at.facts
		if named && found {
			best = max(best, shows(f, action, resource))
		}
		if best == No && c.open(r, z, f) {
			best = Perhaps
		}
		if best == Yes {
			break
		}
	}
	if best == No && c.cut {
		return c.notes.perhaps("some of the many ages of MFA")
	}
	return best
}

// zones returns where the part of a statement and Allow statements meet, within
// the boundary of the principal; the first maxZones.
func (c *comparison) zones(r *rule, part side, e *Evaluator, allows []labeled) []zone {
	var zones []zone
	f := c.settings[0].facts
	own := meets([]region{anything}, side{in: r.patterns(f)})
	for i := range allows {
		allow := &allows[i]
		if r.services&allow.services == 0 || allow.deny || allow.boundary || !allow.clause.reach.action.overlaps(part) {
			continue
		}
		sides, resources := []side{part}, own
		if allow.rule != r {
			sides = append(sides, allow.clause.reach.action)
			resources = meets(own, side{in: allow.patterns(f)})
		}
		if !e.bounded {
			zones = addZones(zones, sides, resources)
			continue
		}
		for _, bound := range e.rules {
			if bound.boundary && !bound.deny && bound.services&r.services != 0 {
				bounded := append(slices.Clone(sides), bound.clause.reach.action)
				zones = addZones(zones, bounded, meets(resources, side{in: bound.patterns(f)}))
			}
		}
	}
	return zones
}

// addZones adds what sides of actions have in common, on every resource.
func addZones(zones []zone, sides []side, resources []region) []zone {
	for _, action := range commonActions(sides) {
		for _, resource := range resources {
			if z := (zone{action, resource}); len(zones) < maxZones && !slices.Contains(zones, z) {
				zones = append(zones, z)
			}
		}
	}
	return zones
}

// commonActions returns what sides have in common, without what one of them
// excludes in whole.
func commonActions(sides []side) []region {
	common := []region{anything}
	for _, s := range sides {
		if s.in != nil {
			common = meets(common, s)
		}
	}
	for _, s := range sides {
		if s.in == nil {
			common = meets(common, s)
		}
	}
	return common
}

// open says whether a zone that did not show the loss may still hide it: the
// statement may hold in the session, and no remaining Deny refuses it all.
func (c *comparison) open(r *rule, z zone, f *facts) bool {
	var n notes
	if r.onContext(f, &n) == No {
		return false
	}
	return !slices.ContainsFunc(c.after.rules, func(l labeled) bool {
		return l.deny && l.clause.reach.action.covers(actionSide(z.action.outer)) &&
			l.whole(z.resource.outer, f) && l.onContext(f, &n) == Yes
	})
}

// spelled returns an action as a statement has it written.
func spelled(action string, r *rule, e *Evaluator) string {
	for _, written := range r.statement.Action {
		if strings.EqualFold(written, action) {
			return written
		}
	}
	for _, l := range e.rules {
		for _, written := range l.statement.Action {
			if strings.EqualFold(written, action) {
				return written
			}
		}
	}
	return action
}

// widest drops the actions that another one covers.
func widest(actions []string) []string {
	actions = normalActions(actions)
	return slices.DeleteFunc(slices.Clone(actions), func(action string) bool {
		return slices.ContainsFunc(actions, func(other string) bool {
			return other != action && coversPattern(strings.ToLower(other), strings.ToLower(action))
		})
	})
}
