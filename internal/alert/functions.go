package alert

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/function"

	"github.com/iamguard/terraform-provider-iamguard/internal/events"
	"github.com/iamguard/terraform-provider-iamguard/internal/framework"
)

// longestPattern is what EventBridge takes after its quota was raised; without, it is 2,048.
const longestPattern = 4096

// NewEventPatternFunction is event_pattern.
func NewEventPatternFunction() function.Function {
	return framework.ObjectFunction{
		Name:    "event_pattern",
		Purpose: "The EventBridge pattern of a selection of events, as JSON.",
		Description: "For a rule that another resource keeps. Attempts that failed do not match, unless asked for; calls without " +
			"an ARN, such as those of services, do. Events of several sources become alternatives, each with its own source. " +
			"EventBridge takes 2,048 characters, and 4,096 after the quota was raised; `event_patterns` gives one pattern a source.",
		Keys: selectionKeys(), Build: buildEventPattern,
	}
}

func buildEventPattern(arguments framework.FunctionArguments) (string, error) {
	pattern, _, err := selectionOf(arguments).pattern(longestPattern)
	return pattern, err
}

// sizes says how long each source's pattern is.
func sizes(patterns map[string]string) string {
	var parts []string
	for _, source := range slices.Sorted(maps.Keys(patterns)) {
		parts = append(parts, fmt.Sprintf("%s %d", source, len([]rune(patterns[source]))))
	}
	return strings.Join(parts, ", ")
}

// NewEventPatternsFunction is event_patterns.
func NewEventPatternsFunction() function.Function {
	return framework.ObjectFunction{
		Name:    "event_patterns",
		Purpose: "The EventBridge patterns of a selection of events by event source, as a map of JSON.",
		Description: "For `for_each` over rules where one pattern would be too long: the keys are event sources, such as " +
			"`iam.amazonaws.com`. Each pattern is what `event_pattern` gives for the events of that source.",
		Keys: selectionKeys(),
		BuildMap: func(arguments framework.FunctionArguments) (map[string]string, error) {
			chosen := selectionOf(arguments)
			selected, err := chosen.events()
			if err != nil {
				return nil, err
			}
			return events.ComposePatterns(selected, chosen.options()), nil
		},
	}
}
