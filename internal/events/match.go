package events

import (
	"encoding/json"
	"math"
	"slices"
	"strconv"
	"strings"
)

// verdict is what one record says to one rule.
type verdict int

// The verdicts.
const (
	unmatched verdict = iota
	matched
	// unread means that what the rule looks at was cut, hidden or left out.
	unread
	// undecided means that one record does not tell.
	undecided
)

// judge compares a rule with the request parameters. doubted says that not all
// of them could be read, so what is absent may have been cut away.
func (r *Rule) judge(parameters map[string]any, doubted bool) verdict {
	switch {
	case strings.HasPrefix(r.Path, lookupPrefix):
		return undecided
	case r.Op == OpChanged:
		if len(r.paths[0].read(parameters).values) > 0 {
			return undecided
		}
		return unmatched
	case !r.Op.decidable():
		return undecided
	case parameters == nil:
		return unread
	}
	result := unmatched
	for _, p := range r.paths {
		switch r.judgePath(p, parameters, doubted) {
		case matched:
			return matched
		case unread:
			result = unread
		default:
		}
	}
	return result
}

// judgePath compares what lies at one path.
func (r *Rule) judgePath(p path, parameters map[string]any, doubted bool) verdict {
	at := p.read(parameters)
	if len(at.values) == 0 && !at.odd {
		return r.judgeAbsence(doubted || p.required, at.noParent)
	}
	result := unmatched
	if at.odd {
		result = unread
	}
	for _, value := range at.values {
		switch r.compare(value) {
		case matched:
			return matched
		case unread:
			result = unread
		default:
		}
	}
	return result
}

// judgeAbsence judges that nothing lies at a path: unreadable when it may have
// been cut away, or when what should hold it is not there either.
func (r *Rule) judgeAbsence(maybeCut, noParent bool) verdict {
	forAbsence := r.Op == OpAbsent || r.Op == OpAbsentOrFalse
	if maybeCut || forAbsence && noParent {
		return unread
	}
	return verdictOf(forAbsence)
}

// compare compares one value that is there.
func (r *Rule) compare(value any) verdict {
	text, isText := plainText(value)
	if value == nil || isMasked(text) {
		return unread
	}
	switch r.Op {
	case OpEmpty:
		return verdictOf(isEmpty(value))
	case OpNonempty:
		return verdictOf(!isEmpty(value))
	case OpNoSelectorFor:
		return noSelectorFor(value, r.texts[0], r.texts[1])
	case OpPolicyPrincipalAny:
		return openToAll(value)
	case OpAbsent:
		return unmatched
	default:
	}
	if !isText {
		return unread
	}
	return r.compareText(text)
}

// compareText compares a scalar, as text: booleans and numbers also come so.
func (r *Rule) compareText(text string) verdict {
	switch r.Op {
	case OpAbsentOrFalse:
		return equals(text, false)
	case OpEq:
		return equals(text, r.Value)
	case OpLt, OpGt:
		got, ok := number(text)
		if !ok {
			return unread
		}
		return verdictOf(r.Op == OpLt && got < r.number || r.Op == OpGt && got > r.number)
	case OpIn:
		return verdictOf(slices.Contains(r.texts, text))
	case OpRegex:
		return verdictOf(r.pattern().MatchString(text))
	default:
		return unmatched
	}
}

// verdictOf is matched or unmatched.
func verdictOf(holds bool) verdict {
	if holds {
		return matched
	}
	return unmatched
}

// isMasked says whether AWS wrote something in place of the value.
func isMasked(text string) bool { return text == "***" || IsHidden(text) }

// equals compares a scalar of a record with one of the catalogue.
func equals(text string, want any) verdict {
	switch want := want.(type) {
	case bool:
		got, err := strconv.ParseBool(strings.ToLower(strings.TrimSpace(text)))
		if err != nil {
			return unread
		}
		return verdictOf(got == want)
	case float64:
		got, ok := number(text)
		if !ok {
			return unread
		}
		return verdictOf(got == want)
	}
	return verdictOf(text == want)
}

// number reads a finite number.
func number(text string) (float64, bool) {
	got, err := strconv.ParseFloat(strings.TrimSpace(text), 64)
	return got, err == nil && !math.IsNaN(got) && !math.IsInf(got, 0)
}

// plainText is a scalar as text; false for lists, objects and null.
func plainText(value any) (string, bool) {
	switch value.(type) {
	case string, bool, json.Number:
		return scalarText(value), true
	}
	return "", false
}

// isEmpty says whether text, a list or an object holds nothing.
func isEmpty(value any) bool {
	switch value := value.(type) {
	case string:
		return strings.TrimSpace(value) == ""
	case []any:
		return len(value) == 0
	case map[string]any:
		return len(value) == 0
	}
	return false
}

// noSelectorFor matches advanced event selectors none of which selects the
// value of a field. One that selects reads only does not count, and no selector
// at all means that the call sent another kind.
func noSelectorFor(value any, field, want string) verdict {
	selectors, ok := value.([]any)
	if !ok {
		return unread
	}
	for _, selector := range selectors {
		object, _ := selector.(map[string]any)
		fields, _ := member(object, "fieldSelectors")
		list, ok := fields.([]any)
		if !ok {
			return unread
		}
		if selects(list, field, want) && !selects(list, "readOnly", "true") {
			return unmatched
		}
	}
	return verdictOf(len(selectors) > 0)
}

// selects says whether one of the field selectors demands a value of a field.
func selects(fields []any, field, want string) bool {
	return slices.ContainsFunc(fields, func(selector any) bool {
		object, _ := selector.(map[string]any)
		name, _ := member(object, "field")
		values, _ := member(object, "equals")
		list, _ := values.([]any)
		return name == field && slices.ContainsFunc(list, func(value any) bool { return scalarText(value) == want })
	})
}
