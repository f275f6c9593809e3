package policy

import "strings"

// The private-use characters that stand for a star and a question mark that
// are text: "${*}" and "${?}" in a policy, and the plain ones of a request.
const (
	textStar     = '\U0010FFF0'
	textQuestion = '\U0010FFF1'
)

// asText marks the stars and question marks of a text that is no pattern.
var asText = strings.NewReplacer("*", string(textStar), "?", string(textQuestion))

// plainText returns a text in which stars and question marks are marked.
func plainText(s string) string {
	if strings.ContainsAny(s, "*?") {
		return asText.Replace(s)
	}
	return s
}

// template is a text of a policy with its variables.
type template struct {
	raw    string
	pieces []piece
	// fixed is the whole as a pattern where no piece is a variable.
	fixed  glob
	varies bool
}

// piece is text, or a variable with its default.
type piece struct {
	text     string
	variable string
	fallback *string
	// malformed is a variable that cannot be read.
	malformed bool
}

// newTemplate reads a text. Without variables, as in documents of the older
// version, "${" is text; without wildcards, stars are.
func newTemplate(raw string, variables, wildcards bool) template {
	text := func(s string) piece {
		if !wildcards {
			s = plainText(s)
		}
		return piece{text: s}
	}
	t := template{raw: raw}
	rest := raw
	for variables {
		before, after, found := strings.Cut(rest, "${")
		name, after, closed := strings.Cut(after, "}")
		if !found || !closed {
			break
		}
		t.pieces = append(t.pieces, text(before), newPiece(name))
		rest = after
	}
	t.pieces = append(t.pieces, text(rest))
	var all strings.Builder
	for _, p := range t.pieces {
		if p.variable != "" || p.malformed {
			t.varies = true
			return t
		}
		all.WriteString(p.text)
	}
	t.fixed = newGlob(all.String())
	return t
}

// newPiece reads what stands between "${" and "}".
func newPiece(name string) piece {
	switch name {
	case "*", "?":
		return piece{text: plainText(name)}
	case "$":
		return piece{text: name}
	}
	key, fallback, found := strings.Cut(name, ",")
	p := piece{variable: strings.ToLower(strings.TrimSpace(key))}
	if found {
		fallback = strings.TrimSpace(fallback)
		if len(fallback) < 2 || fallback[0] != '\'' || fallback[len(fallback)-1] != '\'' {
			return piece{malformed: true}
		}
		fallback = fallback[1 : len(fallback)-1]
		p.fallback = &fallback
	}
	p.malformed = p.variable == ""
	return p
}

// resolve returns the pattern with the values of its variables. The answer is
// no where a variable has no value, so that nothing equals the text, and
// perhaps where one is unknown; then the pattern has a star in its place, which
// matches whatever may match.
func (t *template) resolve(f *facts, n *notes) (glob, Answer) {
	if !t.varies {
		return t.fixed, Yes
	}
	state := Yes
	var out strings.Builder
	for _, p := range t.pieces {
		text, sure := p.resolve(f, n)
		out.WriteString(text)
		state = min(state, sure)
	}
	return newGlob(out.String()), state
}

// resolve returns the text of one piece.
func (p piece) resolve(f *facts, n *notes) (string, Answer) {
	if p.malformed {
		return "*", n.perhaps("a policy variable that cannot be read")
	}
	if p.variable == "" {
		return p.text, Yes
	}
	values, known := f.lookup(p.variable)
	switch {
	case !known:
		return "*", n.unknown(p.variable)
	case len(values) == 0 && p.fallback != nil:
		return p.value(*p.fallback, n)
	case len(values) == 0:
		return "*", No
	case len(values) > 1 || severalValued[p.variable]:
		return "*", n.perhaps("several values of " + p.variable + " in a policy variable")
	}
	return p.value(values[0], n)
}

// value returns the value of a variable. Whether a star in it is text or a
// wildcard is not documented, nor whether an empty text is a value.
func (p piece) value(value string, n *notes) (string, Answer) {
	if value == "" {
		return "", n.perhaps("the empty value of " + p.variable + " in a policy variable")
	}
	if strings.ContainsAny(value, "*?") {
		return value, n.perhaps("a wildcard in the value of " + p.variable)
	}
	return value, Yes
}
