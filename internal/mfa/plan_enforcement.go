package mfa

import (
	"context"
	"fmt"
	"unicode/utf8"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/iamguard/terraform-provider-iamguard/internal/framework"
	"github.com/iamguard/terraform-provider-iamguard/internal/managedpolicy"
	"github.com/iamguard/terraform-provider-iamguard/internal/policy"
)

// planParts plans ARN, document and the roles, of which there should be none. All of it
// follows from the configuration, the caller's account and its partition; whatever needs
// a value that is not known yet stays unknown.
func (r *EnforcementResource) planParts(
	ctx context.Context, place framework.PlannedPlace, plan enforcementModel, req resource.ModifyPlanRequest,
	resp *resource.ModifyPlanResponse,
) {
	document, partition := types.StringUnknown(), ""
	if !plan.Account.IsUnknown() {
		partition = managedpolicy.Partition(ctx, r.Pool, plan.Account.ValueString())
	}
	managedpolicy.PlanARN(ctx, place, partition, plan.Path, plan.Name, req, resp)
	if partition != "" && framework.WhollyKnown(ctx, plan.rules()...) {
		text := plan.enforcement().text(partition)
		judgeSize(text, resp)
		document = framework.KeepSpelling(ctx, req, "policy_json", text, policy.Same)
	}
	framework.Plan(ctx, resp, "policy_json", document)
	framework.Plan(ctx, resp, "roles", noNames())
}

// judgeSize refuses what IAM would refuse in the apply.
func judgeSize(document string, resp *resource.ModifyPlanResponse) {
	if size := utf8.RuneCountInString(document); size > maxPolicySize {
		resp.Diagnostics.AddAttributeError(path.Root("policy_json"), "MFA policy is too long", fmt.Sprintf(
			"The document has %d characters, and IAM takes %d.\n\nWhat to do: name fewer extra_allowed_actions, or put them "+
				"together with wildcards; name fewer exempt_users, and take those users out of the bound groups instead.",
			size, maxPolicySize))
	}
}
