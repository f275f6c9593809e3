package events

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// maxDepth bounds the nesting of values that are decoded; what lies deeper is
// checked and left out. maxNotes bounds the oddities listed while one record
// is read; what is missing from the record as a whole is always added.
const (
	maxDepth = 64
	maxNotes = 32
)

// errNotObject is the error for a record that is JSON, but no object.
var errNotObject = errors.New("top level is not a JSON object")

// scanner walks JSON text once, so that a record of many fields costs only
// those that are read. It accepts exactly what encoding/json accepts, at any
// depth; the first syntax error stops it. Strings share memory with the text.
type scanner struct {
	text     string
	pos      int
	err      error
	notes    []string
	complete bool   // all is read: notes are no longer bounded
	stack    []byte // open brackets, reused by skip
}

// note adds an oddity of a field.
func (s *scanner) note(path, what string) {
	switch {
	case len(s.notes) < maxNotes || s.complete:
		s.notes = append(s.notes, path+": "+what)
	case len(s.notes) == maxNotes:
		s.notes = append(s.notes, "record: more oddities than are listed here")
	}
}

// fail keeps the first error and moves to the end, which ends every loop.
func (s *scanner) fail(what string) {
	if s.err == nil {
		s.err = fmt.Errorf("%s at byte %d", what, s.pos)
	}
	s.pos = len(s.text)
}

// peek skips white space and returns the next byte, 0 at the end.
func (s *scanner) peek() byte {
	for s.pos < len(s.text) {
		c := s.text[s.pos]
		if c != ' ' && c != '\n' && c != '\t' && c != '\r' {
			return c
		}
		s.pos++
	}
	return 0
}

// members calls visit for every key of the object that begins here; visit
// consumes the value. A key given twice is noted, and the last one holds.
func (s *scanner) members(path string, visit func(key string)) {
	var keys keySet
	s.pos++
	for c := s.peek(); ; c = s.peek() {
		if c == '}' && keys.count == 0 {
			break
		}
		if c != '"' {
			s.fail("want a key")
			return
		}
		key := s.str()
		if s.peek() != ':' {
			s.fail("want a colon")
			return
		}
		s.pos++
		if !keys.add(key) {
			s.note(join(path, key), "given twice")
		}
		visit(key)
		if c = s.peek(); c == '}' {
			break
		}
		if c != ',' {
			s.fail("want a comma or the end of the object")
			return
		}
		s.pos++
	}
	s.pos++
}

// keySet holds the keys of one object: the first in an array, which costs
// nothing, the rest in a map.
type keySet struct {
	few   [32]string
	more  map[string]bool
	count int
}

// add reports whether the key is new.
func (k *keySet) add(key string) bool {
	if slices.Contains(k.few[:min(k.count, len(k.few))], key) || k.more[key] {
		return false
	}
	if k.count < len(k.few) {
		k.few[k.count] = key
	} else {
		if k.more == nil {
			k.more = map[string]bool{}
		}
		k.more[key] = true
	}
	k.count++
	return true
}

// elements calls visit for every element of the array that begins here.
func (s *scanner) elements(visit func()) {
	s.pos++
	for first := true; ; first = false {
		if c := s.peek(); c == ']' && first {
			break
		}
		visit()
		c := s.peek()
		if c == ']' {
			break
		}
		if c != ',' {
			s.fail("want a comma or the end of the array")
			return
		}
		s.pos++
	}
	s.pos++
}

// value decodes the value here: map[string]any, []any, string, json.Number,
// bool or nil. What is nested too deep becomes nil, with a note.
func (s *scanner) value(path string, depth int) any {
	switch c := s.peek(); {
	case c == '"':
		return s.str()
	case c == '{' && depth < maxDepth:
		object := make(map[string]any, 4)
		s.members(path, func(key string) { object[key] = s.value(path, depth+1) })
		return object
	case c == '[' && depth < maxDepth:
		array := []any{}
		s.elements(func() { array = append(array, s.value(path, depth+1)) })
		return array
	case c == '{' || c == '[':
		s.note(path, "nested too deep to read")
		s.skip()
		return nil
	default:
		return literal(s.word())
	}
}

// literal returns the value of a word: bool, nil or json.Number.
func literal(word string) any {
	switch word {
	case "true":
		return true
	case "false":
		return false
	case "null", "":
		return nil
	default:
		return json.Number(word)
	}
}

// str decodes the string here. Bytes that are no UTF-8 become U+FFFD.
func (s *scanner) str() string {
	start := s.pos
	if s.skipString() {
		return s.text[start+1 : s.pos-1]
	}
	if s.err != nil {
		return ""
	}
	quoted := s.text[start:s.pos]
	if strings.IndexByte(quoted, '\\') < 0 && utf8.ValidString(quoted) {
		return quoted[1 : len(quoted)-1]
	}
	var out string
	if err := json.Unmarshal([]byte(quoted), &out); err != nil {
		s.fail("unreadable string")
	}
	return out
}

// word moves past a number, true, false or null and returns it.
func (s *scanner) word() string {
	start := s.pos
	for s.pos < len(s.text) && isWordByte(s.text[s.pos]) {
		s.pos++
	}
	word := s.text[start:s.pos]
	if word != "true" && word != "false" && word != "null" && !isNumber(word) {
		s.pos = start
		s.fail("want a value")
		return ""
	}
	return word
}

// isWordByte says whether c may stand in a number or in true, false and null.
func isWordByte(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c == '-' || c == '+' || c == '.' || c == 'E'
}

// isNumber checks the JSON grammar of numbers.
func isNumber(word string) bool {
	word = strings.TrimPrefix(word, "-")
	rest := afterDigits(word)
	whole := word[:len(word)-len(rest)]
	if whole == "" || whole[0] == '0' && len(whole) > 1 {
		return false
	}
	if fraction, ok := strings.CutPrefix(rest, "."); ok {
		rest = afterDigits(fraction)
		if len(rest) == len(fraction) {
			return false
		}
	}
	return rest == "" || isExponent(rest)
}

// isExponent checks e or E, a sign or none, and digits.
func isExponent(word string) bool {
	if word[0] != 'e' && word[0] != 'E' {
		return false
	}
	digits := word[1:]
	if digits != "" && (digits[0] == '+' || digits[0] == '-') {
		digits = digits[1:]
	}
	return digits != "" && afterDigits(digits) == ""
}

// afterDigits returns what follows the digits at the start.
func afterDigits(word string) string { return strings.TrimLeft(word, "0123456789") }

// join appends a key to a path.
func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}
