package framework

import (
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// TextOrNull is a string attribute that is null where AWS has nothing.
func TextOrNull(text string) types.String {
	if text == "" {
		return types.StringNull()
	}
	return types.StringValue(text)
}

// TextList is a list of strings in their order, empty where there is none.
func TextList(values []string) types.List {
	return types.ListValueMust(types.StringType, textValues(values))
}

// TextSet is a set of strings, null where there is none.
func TextSet(values []string) types.Set {
	if len(values) == 0 {
		return types.SetNull(types.StringType)
	}
	return TextSetOrEmpty(values)
}

// TextSetOrEmpty is a set of strings, empty where there is none.
func TextSetOrEmpty(values []string) types.Set {
	return types.SetValueMust(types.StringType, textValues(slices.Sorted(slices.Values(values))))
}

// KeepEmpty is a set of strings where one that was empty stays empty, as the configuration
// may have it, instead of null.
func KeepEmpty(prior types.Set, values []string) types.Set {
	if len(values) == 0 && !prior.IsNull() {
		return TextSetOrEmpty(nil)
	}
	return TextSet(values)
}

// TextMap is a map of strings, empty where there is none.
func TextMap(values map[string]string) types.Map {
	elements := make(map[string]attr.Value, len(values))
	for key, value := range values {
		elements[key] = types.StringValue(value)
	}
	return types.MapValueMust(types.StringType, elements)
}

// Texts reads the strings of a collection; null and unknown ones are left out.
func Texts(elements []attr.Value) []string {
	var texts []string
	for _, element := range elements {
		if text, ok := element.(types.String); ok && text.ValueString() != "" {
			texts = append(texts, text.ValueString())
		}
	}
	return texts
}

// SortedTexts are the strings of a collection in their order, never nil.
func SortedTexts(elements []attr.Value) []string {
	texts := append([]string{}, Texts(elements)...)
	slices.Sort(texts)
	return texts
}

func textValues(values []string) []attr.Value {
	elements := make([]attr.Value, len(values))
	for i, value := range values {
		elements[i] = types.StringValue(value)
	}
	return elements
}
