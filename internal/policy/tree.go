package policy

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

// maxNesting bounds the depth of a document; a valid one needs six levels.
const maxNesting = 16

// member is one key of an object, in the order of the text.
type member struct {
	key   string
	value any
}

// object keeps its members in order and holds each key once.
type object []member

// decodeTree decodes JSON to object, []any, string, json.Number, bool or nil.
// A key given twice, text after the value and deep nesting are errors.
func decodeTree(text string) (any, error) {
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.UseNumber()
	value, err := decodeValue(decoder, "", 0)
	if err != nil {
		return nil, err
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("text after the document")
	}
	return value, nil
}

// decodeValue decodes the next value; path names it in errors.
func decodeValue(decoder *json.Decoder, path string, depth int) (any, error) {
	token, err := decoder.Token()
	if err != nil {
		if errors.Is(err, io.EOF) {
			return nil, errors.New("the text ends too early")
		}
		return nil, fmt.Errorf("read JSON: %w", err)
	}
	delim, ok := token.(json.Delim)
	if !ok {
		return token, nil
	}
	if depth >= maxNesting {
		return nil, fmt.Errorf("%s: nested too deep", path)
	}
	if delim == '{' {
		return decodeObject(decoder, path, depth+1)
	}
	return decodeArray(decoder, path, depth+1)
}

// decodeObject decodes up to the closing brace.
func decodeObject(decoder *json.Decoder, path string, depth int) (any, error) {
	members := object{}
	seen := map[string]bool{}
	for decoder.More() {
		token, err := decoder.Token()
		if err != nil {
			return nil, fmt.Errorf("read JSON: %w", err)
		}
		key, ok := token.(string)
		if !ok {
			return nil, fmt.Errorf("%s: want a key", path)
		}
		at := joinPath(path, key)
		if seen[key] {
			return nil, fmt.Errorf("%s: given twice", at)
		}
		seen[key] = true
		value, err := decodeValue(decoder, at, depth)
		if err != nil {
			return nil, err
		}
		members = append(members, member{key, value})
	}
	return members, closeValue(decoder)
}

// decodeArray decodes up to the closing bracket.
func decodeArray(decoder *json.Decoder, path string, depth int) (any, error) {
	list := []any{}
	for decoder.More() {
		value, err := decodeValue(decoder, fmt.Sprintf("%s[%d]", path, len(list)), depth)
		if err != nil {
			return nil, err
		}
		list = append(list, value)
	}
	return list, closeValue(decoder)
}

// closeValue reads the closing bracket.
func closeValue(decoder *json.Decoder) error {
	if _, err := decoder.Token(); err != nil {
		return fmt.Errorf("read JSON: %w", err)
	}
	return nil
}

// joinPath appends a key to a path.
func joinPath(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

// kindOf names the kind of a decoded value in errors.
func kindOf(value any) string {
	switch value.(type) {
	case object:
		return "an object"
	case []any:
		return "a list"
	case string:
		return "text"
	case json.Number:
		return "a number"
	case bool:
		return "a boolean"
	}
	return "null"
}
