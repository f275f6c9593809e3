package policy

import (
	"encoding/json"
	"fmt"
	"net/url"
	"strconv"
	"strings"
)

// Parse reads a policy document. Lists may be single texts everywhere, and
// condition values may be booleans and numbers. An unknown or repeated key, a
// missing Effect or Action, an element beside its Not form, and values of
// another kind are errors that name the path, such as
// "Statement[0].Condition.Bool".
func Parse(text string) (Document, error) {
	tree, err := decodeTree(text)
	if err != nil {
		return Document{}, fmt.Errorf("parse policy document: %w", err)
	}
	document, err := readDocument(tree)
	if err != nil {
		return Document{}, fmt.Errorf("parse policy document: %w", err)
	}
	return document, nil
}

// ParseEncoded reads a document as IAM returns it: percent-encoded after RFC
// 3986, so that a plus sign is a plus sign. Plain JSON is read too.
func ParseEncoded(text string) (Document, error) {
	if !strings.HasPrefix(strings.TrimSpace(text), "{") {
		plain, err := url.PathUnescape(text)
		if err != nil {
			return Document{}, fmt.Errorf("decode policy document: %w", err)
		}
		text = plain
	}
	return Parse(text)
}

// readDocument reads the top level.
func readDocument(tree any) (Document, error) {
	top, ok := tree.(object)
	if !ok {
		return Document{}, fmt.Errorf("top level: want an object, found %s", kindOf(tree))
	}
	var d Document
	var found bool
	for _, m := range top {
		var err error
		switch m.key {
		case "Version":
			d.Version, err = readText(m.value, "Version")
			if err == nil && d.Version != Version2012 && d.Version != Version2008 {
				err = problem("Version", "%q is neither %s nor %s", d.Version, Version2012, Version2008)
			}
		case "Id":
			d.ID, err = readText(m.value, "Id")
		case "Statement":
			found = true
			d.Statements, err = readStatements(m.value)
		default:
			err = problem(m.key, "unknown key, want Version, Id or Statement")
		}
		if err != nil {
			return Document{}, err
		}
	}
	if !found {
		return Document{}, problem("Statement", "absent")
	}
	return d, nil
}

// readStatements reads one statement or a list of them.
func readStatements(value any) ([]Statement, error) {
	if single, ok := value.(object); ok {
		s, err := readStatement(single, "Statement")
		return []Statement{s}, err
	}
	list, ok := value.([]any)
	if !ok {
		return nil, problem("Statement", "want an object or a list, found %s", kindOf(value))
	}
	statements := make([]Statement, 0, len(list))
	for i, element := range list {
		path := fmt.Sprintf("Statement[%d]", i)
		members, ok := element.(object)
		if !ok {
			return nil, problem(path, "want an object, found %s", kindOf(element))
		}
		s, err := readStatement(members, path)
		if err != nil {
			return nil, err
		}
		statements = append(statements, s)
	}
	return statements, nil
}

// readStatement reads the members of one statement and checks that they fit.
func readStatement(members object, path string) (Statement, error) {
	var s Statement
	for _, m := range members {
		read, ok := statementFields[m.key]
		if !ok {
			return Statement{}, problem(joinPath(path, m.key), "unknown key")
		}
		if err := read(&s, m.value, joinPath(path, m.key)); err != nil {
			return Statement{}, err
		}
	}
	return s, s.check(path)
}

// check says what is missing or excludes each other in a statement.
func (s Statement) check(path string) error {
	switch {
	case s.Effect == "":
		return problem(path+".Effect", "absent")
	case s.Action == nil && s.NotAction == nil:
		return problem(path+".Action", "absent, and no NotAction")
	case s.Action != nil && s.NotAction != nil:
		return problem(path+".NotAction", "beside Action")
	case s.Resource != nil && s.NotResource != nil:
		return problem(path+".NotResource", "beside Resource")
	case s.Principal != nil && s.NotPrincipal != nil:
		return problem(path+".NotPrincipal", "beside Principal")
	}
	return nil
}

// statementFields reads the members of a statement.
var statementFields = map[string]func(s *Statement, value any, path string) error{
	"Sid":          field(func(s *Statement) *string { return &s.Sid }, readText),
	"Effect":       readEffect,
	"Principal":    field(func(s *Statement) *Principal { return &s.Principal }, readPrincipal),
	"NotPrincipal": field(func(s *Statement) *Principal { return &s.NotPrincipal }, readPrincipal),
	"Action":       field(func(s *Statement) *[]string { return &s.Action }, readTexts),
	"NotAction":    field(func(s *Statement) *[]string { return &s.NotAction }, readTexts),
	"Resource":     field(func(s *Statement) *[]string { return &s.Resource }, readTexts),
	"NotResource":  field(func(s *Statement) *[]string { return &s.NotResource }, readTexts),
	"Condition":    readCondition,
}

// field returns a reader of one member into its field.
func field[T any](
	of func(s *Statement) *T, read func(value any, path string) (T, error),
) func(s *Statement, value any, path string) error {
	return func(s *Statement, value any, path string) error {
		parsed, err := read(value, path)
		*of(s) = parsed
		return err
	}
}

// problem returns an error that begins with the path.
func problem(path, format string, args ...any) error {
	return fmt.Errorf("%s: %s", path, fmt.Sprintf(format, args...))
}

// readEffect reads Allow or Deny.
func readEffect(s *Statement, value any, path string) error {
	text, err := readText(value, path)
	if err != nil {
		return err
	}
	s.Effect = Effect(text)
	if s.Effect != Allow && s.Effect != Deny {
		return problem(path, "want Allow or Deny, found %q", text)
	}
	return nil
}

// readPrincipal reads "*" or an object of lists.
func readPrincipal(value any, path string) (Principal, error) {
	if text, ok := value.(string); ok {
		if text != "*" {
			return nil, problem(path, "want \"*\" or an object, found %q", text)
		}
		return Everyone(), nil
	}
	members, ok := value.(object)
	if !ok {
		return nil, problem(path, "want \"*\" or an object, found %s", kindOf(value))
	}
	principal := Principal{}
	for _, m := range members {
		at := joinPath(path, m.key)
		switch m.key {
		case PrincipalAWS, PrincipalService, PrincipalFederated, PrincipalCanonicalUser:
		default:
			return nil, problem(at, "unknown principal type")
		}
		texts, err := readTexts(m.value, at)
		if err != nil {
			return nil, err
		}
		principal[m.key] = texts
	}
	return principal, nil
}

// readCondition reads operators, keys and values.
func readCondition(s *Statement, value any, path string) error {
	operators, ok := value.(object)
	if !ok {
		return problem(path, "want an object, found %s", kindOf(value))
	}
	s.Condition = Condition{}
	for _, operator := range operators {
		at := joinPath(path, operator.key)
		keys, ok := operator.value.(object)
		if !ok {
			return problem(at, "want an object, found %s", kindOf(operator.value))
		}
		block := make(map[string][]string, len(keys))
		for _, key := range keys {
			values, err := readValues(key.value, joinPath(at, key.key))
			if err != nil {
				return err
			}
			block[key.key] = values
		}
		s.Condition[operator.key] = block
	}
	return nil
}

// readText reads a text.
func readText(value any, path string) (string, error) {
	text, ok := value.(string)
	if !ok {
		return "", problem(path, "want text, found %s", kindOf(value))
	}
	return text, nil
}

// readTexts reads a text or a list of texts; the list is never nil.
func readTexts(value any, path string) ([]string, error) {
	list, ok := value.([]any)
	if !ok {
		text, err := readText(value, path)
		return []string{text}, err
	}
	texts := make([]string, 0, len(list))
	for i, element := range list {
		text, err := readText(element, fmt.Sprintf("%s[%d]", path, i))
		if err != nil {
			return nil, err
		}
		texts = append(texts, text)
	}
	return texts, nil
}

// readValues is readTexts for condition values: booleans and numbers too.
func readValues(value any, path string) ([]string, error) {
	list, ok := value.([]any)
	if !ok {
		list = []any{value}
	}
	texts := make([]string, 0, len(list))
	for i, element := range list {
		switch element := element.(type) {
		case string:
			texts = append(texts, element)
		case bool:
			texts = append(texts, strconv.FormatBool(element))
		case json.Number:
			texts = append(texts, element.String())
		default:
			return nil, fmt.Errorf("%s[%d]: want text, a number or a boolean, found %s", path, i, kindOf(element))
		}
	}
	return texts, nil
}
