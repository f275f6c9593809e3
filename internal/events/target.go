package events

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Bounds on the target of one record, so that a list of thousands of IDs does
// not become a name.
const (
	maxTargets      = 32
	maxListElements = 20
	maxTargetDepth  = 3
)

// identifying are request parameters that name an object in any call of the
// services with guardrails, beside the target fields of the catalogue.
var identifying = []string{
	"userName", "groupName", "roleName", "policyName", "policyArn", "instanceProfileName", "serialNumber",
	"accessKeyId", "openIDConnectProviderArn", "sAMLProviderArn",
}

// readTarget works out what was hit: from the request parameters, from the
// details of a service event, or from the message of a denied call.
func (r *reader) readTarget() {
	rec := &r.rec
	rec.Target = make(map[string]string, 2)
	switch {
	case rec.event != nil:
		addFields(rec.Target, rec.RequestParameters, rec.event.TargetFields)
		addFields(rec.Target, rec.RequestParameters, identifying)
		if len(rec.Target) == 0 {
			addNamed(rec.Target, rec.RequestParameters)
		}
	default:
		addNamed(rec.Target, rec.RequestParameters)
	}
	if len(rec.Target) == 0 {
		addNamed(rec.Target, rec.ServiceEventDetails)
	}
	if len(rec.Target) == 0 && rec.Denied() {
		r.readDeniedTarget()
	}
	addCaller(rec)
	if rec.event != nil && len(rec.Target) == 0 && len(rec.event.TargetFields) > 0 && !rec.Failed() {
		r.note("target", "none of "+strings.Join(rec.event.TargetFields, ", ")+" in the record")
	}
}

// addCaller fills in the user that IAM means when userName is left out: the
// one who signed the call.
func addCaller(rec *Record) {
	if rec.event == nil || rec.Source != "iam.amazonaws.com" || rec.Actor.Type != "IAMUser" || rec.Target["userName"] != "" {
		return
	}
	if rec.Denied() && rec.RequestParameters == nil {
		return // what was left out of the record was not left out of the call
	}
	for _, parameter := range rec.event.Parameters {
		if parameter.Name == "userName" && !parameter.Required {
			rec.Target["userName"] = rec.Actor.Name
		}
	}
}

// addFields adds the named parameters, spelled in any case.
func addFields(target map[string]string, parameters map[string]any, fields []string) {
	if len(parameters) == 0 {
		return
	}
	for _, field := range fields {
		value, ok := parameters[field]
		if !ok {
			value, ok = anyCase(parameters, field)
		}
		if ok {
			addValue(target, field, value, 1)
		}
	}
}

// anyCase finds a parameter by its name in another case, the first of several
// in the order of the names.
func anyCase(parameters map[string]any, field string) (any, bool) {
	found := ""
	for key := range parameters {
		if len(key) == len(field) && strings.EqualFold(key, field) && (found == "" || key < found) {
			found = key
		}
	}
	value, ok := parameters[found]
	return value, ok && found != ""
}

// addNamed adds the parameters that name something by their ending, for calls
// whose target fields nobody wrote down.
func addNamed(target map[string]string, parameters map[string]any) {
	for _, key := range sortedKeys(parameters) {
		if isNaming(key) {
			addValue(target, key, parameters[key], maxTargetDepth)
			continue
		}
		object, ok := parameters[key].(map[string]any)
		if !ok || isPolicy(object) {
			continue
		}
		for _, inner := range sortedKeys(object) { // such as member.memberId
			if isNaming(inner) {
				addValue(target, key+"."+inner, object[inner], maxTargetDepth)
			}
		}
	}
}

// sortedKeys returns the keys in order, so that a bounded target holds the same
// ones every time.
func sortedKeys(object map[string]any) []string {
	keys := make([]string, 0, len(object))
	for key := range object {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}

// isPolicy says whether an object is a policy document.
func isPolicy(object map[string]any) bool {
	_, ok := object["Statement"]
	return ok
}

// namingEndings are the endings of parameter names that identify an object.
var namingEndings = []string{"Name", "Names", "Arn", "Arns", "ARN", "Id", "Ids", "ID"}

// isNaming says whether a parameter of this name identifies an object.
func isNaming(key string) bool {
	switch key {
	case "name", "arn", "id", "key":
		return true
	}
	for _, ending := range namingEndings {
		if strings.HasSuffix(key, ending) {
			return true
		}
	}
	return false
}

// addValue adds a value under path: scalars as text, lists of scalars joined
// by commas, objects member by member. Empty values and documents name
// nothing and are left out.
func addValue(target map[string]string, path string, value any, depth int) {
	if len(target) >= maxTargets {
		return
	}
	switch value := value.(type) {
	case map[string]any:
		if depth < maxTargetDepth && !isPolicy(value) {
			for _, key := range sortedKeys(value) {
				addValue(target, path+"."+key, value[key], depth+1)
			}
		}
	case []any:
		addList(target, path, value, depth)
	default:
		if text := scalarText(value); text != "" && !isDocument(text) {
			target[path] = text
		}
	}
}

// addList adds a list.
func addList(target map[string]string, path string, list []any, depth int) {
	var texts []string
	for i, element := range list {
		if i == maxListElements {
			texts = append(texts, fmt.Sprintf("and %d more", len(list)-i))
			break
		}
		switch element.(type) {
		case map[string]any, []any:
			if depth < maxTargetDepth {
				addValue(target, path+"["+strconv.Itoa(i)+"]", element, depth)
			}
		default:
			if text := scalarText(element); text != "" {
				texts = append(texts, text)
			}
		}
	}
	if len(texts) > 0 {
		target[path] = strings.Join(texts, ", ")
	}
}

// scalarText returns a scalar as text, "" for null.
func scalarText(value any) string {
	switch value := value.(type) {
	case string:
		return value
	case json.Number:
		return value.String()
	case bool:
		return strconv.FormatBool(value)
	}
	return ""
}

// isDocument says whether text is a JSON object, as policies are.
func isDocument(text string) bool {
	text = strings.TrimSpace(text)
	return strings.HasPrefix(text, "{") || strings.HasPrefix(text, "%7B")
}
