package mfa

import (
	"context"
	"fmt"
	"maps"
	"regexp"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
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

// A login with MFA counts between a minute, in which somebody can do something, and the
// 36 hours that a session of an IAM user lasts at most.
const (
	minAge = 60
	maxAge = 129600
)

var (
	nameForm      = regexp.MustCompile(`^[\w+=,.@-]+$`)
	pathForm      = regexp.MustCompile(`^/([\w.,+@=-]+/)*$`)
	actionForm    = regexp.MustCompile(`^[a-z0-9-]+:[A-Za-z0-9*?]+$`)
	partitionForm = regexp.MustCompile(`^aws(-[a-z]+)*$`)
)

func enforcementSchema(ctx context.Context) schema.Schema {
	attributes := scopeArguments()
	maps.Copy(attributes, ruleArguments())
	maps.Copy(attributes, map[string]schema.Attribute{
		"roles": schema.SetAttribute{
			ElementType: types.StringType, Computed: true,
			MarkdownDescription: "Names of roles that somebody attached the policy to. Always planned empty, because it does nothing " +
				"of use there.",
		},
		"arn": schema.StringAttribute{Computed: true, MarkdownDescription: "ARN of the policy."},
		"policy_json": schema.StringAttribute{
			Computed: true, MarkdownDescription: "The document of the policy's default version; always planned from the arguments.",
		},
		"deletion_protection": framework.ProtectionAttribute(protection.Default),
		"timeouts":            framework.TimeoutsAttribute(ctx),
	})
	maps.Copy(attributes, framework.AccountAttributes())
	maps.Copy(attributes, framework.TagAttributes())
	maps.Copy(attributes, framework.AdoptionAttributes())
	return schema.Schema{
		MarkdownDescription: "**Roles, federated principals and the root user are never covered**, only IAM users. Keeps one IAM " +
			"policy that denies IAM users everything but setting up MFA for themselves while their session has no MFA, and attaches " +
			"it to exactly the named groups and users. A changed document, another default version and an attachment that somebody " +
			"adds or removes are drift.",
		Attributes: attributes,
	}
}

// scopeArguments say what the policy is called and who is bound by it.
func scopeArguments() map[string]schema.Attribute {
	attached := []validator.Set{
		setvalidator.SizeAtLeast(1), setvalidator.AtLeastOneOf(path.MatchRoot("groups"), path.MatchRoot("users")),
	}
	return map[string]schema.Attribute{
		"name": schema.StringAttribute{
			Required: true,
			MarkdownDescription: fmt.Sprintf("Name of the policy, at most %d characters. Changing it replaces the policy.",
				maxPolicyName),
			Validators: []validator.String{
				stringvalidator.LengthBetween(1, maxPolicyName),
				stringvalidator.RegexMatches(nameForm, "must be letters, digits and + = , . @ _ -"),
			},
		},
		"path": schema.StringAttribute{
			Optional: true, Computed: true, Default: stringdefault.StaticString("/"),
			MarkdownDescription: fmt.Sprintf("Path of the policy, at most %d characters. Changing it replaces the policy. Default `/`.",
				maxPath),
			Validators: []validator.String{
				stringvalidator.LengthBetween(1, maxPath),
				stringvalidator.RegexMatches(pathForm, "must begin and end with a slash, such as /security/"),
			},
		},
		"groups": nameSet("Names of the groups whose members are bound, and no others. One of `groups` and `users` is required: "+
			"nobody is bound without being told.", attached...),
		"users": nameSet("Names of the users who are bound directly, and no others.", attached...),
		"exempt_users": nameSet("Names of users who are denied nothing, although a group of theirs is bound, such as a break-glass " +
			"user. They keep what else the policy allows."),
		"accept_key_breakage": nameSet("Names of users whose access keys may stop working. A plan that would bind a user whose " +
			"active access key was used in the last " + fmt.Sprint(keyUseDays) + " days is an error unless the user is named here."),
		"refuse_self_lockout": flag(
			true,
			"Refuses a plan that would bind the IAM user who runs Terraform: with an access key there is "+
				"no MFA, and the next run could not even read the policy. Roles are never bound.",
		),
	}
}

// ruleArguments say what a session without MFA may do.
func ruleArguments() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"allow_first_login": flag(true, "Lets a session without MFA change the password of its own user. Without it nobody who has to "+
			"change the password at the first login can log in, and so set up MFA."),
		"allow_mfa_self_removal": flag(false, "Allows a session with MFA to deactivate and delete devices of its own user. Otherwise "+
			"the policy does not allow it, with MFA or without; another policy still can, for sessions with MFA."),
		"exempt_access_keys": flag(
			false,
			"Denies nothing to long-term access keys, whose sessions know nothing of MFA. Whoever steals "+
				"such a key then needs no MFA. Temporary sessions without MFA are denied all the same.",
		),
		"max_mfa_age_seconds": schema.Int64Attribute{
			Optional: true, Validators: []validator.Int64{int64validator.Between(minAge, maxAge)},
			MarkdownDescription: fmt.Sprintf("For how many seconds a login with MFA counts, %d to %d. After that the session is denied "+
				"what one without MFA is. Default: as long as the session lasts.", minAge, maxAge),
		},
		"extra_allowed_actions": schema.SetAttribute{
			ElementType: types.StringType, Optional: true,
			MarkdownDescription: "Actions that are not denied to sessions without MFA, such as `s3:GetObject`, with `*` and `?` as " +
				"wildcards. The policy does not allow them either. A pattern that matches the removal of an MFA device is refused. " +
				fmt.Sprintf("The whole document has at most %d characters.", maxPolicySize),
			Validators: []validator.Set{
				setvalidator.SizeAtLeast(1), setvalidator.NoNullValues(), setvalidator.ValueStringsAre(extraAction{}),
			},
		},
	}
}

func nameSet(description string, checks ...validator.Set) schema.Attribute {
	return schema.SetAttribute{
		ElementType: types.StringType, Optional: true, MarkdownDescription: description,
		Validators: append(checks, setvalidator.NoNullValues(), setvalidator.ValueStringsAre(
			stringvalidator.LengthBetween(1, maxEntityName),
			stringvalidator.RegexMatches(nameForm, "must be a name without a path, and not an ARN"))),
	}
}

func flag(def bool, description string) schema.Attribute {
	return schema.BoolAttribute{
		Optional: true, Computed: true, Default: booldefault.StaticBool(def),
		MarkdownDescription: fmt.Sprintf("%s Default `%t`.", description, def),
	}
}

// extraAction refuses what is no action, and what would undo the policy.
type extraAction struct{}

// Description says what an action must be.
func (extraAction) Description(context.Context) string {
	return "must be an action such as s3:GetObject that does not match the removal of an MFA device"
}

// MarkdownDescription is the same.
func (v extraAction) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

// ValidateString says which of the two it is.
func (extraAction) ValidateString(_ context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if req.ConfigValue.IsNull() || req.ConfigValue.IsUnknown() {
		return
	}
	if problem := extraProblem(req.ConfigValue.ValueString()); problem != "" {
		resp.Diagnostics.AddAttributeError(req.Path, "Invalid extra action",
			fmt.Sprintf("%q %s.", framework.Escape(req.ConfigValue.ValueString()), problem))
	}
}

// extraProblem is what is wrong with an extra action, or "".
func extraProblem(action string) string {
	if !actionForm.MatchString(action) {
		return "is not an action, such as s3:GetObject, with the service in lower case"
	}
	for _, taken := range removal {
		if matchesAction(action, taken) {
			return "matches " + strings.TrimPrefix(taken, "iam:") + ", so that a session without MFA could remove a device"
		}
	}
	return ""
}
