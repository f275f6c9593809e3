package framework

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// Protection judges deletion_protection of one type.
type Protection struct {
	// Guardrail is the word for the object, Default the argument's default.
	Guardrail string
	Default   bool
}

// JudgePlan refuses a plan that destroys or replaces a protected object. It is
// judged by the state: turning the protection off and destroying are two applies.
func (p Protection) JudgePlan(
	ctx context.Context,
	req resource.ModifyPlanRequest,
	resp *resource.ModifyPlanResponse,
	name string,
) {
	if req.State.Raw.IsNull() || (!req.Plan.Raw.IsNull() && len(resp.RequiresReplace) == 0) {
		return
	}
	var protected types.Bool
	resp.Diagnostics.Append(req.State.GetAttribute(ctx, path.Root("deletion_protection"), &protected)...)
	p.refuse(protected, name, &resp.Diagnostics)
}

// JudgeDelete is the same for Delete, which -replace and taint reach without a
// plan that asked. It returns true where deleting is allowed.
func (p Protection) JudgeDelete(protected types.Bool, name string, diags *diag.Diagnostics) bool {
	return !p.refuse(protected, name, diags)
}

func (p Protection) refuse(protected types.Bool, name string, diags *diag.Diagnostics) bool {
	on := p.Default
	if !protected.IsNull() && !protected.IsUnknown() {
		on = protected.ValueBool()
	}
	if !on {
		return false
	}
	diags.AddAttributeError(path.Root("deletion_protection"), "Deletion is protected", fmt.Sprintf(
		"The %s %q is protected by deletion_protection = true in state, so it is neither destroyed nor replaced.\n\n"+
			"What to do, if it really has to go: set deletion_protection = false and run `terraform apply`; "+
			"then run `terraform destroy` (or the replacing `terraform apply`) again.", p.Guardrail, name))
	return true
}

// FillBool gives a provider-only argument its default when it is null, as it is
// after an import, so that the first plan shows real differences only.
func FillBool(value types.Bool, def bool) types.Bool {
	if value.IsNull() || value.IsUnknown() {
		return types.BoolValue(def)
	}
	return value
}
