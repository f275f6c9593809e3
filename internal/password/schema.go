package password

import (
	"context"
	"fmt"
	"maps"

	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework-validators/setvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/booldefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/int64default"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringdefault"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/iamguard/terraform-provider-iamguard/internal/framework"
)

// Limits of IAM and our defaults; see
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateAccountPasswordPolicy.html
// The defaults are those of the CIS AWS Foundations Benchmark.
const (
	minLength, maxLength, defaultLength = 6, 128, 14
	maxReuse, defaultReuse              = 24, 24
	maxAge                              = 1095
)

func policySchema(ctx context.Context) schema.Schema {
	number := func(low, high, byDefault int64, description string) schema.Int64Attribute {
		return schema.Int64Attribute{
			Optional: true, Computed: true, Default: int64default.StaticInt64(byDefault),
			MarkdownDescription: fmt.Sprintf("%s, %d to %d. Default `%d`.", description, low, high, byDefault),
			Validators:          []validator.Int64{int64validator.Between(low, high)},
		}
	}
	flag := func(byDefault bool, description string) schema.BoolAttribute {
		return schema.BoolAttribute{
			Optional: true, Computed: true, Default: booldefault.StaticBool(byDefault),
			MarkdownDescription: fmt.Sprintf("%s Default `%t`.", description, byDefault),
		}
	}
	attributes := map[string]schema.Attribute{
		"minimum_password_length":        number(minLength, maxLength, defaultLength, "Least number of characters"),
		"password_reuse_prevention":      number(0, maxReuse, defaultReuse, "How many earlier passwords cannot be used again"),
		"max_password_age":               number(0, maxAge, 0, "Days after which a password has to be changed; 0 means never"),
		"require_lowercase_characters":   flag(true, "Asks for a lower-case letter."),
		"require_uppercase_characters":   flag(true, "Asks for an upper-case letter."),
		"require_numbers":                flag(true, "Asks for a digit."),
		"require_symbols":                flag(true, "Asks for a symbol."),
		"allow_users_to_change_password": flag(true, "Lets all users change their own password."),
		"hard_expiry": flag(false, "Locks users out whose password is past its age, until somebody else sets a new one; otherwise "+
			"they set one when they sign in."),
		"adopt_existing": flag(false, "Takes over a policy that the account has already, instead of refusing to."),
		"allow_weaker": flag(false, "Accepts a value weaker than that of the live policy: shorter, less reuse prevention, a longer "+
			"age or none, a class of characters dropped."),
		"on_destroy": schema.StringAttribute{
			Optional: true, Computed: true, Default: stringdefault.StaticString(onDestroyRetain),
			MarkdownDescription: "What destroy does: `retain` leaves the policy in the account, `delete` deletes it, and the account " +
				"falls back to AWS's own rules of eight characters. Default `retain`.",
			Validators: []validator.String{stringvalidator.OneOf(onDestroyRetain, onDestroyDelete)},
		},
		"accept_expiring_users": schema.SetAttribute{
			ElementType: types.StringType, Optional: true,
			MarkdownDescription: "Users who may be locked out at once by a `max_password_age` that is introduced or lowered with " +
				"`hard_expiry`. Without them, such users are an error that lists them.",
			Validators: []validator.Set{setvalidator.NoNullValues(), setvalidator.ValueStringsAre(stringvalidator.LengthAtLeast(1))},
		},
		"timeouts": framework.TimeoutsAttribute(ctx),
	}
	maps.Copy(attributes, framework.AccountAttributes())
	return schema.Schema{
		MarkdownDescription: "Keeps the password policy of an account, of which there is one. All nine fields are compared on every " +
			"plan and sent on every write, so a tool that sends one field, which sets all others back, shows as what it did.",
		Attributes: attributes,
	}
}
