package events

import (
	"cmp"
	"slices"
)

// SamePattern tells whether two patterns are written alike, whatever the order of names
// and of alternatives, and whatever is said twice. Texts that are no JSON are compared
// as they are.
func SamePattern(a, b string) bool {
	if a == b {
		return true
	}
	left, err := decodeJSON([]byte(a))
	if err != nil {
		return false
	}
	right, err := decodeJSON([]byte(b))
	return err == nil && compact(ordered(left, "")) == compact(ordered(right, ""))
}

// ordered sorts alternatives. The list of "numeric" is an operator after an operand and
// keeps its order.
func ordered(value any, key string) any {
	switch value := value.(type) {
	case map[string]any:
		sorted := make(map[string]any, len(value))
		for name, member := range value {
			sorted[name] = ordered(member, name)
		}
		return sorted
	case []any:
		alternatives := make([]any, len(value))
		for i, one := range value {
			alternatives[i] = ordered(one, "")
		}
		if key == "numeric" {
			return alternatives
		}
		slices.SortFunc(alternatives, compareText)
		return slices.CompactFunc(alternatives, func(a, b any) bool { return compareText(a, b) == 0 })
	}
	return value
}

func compareText(a, b any) int { return cmp.Compare(compact(a), compact(b)) }
