package accesskey

import (
	"context"
	"fmt"
	"maps"
	"regexp"

	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework-validators/setvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/booldefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/int64default"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/iamguard/terraform-provider-iamguard/internal/framework"
	"github.com/iamguard/terraform-provider-iamguard/internal/secretsink"
)

// longestDays bounds rotate_after_days and overlap_days: ten years.
const longestDays = 3650

var userForm = regexp.MustCompile(`^[\w+=,.@-]{1,64}$`)

func accessKeySchema(ctx context.Context) schema.Schema {
	days := func(byDefault int64, text string) schema.Int64Attribute {
		return schema.Int64Attribute{
			Optional: true, Computed: true, Default: int64default.StaticInt64(byDefault),
			MarkdownDescription: fmt.Sprintf("%s Default %d, 1 to %d.", text, byDefault, longestDays),
			Validators:          []validator.Int64{int64validator.Between(1, longestDays)},
		}
	}
	only := " Exactly one of `secret_id`, `ssm_parameter` and `age_recipients` is needed. A change of it rotates the key: a " +
		"secret that AWS told once cannot be moved."
	attributes := map[string]schema.Attribute{
		"user": schema.StringAttribute{
			Required: true, MarkdownDescription: "Name of the IAM user whose key it is. Changing it makes a key of another user.",
			Validators: []validator.String{stringvalidator.RegexMatches(userForm, "must be the name of an IAM user")},
		},
		"rotate_after_days": days(defaultRotateAfter, "Age in days at which the key is due: the next apply makes another one."),
		"overlap_days": days(defaultOverlap, "Days for which the old key works beside the new one, at least. It cannot be more than "+
			"`rotate_after_days`."),
		"rotate_trigger": schema.StringAttribute{
			Optional: true,
			MarkdownDescription: "Any text; a change of it rotates the key whatever its age. After an import the first text is only " +
				"taken over.",
		},
		"secret_id": schema.StringAttribute{
			Optional: true,
			MarkdownDescription: "Puts key and secret as a new version into this secret of Secrets Manager: name or ARN of one that " +
				"exists, of the region of the ARN, else of the provider." + only,
			Validators: []validator.String{
				stringvalidator.RegexMatches(secretsink.SecretIDForm, "must be the name or the ARN of a secret"),
			},
		},
		"ssm_parameter": schema.StringAttribute{
			Optional: true,
			MarkdownDescription: "Writes key and secret to this parameter of Systems Manager in the region of the provider, as a " +
				"SecureString. One that does not exist is made, with the account's default KMS key; one that exists is overwritten " +
				"and keeps its KMS key." + only,
			Validators: []validator.String{
				stringvalidator.LengthAtMost(secretsink.LongestParameter),
				stringvalidator.RegexMatches(secretsink.ParameterForm, "must be the name of a parameter, such as /ci/access-key"),
			},
		},
		"age_recipients": schema.SetAttribute{
			ElementType: types.StringType,
			Optional:    true,
			MarkdownDescription: "Encrypts key and secret to these [age](https://age-encryption.org) recipients (`age1…`), any one " +
				"whom can read them. The encrypted text is `secret_encrypted`." + only,
			Validators: []validator.Set{setvalidator.SizeAtLeast(1), setvalidator.NoNullValues()},
		},
		"restore_access": schema.BoolAttribute{
			Optional: true, Computed: true, Default: booldefault.StaticBool(true),
			MarkdownDescription: "Activates the key again if somebody deactivated it, and makes another one if somebody deleted it. " +
				"With `false` that is an error of the plan. Default `true`.",
		},
		"timeouts": framework.TimeoutsAttribute(ctx),
	}
	maps.Copy(attributes, accessKeyResults())
	maps.Copy(attributes, framework.AccountAttributes())
	maps.Copy(attributes, framework.AdoptionAttributes())
	adopt, isBool := attributes["adopt_existing"].(schema.BoolAttribute)
	if isBool {
		adopt.MarkdownDescription = "Takes over the one key that the user has, as the old key of an overlap: the apply makes a " +
			"second one, because the secret of the first is not known. Default `false`, by which a user who has a key is an error."
		attributes["adopt_existing"] = adopt
	}
	return schema.Schema{
		MarkdownDescription: "Keeps the access key of an IAM user young, and its secret out of every state: the secret goes to a " +
			"place of your choice, and the key is replaced in steps, one an apply, so that what is stored always works.",
		Attributes: attributes,
	}
}

// accessKeyResults are the attributes that nobody sets.
func accessKeyResults() map[string]schema.Attribute {
	computed := func(text string) schema.StringAttribute {
		return schema.StringAttribute{Computed: true, MarkdownDescription: text}
	}
	return map[string]schema.Attribute{
		"access_key_id": computed("ID of the key whose secret is stored: the newest one of this resource."),
		"create_date":   computed("When that key was made, such as `2026-03-01T12:00:00Z`."),
		"status": computed("`Active`, `Inactive` or `Deleted`. It is always planned as `Active`, so that a key that somebody took " +
			"away shows as drift."),
		"phase": computed("Where the rotation stands, and so what the next apply does: `current` and `overlapping` (nothing), " +
			"`due` (makes another key), `overlap_over` (deactivates the old key, or deletes it where it is inactive)."),
		"old_access_key_id": computed("ID of the key before that one, while it is still there."),
		"old_key_status":    computed("`Active` or `Inactive`, or null without an old key."),
		"old_key_inactive_since": computed("When the old key was seen inactive first. It is deleted a day later at the earliest; " +
			"itself does not tell."),
		"foreign_access_key_ids": schema.SetAttribute{
			ElementType: types.StringType, Computed: true,
			MarkdownDescription: "IDs of keys of the user that this resource did not make. It is always planned empty, so that such " +
				"key shows as drift. An apply touches none of them: it fails until they are gone.",
		},
		"secret_stored": schema.BoolAttribute{
			Computed: true,
			MarkdownDescription: "Whether the secret of `access_key_id` was put to its place. `false` after an import, until the " +
				"rotated.",
		},
		"secret_encrypted": computed(
			"Key and secret, as armored text encrypted to `age_recipients`. Null where they are kept elsewhere, and " +
				"after an import.",
		),
	}
}
