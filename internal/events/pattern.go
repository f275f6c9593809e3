package events

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
)

// Pattern is an EventBridge event pattern. It is matched here as the guide says, see
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
// and the README of https://github.com/aws/event-ruler, so that a rule can be tried
// before it exists.
type Pattern struct{ root patternNode }

// patternNode matches an object: every field, and of each group of alternatives one.
type patternNode struct {
	fields map[string]patternField
	// either are the alternatives of "$or".
	either []patternNode
}

// patternField matches one field: a nested object, or a leaf by any of its conditions.
type patternField struct {
	node       *patternNode
	conditions []condition
}

// condition is one element of the list of a leaf. It gets nil, false for a field that
// is absent.
type condition func(value any, present bool) bool

// ParsePattern reads a pattern. An operator it does not know, and a shape that
// EventBridge refuses, is an error that names the path.
func ParsePattern(text []byte) (*Pattern, error) {
	value, err := decodeJSON(text)
	if err != nil {
		return nil, fmt.Errorf("parse pattern: %w", err)
	}
	object, ok := value.(map[string]any)
	if !ok {
		return nil, errors.New("parse pattern: it is not a JSON object")
	}
	if len(object) == 0 {
		return nil, errors.New("parse pattern: it has no fields")
	}
	root, err := parseNode("", object)
	if err != nil {
		return nil, fmt.Errorf("parse pattern: %w", err)
	}
	return &Pattern{root: root}, nil
}

// decodeJSON keeps numbers as they are written: EventBridge compares them so.
func decodeJSON(text []byte) (any, error) {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err != nil {
		return nil, err
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("there is text after the JSON value")
	}
	return value, nil
}

const orKey = "$or"

func parseNode(path string, object map[string]any) (patternNode, error) {
	node := patternNode{fields: map[string]patternField{}}
	for _, key := range slices.Sorted(maps.Keys(object)) {
		if key == orKey {
			either, err := parseEither(join(path, key), object[key])
			if err != nil {
				return node, err
			}
			node.either = either
			continue
		}
		field, err := parseField(join(path, key), object[key])
		if err != nil {
			return node, err
		}
		node.fields[key] = field
	}
	return node, nil
}

func parseEither(path string, value any) ([]patternNode, error) {
	list, ok := value.([]any)
	if !ok || len(list) < 2 {
		return nil, fmt.Errorf("%s: want a list of two or more patterns", path)
	}
	nodes := make([]patternNode, 0, len(list))
	for i, element := range list {
		at := fmt.Sprintf("%s[%d]", path, i)
		object, ok := element.(map[string]any)
		if !ok || len(object) == 0 {
			return nil, fmt.Errorf("%s: want a pattern with fields", at)
		}
		node, err := parseNode(at, object)
		if err != nil {
			return nil, err
		}
		nodes = append(nodes, node)
	}
	return nodes, nil
}

func parseField(path string, value any) (patternField, error) {
	switch value := value.(type) {
	case map[string]any:
		if len(value) == 0 {
			return patternField{}, fmt.Errorf("%s: an empty object matches nothing", path)
		}
		node, err := parseNode(path, value)
		return patternField{node: &node}, err
	case []any:
		if len(value) == 0 {
			return patternField{}, fmt.Errorf("%s: an empty list matches nothing", path)
		}
		field := patternField{}
		for i, element := range value {
			one, err := parseCondition(element)
			if err != nil {
				return patternField{}, fmt.Errorf("%s[%d]: %w", path, i, err)
			}
			field.conditions = append(field.conditions, one)
		}
		return field, nil
	}
	return patternField{}, fmt.Errorf("%s: want a list of values, or an object", path)
}

// Match tells whether the pattern matches an event, the JSON object that EventBridge
// puts around a record. Text that is no JSON object is an error.
func (p *Pattern) Match(event []byte) (bool, error) {
	value, err := decodeJSON(event)
	if err != nil {
		return false, fmt.Errorf("match event: %w", err)
	}
	object, ok := value.(map[string]any)
	if !ok {
		return false, errors.New("match event: it is not a JSON object")
	}
	return p.root.match(object), nil
}

func (n patternNode) match(object map[string]any) bool {
	for key, field := range n.fields {
		value, present := object[key]
		if !field.match(value, present) {
			return false
		}
	}
	return len(n.either) == 0 || slices.ContainsFunc(n.either, func(one patternNode) bool { return one.match(object) })
}

func (f patternField) match(value any, present bool) bool {
	if f.node == nil {
		return slices.ContainsFunc(f.conditions, func(meets condition) bool { return meetsLeaf(meets, value, present) })
	}
	switch value := value.(type) {
	case map[string]any:
		return f.node.match(value)
	case []any: // All fields have to match in the same element.
		return slices.ContainsFunc(value, func(element any) bool { return f.match(element, true) })
	}
	return f.node.match(nil) // Its fields are absent, which a condition may ask for.
}

// meetsLeaf asks a condition about a leaf: a list meets it by any element, and an
// object or an empty list is no leaf, so it counts as absent.
func meetsLeaf(meets condition, value any, present bool) bool {
	switch value := value.(type) {
	case map[string]any:
		return meets(nil, false)
	case []any:
		if len(value) == 0 {
			return meets(nil, false)
		}
		return slices.ContainsFunc(value, func(element any) bool { return meetsLeaf(meets, element, true) })
	}
	return meets(value, present)
}

// PatternSize is the length that EventBridge counts: the characters of the compact JSON.
func PatternSize(pattern []byte) (int, error) {
	var compact bytes.Buffer
	if err := json.Compact(&compact, pattern); err != nil {
		return 0, fmt.Errorf("measure pattern: %w", err)
	}
	return len([]rune(strings.TrimSpace(compact.String()))), nil
}
