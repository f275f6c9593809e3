package membership

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/iamguard/terraform-provider-iamguard/internal/framework"
)

// judgeUsers holds what a plan does to users against the limits of the configuration.
// It asks AWS only for what makes an error or a warning.
func (r *GroupResource) judgeUsers(
	ctx context.Context, place framework.PlannedPlace, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse,
) {
	var plan, state groupModel
	resp.Diagnostics.Append(resp.Plan.Get(ctx, &plan)...)
	if !req.State.Raw.IsNull() && !place.Replaces {
		resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	}
	if resp.Diagnostics.HasError() || !framework.WhollyKnown(ctx, plan.Users, plan.Group, plan.Account) || r.Pool == nil {
		return
	}
	before, planned := framework.SortedTexts(state.Users.Elements()), framework.SortedTexts(plan.Users.Elements())
	label := groupLabel(plan.Group.ValueString(), place.AccountID.ValueString())
	lost := common(groups.Attribution.Lost(ctx, req.Private, req.State, "users", &resp.Diagnostics), planned)
	if len(lost) > 0 {
		r.sayRestoration(ctx, label, plan, lost, req, resp)
	}
	judgeRemovals(plan, without(before, planned), r.caller(ctx, plan), resp)
	client, reached := r.client(ctx, plan)
	if !reached {
		return
	}
	if becomesExclusive(state.Exclusive, plan.Exclusive) {
		warnOfForeign(ctx, group{client, plan.Group.ValueString()}, plan.terms(""), label, &resp.Diagnostics)
	}
	if added := without(planned, before); len(added) > 0 && !resp.Diagnostics.HasError() {
		judgeQuarantine(ctx, client, label, added, &resp.Diagnostics)
	}
}

// client is the way to IAM, where the account of a plan can be reached already.
func (r *GroupResource) client(ctx context.Context, plan groupModel) (*iam.Client, bool) {
	in, err := r.Pool.Account(ctx, plan.Account.ValueString())
	if err != nil {
		return nil, false
	}
	client, err := in.IAM()
	return client, err == nil
}

// caller is the name of the user who runs Terraform, "" where it is none or not known yet.
func (r *GroupResource) caller(ctx context.Context, m groupModel) string {
	in, err := r.Pool.Account(ctx, m.Account.ValueString())
	if err != nil {
		return ""
	}
	return callerUser(in)
}

// judgeRemovals refuses a plan that removes too many users, or the one who runs it.
func judgeRemovals(plan groupModel, removed []string, self string, resp *resource.ModifyPlanResponse) {
	if limit := plan.MaxRemovals; !limit.IsUnknown() && int64(len(removed)) > limit.ValueInt64() {
		resp.Diagnostics.AddAttributeError(path.Root("users"), "Too many users would be removed from the group", fmt.Sprintf(
			"The plan removes %d users, and max_removals is %d: %s.\n\nWhat to do: if they are all to be removed, raise max_removals "+
				"for this apply; else name them in users.", len(removed), limit.ValueInt64(), framework.Escape(shorten(removed))))
	}
	refused := !plan.RefuseSelfRemoval.IsUnknown() && plan.RefuseSelfRemoval.ValueBool()
	if refused && self != "" && slices.Contains(removed, self) {
		resp.Diagnostics.AddAttributeError(path.Root("users"), "The plan removes the user who runs it from the group", fmt.Sprintf(
			"Terraform runs as the user %s, who would leave the group.\n\nWhat to do: run Terraform as somebody else, or set "+
				"refuse_self_removal = false.", framework.Escape(self)))
	}
}

// sayRestoration tells that an apply puts users back, or that it must not, and whose
// removal that reverses.
func (r *GroupResource) sayRestoration(
	ctx context.Context, label string, plan groupModel, lost []string, req resource.ModifyPlanRequest,
	resp *resource.ModifyPlanResponse,
) {
	names := framework.Escape(shorten(lost))
	reverses := reversal(ctx, groups.Attribution, req, resp)
	if !plan.RestoreAccess.IsUnknown() && !plan.RestoreAccess.ValueBool() {
		resp.Diagnostics.AddAttributeError(path.Root("restore_access"), "The users are not put back into the group", fmt.Sprintf(
			"Somebody removed %s from the group %s, and restore_access = false. %s\n\nWhat to do: take them out of users, if they are to "+
				"stay out, or set restore_access = true.", names, framework.Escape(plan.Group.ValueString()), reverses))
		return
	}
	framework.Warn(
		&resp.Diagnostics, label, "apply puts "+names+" back into the group",
		reverses+" Find out why before applying: whoever is in the group has what the group allows. With restore_access = false "+
			"nobody is put back.",
	)
}

// judgeQuarantine refuses to plan anything for users whom AWS has quarantined.
func judgeQuarantine(ctx context.Context, client *iam.Client, label string, added []string, diags *diag.Diagnostics) {
	err := group{client: client}.mayAdd(ctx, added)
	switch {
	case err == nil:
	case errors.Is(err, errQuarantined):
		diags.AddAttributeError(path.Root("users"), "A quarantined user is given nothing back", framework.Sentence(err)+
			"\n\nWhat to do: find out what the key was used for, rotate it, and detach the policy. To go on without the user, take "+
			"the user out of users.")
	default:
		framework.Warn(diags, label, "whether a user is quarantined could not be told", framework.Said(err)+
			"\n\nThe apply asks again, and gives nothing without an answer. Allow the actions iam:ListPolicies and "+
			"iam:ListEntitiesForPolicy to the role that runs Terraform.")
	}
}

// judgeDestroy refuses a destroy that removes the user who runs it.
func (r *GroupResource) judgeDestroy(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	var state groupModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	if resp.Diagnostics.HasError() || r.Pool == nil || state.OnDestroy.ValueString() != onDestroyRemove {
		return
	}
	if self := state.terms(
		r.caller(ctx, state),
	).never; self != "" &&
		slices.Contains(framework.Texts(state.Users.Elements()), self) {
		resp.Diagnostics.AddError("The destroy removes the user who runs it from the group", fmt.Sprintf(
			"Terraform runs as the user %s, who would leave the group %s, because on_destroy = %q.\n\nWhat to do: run Terraform as "+
				"somebody else, or set refuse_self_removal = false or on_destroy = %q and apply before destroying.",
			framework.Escape(self), framework.Escape(state.Group.ValueString()), onDestroyRemove, onDestroyRelease))
	}
}
