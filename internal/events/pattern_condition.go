package events

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
)

// parseCondition reads one element of a leaf's list: a value, which is compared
// exactly, or an object with one operator.
func parseCondition(element any) (condition, error) {
	object, ok := element.(map[string]any)
	if !ok {
		if _, isList := element.([]any); isList {
			return nil, errors.New("a list in a list matches nothing")
		}
		return presentAnd(sameAs(element)), nil
	}
	operator, operand, err := oneOperator(object)
	if err != nil {
		return nil, err
	}
	parse, known := operators[operator]
	if !known {
		return nil, fmt.Errorf("the operator %q is not known", operator)
	}
	meets, err := parse(operand)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", operator, err)
	}
	return meets, nil
}

// oneOperator is the only member of an object.
func oneOperator(object map[string]any) (operator string, operand any, err error) {
	if len(object) != 1 {
		return "", nil, fmt.Errorf("want one operator, there are %d", len(object))
	}
	for operator, operand = range object {
	}
	return operator, operand, nil
}

// operators read the operand of each operator.
var operators = map[string]func(any) (condition, error){
	"prefix":             affix(strings.HasPrefix),
	"suffix":             affix(strings.HasSuffix),
	"equals-ignore-case": parseIgnoreCase,
	"wildcard":           parseWildcard,
	"anything-but":       parseAnythingBut,
	"exists":             parseExists,
	"numeric":            parseNumeric,
	"cidr":               parseCIDR,
}

// sameAs compares as EventBridge does: texts by their characters, numbers by what is written.
func sameAs(want any) func(any) bool {
	return func(value any) bool { return value == want }
}

func presentAnd(meets func(any) bool) condition {
	return func(value any, present bool) bool { return present && meets(value) }
}

// onText is a condition on texts alone.
func onText(meets func(string) bool) condition {
	return presentAnd(func(value any) bool {
		text, ok := value.(string)
		return ok && meets(text)
	})
}

func parseExists(operand any) (condition, error) {
	want, ok := operand.(bool)
	if !ok {
		return nil, errors.New("want true or false")
	}
	return func(_ any, present bool) bool { return present == want }, nil
}

// affix reads a prefix or a suffix: a text, or {"equals-ignore-case": text}.
func affix(has func(text, part string) bool) func(any) (condition, error) {
	return func(operand any) (condition, error) {
		if object, ok := operand.(map[string]any); ok {
			part, isText := object["equals-ignore-case"].(string)
			if !isText || len(object) != 1 || part == "" {
				return nil, errors.New(`want a text or {"equals-ignore-case": text}`)
			}
			part = strings.ToLower(part)
			return onText(func(text string) bool { return has(strings.ToLower(text), part) }), nil
		}
		part, ok := operand.(string)
		if !ok || part == "" {
			return nil, errors.New(`want a text or {"equals-ignore-case": text}`)
		}
		return onText(func(text string) bool { return has(text, part) }), nil
	}
}

func parseIgnoreCase(operand any) (condition, error) {
	want, ok := operand.(string)
	if !ok {
		return nil, errors.New("want a text")
	}
	return onText(func(text string) bool { return strings.EqualFold(text, want) }), nil
}

func parseWildcard(operand any) (condition, error) {
	text, ok := operand.(string)
	if !ok {
		return nil, errors.New("want a text")
	}
	parts, err := wildcardParts(text)
	if err != nil {
		return nil, err
	}
	return onText(func(text string) bool { return matchParts(text, parts) }), nil
}

// wildcardParts are the literal texts between the asterisks; a backslash makes an
// asterisk or a backslash literal.
func wildcardParts(text string) ([]string, error) {
	var parts []string
	var literal strings.Builder
	afterStar := false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '\\':
			i++
			if i == len(text) || text[i] != '*' && text[i] != '\\' {
				return nil, errors.New(`a backslash stands before "*" or a backslash only`)
			}
			literal.WriteByte(text[i])
			afterStar = false
		case c == '*' && afterStar:
			return nil, errors.New("two asterisks side by side")
		case c == '*':
			parts = append(parts, literal.String())
			literal.Reset()
			afterStar = true
		default:
			literal.WriteByte(c)
			afterStar = false
		}
	}
	return append(parts, literal.String()), nil
}

// matchParts tells whether a text begins with the first part, ends with the last and
// has the others in between, in order.
func matchParts(text string, parts []string) bool {
	first, last := parts[0], parts[len(parts)-1]
	if len(parts) == 1 {
		return text == first
	}
	rest, ok := strings.CutPrefix(text, first)
	if !ok || !strings.HasSuffix(rest, last) {
		return false
	}
	rest = strings.TrimSuffix(rest, last)
	for _, part := range parts[1 : len(parts)-1] {
		i := strings.Index(rest, part)
		if i < 0 {
			return false
		}
		rest = rest[i+len(part):]
	}
	return true
}

func parseCIDR(operand any) (condition, error) {
	text, ok := operand.(string)
	if !ok {
		return nil, errors.New("want a range of addresses")
	}
	network, err := netip.ParsePrefix(text)
	if err != nil {
		return nil, fmt.Errorf("want a range of addresses: %w", err)
	}
	return onText(func(text string) bool {
		address, err := netip.ParseAddr(text)
		return err == nil && network.Contains(address)
	}), nil
}

// numericLimit is the largest number that EventBridge compares, with either sign.
const numericLimit = 5e9

func parseNumeric(operand any) (condition, error) {
	list, ok := operand.([]any)
	if !ok || len(list) != 2 && len(list) != 4 {
		return nil, errors.New("want a comparison and a number, or two of each")
	}
	var tests []func(float64) bool
	for i := 0; i < len(list); i += 2 {
		test, err := parseComparison(list[i], list[i+1])
		if err != nil {
			return nil, err
		}
		tests = append(tests, test)
	}
	return presentAnd(func(value any) bool {
		number, ok := value.(json.Number)
		if !ok {
			return false
		}
		plain, err := number.Float64()
		return err == nil && !slices.ContainsFunc(tests, func(meets func(float64) bool) bool { return !meets(plain) })
	}), nil
}

func parseComparison(sign, with any) (func(float64) bool, error) {
	text, isText := sign.(string)
	number, isNumber := with.(json.Number)
	compare, known := comparisons[text]
	if !isText || !isNumber || !known {
		return nil, errors.New(`want one of "=", "<", "<=", ">", ">=" and a number`)
	}
	limit, err := number.Float64()
	if err != nil || limit > numericLimit || limit < -numericLimit {
		return nil, fmt.Errorf("%s is not between -5e9 and 5e9", number)
	}
	return func(value float64) bool { return compare(value, limit) }, nil
}

var comparisons = map[string]func(value, limit float64) bool{
	"=":  func(value, limit float64) bool { return value == limit },
	"<":  func(value, limit float64) bool { return value < limit },
	"<=": func(value, limit float64) bool { return value <= limit },
	">":  func(value, limit float64) bool { return value > limit },
	">=": func(value, limit float64) bool { return value >= limit },
}

// parseAnythingBut reads a value, a list of values, or an object with one operator on
// a text or a list of texts. It never matches a field that is absent.
func parseAnythingBut(operand any) (condition, error) {
	excluded := []any{operand}
	parse := func(value any) (condition, error) {
		switch value.(type) {
		case string, json.Number:
			return presentAnd(sameAs(value)), nil
		}
		return nil, errors.New("want texts or numbers")
	}
	switch operand := operand.(type) {
	case []any:
		excluded = operand
	case map[string]any:
		operator, value, err := oneOperator(operand)
		if err != nil {
			return nil, err
		}
		inner, known := butOperators[operator]
		if !known {
			return nil, fmt.Errorf("the operator %q is not known here", operator)
		}
		parse, excluded = inner, []any{value}
		if list, isList := value.([]any); isList {
			excluded = list
		}
	}
	if len(excluded) == 0 {
		return nil, errors.New("the list is empty")
	}
	var conditions []condition
	for _, value := range excluded {
		meets, err := parse(value)
		if err != nil {
			return nil, err
		}
		conditions = append(conditions, meets)
	}
	return presentAnd(func(value any) bool {
		return !slices.ContainsFunc(conditions, func(meets condition) bool { return meets(value, true) })
	}), nil
}

// butOperators may stand within anything-but.
var butOperators = map[string]func(any) (condition, error){
	"prefix":             affix(strings.HasPrefix),
	"suffix":             affix(strings.HasSuffix),
	"equals-ignore-case": parseIgnoreCase,
	"wildcard":           parseWildcard,
}
