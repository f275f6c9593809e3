package alert

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/iamguard/terraform-provider-iamguard/internal/account"
	"github.com/iamguard/terraform-provider-iamguard/internal/events"
)

// message is what EventBridge makes of an event for a target: a template, and where
// its placeholders come from. See
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html
type message struct {
	Paths    map[string]string
	Template string
}

// Limits of an input transformer.
const (
	maxInputPaths    = 100
	maxTemplate      = 8192
	maxSummaryFields = 80
)

// summaryFields are the placeholders of a summary beside those of the target.
var summaryFields = map[string]string{
	"event": "$.detail.eventName", "source": "$.detail.eventSource", "actor": "$.detail.userIdentity.arn",
	"service": "$.detail.userIdentity.invokedBy", "type": "$.detail.userIdentity.type", "account": "$.account",
	"region": "$.detail.awsRegion", "from": "$.detail.sourceIPAddress", "time": "$.time", "id": "$.detail.eventID",
}

// summary is the message that a person reads: who did what to whom, line by line. It
// names no field that a caller can fill with any text, such as the user agent or the
// error message, because EventBridge does not escape values. In a log group, which
// takes a JSON object, a quote in a value would lose the whole message, so only
// parameters that cannot hold one are named there.
func summary(selected []events.Event, failed bool, kind targetKind, partition string) message {
	paths := maps.Clone(summaryFields)
	lines := []string{
		"Event: <event> (<source>)", "Actor: <actor> <service>", "Actor type: <type>", "Target: " + hit(selected, kind, paths),
		"Account: <account>", "Region: <region>", "From: <from>", "Time: <time>", "Event ID: <id>",
		"Console: https://" + account.ConsoleHost(partition) + "/cloudtrailv2/home?region=<region>#/events/<id>",
	}
	if failed {
		paths["error"] = "$.detail.errorCode"
		lines = append(lines, "Error code: <error>")
	}
	if kind == logGroup {
		return message{paths, `{"timestamp": <time>, "message": "` + strings.Join(lines, `\n`) + `"}`}
	}
	return message{paths, `"` + strings.Join(lines, "\"\n\"") + `"`}
}

// hit writes what an event hit, and adds its placeholders. Where no parameter of any
// event is a document or a free text, all of them are named as they are, without blanks;
// a log group has them one by one, since EventBridge would not quote them there.
func hit(selected []events.Event, kind targetKind, paths map[string]string) string {
	if kind != logGroup && len(selected) > 0 && !slices.ContainsFunc(selected, saysMore) {
		paths["target"] = "$.detail.requestParameters"
		return "<target>"
	}
	var parts []string
	for i, field := range targetFields(selected, kind == logGroup) {
		name := fmt.Sprintf("t%d", i)
		paths[name] = "$.detail.requestParameters." + field
		parts = append(parts, fmt.Sprintf("%s=<%s>", field, name))
	}
	return strings.Join(parts, " ")
}

var wordyForm = regexp.MustCompile(
	`(?i)(policy|document|metadata|description|body|value|values|properties|content|password|code|filter|tags)$`,
)

// saysMore tells whether a parameter of an event can hold more than names.
func saysMore(event events.Event) bool {
	return slices.ContainsFunc(event.Parameters, func(parameter events.Parameter) bool {
		simple := parameter.Type == "string" || parameter.Type == "integer" || parameter.Type == "boolean"
		return !simple || wordyForm.MatchString(parameter.Name)
	})
}

// targetFields are the request parameters that name what the events hit. Where
// several events have one, the more usual come first, so that the message begins with
// them and a long selection keeps them.
func targetFields(selected []events.Event, strict bool) []string {
	count := map[string]int{}
	for _, event := range selected {
		for _, field := range event.TargetFields {
			if namesObject(event, field) && (!strict || plainName(event, field)) {
				count[field]++
			}
		}
	}
	fields := slices.SortedFunc(maps.Keys(count), func(a, b string) int {
		if count[a] != count[b] {
			return count[b] - count[a]
		}
		return strings.Compare(a, b)
	})
	return fields[:min(len(fields), maxSummaryFields)]
}

// namesObject tells a name from a document or a list.
func namesObject(event events.Event, field string) bool {
	lower := strings.ToLower(field)
	if strings.HasSuffix(lower, "policy") || strings.HasSuffix(lower, "document") {
		return false
	}
	for _, parameter := range event.Parameters {
		if parameter.Name == field {
			return parameter.Type == "string" || parameter.Type == "integer"
		}
	}
	return true
}

var plainForm = regexp.MustCompile(`(Arn|ARN|Id|ID|bucketName|logGroupName|functionName|topicArn|queueUrl|serialNumber)$`)

// plainName tells whether the service itself refuses quotes in a parameter: IAM does
// in all of its names; elsewhere ARNs and IDs hold none.
func plainName(event events.Event, field string) bool {
	return event.Source == "iam.amazonaws.com" || plainForm.MatchString(field)
}

var placeholderForm = regexp.MustCompile(`<([A-Za-z0-9_.-]+)>`)

// unknownPlaceholders are the placeholders of a template that have no path.
func unknownPlaceholders(template string, paths map[string]string) []string {
	var unknown []string
	for _, match := range placeholderForm.FindAllStringSubmatch(template, -1) {
		if _, known := paths[match[1]]; !known && !strings.HasPrefix(match[1], "aws.events.") {
			unknown = append(unknown, match[1])
		}
	}
	slices.Sort(unknown)
	return slices.Compact(unknown)
}
