package alert

import (
	"context"
	"maps"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-framework/types/basetypes"

	"github.com/iamguard/terraform-provider-iamguard/internal/events"
	"github.com/iamguard/terraform-provider-iamguard/internal/framework"
)

// The kinds of messages.
const (
	summaryMessage = "summary"
	recordMessage  = "record"
	customMessage  = "custom"
)

// targetModel is one entry of the argument target.
type targetModel struct {
	ARN           types.String `tfsdk:"arn"`
	RoleARN       types.String `tfsdk:"role_arn"`
	Message       types.String `tfsdk:"message"`
	InputPaths    types.Map    `tfsdk:"input_paths"`
	InputTemplate types.String `tfsdk:"input_template"`
	DeadLetterARN types.String `tfsdk:"dead_letter_arn"`
	EventAge      types.Int64  `tfsdk:"maximum_event_age_in_seconds"`
	RetryAttempts types.Int64  `tfsdk:"maximum_retry_attempts"`
	MessageGroup  types.String `tfsdk:"sqs_message_group_id"`
}

var targetType = types.ObjectType{AttrTypes: map[string]attr.Type{
	"arn": types.StringType, "role_arn": types.StringType, "message": types.StringType,
	"input_paths": types.MapType{ElemType: types.StringType}, "input_template": types.StringType,
	"dead_letter_arn": types.StringType, "maximum_event_age_in_seconds": types.Int64Type,
	"maximum_retry_attempts": types.Int64Type, "sqs_message_group_id": types.StringType,
}}

// targetModels are the entries of target; those that are wholly unknown are left out.
func (m ruleModel) targetModels(ctx context.Context) map[string]targetModel {
	entries := map[string]targetModel{}
	for id, value := range m.Target.Elements() {
		object, ok := value.(types.Object)
		var entry targetModel
		if ok && !object.IsNull() && !object.IsUnknown() && !object.As(ctx, &entry, basetypes.ObjectAsOptions{}).HasError() {
			entries[id] = entry
		}
	}
	return entries
}

// targets are the entries as AWS has them.
func (m ruleModel) targets(ctx context.Context, partition string) map[string]target {
	targets, selected := map[string]target{}, m.judged()
	for id, entry := range m.targetModels(ctx) {
		targets[id] = entry.toAWS(selected, m.IncludeFailed.ValueBool(), partition)
	}
	return targets
}

func (e targetModel) toAWS(selected []events.Event, failed bool, partition string) target {
	to := target{
		ARN: logGroupARN(e.ARN.ValueString()), Role: e.RoleARN.ValueString(), DeadLetter: e.DeadLetterARN.ValueString(),
		Group: e.MessageGroup.ValueString(), Age: e.EventAge.ValueInt64Pointer(), Attempts: e.RetryAttempts.ValueInt64Pointer(),
	}
	switch e.Message.ValueString() {
	case customMessage:
		to.Message = &message{Paths: framework.TagsOf(e.InputPaths), Template: e.InputTemplate.ValueString()}
	case recordMessage:
	default:
		made := summary(selected, failed, kindOf(to.ARN), partition)
		to.Message = &made
	}
	return to
}

// showTargets sets the argument target to what AWS has. A template that is not the
// summary is a custom one, and an input that is no template shows as what it is, which
// no configuration can ask for.
func (m *ruleModel) showTargets(have map[string]target, partition string) {
	entries, selected := map[string]attr.Value{}, m.judged()
	prior := m.Target.Elements()
	for id, one := range have {
		entry := map[string]attr.Value{
			"arn": keepARN(prior[id], one.ARN), "role_arn": framework.TextOrNull(one.Role),
			"message": types.StringValue(recordMessage), "input_paths": types.MapNull(types.StringType),
			"input_template": types.StringNull(), "dead_letter_arn": framework.TextOrNull(one.DeadLetter),
			"maximum_event_age_in_seconds": types.Int64PointerValue(one.Age),
			"maximum_retry_attempts":       types.Int64PointerValue(one.Attempts),
			"sqs_message_group_id":         framework.TextOrNull(one.Group),
		}
		switch {
		case one.Foreign != "":
			entry["message"] = types.StringValue(one.Foreign)
		case one.Message != nil && one.Message.same(summary(selected, m.IncludeFailed.ValueBool(), kindOf(one.ARN), partition)):
			entry["message"] = types.StringValue(summaryMessage)
		case one.Message != nil:
			entry["message"] = types.StringValue(customMessage)
			entry["input_template"] = types.StringValue(one.Message.Template)
			if len(one.Message.Paths) > 0 || emptyPaths(prior[id]) {
				entry["input_paths"] = framework.TextMap(one.Message.Paths)
			}
		}
		entries[id] = types.ObjectValueMust(targetType.AttrTypes, entry)
	}
	m.Target = types.MapValueMust(targetType, entries)
}

// keepARN keeps the spelling of a log group that ends with ":*".
func keepARN(entry attr.Value, have string) types.String {
	if object, ok := entry.(types.Object); ok {
		if before, ok := object.Attributes()["arn"].(types.String); ok && logGroupARN(before.ValueString()) == have {
			return before
		}
	}
	return types.StringValue(have)
}

// emptyPaths tells whether the configuration wrote input_paths = {}.
func emptyPaths(entry attr.Value) bool {
	object, ok := entry.(types.Object)
	if !ok || object.IsNull() || object.IsUnknown() {
		return false
	}
	paths, ok := object.Attributes()["input_paths"].(types.Map)
	return ok && !paths.IsNull() && len(paths.Elements()) == 0
}

// same compares two messages as EventBridge reads them.
func (m message) same(other message) bool {
	return m.Template == other.Template && maps.Equal(m.Paths, other.Paths)
}

// logGroupARN is the form without ":*", in which EventBridge keeps the ARN of a log
// group.
func logGroupARN(arn string) string {
	if kindOf(arn) == logGroup {
		return strings.TrimSuffix(arn, ":*")
	}
	return arn
}
