package events

import (
	"encoding/json"
	"net/url"
	"slices"
	"strings"
)

// openToAll matches a policy document with an Allow for everybody that no
// condition restricts. Records hold documents as objects, as JSON text, or as
// JSON text in URL encoding; text that is no document does not match.
func openToAll(value any) verdict {
	document, isObject := value.(map[string]any)
	if !isObject {
		text, ok := value.(string)
		if !ok {
			return unread
		}
		if !isDocument(text) {
			return unmatched
		}
		if document = decodeDocument(text); document == nil {
			return unread
		}
	}
	statements, _ := member(document, "Statement")
	list, ok := statements.([]any)
	if !ok {
		list = []any{statements}
	}
	result := unmatched
	for _, element := range list {
		statement, ok := element.(map[string]any)
		switch {
		case !ok:
			result = unread
		case allowsAnybody(statement):
			return matched
		}
	}
	return result
}

// decodeDocument reads the text of a document, nil when it is cut or broken.
func decodeDocument(text string) map[string]any {
	text = strings.TrimSpace(text)
	if !strings.HasPrefix(text, "{") {
		plain, err := url.PathUnescape(text)
		if err != nil {
			return nil
		}
		text = plain
	}
	var document map[string]any
	if err := json.Unmarshal([]byte(text), &document); err != nil {
		return nil
	}
	return document
}

// allowsAnybody says whether a statement allows something to every principal
// without a condition that restricts it. NotPrincipal names those who are left out, so everybody
// else is meant.
func allowsAnybody(statement map[string]any) bool {
	if effect, _ := member(statement, "Effect"); effect != "Allow" {
		return false
	}
	if condition, _ := member(statement, "Condition"); restricts(condition) {
		return false
	}
	if _, ok := member(statement, "NotPrincipal"); ok {
		return true
	}
	principal, _ := member(statement, "Principal")
	if kinds, ok := principal.(map[string]any); ok {
		for _, named := range kinds {
			if namesAll(named) {
				return true
			}
		}
	}
	return namesAll(principal)
}

// restricts says whether a condition leaves somebody out: one test at least that is
// neither negated nor true for everything, nor for everybody who lacks the key.
func restricts(condition any) bool {
	operators, _ := condition.(map[string]any)
	for operator, keys := range operators {
		name := strings.ToLower(operator)
		if strings.Contains(name, "not") || strings.HasSuffix(name, "ifexists") || name == "null" {
			continue
		}
		tests, _ := keys.(map[string]any)
		for _, values := range tests {
			list, isList := values.([]any)
			if !isList {
				list = []any{values}
			}
			if !slices.ContainsFunc(list, isAnything) {
				return true
			}
		}
	}
	return false
}

// isAnything says whether a value of a condition matches all there is.
func isAnything(value any) bool {
	return value == "*" || value == "0.0.0.0/0" || value == "::/0"
}

// namesAll says whether "*" is the principal or one of a list.
func namesAll(principal any) bool {
	list, ok := principal.([]any)
	if !ok {
		return principal == "*"
	}
	return slices.Contains(list, any("*"))
}
