package inventory

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail/types"
)

// Selectors say what a trail records: basic or advanced, never both.
type Selectors struct {
	Basic    []BasicSelector
	Advanced []AdvancedSelector
}

// BasicSelector is an event selector.
type BasicSelector struct {
	// ReadWrite is "All", "ReadOnly" or "WriteOnly".
	ReadWrite         string
	Management        bool
	ExcludedSources   []string
	DataResourceTypes map[string][]string
}

// AdvancedSelector is an advanced event selector: all of its fields must match.
type AdvancedSelector struct {
	Name   string
	Fields []FieldSelector
}

// FieldSelector compares one field of an event; each list is one operator.
type FieldSelector struct {
	Field                     string
	Equals, NotEquals         []string
	StartsWith, NotStartsWith []string
	EndsWith, NotEndsWith     []string
}

// DefaultSelectors is what AWS gives a trail without selectors: all management
// events, no data events.
func DefaultSelectors() Selectors {
	return Selectors{Basic: []BasicSelector{{ReadWrite: "All", Management: true}}}
}

func readSelectors(ctx context.Context, client *cloudtrail.Client, arn string) (Selectors, error) {
	out, err := client.GetEventSelectors(ctx, &cloudtrail.GetEventSelectorsInput{TrailName: aws.String(arn)})
	if err != nil {
		return Selectors{}, err
	}
	return Selectors{Basic: basicFromAWS(out.EventSelectors), Advanced: advancedFromAWS(out.AdvancedEventSelectors)}, nil
}

func basicFromAWS(answer []types.EventSelector) []BasicSelector {
	var selectors []BasicSelector
	for _, selector := range answer {
		basic := BasicSelector{
			ReadWrite: string(selector.ReadWriteType), Management: aws.ToBool(selector.IncludeManagementEvents),
			ExcludedSources: slices.Sorted(slices.Values(selector.ExcludeManagementEventSources)),
		}
		for _, resource := range selector.DataResources {
			if basic.DataResourceTypes == nil {
				basic.DataResourceTypes = map[string][]string{}
			}
			kind := aws.ToString(resource.Type)
			basic.DataResourceTypes[kind] = append(basic.DataResourceTypes[kind], resource.Values...)
		}
		selectors = append(selectors, basic)
	}
	return selectors
}

func advancedFromAWS(answer []types.AdvancedEventSelector) []AdvancedSelector {
	var selectors []AdvancedSelector
	for _, selector := range answer {
		advanced := AdvancedSelector{Name: aws.ToString(selector.Name)}
		for _, field := range selector.FieldSelectors {
			advanced.Fields = append(advanced.Fields, FieldSelector{
				Field: aws.ToString(field.Field), Equals: field.Equals, NotEquals: field.NotEquals,
				StartsWith: field.StartsWith, NotStartsWith: field.NotStartsWith,
				EndsWith: field.EndsWith, NotEndsWith: field.NotEndsWith,
			})
		}
		selectors = append(selectors, advanced)
	}
	return selectors
}

// ToAWS is the input of PutEventSelectors for a trail. Both kinds empty is the
// explicit default, which also ends advanced selectors.
func (s Selectors) ToAWS(trail string) *cloudtrail.PutEventSelectorsInput {
	input := &cloudtrail.PutEventSelectorsInput{TrailName: aws.String(trail)}
	for _, selector := range s.Advanced {
		advanced := types.AdvancedEventSelector{}
		if selector.Name != "" {
			advanced.Name = aws.String(selector.Name)
		}
		for _, field := range selector.Fields {
			advanced.FieldSelectors = append(advanced.FieldSelectors, types.AdvancedFieldSelector{
				Field: aws.String(field.Field), Equals: field.Equals, NotEquals: field.NotEquals,
				StartsWith: field.StartsWith, NotStartsWith: field.NotStartsWith,
				EndsWith: field.EndsWith, NotEndsWith: field.NotEndsWith,
			})
		}
		input.AdvancedEventSelectors = append(input.AdvancedEventSelectors, advanced)
	}
	if len(s.Advanced) > 0 {
		return input
	}
	basic := s.Basic
	if len(basic) == 0 {
		basic = DefaultSelectors().Basic
	}
	for _, selector := range basic {
		input.EventSelectors = append(input.EventSelectors, basicToAWS(selector))
	}
	return input
}

func basicToAWS(selector BasicSelector) types.EventSelector {
	out := types.EventSelector{
		ReadWriteType: types.ReadWriteType(selector.ReadWrite), IncludeManagementEvents: aws.Bool(selector.Management),
		ExcludeManagementEventSources: slices.Concat([]string{}, selector.ExcludedSources),
		DataResources:                 []types.DataResource{},
	}
	for kind, values := range selector.DataResourceTypes {
		out.DataResources = append(out.DataResources, types.DataResource{Type: aws.String(kind), Values: values})
	}
	slices.SortFunc(out.DataResources, func(a, b types.DataResource) int { return strings.Compare(*a.Type, *b.Type) })
	return out
}

// Equal compares the meaning: order of selectors, fields and values is none, and
// no selector at all is the default one. A slash after a bucket's name means the
// whole bucket either way, so it does not count; after a key prefix it does.
func (s Selectors) Equal(other Selectors) bool {
	return slices.Equal(s.canonical(), other.canonical())
}

func (s Selectors) canonical() []string {
	if len(s.Basic)+len(s.Advanced) == 0 {
		s = DefaultSelectors()
	}
	var lines []string
	for _, selector := range s.Basic {
		line := fmt.Sprintf("basic %s %t %q", selector.ReadWrite, selector.Management, sorted(selector.ExcludedSources))
		var kinds []string
		for kind, values := range selector.DataResourceTypes {
			kinds = append(kinds, fmt.Sprintf("%s %q", kind, sorted(trimSlashes(values))))
		}
		lines = append(lines, line+" "+strings.Join(sorted(kinds), "; "))
	}
	for _, selector := range s.Advanced {
		var fields []string
		for _, field := range selector.Fields {
			fields = append(fields, fmt.Sprintf("%s %q %q %q %q %q %q", field.Field, sorted(field.Equals), sorted(field.NotEquals),
				sorted(field.StartsWith), sorted(field.NotStartsWith), sorted(field.EndsWith), sorted(field.NotEndsWith)))
		}
		lines = append(lines, fmt.Sprintf("advanced %q %s", selector.Name, strings.Join(sorted(fields), "; ")))
	}
	return sorted(lines)
}

func sorted(values []string) []string {
	return slices.Sorted(slices.Values(values))
}

func trimSlashes(values []string) []string {
	out := make([]string, len(values))
	for i, value := range values {
		out[i] = value
		if strings.Count(value, "/") == 1 {
			out[i] = strings.TrimSuffix(value, "/")
		}
	}
	return out
}

// LogsWrites tells whether management writes of an event source such as
// "iam.amazonaws.com" are recorded. A selector that is not fully understood
// counts as one that records nothing; why then says which.
func (s Selectors) LogsWrites(source string) (logged bool, why string) {
	why = "no selector takes management events"
	for _, selector := range s.Basic {
		switch {
		case !selector.Management:
		case selector.ReadWrite == "ReadOnly":
			why = "only read events are selected"
		case slices.Contains(selector.ExcludedSources, source):
			why = source + " is excluded"
		case selector.ReadWrite == "All", selector.ReadWrite == "WriteOnly":
			return true, ""
		default:
			why = fmt.Sprintf("the read-write type %q is not understood", selector.ReadWrite)
		}
	}
	for _, selector := range s.Advanced {
		if taken, reason := selector.takesWrites(source); taken {
			return true, ""
		} else if reason != "" {
			why = reason
		}
	}
	return false, why
}

// takesWrites judges one advanced selector; without a reason it is not about
// management events.
func (s AdvancedSelector) takesWrites(source string) (taken bool, reason string) {
	management := false
	for _, field := range s.Fields {
		value := ""
		switch field.Field {
		case "eventCategory":
			if !field.matches("Management") {
				return false, ""
			}
			management = true
			continue
		case "readOnly":
			value, reason = "false", "only read events are selected"
		case "eventSource":
			value, reason = source, source+" is excluded"
		default:
			return false, fmt.Sprintf("the field %q is not understood", field.Field)
		}
		if !field.matches(value) {
			return false, reason
		}
	}
	return management, ""
}

// matches applies the operators of a field: the positive ones any, the negative
// ones all.
func (f FieldSelector) matches(value string) bool {
	starts := func(prefix string) bool { return strings.HasPrefix(value, prefix) }
	ends := func(suffix string) bool { return strings.HasSuffix(value, suffix) }
	positive := len(f.Equals)+len(f.StartsWith)+len(f.EndsWith) == 0 ||
		slices.Contains(f.Equals, value) || slices.ContainsFunc(f.StartsWith, starts) || slices.ContainsFunc(f.EndsWith, ends)
	negative := slices.Contains(f.NotEquals, value) ||
		slices.ContainsFunc(f.NotStartsWith, starts) || slices.ContainsFunc(f.NotEndsWith, ends)
	return positive && !negative
}
