package alert

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws/arn"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/iamguard/terraform-provider-iamguard/internal/events"
	"github.com/iamguard/terraform-provider-iamguard/internal/framework"
)

// checkPattern refuses a pattern that EventBridge would refuse.
func checkPattern(pattern string, longest int) error {
	if _, err := events.ParsePattern([]byte(pattern)); err != nil {
		return err
	}
	size, err := events.PatternSize([]byte(pattern))
	if err == nil && size > longest {
		err = fmt.Errorf("the pattern has %d characters, and %d are allowed", size, longest)
	}
	return err
}

// validate checks what spans several arguments; what is unknown is no error.
func (m ruleModel) validate(ctx context.Context, diags *diag.Diagnostics) {
	if framework.WhollyKnown(ctx, m.selects()...) {
		if _, _, err := m.pattern(); err != nil {
			m.refuseSelection(err, diags)
		}
	}
	for id, entry := range m.targetModels(ctx) {
		entry.validate(path.Root("target").AtMapKey(id), diags)
	}
}

func (m ruleModel) refuseSelection(err error, diags *diag.Diagnostics) {
	argument := "max_pattern_length"
	if blamed, ok := errors.AsType[*argumentError](err); ok {
		argument, err = blamed.argument, blamed.err
	}
	diags.AddAttributeError(path.Root(argument), "Unable to select the events of the alert rule", framework.Sentence(err))
}

// fault is what is wrong with an argument of a target, if it is.
type fault struct {
	wrong      bool
	name, text string
}

// validate checks one target.
func (e targetModel) validate(at path.Path, diags *diag.Diagnostics) {
	var faults []fault
	if !e.ARN.IsUnknown() {
		faults = append(faults, e.faultsOfKind()...)
	}
	if !e.Message.IsUnknown() {
		faults = append(faults, e.faultsOfMessage()...)
	}
	for _, one := range faults {
		if blamed := at.AtName(one.name); one.wrong {
			diags.AddAttributeError(blamed, "Unable to send alerts to this target", blamed.String()+": "+one.text)
		}
	}
}

// faultsOfMessage are those of a message and its template.
func (e targetModel) faultsOfMessage() []fault {
	custom := e.Message.ValueString() == customMessage
	var unknown []string
	if custom && !e.InputTemplate.IsUnknown() && !e.InputPaths.IsUnknown() {
		unknown = unknownPlaceholders(e.InputTemplate.ValueString(), framework.TagsOf(e.InputPaths))
	}
	return []fault{
		{custom && e.InputTemplate.IsNull(), "input_template", "A custom message needs an input_template."},
		{!custom && !e.InputTemplate.IsNull(), "input_template", "Only message = \"custom\" takes an input_template."},
		{!custom && !e.InputPaths.IsNull(), "input_paths", "Only message = \"custom\" takes input_paths."},
		{len(unknown) > 0, "input_template", "The template has <" + strings.Join(unknown, ">, <") + ">, which is not in " +
			"input_paths; EventBridge would leave it blank."},
	}
}

// faultsOfKind are those of what the kind of the target asks for.
func (e targetModel) faultsOfKind() []fault {
	kind, fifo := kindOf(e.ARN.ValueString()), strings.HasSuffix(e.ARN.ValueString(), ".fifo")
	faults := []fault{
		{fifo && kind == topic, "arn", "EventBridge does not publish to FIFO topics."},
		{
			fifo && kind == queue && e.MessageGroup.IsNull(), "sqs_message_group_id",
			"A FIFO queue takes no message without a group.",
		},
		{kind != queue && !e.MessageGroup.IsNull(), "sqs_message_group_id", "Only an SQS queue has message groups."},
		{
			kind == logGroup && !e.RoleARN.IsNull(), "role_arn",
			"A log group takes no role: EventBridge reaches it by a resource policy of CloudWatch Logs.",
		},
	}
	if e.Message.IsUnknown() {
		return faults
	}
	message := e.Message.ValueString() // Null stands for the default, which is not filled in yet.
	return append(faults,
		fault{
			kind == eventBus && message != recordMessage, "message",
			"An event bus gets the whole event: set message = \"record\".",
		},
		fault{
			kind == otherKinds && message != recordMessage && message != customMessage, "message",
			"A summary is text for people, in SNS, SQS and CloudWatch Logs; set \"record\" or \"custom\" here.",
		})
}

// validatePlace checks what depends on the region of the rule.
func (e targetModel) validatePlace(at path.Path, region, partition string, diags *diag.Diagnostics) {
	refuse := func(name, format string, values ...any) {
		blamed := at.AtName(name)
		diags.AddAttributeError(blamed, "Unable to reach this target from the region of the rule",
			blamed.String()+": "+fmt.Sprintf(format, values...))
	}
	if to, err := arn.Parse(e.ARN.ValueString()); err == nil && to.Region != "" && to.Region != region {
		switch {
		case kindOf(e.ARN.ValueString()) != eventBus:
			refuse("arn", "The target is in %s, and the rule in %s: only an event bus may be in another region. Make the target in %s, "+
				"or send to a bus there and put a rule on it.", to.Region, region, region)
		case e.RoleARN.IsNull():
			refuse("role_arn", "EventBridge needs a role to send to the event bus of another region (%s).", to.Region)
		case partition != "aws":
			framework.Warn(diags, "Target "+e.ARN.ValueString(), "event buses of other regions may not be reachable",
				"The documents of AWS disagree on whether EventBridge routes between regions in the partition "+partition+".")
		}
	}
	if to, err := arn.Parse(e.DeadLetterARN.ValueString()); err == nil && to.Region != region {
		refuse("dead_letter_arn", "The dead-letter queue is in %s, and has to be in %s, as the rule is.", to.Region, region)
	}
}
