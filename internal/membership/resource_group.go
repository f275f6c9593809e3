package membership

import (
	"context"
	"errors"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/iamguard/terraform-provider-iamguard/internal/account"
	"github.com/iamguard/terraform-provider-iamguard/internal/framework"
	"github.com/iamguard/terraform-provider-iamguard/internal/history"
	"github.com/iamguard/terraform-provider-iamguard/internal/lifecycle"
)

var (
	_ resource.ResourceWithConfigure      = (*GroupResource)(nil)
	_ resource.ResourceWithIdentity       = (*GroupResource)(nil)
	_ resource.ResourceWithValidateConfig = (*GroupResource)(nil)
	_ resource.ResourceWithModifyPlan     = (*GroupResource)(nil)
	_ resource.ResourceWithImportState    = (*GroupResource)(nil)
)

// groups is how the membership of a group lives.
var groups = lifecycle.Guardrail[groupModel, roll]{
	Noun:        "group membership",
	Unprotected: "Until the membership is made again, nobody keeps who is in a group of that name.",
	Key:         "group",
	Attribution: history.Attribution{
		Source:  "iam.amazonaws.com",
		Calls:   map[string][]string{"users": {"RemoveUserFromGroup", "AddUserToGroup"}},
		Deletes: []string{"DeleteGroup", "UpdateGroup"}, Sets: []string{"users"}, Cost: costOfLeaving,
	},
	Failures: lifecycle.Failures{
		Reach: "Unable to reach the group membership", Create: "Unable to create the group membership",
		Undo: "Unable to undo the unfinished group membership", Read: "Unable to read the group membership",
		Update: "Unable to update the group membership", Delete: "Unable to delete the group membership",
		ImportID: "Unable to import the group membership by this ID", Import: "Unable to find the group to import",
		List: "Unable to read a listed group membership",
	},
	Head:    (*groupModel).head,
	Reach:   reachGroup,
	FromAWS: (*groupModel).fromAWS,
	Object:  groupModel.object,
	Missing: func(have roll) bool { return have.Vacant },
	Gone:    becameOf,
	Watch:   warnOfNamesakes,
	Prior: func(calls lifecycle.Calls[roll], state groupModel) {
		if k, ok := calls.(*keeper); ok {
			k.id, k.before = state.GroupID.ValueString(), framework.Texts(state.Users.Elements())
			if !k.exclusive && state.Exclusive.ValueBool() {
				k.before = common(k.before, k.want) // Whoever is not named any more is only not looked at.
			}
		}
	},
	Owner: func(have roll) string {
		return fmt.Sprintf(": %s has members whom users does not name", framework.Escape(shorten(have.Names)))
	},
	Advice: groupAdvice,
}

// NewGroupResource is iamguard_group_membership.
func NewGroupResource() resource.Resource {
	return &GroupResource{Base: framework.Base{Noun: "group_membership"}}
}

// GroupResource keeps who is in a group.
type GroupResource struct{ framework.Base }

// Schema has the users as a set.
func (r *GroupResource) Schema(ctx context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = groupSchema(ctx)
}

// IdentitySchema is account and group.
func (r *GroupResource) IdentitySchema(
	_ context.Context, _ resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse,
) {
	resp.IdentitySchema = framework.IdentitySchema(false, "group", "Name of the group.")
}

// ValidateConfig refuses a group that would be emptied by mistake.
func (r *GroupResource) ValidateConfig(
	ctx context.Context, req resource.ValidateConfigRequest, resp *resource.ValidateConfigResponse,
) {
	var config groupModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	if config.Users.IsUnknown() || config.Users.IsNull() || len(config.Users.Elements()) > 0 || config.AllowEmpty.IsUnknown() ||
		config.AllowEmpty.ValueBool() {
		return
	}
	resp.Diagnostics.AddAttributeError(path.Root("users"), "No users for the group",
		"users is empty, so everybody would be removed from the group. Name its users, or set allow_empty = true.")
}

// ModifyPlan plans the place and the group's ID, and judges who comes, leaves and comes back.
func (r *GroupResource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	if req.Plan.Raw.IsNull() {
		r.judgeDestroy(ctx, req, resp)
		return
	}
	place := framework.PlanPlace(ctx, r.Pool, req, resp, false)
	framework.ReplaceOnChange(ctx, req, resp, &place, "group")
	keepID(ctx, place, req, resp, "group_id")
	planUserIDs(ctx, place, req, resp)
	if place.Replaces {
		r.judgeDestroy(ctx, req, resp)
	}
	groups.Explain(ctx, r.Pool, req, resp)
	if resp.Diagnostics.HasError() {
		return
	}
	r.judgeUsers(ctx, place, req, resp)
}

// Create adds the users to a group that has no others.
func (r *GroupResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	groups.Create(ctx, r.Pool, req, resp)
}

// Read tells who is in the group.
func (r *GroupResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	groups.Read(ctx, r.Pool, req, resp)
}

// Update adds and then removes users.
func (r *GroupResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	groups.Update(ctx, r.Pool, req, resp)
}

// Delete does what on_destroy says.
func (r *GroupResource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	groups.Delete(ctx, r.Pool, req, resp)
}

// ImportState takes a group's name, name?account=… or an identity.
func (r *GroupResource) ImportState(
	ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse,
) {
	groups.Import(ctx, r.Pool, req, resp, func(id *framework.ImportID) (lifecycle.Known, error) {
		if !groupForm.MatchString(id.ID) {
			return nil, fmt.Errorf("%q is not the name of an IAM group", id.ID)
		}
		return lifecycle.Known{"group": id.ID}, nil
	})
}

func reachGroup(ctx context.Context, in framework.Place, m *groupModel) (lifecycle.Calls[roll], error) {
	client, err := in.Account.IAM()
	k := &keeper{
		container: group{client: client, name: m.Group.ValueString()}, terms: m.terms(callerUsers(ctx, in.Account)),
		pool: in.Account.Pool(), id: m.GroupID.ValueString(), caseless: true, ids: m.knownIDs(),
	}
	if m.OnDestroy.ValueString() == onDestroyRemove {
		k.leaving = framework.Texts(m.Users.Elements())
	}
	return k, err
}

// groupAdvice says what to do about a refusal that the class of the error does not explain.
func groupAdvice(err error, m groupModel, _ framework.Place) string {
	failed := account.AsError(err)
	switch {
	case lifecycle.IsExisting(err):
		return "name these users too; or import the membership with `terraform import <address of this resource> " +
			importID(m.Group, m.Account) + "` to see in a plan what would change; or set adopt_existing = true to remove them."
	case errors.Is(err, history.ErrQuarantined):
		return "find out what the key was used for, rotate it, and detach the policy; until then nothing is given back. To go on " +
			"without the user, take the user out of users."
	case errors.Is(err, errTooMany):
		return "if they are all to be removed, raise max_removals for this apply; else name them in users."
	case errors.Is(err, errSelf):
		return "run Terraform as somebody else, or set refuse_self_removal = false."
	case errors.Is(err, errChanged):
		return "run plan again: it says who took them out, and asks for an apply that gives access back."
	case errors.Is(err, account.ErrNotFound) && failed != nil && failed.Operation == "AddUserToGroup":
		return "make the user that IAM does not find first, or refer to the resource that makes it, so that Terraform does."
	case errors.Is(err, account.ErrNotFound):
		return "make the group first, or refer to the resource that makes it, so that Terraform does; if it was renamed, name it " +
			"as it is called now."
	case account.CodeIs(err, "LimitExceeded"):
		return "a user is in ten groups at most, and that quota cannot be raised: `aws iam list-groups-for-user` names them."
	}
	return ""
}
