package trail

import (
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/iamguard/terraform-provider-iamguard/internal/framework"
	"github.com/iamguard/terraform-provider-iamguard/internal/inventory"
)

// The object types of the blocks, as the schema has them.
var (
	stringSet = types.SetType{ElemType: types.StringType}

	dataResourceType = types.ObjectType{AttrTypes: map[string]attr.Type{"type": types.StringType, "values": stringSet}}

	eventSelectorType = types.ObjectType{AttrTypes: map[string]attr.Type{
		"read_write_type": types.StringType, "include_management_events": types.BoolType,
		"exclude_management_event_sources": stringSet, "data_resource": types.SetType{ElemType: dataResourceType},
	}}

	fieldSelectorType = types.ObjectType{AttrTypes: map[string]attr.Type{
		"field": types.StringType, "equals": stringSet, "not_equals": stringSet, "starts_with": stringSet,
		"not_starts_with": stringSet, "ends_with": stringSet, "not_ends_with": stringSet,
	}}

	advancedSelectorType = types.ObjectType{AttrTypes: map[string]attr.Type{
		"name": types.StringType, "field_selector": types.SetType{ElemType: fieldSelectorType},
	}}

	insightSelectorType = types.ObjectType{AttrTypes: map[string]attr.Type{"insight_type": types.StringType}}
)

// objects reads the elements of a block as objects.
func objects(elements []attr.Value) []map[string]attr.Value {
	out := make([]map[string]attr.Value, 0, len(elements))
	for _, element := range elements {
		if object, ok := element.(types.Object); ok {
			out = append(out, object.Attributes())
		}
	}
	return out
}

// setElements are the elements of a set inside an object.
func setElements(value attr.Value) []attr.Value {
	set, ok := value.(types.Set)
	if !ok {
		return nil
	}
	return set.Elements()
}

// selectorsOf is what the two blocks say; without any it is AWS's default.
func selectorsOf(basic types.List, advanced types.Set) inventory.Selectors {
	var selectors inventory.Selectors
	for _, block := range objects(basic.Elements()) {
		management, ok := block["include_management_events"].(types.Bool)
		selector := inventory.BasicSelector{
			ReadWrite:       defaultText(block["read_write_type"], "All"),
			Management:      !ok || management.IsNull() || management.ValueBool(),
			ExcludedSources: framework.Texts(setElements(block["exclude_management_event_sources"])),
		}
		for _, resource := range objects(setElements(block["data_resource"])) {
			if selector.DataResourceTypes == nil {
				selector.DataResourceTypes = map[string][]string{}
			}
			kind := textOf(resource["type"])
			selector.DataResourceTypes[kind] = append(
				selector.DataResourceTypes[kind],
				framework.Texts(setElements(resource["values"]))...)
		}
		selectors.Basic = append(selectors.Basic, selector)
	}
	for _, block := range objects(advanced.Elements()) {
		selector := inventory.AdvancedSelector{Name: textOf(block["name"])}
		for _, field := range objects(setElements(block["field_selector"])) {
			list := func(name string) []string { return framework.Texts(setElements(field[name])) }
			selector.Fields = append(selector.Fields, inventory.FieldSelector{
				Field: textOf(field["field"]), Equals: list("equals"), NotEquals: list("not_equals"),
				StartsWith: list("starts_with"), NotStartsWith: list("not_starts_with"),
				EndsWith: list("ends_with"), NotEndsWith: list("not_ends_with"),
			})
		}
		selectors.Advanced = append(selectors.Advanced, selector)
	}
	if len(selectors.Basic)+len(selectors.Advanced) == 0 {
		return inventory.DefaultSelectors()
	}
	return selectors
}

// selectorBlocks writes selectors as the two blocks; AWS's default is no block.
func selectorBlocks(selectors inventory.Selectors) (types.List, types.Set) {
	basic, advanced := []attr.Value{}, []attr.Value{}
	if !selectors.Equal(inventory.DefaultSelectors()) {
		for _, selector := range selectors.Basic {
			basic = append(basic, basicBlock(selector))
		}
		for _, selector := range selectors.Advanced {
			advanced = append(advanced, advancedBlock(selector))
		}
	}
	return types.ListValueMust(eventSelectorType, basic), types.SetValueMust(advancedSelectorType, advanced)
}

func basicBlock(selector inventory.BasicSelector) attr.Value {
	resources := []attr.Value{}
	for kind, values := range selector.DataResourceTypes {
		resources = append(resources, types.ObjectValueMust(dataResourceType.AttrTypes, map[string]attr.Value{
			"type": types.StringValue(kind), "values": framework.TextSet(values),
		}))
	}
	return types.ObjectValueMust(eventSelectorType.AttrTypes, map[string]attr.Value{
		"read_write_type":                  types.StringValue(selector.ReadWrite),
		"include_management_events":        types.BoolValue(selector.Management),
		"exclude_management_event_sources": framework.TextSet(selector.ExcludedSources),
		"data_resource":                    types.SetValueMust(dataResourceType, resources),
	})
}

func advancedBlock(selector inventory.AdvancedSelector) attr.Value {
	fields := []attr.Value{}
	for _, field := range selector.Fields {
		fields = append(fields, types.ObjectValueMust(fieldSelectorType.AttrTypes, map[string]attr.Value{
			"field": types.StringValue(
				field.Field,
			),
			"equals":          framework.TextSet(field.Equals),
			"not_equals":      framework.TextSet(field.NotEquals),
			"starts_with":     framework.TextSet(field.StartsWith),
			"not_starts_with": framework.TextSet(field.NotStartsWith),
			"ends_with":       framework.TextSet(field.EndsWith),
			"not_ends_with":   framework.TextSet(field.NotEndsWith),
		}))
	}
	return types.ObjectValueMust(advancedSelectorType.AttrTypes, map[string]attr.Value{
		"name": framework.TextOrNull(selector.Name), "field_selector": types.SetValueMust(fieldSelectorType, fields),
	})
}

// insightsOf are the insight types of the block, sorted.
func insightsOf(blocks types.Set) []string {
	insights := []string{}
	for _, block := range objects(blocks.Elements()) {
		insights = append(insights, textOf(block["insight_type"]))
	}
	slices.Sort(insights)
	return insights
}

func insightBlocks(insights []string) types.Set {
	blocks := []attr.Value{}
	for _, insight := range insights {
		blocks = append(blocks, types.ObjectValueMust(insightSelectorType.AttrTypes, map[string]attr.Value{
			"insight_type": types.StringValue(insight),
		}))
	}
	return types.SetValueMust(insightSelectorType, blocks)
}
