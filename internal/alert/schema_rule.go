package alert

import (
	"context"
	"fmt"
	"maps"
	"regexp"

	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework-validators/mapvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/setvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/booldefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/int64default"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringdefault"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/iamguard/terraform-provider-iamguard/internal/framework"
)

// Limits of rules; see
// https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutRule.html and
// https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_RetryPolicy.html
const (
	maxRuleName          = 64
	maxDescription       = 512
	maxBusName           = 256
	defaultPatternLength = 2048
	minEventAge          = 60
	maxEventAge          = 86400
	maxRetries           = 185
	defaultBus           = "default"
)

// The states of a rule.
const (
	stateEnabled  = "ENABLED"
	stateDisabled = "DISABLED"
	stateAll      = "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"
)

var (
	ruleNameForm = regexp.MustCompile(`^[.\-_A-Za-z0-9]+$`)
	busNameForm  = regexp.MustCompile(`^[/.\-_A-Za-z0-9]+$`)
	arnForm      = regexp.MustCompile(`^arn:[a-z-]+:[a-z0-9-]+:[a-z0-9-]*:(\d{12})?:.+$`)
	roleForm     = regexp.MustCompile(`^arn:[a-z-]+:iam::\d{12}:role/.+$`)
	queueForm    = regexp.MustCompile(`^arn:[a-z-]+:sqs:[a-z0-9-]+:\d{12}:[A-Za-z0-9_-]+$`)
	pathForm     = regexp.MustCompile(`^\$(\.|\[)`)
	holderForm   = regexp.MustCompile(`^[A-Za-z0-9_-]+$`)
)

func ruleSchema(ctx context.Context) schema.Schema {
	attributes := ruleSelection()
	maps.Copy(attributes, ruleArguments())
	maps.Copy(attributes, ruleComputed())
	maps.Copy(attributes, framework.AccountAttributes())
	maps.Copy(attributes, framework.TagAttributes())
	maps.Copy(attributes, framework.AdoptionAttributes())
	attributes["deletion_protection"] = framework.ProtectionAttribute(ruleProtection.Default)
	attributes["timeouts"] = framework.TimeoutsAttribute(ctx)
	return schema.Schema{
		MarkdownDescription: "Keeps one EventBridge rule with its targets, so that a removal in IAM reaches a person. The rule " +
			"stands in the region in which EventBridge has its events: for IAM that is `us-east-1`, wherever the provider is. A " +
			"disabled rule, a narrowed pattern, a target, dead-letter queue, retry policy or message that somebody changes is drift.",
		Attributes: attributes,
	}
}

func flag(def bool, description string) schema.BoolAttribute {
	return schema.BoolAttribute{
		Optional: true, Computed: true, Default: booldefault.StaticBool(def),
		MarkdownDescription: fmt.Sprintf("%s Default `%t`.", description, def),
	}
}

func names(description string) schema.SetAttribute {
	return schema.SetAttribute{
		ElementType: types.StringType, Optional: true, MarkdownDescription: description,
		Validators: []validator.Set{setvalidator.SizeAtLeast(1), setvalidator.NoNullValues()},
	}
}

// ruleSelection are the arguments that the pattern follows from.
func ruleSelection() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"presets": names("Presets of events, such as `iam_removal`; the data source `iamguard_event_catalog` lists what they hold. " +
			"One of `presets`, `event_names` and `event_pattern` is required."),
		"event_names": names("Events by name (`RemoveUserFromGroup`) or catalogue ID (`iam.DeleteUser`), beside those of `presets`."),
		"exclude_event_names": names(
			"Events to take out of the selection.",
		),
		"event_pattern": schema.StringAttribute{
			Optional: true, MarkdownDescription: "A pattern written by hand, as JSON, instead of a selection. An operator that " +
				"EventBridge does not have is an error.",
			Validators: []validator.String{stringvalidator.ConflictsWith(
				path.MatchRoot("presets"), path.MatchRoot("event_names"), path.MatchRoot("exclude_event_names"),
				path.MatchRoot("exclude_principals"), path.MatchRoot("include_failed"),
			)},
		},
		"exclude_principals": names("ARN wildcards of `userIdentity.arn` whose calls do not alert, such as " +
			"`arn:aws:sts::*:assumed-role/deploy/*`: one role or user each, never the root user. Critical events alert whoever makes " +
			"them. `blind_to` says what is not seen."),
		"include_failed": flag(false, "Alerts on attempts that failed or were denied too."),
		"max_pattern_length": schema.Int64Attribute{
			Optional: true, Computed: true, Default: int64default.StaticInt64(defaultPatternLength),
			MarkdownDescription: fmt.Sprintf("The quota of the account for the length of a pattern, at most %d characters. Default `%d`.",
				longestPattern, defaultPatternLength),
			Validators: []validator.Int64{int64validator.Between(1, longestPattern)},
		},
		"region": schema.StringAttribute{
			Optional: true, Computed: true,
			MarkdownDescription: "The region of the rule. Default: the one in which EventBridge has the events that are selected " +
				"(`us-east-1` for IAM in the partition `aws`), else the provider's region; the region of the state ever after. A " +
				"region in which the rule would never fire is an error unless `allow_other_region`. Changing it in the configuration " +
				"replaces the rule.",
			Validators: []validator.String{stringvalidator.LengthAtLeast(1)},
		},
		"allow_other_region": flag(false, "Accepts a region in which EventBridge does not have all of the events, for instance "+
			"because another rule forwards them."),
	}
}

func ruleArguments() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"name": schema.StringAttribute{
			Required: true,
			MarkdownDescription: fmt.Sprintf("Name of the rule, at most %d characters. Changing it replaces the rule.",
				maxRuleName),
			Validators: []validator.String{
				stringvalidator.LengthBetween(1, maxRuleName),
				stringvalidator.RegexMatches(ruleNameForm, "must be letters, digits, dots, dashes and underscores"),
			},
		},
		"description": schema.StringAttribute{
			Optional: true, Computed: true,
			MarkdownDescription: fmt.Sprintf("Description of the rule, at most %d characters. Default: what the rule alerts on.",
				maxDescription),
			Validators: []validator.String{stringvalidator.LengthBetween(1, maxDescription)},
		},
		"state": schema.StringAttribute{
			Optional: true, Computed: true, Default: stringdefault.StaticString(stateEnabled),
			MarkdownDescription: "`ENABLED`, `DISABLED`, or `" + stateAll + "`, which takes calls that only read too. A rule that " +
				"somebody disables is drift. Default `ENABLED`.",
			Validators: []validator.String{stringvalidator.OneOf(stateEnabled, stateDisabled, stateAll)},
		},
		"event_bus_name": schema.StringAttribute{
			Optional: true, Computed: true, Default: stringdefault.StaticString(defaultBus),
			MarkdownDescription: "Name of the event bus. Calls of AWS services are on the default bus; another one has what is " +
				"forwarded to it. Changing it replaces the rule. Default `default`.",
			Validators: []validator.String{
				stringvalidator.LengthBetween(1, maxBusName),
				stringvalidator.RegexMatches(busNameForm, "must be the name of an event bus"),
			},
		},
		"target": schema.MapNestedAttribute{
			Required: true,
			MarkdownDescription: fmt.Sprintf("Where alerts go, 1 to %d targets by ID. A target that somebody adds is drift.",
				maxTargets),
			Validators: []validator.Map{
				mapvalidator.SizeBetween(1, maxTargets),
				mapvalidator.KeysAre(stringvalidator.LengthBetween(1, maxRuleName),
					stringvalidator.RegexMatches(ruleNameForm, "must be letters, digits, dots, dashes and underscores")),
			},
			NestedObject: schema.NestedAttributeObject{Attributes: targetArguments()},
		},
		"trail_arn": schema.StringAttribute{
			Optional: true, MarkdownDescription: "ARN of the trail that feeds the rule: without a trail that logs management writes, " +
				"EventBridge sees no call. Refer to the trail here, so that it is made first. Default: any trail of the account.",
			Validators: []validator.String{stringvalidator.RegexMatches(arnForm, "must be the ARN of a trail")},
		},
		"require_trail": flag(false, "Refuses to make or change the rule while no trail feeds it. Otherwise the plan warns."),
	}
}

func targetArguments() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"arn": schema.StringAttribute{
			Required: true, MarkdownDescription: "ARN of the target, in the region of the rule; an event bus may be in another one.",
			Validators: []validator.String{stringvalidator.RegexMatches(arnForm, "must be an ARN")},
		},
		"role_arn": schema.StringAttribute{
			Optional: true, MarkdownDescription: "ARN of the role by which EventBridge reaches the target, as an event bus of another " +
				"region needs one. A log group takes none.",
			Validators: []validator.String{stringvalidator.RegexMatches(roleForm, "must be the ARN of a role")},
		},
		"message": schema.StringAttribute{
			Optional: true, Computed: true, Default: stringdefault.StaticString(summaryMessage),
			MarkdownDescription: "`summary`: lines that a person reads, with event, actor, target, account, region, address, time and " +
				"a link; `record`: the whole event; `custom`: `input_template`. A summary suits SNS, SQS and CloudWatch Logs. " +
				"Default `summary`.",
			Validators: []validator.String{stringvalidator.OneOf(summaryMessage, recordMessage, customMessage)},
		},
		"input_paths": schema.MapAttribute{
			ElementType: types.StringType, Optional: true,
			MarkdownDescription: fmt.Sprintf("Placeholders of `input_template` and the JSON paths of their values, such as "+
				"`$.detail.eventName`; at most %d.", maxInputPaths),
			Validators: []validator.Map{
				mapvalidator.SizeAtMost(maxInputPaths),
				mapvalidator.KeysAre(stringvalidator.RegexMatches(holderForm, "must be letters, digits, dashes and underscores")),
				mapvalidator.ValueStringsAre(stringvalidator.RegexMatches(pathForm, "must be a JSON path that begins with $.")),
			},
		},
		"input_template": schema.StringAttribute{
			Optional: true, MarkdownDescription: fmt.Sprintf("The message, with placeholders as `<name>`; at most %d characters. "+
				"EventBridge does not escape values, and what an event does not have stays blank.", maxTemplate),
			Validators: []validator.String{stringvalidator.LengthBetween(1, maxTemplate)},
		},
		"dead_letter_arn": schema.StringAttribute{
			Optional: true, MarkdownDescription: "ARN of the SQS queue, of the rule's region, for alerts that cannot be delivered. " +
				"Without it they are lost.",
			Validators: []validator.String{stringvalidator.RegexMatches(queueForm, "must be the ARN of an SQS queue that is not FIFO")},
		},
		"maximum_event_age_in_seconds": schema.Int64Attribute{
			Optional: true, MarkdownDescription: fmt.Sprintf("How long delivery is tried, %d to %d. EventBridge's own default is %d.",
				minEventAge, maxEventAge, maxEventAge),
			Validators: []validator.Int64{int64validator.Between(minEventAge, maxEventAge)},
		},
		"maximum_retry_attempts": schema.Int64Attribute{
			Optional: true, MarkdownDescription: fmt.Sprintf("How often delivery is tried again, 0 to %d. EventBridge's own default "+
				"is %d.", maxRetries, maxRetries),
			Validators: []validator.Int64{int64validator.Between(0, maxRetries)},
		},
		"sqs_message_group_id": schema.StringAttribute{
			Optional: true, MarkdownDescription: "Message group of a FIFO queue, which needs one.",
			Validators: []validator.String{stringvalidator.LengthBetween(1, 128)},
		},
	}
}

func ruleComputed() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"arn": schema.StringAttribute{Computed: true, MarkdownDescription: "ARN of the rule."},
		"event_pattern_json": schema.StringAttribute{
			Computed: true, MarkdownDescription: "The pattern of the rule; always planned from the arguments.",
		},
		"matched_events": schema.SetAttribute{
			ElementType: types.StringType, Computed: true,
			MarkdownDescription: "Events of the catalogue that the pattern matches, by ID. A pattern written by hand that asks for " +
				"an actor or for parameters may match more.",
		},
		"pattern_length": schema.Int64Attribute{Computed: true, MarkdownDescription: "Length of the pattern, in characters."},
		"blind_to": schema.ListAttribute{
			ElementType: types.StringType, Computed: true, MarkdownDescription: "What the rule does not see, each a sentence.",
		},
	}
}
