package trail

import (
	"context"
	"maps"
	"regexp"

	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework-validators/setvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/booldefault"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/iamguard/terraform-provider-iamguard/internal/framework"
)

// maxDays bounds retentions: a hundred years, as S3 does for object lock.
const maxDays = 36500

// bucketNameForm is S3's: lower-case letters, digits, dots and dashes.
var bucketNameForm = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]|\.[a-z0-9])*[a-z0-9]$`)

func logBucketSchema(ctx context.Context) schema.Schema {
	attributes := logBucketArguments()
	maps.Copy(attributes, logBucketParts())
	maps.Copy(attributes, framework.AccountAttributes())
	maps.Copy(attributes, framework.TagAttributes())
	maps.Copy(attributes, framework.AdoptionAttributes())
	attributes["region"] = framework.RegionAttribute()
	attributes["deletion_protection"] = framework.ProtectionAttribute(bucketProtection.Default)
	attributes["timeouts"] = framework.TimeoutsAttribute(ctx)
	return schema.Schema{
		MarkdownDescription: "Keeps the bucket that a trail delivers to: private, versioned, encrypted, reached by TLS only, " +
			"and written by the " +
			"named trails only. A lifecycle rule or a replication that somebody adds is drift, as is every change of these parts.",
		Attributes: attributes,
	}
}

func logBucketArguments() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"bucket": schema.StringAttribute{
			Required: true, MarkdownDescription: "Name of the bucket, 3 to 63 characters. Changing it replaces the bucket.",
			Validators: []validator.String{
				stringvalidator.LengthBetween(3, 63),
				stringvalidator.RegexMatches(bucketNameForm, "must be lower-case letters, digits, dots and dashes, as S3 asks"),
			},
		},
		"trail_names": schema.SetAttribute{
			ElementType: types.StringType, Required: true,
			MarkdownDescription: "Names of the trails that may write here. Their ARNs are built, so that the trail can refer to " +
				"the bucket and both " +
				"apply in one run.",
			Validators: []validator.Set{
				setvalidator.SizeAtLeast(1), setvalidator.NoNullValues(),
				setvalidator.ValueStringsAre(stringvalidator.LengthBetween(3, 128)),
			},
		},
		"trail_region": schema.StringAttribute{
			Optional: true, MarkdownDescription: "Home region of those trails. Default: the region of the bucket.",
			Validators: []validator.String{stringvalidator.LengthAtLeast(1)},
		},
		"trail_account_ids": schema.SetAttribute{
			ElementType: types.StringType, Optional: true,
			MarkdownDescription: "Other accounts whose trails of these names may write here; this account always may.",
			Validators: []validator.Set{setvalidator.SizeAtLeast(1), setvalidator.NoNullValues(), setvalidator.ValueStringsAre(
				stringvalidator.RegexMatches(regexp.MustCompile(`^\d{12}$`), "must be a 12-digit account ID"))},
		},
		"organization_id": schema.StringAttribute{
			Optional: true, MarkdownDescription: "ID of the organization (`o-…`), for an organization trail.",
			Validators: []validator.String{stringvalidator.RegexMatches(regexp.MustCompile(`^o-[a-z0-9]{10,32}$`), "must look "+
				"like o-exampleorgid")},
		},
		"kms_key_arn": schema.StringAttribute{
			Optional: true, MarkdownDescription: "ARN of the key that encrypts the objects. Default: keys that S3 manages (`AES256`).",
			Validators: []validator.String{stringvalidator.RegexMatches(regexp.MustCompile(`^arn:[a-z-]+:kms:[a-z0-9-]+:\d{12}:key/.+$`),
				"must be the ARN of a key (not of an alias)")},
		},
		"expire_days": schema.Int64Attribute{
			Optional: true, MarkdownDescription: "Days after which log files are deleted, 1 to 36500. Default: never.",
			Validators: []validator.Int64{int64validator.Between(1, maxDays)},
		},
		"archive_days": schema.Int64Attribute{
			Optional: true, MarkdownDescription: "Days after which log files move to S3 Glacier, 1 to 36500 and before they " +
				"expire. Default: never.",
			Validators: []validator.Int64{int64validator.Between(1, maxDays)},
		},
		"object_lock": objectLockAttribute(),
		"additional_policy_json": schema.StringAttribute{
			Optional: true, MarkdownDescription: "Policy document whose statements are added to the bucket policy.",
			Validators: []validator.String{policyDocument{}},
		},
		"force_destroy": schema.BoolAttribute{
			Optional: true, Computed: true, Default: booldefault.StaticBool(false),
			MarkdownDescription: "Deletes all log files when the bucket is destroyed. Without it destroying a bucket with " +
				"objects is an error that " +
				"counts them. Default `false`.",
		},
	}
}

func objectLockAttribute() schema.Attribute {
	return schema.SingleNestedAttribute{
		Optional: true, MarkdownDescription: "Default retention of every object: nobody deletes a log file before it ends.",
		Attributes: map[string]schema.Attribute{
			"mode": schema.StringAttribute{
				Required: true, MarkdownDescription: "`GOVERNANCE`, which a special permission overrides, or `COMPLIANCE`, which " +
					"nobody does.",
				Validators: []validator.String{stringvalidator.OneOf("GOVERNANCE", "COMPLIANCE")},
			},
			"days": schema.Int64Attribute{
				Required:            true,
				MarkdownDescription: "Days of retention, 1 to 36500.",
				Validators:          []validator.Int64{int64validator.Between(1, maxDays)},
			},
			"accept_irreversible": schema.BoolAttribute{
				Optional: true, Computed: true, Default: booldefault.StaticBool(false),
				MarkdownDescription: "Must be `true` for `COMPLIANCE`: not even the root user deletes such objects, and their " +
					"storage is paid for until " +
					"the retention ends. Default `false`.",
			},
		},
	}
}

// logBucketParts are the parts that are always on: planned from the configuration
// and read from AWS, so that a change made outside shows as a difference.
func logBucketParts() map[string]schema.Attribute {
	text := func(description string) schema.Attribute {
		return schema.StringAttribute{Computed: true, MarkdownDescription: description}
	}
	return map[string]schema.Attribute{
		"arn":         text("ARN of the bucket."),
		"policy_json": text("The bucket policy: TLS only, delivery by the named trails, and the additional statements."),
		"public_access_blocked": schema.BoolAttribute{
			Computed: true, MarkdownDescription: "Whether all four settings of the public access block are on; always planned `true`.",
		},
		"object_ownership": text("Object ownership; always planned `BucketOwnerEnforced`, which switches ACLs off."),
		"versioning":       text("Versioning; always planned `Enabled`."),
		"sse_algorithm":    text("Default encryption: `AES256`, or `aws:kms` with `kms_key_arn`."),
		"lifecycle_rules": schema.MapAttribute{
			ElementType: types.StringType, Computed: true,
			MarkdownDescription: "Lifecycle rules by ID, each described; planned is only the one that `expire_days` and " +
				"`archive_days` ask for.",
		},
		"replication": text("Description of the bucket's replication; always planned null."),
	}
}
