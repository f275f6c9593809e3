package events

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"strings"
)

// detailType is that of every call that CloudTrail records for EventBridge.
const detailType = "AWS API Call via CloudTrail"

// PatternOptions narrow the pattern of a selection of events.
type PatternOptions struct {
	// IncludeFailed matches attempts that failed too.
	IncludeFailed bool
	// ExcludePrincipals are wildcards of userIdentity.arn whose calls are not matched,
	// unless the event is critical.
	ExcludePrincipals []string
}

// ComposePattern is the pattern that matches the events, as compact JSON with sorted
// names. Events of several sources become the alternatives of one "$or", so that each
// name is matched with its own source only: sources share names.
func ComposePattern(selected []Event, options PatternOptions) string {
	sources := groupBySource(selected)
	if len(sources) == 1 {
		for _, events := range sources {
			return compact(sourcePattern(events, options, true))
		}
	}
	alternatives := make([]any, 0, len(sources))
	for _, source := range slices.Sorted(maps.Keys(sources)) {
		alternatives = append(alternatives, sourcePattern(sources[source], options, false))
	}
	return compact(map[string]any{"detail-type": []string{detailType}, orKey: alternatives})
}

// ComposePatterns are the patterns of the events by event source, such as
// "iam.amazonaws.com": one rule for each.
func ComposePatterns(selected []Event, options PatternOptions) map[string]string {
	patterns := map[string]string{}
	for source, events := range groupBySource(selected) {
		patterns[source] = compact(sourcePattern(events, options, true))
	}
	return patterns
}

func groupBySource(selected []Event) map[string][]Event {
	sources := map[string][]Event{}
	for _, event := range selected {
		sources[event.Source] = append(sources[event.Source], event)
	}
	return sources
}

// sourcePattern matches the events of one source.
func sourcePattern(events []Event, options PatternOptions, whole bool) map[string]any {
	detail := map[string]any{"eventSource": []string{events[0].Source}}
	if !options.IncludeFailed {
		detail["errorCode"] = []any{map[string]any{"exists": false}}
	}
	var critical, others []string
	for _, event := range events {
		if event.Severity == SeverityCritical && len(options.ExcludePrincipals) > 0 {
			critical = append(critical, event.Name)
		} else {
			others = append(others, event.Name)
		}
	}
	slices.Sort(critical)
	slices.Sort(others)
	critical, others = slices.Compact(critical), slices.Compact(others)
	narrowed := map[string]any{"eventName": others}
	if len(options.ExcludePrincipals) > 0 {
		narrowed["userIdentity"] = map[string]any{"arn": notOneOf(options.ExcludePrincipals)}
	}
	switch {
	case len(others) == 0:
		detail["eventName"] = critical
	case len(critical) == 0:
		maps.Copy(detail, narrowed)
	default:
		detail[orKey] = []any{map[string]any{"eventName": critical}, narrowed}
	}
	pattern := map[string]any{"source": []string{events[0].EventBridgeSource}, "detail": detail}
	if whole {
		pattern["detail-type"] = []string{detailType}
	}
	return pattern
}

// notOneOf matches what is none of the wildcards, and what is absent: "anything-but"
// alone would leave out every event without an ARN, such as those of services.
func notOneOf(wildcards []string) []any {
	sorted := slices.Sorted(slices.Values(wildcards))
	return []any{
		map[string]any{"exists": false},
		map[string]any{"anything-but": map[string]any{"wildcard": slices.Compact(sorted)}},
	}
}

// compact is JSON without blanks, and with "<", ">" and "&" as they are.
func compact(value any) string {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		return "" // Only maps, lists and texts: there is nothing to fail.
	}
	return strings.TrimSuffix(out.String(), "\n")
}
