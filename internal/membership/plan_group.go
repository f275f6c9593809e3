package membership

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/iamguard/terraform-provider-iamguard/internal/framework"
	"github.com/iamguard/terraform-provider-iamguard/internal/history"
)

// planUserIDs plans the IDs of the users: those of the state, unless a user comes whose ID
// it has not.
func planUserIDs(
	ctx context.Context, place framework.PlannedPlace, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse,
) {
	ids := types.MapUnknown(types.StringType)
	var plan, state groupModel
	resp.Diagnostics.Append(resp.Plan.Get(ctx, &plan)...)
	if !req.State.Raw.IsNull() && !place.Replaces && framework.WhollyKnown(ctx, plan.Users) {
		resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
		known, planned := state.knownIDs(), framework.Texts(plan.Users.Elements())
		maps.DeleteFunc(known, func(name, _ string) bool { return !slices.Contains(planned, name) })
		if len(known) == len(planned) {
			ids = framework.TextMap(known)
		}
	}
	framework.Plan(ctx, resp, "user_ids", ids)
}

// warnOfNamesakes says who is in the group under the name of another.
func warnOfNamesakes(_ context.Context, in framework.Place, state groupModel, have roll, diags *diag.Diagnostics) {
	for name, was := range state.knownIDs() {
		if is, there := have.IDs[name]; there && is != was {
			framework.Warn(diags, groupLabel(state.Group.ValueString(), in.Account.ID), name+" is another user now",
				fmt.Sprintf("The user of the last apply had the ID %s, and the one of that name in the group has %s. The first was "+
					"deleted, or renamed and is out of the group: find the user with `aws iam list-users`.", was, is))
		}
	}
}

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
	planned := framework.SortedTexts(plan.Users.Elements())
	label := groupLabel(plan.Group.ValueString(), place.AccountID.ValueString())
	lost := common(groups.Attribution.Lost(ctx, req.Private, req.State, "users", &resp.Diagnostics), planned)
	if len(lost) > 0 {
		r.sayRestoration(ctx, label, plan, lost, req, resp)
	}
	client, reached := r.client(ctx, plan)
	removed := removedBy(state, plan)
	if reached && looksFurther(state, plan) {
		of := &keeper{container: group{client, plan.Group.ValueString()}, terms: plan.terms(nil), caseless: true}
		removed = union(removed, warnOfForeign(ctx, of, label, &resp.Diagnostics))
	}
	judgeRemovals(plan, removed, r.callers(ctx, plan), resp)
	added := without(planned, framework.Texts(state.Users.Elements()))
	if reached && len(added) > 0 && !resp.Diagnostics.HasError() {
		judgeQuarantine(ctx, client, label, added, &resp.Diagnostics)
	}
}

// removedBy are the users whom a plan removes. Where a membership ends to be exclusive,
// whoever is not named any more is only not looked at.
func removedBy(state, plan groupModel) []string {
	if state.Exclusive.ValueBool() && !plan.Exclusive.IsUnknown() && !plan.Exclusive.ValueBool() {
		return nil
	}
	return without(framework.SortedTexts(state.Users.Elements()), framework.Texts(plan.Users.Elements()))
}

// looksFurther tells whether a plan is about members whom the state does not show.
func looksFurther(state, plan groupModel) bool {
	adopts := state.Group.IsNull() && plan.AdoptExisting.ValueBool() && plan.Exclusive.ValueBool()
	return adopts || becomesExclusive(state.Exclusive, plan.Exclusive)
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

// callers are the names of the users who run Terraform, as far as they are known yet.
func (r *GroupResource) callers(ctx context.Context, m groupModel) []string {
	in, err := r.Pool.Account(ctx, m.Account.ValueString())
	if err != nil {
		return nil
	}
	return callerUsers(ctx, in)
}

// judgeRemovals refuses a plan that removes too many users, or the one who runs it.
func judgeRemovals(plan groupModel, removed, callers []string, resp *resource.ModifyPlanResponse) {
	if limit := plan.MaxRemovals; !limit.IsUnknown() && int64(len(removed)) > limit.ValueInt64() {
		resp.Diagnostics.AddAttributeError(path.Root("users"), "Too many users would be removed from the group", fmt.Sprintf(
			"The plan removes %d users, and max_removals is %d: %s.\n\nWhat to do: if they are all to be removed, raise max_removals "+
				"for this apply; else name them in users.", len(removed), limit.ValueInt64(), framework.Escape(shorten(removed))))
	}
	refused := !plan.RefuseSelfRemoval.IsUnknown() && plan.RefuseSelfRemoval.ValueBool()
	if self := common(callers, removed); refused && len(self) > 0 {
		resp.Diagnostics.AddAttributeError(path.Root("users"), "The plan removes the user who runs it from the group", fmt.Sprintf(
			"Terraform runs as the user %s, who would leave the group.\n\nWhat to do: run Terraform as somebody else, or set "+
				"refuse_self_removal = false.", framework.Escape(shorten(self))))
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
	case errors.Is(err, history.ErrQuarantined):
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
	self := common(state.terms(r.callers(ctx, state)).never, framework.Texts(state.Users.Elements()))
	if len(self) > 0 {
		resp.Diagnostics.AddError("The destroy removes the user who runs it from the group", fmt.Sprintf(
			"Terraform runs as the user %s, who would leave the group %s, because on_destroy = %q.\n\nWhat to do: run Terraform as "+
				"somebody else, or set refuse_self_removal = false or on_destroy = %q and apply before destroying.",
			framework.Escape(shorten(self)), framework.Escape(state.Group.ValueString()), onDestroyRemove, onDestroyRelease))
	}
}
