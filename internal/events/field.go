package events

import (
	"encoding/json"
	"strings"
)

// scalar reads a scalar as text: numbers and booleans as written, null as "".
// An object or array is noted and reads as "".
func (s *scanner) scalar(path string) string {
	switch s.peek() {
	case '"':
		return s.str()
	case '{', '[':
		s.note(path, "not text")
		s.skip()
		return ""
	}
	word := s.word()
	switch word {
	case "null":
		return ""
	case "true", "false":
		s.note(path, "a boolean, not text")
	}
	return word
}

// flag reads a boolean, which CloudTrail and those who pass it on also write
// as "true" or "false"; nil when it is absent, null or something else, and
// then there is a note.
func (s *scanner) flag(path string) *bool {
	if c := s.peek(); c == '{' || c == '[' {
		s.note(path, "not a boolean")
		s.skip()
		return nil
	}
	quoted := s.peek() == '"'
	var word string
	if quoted {
		word = s.str()
	} else {
		word = s.word()
	}
	switch strings.ToLower(strings.TrimSpace(word)) {
	case "true":
		return new(true)
	case "false":
		return new(false)
	case "":
	case "null":
		if quoted {
			s.note(path, "not a boolean")
		}
	default:
		s.note(path, "not a boolean")
	}
	return nil
}

// object visits an object, or the object in a text, as query engines hand it
// on. Null and empty text are absent; anything else is noted. It reports
// whether there was an object.
func (s *scanner) object(path string, visit func(s *scanner, key string)) bool {
	switch s.peek() {
	case '{':
		s.members(path, func(key string) { visit(s, key) })
		return true
	case '"':
		return s.objectInText(path, s.str(), visit)
	case '[':
		s.note(path, "a list, not an object")
		s.skip()
		return false
	}
	if s.word() != "null" {
		s.note(path, "not an object")
	}
	return false
}

// objectInText is object for JSON inside a string.
func (s *scanner) objectInText(path, text string, visit func(s *scanner, key string)) bool {
	if isBlank(text) {
		return false
	}
	if !json.Valid([]byte(text)) {
		s.note(path, "text that is not complete JSON")
		return false
	}
	inner := &scanner{text: text}
	if inner.peek() != '{' {
		s.note(path, "text, not an object")
		return false
	}
	inner.members(path, func(key string) { visit(inner, key) })
	s.notes = append(s.notes, inner.notes...)
	return true
}

// isBlank says whether text stands for an absent object.
func isBlank(text string) bool {
	text = strings.TrimSpace(text)
	return text == "" || text == "null"
}

// parameters reads an object of free form, or nil; see [scanner.object].
func (s *scanner) parameters(path string) map[string]any {
	var object map[string]any
	found := s.object(path, func(inner *scanner, key string) {
		if object == nil {
			object = make(map[string]any, 4)
		}
		object[key] = inner.value(path, 1)
	})
	if found && object == nil {
		return map[string]any{}
	}
	return object
}
