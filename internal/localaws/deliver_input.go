package localaws

import (
	"bytes"
	"encoding/json"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// input is what a target gets of an event: all of it, a constant, a part, or a filled template.
// See https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html
func (t busTarget) input(o occurrence, rule busRule, now time.Time) (string, *undelivered) {
	switch {
	case t.Input != nil:
		return *t.Input, nil
	case t.InputPath != nil:
		value, found := valueAt(o.tree, *t.InputPath)
		if !found {
			return "", refused("INVALID_PARAMETER", "The input path %s is not in the event.", *t.InputPath)
		}
		return compact(value), nil
	case t.InputTransformer == nil:
		return string(o.body), nil
	}
	template := t.InputTransformer.InputTemplate
	filled := fill(template, o.variables(t.InputTransformer.InputPathsMap, rule, now))
	if isJSONTemplate(template) && !json.Valid([]byte(filled)) {
		return filled, refused("INVALID_JSON", "The input template did not become valid JSON.")
	}
	return filled, nil
}

// variables are the values of the placeholders. A path that is not in the event makes none.
func (o occurrence) variables(paths map[string]string, rule busRule, now time.Time) map[string]any {
	withoutDetail := maps.Clone(o.tree)
	delete(withoutDetail, "detail")
	values := map[string]any{
		"aws.events.rule-arn":             rule.Arn,
		"aws.events.rule-name":            rule.Name,
		"aws.events.event.ingestion-time": now.UTC().Format("2006-01-02T15:04:05Z"),
		"aws.events.event":                withoutDetail,
		"aws.events.event.json":           o.tree,
	}
	for name, path := range paths {
		if value, found := valueAt(o.tree, path); found {
			values[name] = value
		}
	}
	return values
}

func isJSONTemplate(template string) bool {
	trimmed := strings.TrimSpace(template)
	return strings.HasPrefix(trimmed, "{") || strings.HasPrefix(trimmed, "[")
}

var placeholder = regexp.MustCompile(`^<([A-Za-z0-9_.-]+)>`)

// fill puts the values into a template. They are not escaped, and a value that is absent leaves a blank, as the guide says.
// Within quotes a text stands as it is, and other values lose their own quotes; outside of quotes a text gets quotes if the
// template is JSON.
func fill(template string, values map[string]any) string {
	var out strings.Builder
	quoted, isJSON := false, isJSONTemplate(template)
	for i := 0; i < len(template); i++ {
		c := template[i]
		if m := placeholder.FindStringSubmatch(template[i:]); m != nil {
			if value, present := values[m[1]]; present {
				out.WriteString(written(value, quoted, isJSON))
			}
			i += len(m[0]) - 1
			continue
		}
		out.WriteByte(c)
		switch {
		case c == '\\' && quoted && i+1 < len(template):
			i++
			out.WriteByte(template[i])
		case c == '"':
			quoted = !quoted
		}
	}
	return out.String()
}

func written(value any, quoted, isJSON bool) string {
	s, isText := value.(string)
	switch {
	case isText && isJSON && !quoted:
		return `"` + s + `"`
	case isText:
		return s
	case quoted:
		return strings.ReplaceAll(compact(value), `"`, "")
	default:
		return compact(value)
	}
}

// compact is a value as JSON, without the escapes of HTML.
func compact(value any) string {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	if encoder.Encode(value) != nil {
		return ""
	}
	return strings.TrimSpace(out.String())
}

var pathStep = regexp.MustCompile(`^(?:\.?\*|\.([^.\[\]]+)|\[(\d+)\]|\[\*\]|\['([^']+)'\])`)

// valueAt follows a JSON path of names, indices and wildcards.
func valueAt(tree any, path string) (any, bool) {
	rest, ok := strings.CutPrefix(path, "$")
	if !ok {
		return nil, false
	}
	at := tree
	for rest != "" {
		m := pathStep.FindStringSubmatch(rest)
		if m == nil {
			return nil, false
		}
		rest = rest[len(m[0]):]
		switch {
		case strings.Contains(m[0], "*") && m[1] == "" && m[3] == "":
			return each(at, "$"+rest)
		case m[2] != "":
			list, _ := at.([]any)
			index, err := strconv.Atoi(m[2])
			if err != nil || index >= len(list) {
				return nil, false
			}
			at = list[index]
		default:
			fields, _ := at.(map[string]any)
			value, found := fields[m[1]+m[3]]
			if !found {
				return nil, false
			}
			at = value
		}
	}
	return at, true
}

// each follows the rest of a path from every member.
func each(at any, path string) (any, bool) {
	var members []any
	switch at := at.(type) {
	case []any:
		members = at
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(at)) {
			members = append(members, at[key])
		}
	}
	found := []any{}
	for _, member := range members {
		if value, ok := valueAt(member, path); ok {
			found = append(found, value)
		}
	}
	return found, len(found) > 0
}
