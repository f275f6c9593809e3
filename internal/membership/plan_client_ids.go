package membership

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws/arn"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/iamguard/terraform-provider-iamguard/internal/framework"
)

// judgeIDs says what a plan puts back or takes off that the difference does not show.
func (r *ClientIDsResource) judgeIDs(
	ctx context.Context, place framework.PlannedPlace, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse,
) {
	var plan, state clientIDsModel
	resp.Diagnostics.Append(resp.Plan.Get(ctx, &plan)...)
	if resp.Diagnostics.HasError() || !framework.WhollyKnown(ctx, plan.ClientIDs, plan.ProviderARN, plan.Account) || r.Pool == nil {
		return
	}
	judgeProvider(plan, place, resp)
	if !req.State.Raw.IsNull() && !place.Replaces {
		resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	}
	label := clientIDsLabel(plan.ProviderARN.ValueString(), place.AccountID.ValueString())
	if in, err := r.Pool.Account(ctx, plan.Account.ValueString()); err == nil && becomesExclusive(state.Exclusive, plan.Exclusive) {
		if client, err := in.IAM(); err == nil {
			of := &keeper{container: openID{client, plan.ProviderARN.ValueString()}, terms: plan.terms()}
			warnOfForeign(ctx, of, label, &resp.Diagnostics)
		}
	}
	lost := clientIDs.Attribution.Lost(ctx, req.Private, req.State, "client_ids", &resp.Diagnostics)
	if lost = common(lost, framework.Texts(plan.ClientIDs.Elements())); len(lost) > 0 {
		r.sayRestoration(ctx, label, plan, lost, req, resp)
	}
}

// judgeProvider refuses the provider of another account than the one that is planned.
func judgeProvider(plan clientIDsModel, place framework.PlannedPlace, resp *resource.ModifyPlanResponse) {
	parsed, err := arn.Parse(plan.ProviderARN.ValueString())
	if err != nil || place.AccountID.ValueString() == "" || parsed.AccountID == place.AccountID.ValueString() {
		return
	}
	resp.Diagnostics.AddAttributeError(path.Root("provider_arn"), "The OIDC provider is in another account", fmt.Sprintf(
		"The ARN says account %s, and the plan is for account %s.\n\nWhat to do: name that account in the provider's accounts and in "+
			"the argument \"account\", or run Terraform with credentials of it.", parsed.AccountID, place.AccountID.ValueString()))
}

// sayRestoration tells that an apply puts IDs back, or that it must not.
func (r *ClientIDsResource) sayRestoration(
	ctx context.Context, label string, plan clientIDsModel, lost []string, req resource.ModifyPlanRequest,
	resp *resource.ModifyPlanResponse,
) {
	names := framework.Escape(shorten(lost))
	reverses := reversal(ctx, clientIDs.Attribution, req, resp)
	if !plan.RestoreAccess.IsUnknown() && !plan.RestoreAccess.ValueBool() {
		resp.Diagnostics.AddAttributeError(path.Root("restore_access"), "The client IDs are not put back on the list", fmt.Sprintf(
			"Somebody took %s off the list of %s, and restore_access = false. %s\n\nWhat to do: take them out of client_ids, if they "+
				"are to stay off, or set restore_access = true.", names, framework.Escape(plan.ProviderARN.ValueString()), reverses))
		return
	}
	framework.Warn(&resp.Diagnostics, label, "apply puts "+names+" back on the list",
		reverses+" Find out why before applying: whoever has a token for one of these IDs can ask for the roles that trust the "+
			"provider. With restore_access = false nothing is put back.")
}
