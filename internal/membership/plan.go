package membership

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/iamguard/terraform-provider-iamguard/internal/framework"
	"github.com/iamguard/terraform-provider-iamguard/internal/history"
)

// keepID plans the ID of the container: that of the state, which a container of another
// ID is not.
func keepID(
	ctx context.Context, place framework.PlannedPlace, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse,
	name string,
) {
	id := types.StringUnknown()
	if !req.State.Raw.IsNull() && !place.Replaces {
		resp.Diagnostics.Append(req.State.GetAttribute(ctx, path.Root(name), &id)...)
	}
	framework.Plan(ctx, resp, name, id)
}

// importID is what an import of an object of an account needs.
func importID(name, account types.String) string {
	if account.ValueString() == "" {
		return name.ValueString()
	}
	return "'" + name.ValueString() + "?account=" + account.ValueString() + "'"
}

// becomesExclusive tells whether a plan makes a list exclusive that was not.
func becomesExclusive(before, planned types.Bool) bool {
	return !before.IsNull() && !before.ValueBool() && planned.ValueBool()
}

// reversal says what putting something back reverses; the warning of the drift itself has
// the evidence.
func reversal(
	ctx context.Context, by history.Attribution, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse,
) string {
	fact := by.Found(ctx, req.Private, &resp.Diagnostics)
	if fact == "" {
		return "Who took it away is not known."
	}
	return "That reverses: " + fact + "."
}

// warnOfForeign tells what an apply removes that no state shows, names that were there
// while the list was not exclusive, and answers them.
func warnOfForeign(ctx context.Context, of *keeper, label string, diags *diag.Diagnostics) []string {
	have, err := of.Find(ctx)
	if err != nil {
		return nil // The apply reads it again, and fails then.
	}
	foreign := of.foreign(*have)
	if len(foreign) > 0 {
		framework.Warn(diags, label, "apply removes "+shorten(foreign), "The list becomes exclusive, and these names are not "+
			"in the configuration. They do not show as a difference, because so far nobody looked at them.")
	}
	return foreign
}
