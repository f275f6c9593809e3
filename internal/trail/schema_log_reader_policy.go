package trail

import (
	"context"
	"maps"
	"regexp"

	"github.com/hashicorp/terraform-plugin-framework-validators/setvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/booldefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringdefault"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/iamguard/terraform-provider-iamguard/internal/framework"
)

// Limits of IAM names; see
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
const (
	maxPolicyName = 128
	maxPath       = 512
	maxEntityName = 128
)

var (
	iamNameForm  = regexp.MustCompile(`^[\w+=,.@-]+$`)
	iamPathForm  = regexp.MustCompile(`^/([\w.,+@=-]+/)*$`)
	trailARNForm = regexp.MustCompile(`^arn:[a-z-]+:cloudtrail:[a-z0-9-]+:\d{12}:trail/[\w.-]+$`)
	keyARNForm   = regexp.MustCompile(`^arn:[a-z-]+:kms:[a-z0-9-]+:\d{12}:key/[\w-]+$`)
	groupARNForm = regexp.MustCompile(`^arn:[a-z-]+:logs:[a-z0-9-]+:\d{12}:log-group:[\w./#-]+(:\*)?$`)
	// A prefix stands in patterns of the policy, so it must hold no wildcard and no variable.
	prefixForm = regexp.MustCompile(`^[^/*?$]([^*?$]*[^/*?$])?$`)
)

func logReaderSchema(ctx context.Context) schema.Schema {
	attributes := logReaderArguments()
	maps.Copy(attributes, map[string]schema.Attribute{
		"arn": schema.StringAttribute{Computed: true, MarkdownDescription: "ARN of the policy."},
		"policy_json": schema.StringAttribute{
			Computed: true, MarkdownDescription: "The document of the policy's default version; always planned from the arguments.",
		},
	})
	maps.Copy(attributes, framework.AccountAttributes())
	maps.Copy(attributes, framework.TagAttributes())
	maps.Copy(attributes, framework.AdoptionAttributes())
	attributes["timeouts"] = framework.TimeoutsAttribute(ctx)
	return schema.Schema{
		MarkdownDescription: "Keeps one IAM policy that lets people read the audit trail and change nothing of it, and attaches it " +
			"to exactly the named groups, users and roles. A changed document, another default version and an attachment that " +
			"somebody adds or removes are drift.",
		Attributes: attributes,
	}
}

func logReaderArguments() map[string]schema.Attribute {
	text := func(description string, checks ...validator.String) schema.StringAttribute {
		return schema.StringAttribute{Optional: true, MarkdownDescription: description, Validators: checks}
	}
	bucket := path.MatchRoot("bucket")
	arguments := map[string]schema.Attribute{
		"name": schema.StringAttribute{
			Required: true, MarkdownDescription: "Name of the policy, at most 128 characters. Changing it replaces the policy.",
			Validators: []validator.String{
				stringvalidator.LengthBetween(1, maxPolicyName),
				stringvalidator.RegexMatches(iamNameForm, "must be letters, digits and + = , . @ _ -"),
			},
		},
		"path": schema.StringAttribute{
			Optional: true, Computed: true, Default: stringdefault.StaticString("/"),
			MarkdownDescription: "Path of the policy, at most 512 characters. Changing it replaces the policy. Default `/`.",
			Validators: []validator.String{
				stringvalidator.LengthBetween(1, maxPath),
				stringvalidator.RegexMatches(iamPathForm, "must begin and end with a slash, such as /audit/"),
			},
		},
		"trail_arn": text("ARN of a trail whose settings, status, selectors and tags may be read. It opens no log files: those "+
			"are opened by `bucket`, so that a plan shows all that the policy opens without asking AWS, and a trail that is "+
			"pointed at another bucket opens nothing new. Without it `bucket` is required.",
			stringvalidator.RegexMatches(trailARNForm, "must be the ARN of a trail"),
			stringvalidator.AtLeastOneOf(path.MatchRoot("trail_arn"), bucket)),
		"bucket": text("Name of the bucket whose log files may be listed and read, old versions included. Without it `trail_arn` "+
			"is required.",
			stringvalidator.LengthBetween(3, 63),
			stringvalidator.RegexMatches(bucketNameForm, "must be lower-case letters, digits, dots and dashes, as S3 asks")),
		"prefix": text(
			"Prefix of the log files in the bucket, without a slash at its ends; the trail's `s3_key_prefix`. Default: none.",
			stringvalidator.LengthBetween(1, 200),
			stringvalidator.AlsoRequires(bucket),
			stringvalidator.RegexMatches(prefixForm, "must not begin or end with a slash, nor hold * ? or $"),
		),
		"kms_key_arn": text("ARN of the key that encrypts the log files; it may be used to decrypt what S3 hands out. Default: none.",
			stringvalidator.AlsoRequires(bucket),
			stringvalidator.RegexMatches(keyARNForm, "must be the ARN of a key (not of an alias)")),
		"log_group_arn": text("ARN of the CloudWatch Logs group that the trail delivers to, with or without `:*` at its end; its "+
			"streams may be searched and read. Default: none.",
			stringvalidator.RegexMatches(groupARNForm, "must be the ARN of a log group")),
		"allow_lookup_events": schema.BoolAttribute{
			Optional: true, Computed: true, Default: booldefault.StaticBool(true),
			MarkdownDescription: "Lets the readers search the event history of the last 90 days (`cloudtrail:LookupEvents`), which " +
				"cannot be narrowed to one trail. Default `true`.",
		},
	}
	for name, noun := range map[string]string{"groups": "groups", "users": "users", "roles": "roles"} {
		arguments[name] = attachmentsAttribute(noun)
	}
	return arguments
}

func attachmentsAttribute(noun string) schema.Attribute {
	return schema.SetAttribute{
		ElementType: types.StringType, Optional: true,
		MarkdownDescription: "Names of the " + noun + " that the policy is attached to, and no others. Default: none.",
		Validators: []validator.Set{setvalidator.NoNullValues(), setvalidator.ValueStringsAre(
			stringvalidator.LengthBetween(1, maxEntityName),
			stringvalidator.RegexMatches(iamNameForm, "must be a name without a path, and not an ARN"))},
	}
}
