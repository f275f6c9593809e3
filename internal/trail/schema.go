package trail

import (
	"context"
	"fmt"
	"maps"

	"github.com/hashicorp/terraform-plugin-framework-validators/listvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/setvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/booldefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringdefault"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/iamguard/terraform-provider-iamguard/internal/framework"
)

// Limits of CloudTrail, from its quotas page and API reference.
const (
	maxPrefixLength   = 200
	maxEventSelectors = 5
	maxDataValues     = 250
)

func resourceSchema(ctx context.Context) schema.Schema {
	attributes := trailAttributes()
	maps.Copy(attributes, framework.AccountAttributes())
	maps.Copy(attributes, framework.TagAttributes())
	maps.Copy(attributes, framework.AdoptionAttributes())
	attributes["region"] = framework.RegionAttribute()
	attributes["deletion_protection"] = framework.ProtectionAttribute(protection.Default)
	attributes["timeouts"] = framework.TimeoutsAttribute(ctx)
	return schema.Schema{
		MarkdownDescription: "Keeps a CloudTrail trail logging, delivering and unchanged. Every setting, its selectors and " +
			"whether it " +
			"logs are compared on every plan; a trail that was off for a while, or that cannot deliver, warns.",
		Attributes: attributes,
		Blocks: map[string]schema.Block{
			"event_selector":          eventSelectorBlock(),
			"advanced_event_selector": advancedSelectorBlock(),
			"insight_selector":        insightSelectorBlock(),
		},
	}
}

func trailAttributes() map[string]schema.Attribute {
	flag := func(def bool, description string) schema.Attribute {
		return schema.BoolAttribute{
			Optional: true, Computed: true, Default: booldefault.StaticBool(def),
			MarkdownDescription: fmt.Sprintf("%s Default `%t`.", description, def),
		}
	}
	text := func(description string, validators ...validator.String) schema.Attribute {
		return schema.StringAttribute{
			Optional: true, MarkdownDescription: description, Validators: append(validators, stringvalidator.LengthAtLeast(1)),
		}
	}
	computed := func(description string) schema.Attribute {
		return schema.StringAttribute{Computed: true, MarkdownDescription: description}
	}
	return map[string]schema.Attribute{
		"name": schema.StringAttribute{
			Required: true, Validators: nameRules(),
			MarkdownDescription: "Name of the trail: 3 to 128 letters, digits, `.`, `_` and `-`. Changing it replaces the trail. " +
				"Trails of " +
				"AWS Control Tower (`aws-controltower-…`) are refused.",
		},
		"s3_bucket_name": schema.StringAttribute{
			Required: true, Validators: []validator.String{stringvalidator.LengthBetween(3, 63)},
			MarkdownDescription: "Bucket that log files go to; `iamguard_log_bucket` makes one that accepts them.",
		},
		"s3_key_prefix": text(fmt.Sprintf("Prefix of the log files' keys, at most %d characters.", maxPrefixLength),
			stringvalidator.LengthAtMost(maxPrefixLength)),
		"is_multi_region_trail": flag(true, "Records all regions, among them the one that records IAM."),
		"include_global_service_events": flag(true, "Records IAM and other global services, if the trail applies to their "+
			"region. It cannot be "+
			"`false` in a multi-region trail."),
		"enable_log_file_validation": flag(true, "Delivers digest files that prove that no log file was changed. Turning it "+
			"off breaks the chain "+
			"of digests for good, and warns."),
		"enable_logging": flag(true, "Whether the trail records. A trail that somebody stopped is started again by apply."),
		"is_organization_trail": flag(false, "Records all accounts of the organization. Needs the management account or a "+
			"delegated administrator."),
		"kms_key_id": text("Key that encrypts the log files: its ID, ARN, alias or alias ARN. It must be in the " +
			"bucket's region."),
		"cloud_watch_logs_group_arn": text("ARN of a log group that also receives the events, with or without `:*`. Needs "+
			"`cloud_watch_logs_role_arn`.", arnRule("logs")),
		"cloud_watch_logs_role_arn": text(
			"ARN of the role that writes to the log group. Needs `cloud_watch_logs_group_arn`.",
			arnRule("iam"),
		),
		"sns_topic_name": text("Topic that is told of each delivered log file: its name, or its ARN."),
		"arn":            computed("ARN of the trail."),
		"home_region":    computed("Region that the trail was made in and is changed in."),
		"sns_topic_arn":  computed("ARN of the topic, null without one."),
		"logs_iam_writes": schema.BoolAttribute{
			Computed: true,
			MarkdownDescription: "Whether IAM changes are recorded: the trail logs, applies to the region that records IAM, and " +
				"takes management " +
				"writes. `false` whenever a selector is not fully understood.",
		},
	}
}

func eventSelectorBlock() schema.Block {
	return schema.ListNestedBlock{
		MarkdownDescription: "What is recorded. Without this block and `advanced_event_selector`: all management events, no " +
			"data events.",
		Validators: []validator.List{listvalidator.SizeAtMost(maxEventSelectors)},
		NestedObject: schema.NestedBlockObject{
			Attributes: map[string]schema.Attribute{
				"read_write_type": schema.StringAttribute{
					Optional: true, Computed: true, Default: stringdefault.StaticString("All"),
					MarkdownDescription: "`All` (default), `ReadOnly` or `WriteOnly`. A trail of read events only records no removal.",
					Validators:          []validator.String{stringvalidator.OneOf("All", "ReadOnly", "WriteOnly")},
				},
				"include_management_events": schema.BoolAttribute{
					Optional: true, Computed: true, Default: booldefault.StaticBool(true),
					MarkdownDescription: "Whether management events are recorded. Default `true`.",
				},
				"exclude_management_event_sources": schema.SetAttribute{
					ElementType: types.StringType, Optional: true,
					MarkdownDescription: "Sources left out: `kms.amazonaws.com`, `rdsdata.amazonaws.com`.",
					Validators: []validator.Set{
						setvalidator.SizeAtLeast(1),
						setvalidator.ValueStringsAre(stringvalidator.OneOf("kms.amazonaws.com", "rdsdata.amazonaws.com")),
					},
				},
			},
			Blocks: map[string]schema.Block{"data_resource": dataResourceBlock()},
		},
	}
}

func dataResourceBlock() schema.Block {
	return schema.SetNestedBlock{
		MarkdownDescription: "Data events to record.",
		NestedObject: schema.NestedBlockObject{Attributes: map[string]schema.Attribute{
			"type": schema.StringAttribute{
				Required: true, MarkdownDescription: "`AWS::S3::Object`, `AWS::Lambda::Function` or `AWS::DynamoDB::Table`.",
				Validators: []validator.String{stringvalidator.OneOf(dataResourceTypes()...)},
			},
			"values": schema.SetAttribute{
				ElementType: types.StringType, Required: true,
				MarkdownDescription: fmt.Sprintf("ARNs, or ARN prefixes that mean all of a type; at most %d.", maxDataValues),
				Validators:          []validator.Set{setvalidator.SizeBetween(1, maxDataValues), setvalidator.NoNullValues()},
			},
		}},
	}
}

func advancedSelectorBlock() schema.Block {
	list := func(description string) schema.Attribute {
		return schema.SetAttribute{
			ElementType: types.StringType, Optional: true, MarkdownDescription: description,
			Validators: []validator.Set{setvalidator.SizeAtLeast(1), setvalidator.NoNullValues()},
		}
	}
	return schema.SetNestedBlock{
		MarkdownDescription: "What is recorded, by the fields of an event. Not together with `event_selector`. For management " +
			"events a trail " +
			"takes only the fields `eventCategory`, `eventSource` and `readOnly`.",
		NestedObject: schema.NestedBlockObject{
			Attributes: map[string]schema.Attribute{
				"name": schema.StringAttribute{
					Optional:            true,
					MarkdownDescription: "Name of the selector.",
					Validators:          []validator.String{stringvalidator.LengthBetween(1, 1000)},
				},
			},
			Blocks: map[string]schema.Block{"field_selector": schema.SetNestedBlock{
				MarkdownDescription: "Condition on one field; all conditions of a selector must hold.",
				Validators:          []validator.Set{setvalidator.SizeAtLeast(1)},
				NestedObject: schema.NestedBlockObject{Attributes: map[string]schema.Attribute{
					"field": schema.StringAttribute{
						Required: true, MarkdownDescription: "Name of the field, such as `eventCategory`.",
						Validators: []validator.String{stringvalidator.LengthBetween(1, 1000)},
					},
					"equals": list("Exact values."), "not_equals": list("Exact values that must not be."),
					"starts_with": list("First characters."), "not_starts_with": list("First characters that must not be."),
					"ends_with": list("Last characters."), "not_ends_with": list("Last characters that must not be."),
				}},
			}},
		},
	}
}

func insightSelectorBlock() schema.Block {
	return schema.SetNestedBlock{
		MarkdownDescription: "Unusual activity to record.",
		NestedObject: schema.NestedBlockObject{Attributes: map[string]schema.Attribute{
			"insight_type": schema.StringAttribute{
				Required: true, MarkdownDescription: "`ApiCallRateInsight` or `ApiErrorRateInsight`.",
				Validators: []validator.String{stringvalidator.OneOf("ApiCallRateInsight", "ApiErrorRateInsight")},
			},
		}},
	}
}
