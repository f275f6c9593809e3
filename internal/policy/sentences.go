package policy

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Sentences says in a few short lines what the principal lost, what matters
// most first; nil where nothing was lost. Losses without effect are left out.
func (l Loss) Sentences(who string) []string {
	var lines []string
	for _, lost := range widestFirst(l.Denies) {
		words := strings.TrimSpace(lost.hitWords() + " " + lost.Statement.conditionWords())
		switch lost.Effective {
		case Yes:
			lines = append(lines, fmt.Sprintf("%s is no longer denied %s", who, words))
		case Perhaps:
			lines = append(lines, fmt.Sprintf("%s may no longer be denied %s", who, words))
		case No:
		}
	}
	for _, lost := range l.Freed {
		lines = append(lines, fmt.Sprintf("%s is no longer kept from %s by the boundary", who, lost.hitWords()))
	}
	lines = append(lines, regainedLines(who+" can raise its own privileges", l.Escalations)...)
	lines = append(lines, regainedLines(who+" may be able to raise its own privileges", l.Unsettled)...)
	for _, lost := range l.Allows {
		if lost.Effective != No {
			words := strings.TrimSpace(lost.hitWords() + " " + lost.Statement.resourceWords())
			lines = append(lines, fmt.Sprintf("%s is no longer allowed %s", who, words))
		}
	}
	return firstOnly(lines)
}

// widestFirst orders losses by what they open: all actions of a service before single ones.
func widestFirst(list []Lost) []Lost {
	narrow := func(lost Lost) int {
		if slices.ContainsFunc(lost.Hits, func(action string) bool { return strings.HasSuffix(action, "*") }) {
			return 0
		}
		return 1
	}
	list = slices.Clone(list)
	slices.SortStableFunc(list, func(a, b Lost) int {
		return cmp.Or(cmp.Compare(b.Effective, a.Effective), cmp.Compare(narrow(a), narrow(b)))
	})
	return list
}

// hitWords are the actions that the loss concerns; the statement's own where
// these are all.
func (l Lost) hitWords() string {
	if len(l.Hits) == 0 || slices.Contains(l.Hits, "*") {
		return l.Statement.actionWords()
	}
	return listed(l.Hits)
}

// inSessions are words for the usual sets of sessions.
var inSessions = map[string]string{
	fmt.Sprint(Sessions()):                                         "",
	fmt.Sprint([]Session{KeySession, PlainSession}):                " without MFA",
	fmt.Sprint([]Session{KeySession, PlainSession, OldMFASession}): " without recent MFA",
	fmt.Sprint([]Session{OldMFASession}):                           " with old MFA",
	fmt.Sprint([]Session{OldMFASession, MFASession}):               " with MFA",
}

// regainedLines returns a line for each set of sessions.
func regainedLines(begin string, list []Regained) []string {
	names := map[string][]string{}
	for _, x := range list {
		sessions := fmt.Sprint(x.Sessions)
		names[sessions] = append(names[sessions], x.Name())
	}
	var lines []string
	for _, sessions := range slices.Sorted(maps.Keys(names)) {
		where, found := inSessions[sessions]
		if !found {
			where = " (" + strings.Trim(sessions, "[]") + ")"
		}
		lines = append(lines, fmt.Sprintf("%s%s by %s", begin, where, listed(names[sessions])))
	}
	return lines
}

// firstOnly drops repeated lines and keeps the order.
func firstOnly(lines []string) []string {
	var kept []string
	for _, line := range lines {
		if !slices.Contains(kept, line) {
			kept = append(kept, line)
		}
	}
	return kept
}
