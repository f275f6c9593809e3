package policy

import (
	"slices"
	"strings"
)

// side is one element of a statement with its Not form; both are nil where
// the element is absent.
type side struct {
	in, not []string
	by      matcher
}

// matcher compares two values of an element: covers says whether everything
// the second means is meant by the first too, overlaps whether both may mean
// the same thing.
type matcher struct {
	covers   func(broad, narrow string) bool
	overlaps func(a, b string) bool
}

// matchPatterns compares actions.
var matchPatterns = matcher{coversPattern, overlaps}

// matchResources compares resources.
var matchResources = matcher{coversResource, overlaps}

// matchPrincipals compares principals as flatPrincipal writes them. They know
// no wildcard but the star that stands alone.
var matchPrincipals = matcher{coversPrincipal, overlapsPrincipal}

// flatPrincipal joins type and value; everyone is "*".
func flatPrincipal(principal Principal) []string {
	if principal == nil {
		return nil
	}
	flat := []string{}
	for kind, values := range principal {
		for _, value := range values {
			if kind == PrincipalEveryone {
				flat = append(flat, everyone)
				continue
			}
			flat = append(flat, kind+":"+value)
		}
	}
	return sortedSet(flat)
}

// The principals that mean more than one.
const (
	everyone  = "*"
	anyoneAWS = PrincipalAWS + ":*"
)

// coversPrincipal is covers for principals. An account does not cover the
// users in it: their own policies must grant too.
func coversPrincipal(broad, narrow string) bool {
	return broad == narrow || (broad == everyone || broad == anyoneAWS) && strings.HasPrefix(narrow, PrincipalAWS+":")
}

// overlapsPrincipal is overlaps for principals: a statement about an account
// may concern the principals in it.
func overlapsPrincipal(a, b string) bool {
	if a == everyone || b == everyone || a == b {
		return true
	}
	prefix := PrincipalAWS + ":"
	if !strings.HasPrefix(a, prefix) || !strings.HasPrefix(b, prefix) {
		return false
	}
	return a == anyoneAWS || b == anyoneAWS || inAccount(a, b) || inAccount(b, a)
}

// inAccount says whether principal is an ARN in account.
func inAccount(account, principal string) bool {
	id := strings.TrimPrefix(account, PrincipalAWS+":")
	return len(id) == 12 && strings.Contains(principal, "::"+id+":")
}

// singles takes a side apart; a Not form stays whole.
func (s side) singles() []side {
	if s.in == nil {
		return []side{s}
	}
	parts := make([]side, 0, len(s.in))
	for _, value := range s.in {
		parts = append(parts, side{in: []string{value}, by: s.by})
	}
	return parts
}

// absent says whether the statement lacks the element.
func (s side) absent() bool { return s.in == nil && s.not == nil }

// covers says whether everything on the narrow side, which holds one value
// or a Not form, is on this one too.
func (s side) covers(narrow side) bool {
	switch {
	case s.absent() || narrow.absent():
		return s.absent() && narrow.absent()
	case s.in != nil && narrow.in != nil:
		return slices.ContainsFunc(s.in, func(broad string) bool { return s.by.covers(broad, narrow.in[0]) })
	case s.in != nil:
		return slices.Contains(s.in, "*")
	case narrow.in != nil:
		return !slices.ContainsFunc(s.not, func(but string) bool { return s.by.overlaps(but, narrow.in[0]) })
	}
	return !slices.ContainsFunc(s.not, func(but string) bool {
		return !slices.ContainsFunc(narrow.not, func(other string) bool { return s.by.covers(other, but) })
	})
}

// overlaps says whether something may be on both sides. An absent element is
// on every side, and two Not forms always overlap.
func (s side) overlaps(other side) bool {
	if s.in == nil {
		s, other = other, s
	}
	switch {
	case s.in == nil || other.absent():
		return true
	case other.in != nil:
		return slices.ContainsFunc(s.in, func(a string) bool {
			return slices.ContainsFunc(other.in, func(b string) bool { return s.by.overlaps(a, b) })
		})
	}
	return slices.ContainsFunc(s.in, func(a string) bool {
		return !slices.ContainsFunc(other.not, func(but string) bool { return s.by.covers(but, a) })
	})
}
