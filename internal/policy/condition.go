package policy

import (
	"maps"
	"slices"
	"strings"
)

// term is one key of one operator of a condition.
type term struct {
	key      string // in lower case
	written  string // as in the policy
	name     string // of the operator, in lower case and without its affixes
	set      string // "forallvalues", "foranyvalue" or empty
	ifExists bool
	negated  bool
	null     bool
	operands []operand
	values   []string
	// odd says why the term cannot be decided at all.
	odd string
}

// compileCondition reads the terms of a condition, in a stable order.
func compileCondition(condition Condition, variables bool) []term {
	var terms []term
	for _, operator := range slices.Sorted(maps.Keys(condition)) {
		keys := condition[operator]
		for _, key := range slices.Sorted(maps.Keys(keys)) {
			terms = append(terms, newTerm(operator, key, keys[key], variables))
		}
	}
	return terms
}

// newTerm reads one term.
func newTerm(operator, key string, values []string, variables bool) term {
	t := term{key: strings.ToLower(key), written: key, values: values}
	set, name, found := strings.Cut(strings.ToLower(operator), ":")
	if !found {
		set, name = "", set
	}
	t.set = set
	if t.null = name == "null"; t.null {
		if found {
			t.odd = "the operator " + operator
		}
		return t
	}
	name, t.ifExists = strings.CutSuffix(name, "ifexists")
	t.name = name
	positive, negated := negations[name]
	t.negated = negated
	read, known := operands[name]
	if !known {
		read, known = operands[positive]
	}
	switch {
	case !known || found && set != "forallvalues" && set != "foranyvalue":
		t.odd = "the operator " + operator
		return t
	case len(values) == 0:
		t.odd = "no values for " + key
	}
	for _, value := range values {
		t.operands = append(t.operands, read(value, variables))
	}
	return t
}

// holds says whether the term holds for what is known.
func (t *term) holds(f *facts, n *notes) Answer {
	if t.odd != "" {
		return n.perhaps(t.odd)
	}
	values, known := f.lookup(t.key)
	switch {
	case !known:
		return n.unknown(t.written)
	case t.null:
		return t.holdsNull(values, n)
	case len(values) == 0:
		return t.holdsAbsent(n)
	}
	mark := len(n.reasons)
	return n.settle(mark, t.holdsFor(values, f, n))
}

// holdsNull judges the Null operator: true means the key is absent.
func (t *term) holdsNull(values []string, n *notes) Answer {
	if len(values) == 1 && values[0] == "" {
		return n.perhaps("the empty value of " + t.written)
	}
	return anyOf(t.values, func(text string) Answer {
		absent, ok := readBool(text)
		if !ok {
			return n.perhaps("Null of " + text)
		}
		return answer(absent == (len(values) == 0))
	})
}

// holdsAbsent judges a key that the request lacks.
func (t *term) holdsAbsent(n *notes) Answer {
	switch {
	case t.set == "forallvalues":
		return Yes
	case t.set == "foranyvalue" && t.ifExists:
		return n.perhaps("ForAnyValue with IfExists of the absent " + t.written)
	case t.set == "foranyvalue":
		return No
	}
	return answer(t.ifExists || t.negated)
}

// holdsFor judges the values of a key.
func (t *term) holdsFor(values []string, f *facts, n *notes) Answer {
	holds := func(value string) Answer {
		found := anyOf(t.operands, func(o operand) Answer { return o(value, f, n) })
		if t.negated {
			return found.not()
		}
		return found
	}
	empty := len(values) == 1 && values[0] == ""
	switch t.set {
	case "forallvalues":
		all := allOf(values, holds)
		if empty && all != Yes {
			return n.perhaps("the empty value of " + t.written)
		}
		return all
	case "foranyvalue":
		some := anyOf(values, holds)
		if empty && some != No {
			return n.perhaps("the empty value of " + t.written)
		}
		return some
	}
	if len(values) > 1 || severalValued[t.key] {
		return n.perhaps("several values of " + t.written + " without a set operator")
	}
	return holds(values[0])
}
