package policy

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Bounds of what a summary says.
const (
	maxListed = 3
	maxWord   = 60
)

// Summary says in one short line what the statement does, such as "Deny iam:*
// on * without MFA". Lists and texts are cut; nothing is escaped.
func (s Statement) Summary() string {
	return strings.Join(slices.DeleteFunc([]string{
		string(s.Effect), s.actionWords(), s.resourceWords(), s.conditionWords(),
	}, func(word string) bool { return word == "" }), " ")
}

// actionWords are the actions of a summary.
func (s Statement) actionWords() string {
	switch {
	case s.Action == nil:
		return "everything but " + listOrCount(s.NotAction, "action")
	case slices.Contains(normalActions(s.Action), "*"):
		return "everything"
	}
	return listed(s.Action)
}

// resourceWords are the resources of a summary.
func (s Statement) resourceWords() string {
	switch {
	case s.NotResource != nil:
		return "on all but " + listOrCount(s.NotResource, "resource")
	case s.Resource != nil:
		return "on " + listed(s.Resource)
	}
	return ""
}

// conditionWords are the condition of a summary.
func (s Statement) conditionWords() string {
	var words, keys []string
	for _, t := range compileCondition(s.Condition, true) {
		if word := t.mfaWords(s.Effect == Deny); word != "" {
			words = append(words, word)
		} else {
			keys = append(keys, t.written)
		}
	}
	words = slices.Compact(words)
	if len(keys) > 0 {
		words = append(words, "depending on "+listed(sortedSet(keys)))
	}
	return strings.Join(words, ", ")
}

// onMFA says whether one of the terms is on MFA: in a Deny for sessions without
// it or with an old one, in an Allow for those with it.
func onMFA(terms []term, deny bool) bool {
	return slices.ContainsFunc(terms, func(t term) bool { return t.mfaWords(deny) != "" })
}

// mfaWords says what a term asks of MFA; empty where it is not on MFA, or not
// in the sense that guards.
func (t *term) mfaWords(deny bool) string {
	switch {
	case len(t.values) != 1 || t.set != "" || t.negated:
		return ""
	case strings.EqualFold(t.key, keyMFAPresent) && t.name == "bool":
		return presentWords(t.values[0], "false", deny)
	case strings.EqualFold(t.key, keyMFAPresent) && t.null, strings.EqualFold(t.key, keyMFAAge) && t.null:
		return presentWords(t.values[0], "true", deny)
	case strings.EqualFold(t.key, keyMFAAge) && t.comparesAge(deny):
		return ageWords(t.values[0], deny)
	}
	return ""
}

// presentWords says whether a Deny is for sessions without MFA, or an Allow for
// those with it; without is the value that means the former.
func presentWords(value, without string, deny bool) string {
	_, ok := readBool(value)
	switch none := strings.EqualFold(value, without); {
	case !ok || none != deny:
		return ""
	case none:
		return "without MFA"
	}
	return "with MFA"
}

// comparesAge says whether the operator asks for an age above, in a Deny, or
// below, in an Allow.
func (t *term) comparesAge(deny bool) bool {
	if deny {
		return strings.HasPrefix(t.name, "numericgreaterthan")
	}
	return strings.HasPrefix(t.name, "numericlessthan")
}

// ageWords says how old MFA may be.
func ageWords(seconds string, deny bool) string {
	age := seconds + " s"
	if n, err := strconv.ParseInt(seconds, 10, 32); err == nil {
		age = (time.Duration(n) * time.Second).String()
	}
	if deny {
		return "with MFA older than " + clip(age)
	}
	return "with MFA younger than " + clip(age)
}

// listed returns the first few texts and how many more there are.
func listed(texts []string) string {
	if len(texts) == 0 {
		return "nothing"
	}
	words := make([]string, 0, maxListed)
	for _, text := range texts[:min(len(texts), maxListed)] {
		words = append(words, clip(text))
	}
	list := strings.Join(words, ", ")
	if more := len(texts) - maxListed; more > 0 {
		list += fmt.Sprintf(" and %d more", more)
	}
	return list
}

// listOrCount returns one text, or how many there are.
func listOrCount(texts []string, noun string) string {
	if len(texts) == 1 {
		return clip(texts[0])
	}
	return fmt.Sprintf("%d %ss", len(texts), noun)
}

// clip cuts a long text.
func clip(text string) string {
	if runes := []rune(text); len(runes) > maxWord {
		return string(runes[:maxWord-1]) + "…"
	}
	return text
}
