package localaws

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
)

const (
	selectorLimit     = 5
	dataResourceLimit = 250
	valueLimit        = 500
)

func defaultSelector() map[string]any {
	return map[string]any{
		"ReadWriteType": "All", "IncludeManagementEvents": true,
		"DataResources": []any{}, "ExcludeManagementEventSources": []any{},
	}
}

func defaultSelectors() []any { return []any{defaultSelector()} }

// custom is HasCustomEventSelectors.
func (t *trail) custom() bool {
	return len(t.advanced) > 0 || !reflect.DeepEqual(t.basic, defaultSelectors())
}

func badSelector(format string, args ...any) error {
	return refuse("InvalidEventSelectorsException", format, args...)
}

// putEventSelectors replaces; the two kinds exclude each other, and the new kind ends the old one.
// See https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_PutEventSelectors.html
func (x *exchange) putEventSelectors(in trailInput) (*answer, error) {
	t, err := x.ownTrail(in.TrailName)
	if err != nil {
		return nil, err
	}
	out := map[string]any{"TrailARN": t.arn}
	switch {
	case len(in.EventSelectors) > 0 && len(in.AdvancedEventSelectors) > 0:
		return nil, badSelector("You can use either event selectors or advanced event selectors, not both.")
	case len(in.AdvancedEventSelectors) > 0:
		advanced, err := readAdvanced(in.AdvancedEventSelectors)
		if err != nil {
			return nil, err
		}
		t.basic, t.advanced = nil, advanced
		out["AdvancedEventSelectors"] = advanced
	default:
		basic, err := readBasic(in.EventSelectors)
		if err != nil {
			return nil, err
		}
		t.basic, t.advanced = basic, nil
		out["EventSelectors"] = basic
	}
	return answerJSON(out)
}

func (x *exchange) getEventSelectors(in trailInput) (*answer, error) {
	t, err := x.findTrail(in.TrailName)
	if err != nil {
		return nil, err
	}
	out := map[string]any{"TrailARN": t.arn}
	if len(t.advanced) > 0 {
		out["AdvancedEventSelectors"] = t.advanced
	} else {
		out["EventSelectors"] = t.basic
	}
	return answerJSON(out)
}

// dataPrefix is how a value of a data resource must begin.
var dataPrefix = map[string]string{
	"AWS::S3::Object": ":s3", "AWS::Lambda::Function": ":lambda", "AWS::DynamoDB::Table": ":dynamodb",
}

func readBasic(sent []map[string]any) ([]any, error) {
	if len(sent) < 1 || len(sent) > selectorLimit {
		return nil, badSelector("A trail needs 1 to %d event selectors.", selectorLimit)
	}
	var selectors []any
	total := 0
	for _, s := range sent {
		selector := defaultSelector()
		for name, value := range s {
			if _, known := selector[name]; !known {
				return nil, badSelector("Unknown field %s.", name)
			}
			if value != nil {
				selector[name] = value
			}
		}
		n, err := checkBasic(selector)
		if err != nil {
			return nil, err
		}
		total += n
		selectors = append(selectors, selector)
	}
	if total > dataResourceLimit {
		return nil, badSelector("A trail is limited to %d data resources.", dataResourceLimit)
	}
	return selectors, nil
}

// checkBasic counts the data resources of a selector.
func checkBasic(s map[string]any) (int, error) {
	if !slices.Contains([]string{"All", "ReadOnly", "WriteOnly"}, text(s["ReadWriteType"])) {
		return 0, badSelector("Invalid ReadWriteType %v.", s["ReadWriteType"])
	}
	resources, _ := s["DataResources"].([]any)
	excluded, _ := s["ExcludeManagementEventSources"].([]any)
	if s["IncludeManagementEvents"] == false && (len(resources) == 0 || len(excluded) > 0) {
		return 0, badSelector("A selector without management events needs data resources and excludes nothing.")
	}
	for _, source := range excluded {
		if source != "kms.amazonaws.com" && source != "rdsdata.amazonaws.com" {
			return 0, badSelector("The event source %v cannot be excluded.", source)
		}
	}
	return countData(resources)
}

func countData(resources []any) (count int, err error) {
	for _, r := range resources {
		resource, _ := r.(map[string]any)
		prefix := dataPrefix[text(resource["Type"])]
		if prefix == "" {
			return 0, badSelector("Invalid data resource type %v.", resource["Type"])
		}
		values, _ := resource["Values"].([]any)
		for _, v := range values {
			if !strings.HasPrefix(text(v), "arn:") || !strings.Contains(text(v), prefix) {
				return 0, badSelector("Value %v for DataResources.Values is invalid.", v)
			}
		}
		count += len(values)
	}
	return count, nil
}

// advancedFields are the fields of a trail's advanced selectors, by category.
// See https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_AdvancedFieldSelector.html
var advancedFields = map[string][]string{
	"Management": {"eventCategory", "eventSource", "readOnly"},
	"Data": {
		"eventCategory", "resources.type", "readOnly", "eventName", "resources.ARN", "eventSource", "eventType",
		"sessionCredentialFromConsole", "userIdentity.arn",
	},
	"NetworkActivity": {"eventCategory", "eventSource", "eventName", "errorCode", "vpcEndpointId"},
}

var advancedOperators = []string{"Equals", "NotEquals", "StartsWith", "NotStartsWith", "EndsWith", "NotEndsWith"}

func readAdvanced(sent []map[string]any) ([]any, error) {
	var selectors []any
	total := 0
	for _, s := range sent {
		if len(text(s["Name"])) > 1000 {
			return nil, badSelector("The name of a selector is longer than 1000 characters.")
		}
		fields, n, err := readFields(s["FieldSelectors"])
		if err != nil {
			return nil, err
		}
		if err := checkCategory(fields); err != nil {
			return nil, err
		}
		total += n
		selectors = append(selectors, s)
	}
	if total > valueLimit {
		return nil, badSelector("A trail is limited to %d values in all its advanced event selectors.", valueLimit)
	}
	return selectors, nil
}

// readFields are the field selectors by field, each with its operators.
func readFields(v any) (map[string]map[string][]any, int, error) {
	list, _ := v.([]any)
	fields := map[string]map[string][]any{}
	total := 0
	for _, entry := range list {
		field, _ := entry.(map[string]any)
		name := text(field["Field"])
		if fields[name] != nil {
			return nil, 0, badSelector("The field %s occurs twice in one selector.", name)
		}
		operators := map[string][]any{}
		for operator, value := range field {
			if operator == "Field" {
				continue
			}
			values, _ := value.([]any)
			if !slices.Contains(advancedOperators, operator) {
				return nil, 0, badSelector("Unknown operator %s.", operator)
			}
			if len(values) > 0 {
				operators[operator] = values
				total += len(values)
			}
		}
		if len(operators) == 0 {
			return nil, 0, badSelector("The field %s has no condition.", name)
		}
		fields[name] = operators
	}
	return fields, total, nil
}

func checkCategory(fields map[string]map[string][]any) error {
	category := only(fields["eventCategory"])
	known := advancedFields[category]
	if known == nil {
		return badSelector("A selector needs the field eventCategory with one Equals: Management, Data or NetworkActivity.")
	}
	for name, operators := range fields {
		if !slices.Contains(known, name) {
			return badSelector("The field %s cannot be used with the category %s.", name, category)
		}
		if value := only(operators); name == "readOnly" && value != "true" && value != "false" {
			return badSelector("The field readOnly takes one Equals: true or false.")
		}
	}
	switch category {
	case "Data":
		if only(fields["resources.type"]) == "" {
			return badSelector("A selector of data events needs the field resources.type with one Equals.")
		}
	case "NetworkActivity":
		if only(fields["eventSource"]) == "" {
			return badSelector("A selector of network activity events needs the field eventSource with one Equals.")
		}
	default:
		return checkExcluded(fields["eventSource"])
	}
	return nil
}

// checkExcluded holds the two sources that management events can leave out.
func checkExcluded(source map[string][]any) error {
	if source == nil {
		return nil
	}
	for _, value := range source["NotEquals"] {
		if value != "kms.amazonaws.com" && value != "rdsdata.amazonaws.com" {
			return badSelector("The event source %v cannot be excluded.", value)
		}
	}
	if len(source) != 1 || source["NotEquals"] == nil {
		return badSelector("The field eventSource of management events takes NotEquals only.")
	}
	return nil
}

// only is the value of a field that has one Equals and nothing else.
func only(operators map[string][]any) string {
	if len(operators) != 1 || len(operators["Equals"]) != 1 {
		return ""
	}
	return fmt.Sprint(operators["Equals"][0])
}

// putInsightSelectors replaces; an empty list disables.
// See https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_PutInsightSelectors.html
func (x *exchange) putInsightSelectors(in trailInput) (*answer, error) {
	t, err := x.ownTrail(in.TrailName)
	if err != nil {
		return nil, err
	}
	selectors := []any{}
	var seen []string
	for _, s := range in.InsightSelectors {
		kind := text(s["InsightType"])
		if kind != "ApiCallRateInsight" && kind != "ApiErrorRateInsight" || slices.Contains(seen, kind) {
			return nil, refuse("InvalidInsightSelectorsException", "The insight type %s is not valid.", kind)
		}
		seen = append(seen, kind)
		selectors = append(selectors, s)
	}
	t.insights = selectors
	return answerJSON(map[string]any{"TrailARN": t.arn, "InsightSelectors": selectors})
}

// getInsightSelectors answers an error when there are none.
// See https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_GetInsightSelectors.html
func (x *exchange) getInsightSelectors(in trailInput) (*answer, error) {
	t, err := x.findTrail(in.TrailName)
	if err != nil {
		return nil, err
	}
	if len(t.insights) == 0 {
		return nil, refuse("InsightNotEnabledException",
			"Trail %s does not have Insights enabled. Edit the trail settings to enable Insights, "+
				"and then try the operation again.",
			t.arn)
	}
	return answerJSON(map[string]any{"TrailARN": t.arn, "InsightSelectors": t.insights})
}
