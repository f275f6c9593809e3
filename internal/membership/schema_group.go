package membership

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
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringdefault"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/iamguard/terraform-provider-iamguard/internal/framework"
)

// Forms of IAM names; see
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
var (
	groupForm = regexp.MustCompile(`^[\w+=,.@-]{1,128}$`)
	userForm  = regexp.MustCompile(`^[\w+=,.@-]{1,64}$`)
)

func groupSchema(ctx context.Context) schema.Schema {
	attributes := map[string]schema.Attribute{
		"group": schema.StringAttribute{
			Required: true, MarkdownDescription: "Name of the group, which has to exist. Changing it replaces the membership.",
			Validators: []validator.String{stringvalidator.RegexMatches(groupForm, "must be the name of an IAM group, not an ARN")},
		},
		"group_id": schema.StringAttribute{
			Computed: true, MarkdownDescription: "Unique ID of the group. A group of another ID is another group, whatever its name.",
		},
		"users": schema.SetAttribute{
			ElementType: types.StringType, Required: true,
			MarkdownDescription: "Names of the users in the group.",
			Validators: []validator.Set{
				setvalidator.NoNullValues(),
				setvalidator.ValueStringsAre(stringvalidator.RegexMatches(userForm, "must be the name of an IAM user, not an ARN")),
			},
		},
		"user_ids": schema.MapAttribute{
			ElementType: types.StringType, Computed: true,
			MarkdownDescription: "Unique ID of each user by name. A user of another ID is another one, and counts as not in the group " +
				"until an apply.",
		},
		"exclusive": flag(true, "Nobody else is in the group: other members are drift, and removed. With `false` only the named "+
			"users are looked at."),
		"max_removals": schema.Int64Attribute{
			Optional: true, Computed: true, Default: int64default.StaticInt64(defaultMaxRemovals),
			MarkdownDescription: fmt.Sprintf("How many users one apply may remove. A plan that would remove more is an error; a destroy "+
				"is not counted. Default `%d`.", defaultMaxRemovals),
			Validators: []validator.Int64{int64validator.AtLeast(0)},
		},
		"allow_empty":         flag(false, "Lets `users` be empty."),
		"refuse_self_removal": flag(true, "Refuses a plan that removes the user who runs Terraform."),
		"restore_access": flag(true, "Puts users back whom somebody removed. With `false` a removal is an error of the plan, until "+
			"the user is taken out of `users` or somebody decides otherwise."),
		"on_destroy": schema.StringAttribute{
			Optional: true, Computed: true, Default: stringdefault.StaticString(onDestroyRelease),
			MarkdownDescription: fmt.Sprintf("What a destroy does: `%s` leaves everybody in the group, `%s` removes the users of the "+
				"state. Default `%s`.", onDestroyRelease, onDestroyRemove, onDestroyRelease),
			Validators: []validator.String{stringvalidator.OneOf(onDestroyRelease, onDestroyRemove)},
		},
		"adopt_existing": flag(false, "Takes over a group that has members whom `users` does not name, and removes them, instead of "+
			"refusing to."),
		"timeouts": framework.TimeoutsAttribute(ctx),
	}
	maps.Copy(attributes, framework.AccountAttributes())
	return schema.Schema{
		MarkdownDescription: "Keeps who is in an IAM group. A user whom somebody adds or removes, and a group that is renamed, " +
			"deleted or made anew, are drift. The group itself is another resource's.",
		Attributes: attributes,
	}
}

func flag(byDefault bool, description string) schema.BoolAttribute {
	return schema.BoolAttribute{
		Optional: true, Computed: true, Default: booldefault.StaticBool(byDefault),
		MarkdownDescription: fmt.Sprintf("%s Default `%t`.", description, byDefault),
	}
}
