package events

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"
)

// Rule says what in a record makes an event graver or lighter than its base
// severity.
type Rule struct {
	// Path is where to look: "requestParameters." and names parted by dots, with
	// "[]" behind a list and "|" between alternatives, or userAgent, or "*", or
	// "lookup:" and what would have to be asked.
	Path string
	// Op says when the rule matches.
	Op Op
	// Value is what Op compares with; nil where it needs nothing.
	Value any
	// Severity is the grade of a record that matches; zero for a note.
	Severity Severity
	// Why is the reason, the end of a sentence.
	Why string

	paths   []path
	texts   []string
	number  float64
	pattern func() *regexp.Regexp
}

// Op is the comparison of a [Rule].
type Op string

// The comparisons that a record decides by itself.
const (
	OpAbsent             Op = "absent"
	OpAbsentOrFalse      Op = "absent_or_false"
	OpEq                 Op = "eq"
	OpIn                 Op = "in"
	OpLt                 Op = "lt"
	OpGt                 Op = "gt"
	OpEmpty              Op = "empty"
	OpNonempty           Op = "nonempty"
	OpRegex              Op = "regex"
	OpNoSelectorFor      Op = "no_selector_for"
	OpPolicyPrincipalAny Op = "policy_principal_any"
)

// The comparisons that need more than one record. [Grade] never acts on them.
const (
	// OpContains compares the user agent, which the caller sets: it counts only
	// for a deployer whom the user has named.
	OpContains Op = "contains"
	// OpChanged compares with the value before.
	OpChanged Op = "changed"
	// OpMeetsDeclared compares with the declared state.
	OpMeetsDeclared Op = "meets_declared"
	// OpIsManagedRule asks whether the object is one of ours.
	OpIsManagedRule Op = "is_managed_rule"
	// OpNote is advice for the reader.
	OpNote Op = "note"
)

const (
	parametersPrefix = "requestParameters."
	lookupPrefix     = "lookup:"
	anywhere         = "*"
	agentPath        = "userAgent"
)

// decidable says whether one record decides the comparison.
func (o Op) decidable() bool {
	switch o {
	case OpContains, OpChanged, OpMeetsDeclared, OpIsManagedRule, OpNote:
		return false
	default:
		return true
	}
}

// UnmarshalJSON reads a rule and refuses what [Grade] would not understand. The
// expression of a rule is not compiled here but when it is first needed.
func (r *Rule) UnmarshalJSON(text []byte) error {
	var raw struct {
		Path     string   `json:"path"`
		Op       Op       `json:"op"`
		Value    any      `json:"value"`
		Severity Severity `json:"severity"`
		Why      string   `json:"why"`
	}
	if err := json.Unmarshal(text, &raw); err != nil {
		return fmt.Errorf("decode rule: %w", err)
	}
	*r = Rule{Path: raw.Path, Op: raw.Op, Value: raw.Value, Severity: raw.Severity, Why: raw.Why}
	if r.Severity == 0 && r.Op != OpNote {
		return fmt.Errorf("rule on %s: no severity", r.Path)
	}
	if err := r.parsePath(); err != nil {
		return err
	}
	return r.parseValue()
}

// parsePath splits the path, and checks that the comparison can look there.
func (r *Rule) parsePath() error {
	switch {
	case strings.HasPrefix(r.Path, parametersPrefix):
		for alternative := range strings.SplitSeq(strings.TrimPrefix(r.Path, parametersPrefix), "|") {
			r.paths = append(r.paths, parsePath(alternative))
		}
		if slices.ContainsFunc(r.paths, func(p path) bool { return !p.valid() }) {
			return fmt.Errorf("rule on %s: an empty name", r.Path)
		}
	case r.Path == agentPath && r.Op == OpContains:
	case r.Path == anywhere && !r.Op.decidable():
	case strings.HasPrefix(r.Path, lookupPrefix):
	default:
		return fmt.Errorf("rule on %q: %q cannot look there", r.Path, r.Op)
	}
	return nil
}

// parseValue checks the value against the comparison.
func (r *Rule) parseValue() error {
	var fits bool
	switch r.Op {
	case OpAbsent, OpAbsentOrFalse, OpEmpty, OpNonempty, OpPolicyPrincipalAny, OpChanged, OpMeetsDeclared, OpIsManagedRule, OpNote:
		fits = r.Value == nil
	case OpEq:
		fits = isScalar(r.Value)
	case OpIn:
		fits = r.parseTexts()
	case OpLt, OpGt:
		r.number, fits = r.Value.(float64)
	case OpRegex:
		fits = r.parsePattern()
	case OpContains:
		_, fits = r.Value.(string)
	case OpNoSelectorFor:
		field, value, ok := strings.Cut(fmt.Sprint(r.Value), "=")
		r.texts, fits = []string{field, value}, ok
	default:
		return fmt.Errorf("rule on %s: unknown op %q", r.Path, r.Op)
	}
	if !fits {
		return fmt.Errorf("rule on %s: %s does not take %v", r.Path, r.Op, r.Value)
	}
	return nil
}

// isScalar says whether a decoded value is text, a number or a boolean.
func isScalar(value any) bool {
	switch value.(type) {
	case string, bool, float64:
		return true
	}
	return false
}

// parseTexts keeps the texts of a list.
func (r *Rule) parseTexts() bool {
	list, ok := r.Value.([]any)
	for _, element := range list {
		text, isText := element.(string)
		ok = ok && isText
		r.texts = append(r.texts, text)
	}
	return ok && len(list) > 0
}

// parsePattern keeps an expression for later. A test compiles them all.
func (r *Rule) parsePattern() bool {
	expression, ok := r.Value.(string)
	r.pattern = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(expression) })
	return ok
}
