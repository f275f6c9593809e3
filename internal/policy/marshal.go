package policy

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
)

// String returns the document as compact JSON in one stable form: fixed key
// order, sets sorted and without repetition, a single value as text, statements
// in their order. Equal documents after [Document.Normalised] give equal texts.
func (d Document) String() string {
	var w writer
	w.open()
	if d.Version != "" {
		w.text("Version", d.Version)
	}
	if d.ID != "" {
		w.text("Id", d.ID)
	}
	w.key("Statement")
	w.out.WriteByte('[')
	for i, s := range d.Statements {
		if i > 0 {
			w.out.WriteByte(',')
		}
		w.statement(s)
	}
	w.out.WriteByte(']')
	w.close()
	return w.out.String()
}

// MarshalJSON writes the form of [Document.String].
func (d Document) MarshalJSON() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalJSON reads as [Parse] does.
func (d *Document) UnmarshalJSON(text []byte) error {
	parsed, err := Parse(string(text))
	if err != nil {
		return err
	}
	*d = parsed
	return nil
}

// String returns the statement as compact JSON, to be pasted into a document.
func (s Statement) String() string {
	var w writer
	w.statement(s)
	return w.out.String()
}

// MarshalJSON writes the form of [Statement.String].
func (s Statement) MarshalJSON() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalJSON reads one statement as [Parse] does.
func (s *Statement) UnmarshalJSON(text []byte) error {
	document, err := Parse(`{"Statement":[` + string(text) + `]}`)
	if err != nil {
		return err
	}
	*s = document.Statements[0]
	return nil
}

// writer writes objects in the order of the calls.
type writer struct {
	out   bytes.Buffer
	first bool
}

func (w *writer) open() {
	w.out.WriteByte('{')
	w.first = true
}

func (w *writer) close() {
	w.out.WriteByte('}')
	w.first = false
}

// key writes a key, after a comma where one is due.
func (w *writer) key(key string) {
	if !w.first {
		w.out.WriteByte(',')
	}
	w.first = false
	w.quote(key)
	w.out.WriteByte(':')
}

// quote writes a string; unlike json.Marshal it leaves <, > and & alone, as
// AWS does.
func (w *writer) quote(text string) {
	encoder := json.NewEncoder(&w.out)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(text); err == nil { // a string always encodes
		w.out.Truncate(w.out.Len() - 1) // the newline
	}
}

func (w *writer) text(key, value string) {
	w.key(key)
	w.quote(value)
}

// list writes a set: one value as text, otherwise a sorted list.
func (w *writer) list(key string, values []string) {
	if values == nil {
		return
	}
	w.key(key)
	values = sortedSet(values)
	if len(values) == 1 {
		w.quote(values[0])
		return
	}
	w.out.WriteByte('[')
	for i, value := range values {
		if i > 0 {
			w.out.WriteByte(',')
		}
		w.quote(value)
	}
	w.out.WriteByte(']')
}

func (w *writer) statement(s Statement) {
	w.open()
	if s.Sid != "" {
		w.text("Sid", s.Sid)
	}
	w.text("Effect", string(s.Effect))
	w.principal("Principal", s.Principal)
	w.principal("NotPrincipal", s.NotPrincipal)
	w.list("Action", s.Action)
	w.list("NotAction", s.NotAction)
	w.list("Resource", s.Resource)
	w.list("NotResource", s.NotResource)
	if len(s.Condition) > 0 {
		w.key("Condition")
		w.open()
		for _, operator := range slices.Sorted(maps.Keys(s.Condition)) {
			w.key(operator)
			w.lists(s.Condition[operator])
		}
		w.close()
	}
	w.close()
}

// principal writes "*" or the lists by type.
func (w *writer) principal(key string, principal Principal) {
	if principal == nil {
		return
	}
	w.key(key)
	if _, ok := principal[PrincipalEveryone]; ok {
		w.quote("*")
		return
	}
	w.lists(principal)
}

// lists writes an object of sets, keys sorted; an absent set becomes empty.
func (w *writer) lists(sets map[string][]string) {
	w.open()
	for _, key := range slices.Sorted(maps.Keys(sets)) {
		values := sets[key]
		if values == nil {
			values = []string{}
		}
		w.list(key, values)
	}
	w.close()
}

// sortedSet returns the values sorted, each once.
func sortedSet(values []string) []string {
	set := slices.Clone(values)
	slices.Sort(set)
	return slices.Compact(set)
}
