package framework

import (
	"context"
	"errors"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/iamguard/terraform-provider-iamguard/internal/account"
)

// PlannedPlace is what a plan knows of the place of an object. Unknown values
// stay unknown.
type PlannedPlace struct {
	AccountID, Region types.String
	// Replaces is true where the object moves to another account or region.
	Replaces bool
}

// Known tells whether account and region are both known.
func (p PlannedPlace) Known() bool {
	return p.AccountID.ValueString() != "" && !p.Region.IsUnknown()
}

// Partition is that of the region, or "" while it is unknown.
func (p PlannedPlace) Partition() string {
	partition, err := account.PartitionOf(p.Region.ValueString())
	if err != nil {
		return ""
	}
	return partition
}

// ARN is the ARN that an object of this place will have, unknown while the place is.
func (p PlannedPlace) ARN(service, resource string) types.String {
	partition := p.Partition()
	if !p.Known() || partition == "" {
		return types.StringUnknown()
	}
	return types.StringValue(fmt.Sprintf("arn:%s:%s:%s:%s:%s",
		partition, service, p.Region.ValueString(), p.AccountID.ValueString(), resource))
}

// PlanPlace plans account_id, and region for regional types. The account replaces
// an object only if the ID it resolves to differs from that in state: no account,
// its name and its number are the same account. The region of the state stays
// unless the configuration names another.
func PlanPlace(
	ctx context.Context, pool *account.Pool, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse, regional bool,
) PlannedPlace {
	return planPlace(ctx, pool, req, resp, regional, Placed{}.defaultRegion)
}

// PlanPlaceIn is PlanPlace for a regional type whose default is another region than
// that of the account; where nobody can tell it yet, it is unknown.
func PlanPlaceIn(
	ctx context.Context, pool *account.Pool, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse,
	byDefault func(*account.Account) (string, error),
) PlannedPlace {
	return planPlace(ctx, pool, req, resp, true, byDefault)
}

func planPlace(
	ctx context.Context, pool *account.Pool, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse, regional bool,
	byDefault func(*account.Account) (string, error),
) PlannedPlace {
	config := readPlaced(ctx, req.Config.GetAttribute, regional, &resp.Diagnostics)
	var state Placed
	exists := !req.State.Raw.IsNull()
	if exists {
		state = readPlaced(ctx, req.State.GetAttribute, regional, &resp.Diagnostics)
	}
	planned := PlannedPlace{Region: types.StringNull()}
	planned.AccountID = planAccountID(ctx, pool, config.Account, &resp.Diagnostics)
	if exists && !state.AccountID.IsNull() && planned.AccountID.IsUnknown() {
		planned.AccountID = state.AccountID
	}
	if exists && state.AccountID.ValueString() != "" && !planned.AccountID.Equal(state.AccountID) {
		resp.RequiresReplace.Append(path.Root("account"))
		planned.Replaces = true
	}
	Plan(ctx, resp, "account_id", planned.AccountID)
	if regional {
		config.DefaultRegion = byDefault
		planRegion(ctx, pool, config, state, &planned, resp)
	}
	return planned
}

func planRegion(
	ctx context.Context, pool *account.Pool, config, state Placed, planned *PlannedPlace, resp *resource.ModifyPlanResponse,
) {
	switch {
	case config.Region.IsUnknown():
		planned.Region = config.Region
	case !config.Region.IsNull():
		planned.Region = config.Region
	case state.Region.ValueString() != "" && !planned.Replaces:
		planned.Region = state.Region
	default:
		planned.Region = defaultRegion(ctx, pool, config)
	}
	if state.Region.ValueString() != "" && !planned.Region.Equal(state.Region) {
		resp.RequiresReplace.Append(path.Root("region"))
		planned.Replaces = true
	}
	Plan(ctx, resp, "region", planned.Region)
}

// defaultRegion is unknown where nobody can be asked yet; the create then says
// why, if it is still so.
func defaultRegion(ctx context.Context, pool *account.Pool, placed Placed) types.String {
	if placed.Account.IsUnknown() || pool == nil {
		return types.StringUnknown()
	}
	reached, err := pool.Account(ctx, placed.Account.ValueString())
	if err != nil {
		return types.StringUnknown()
	}
	region, err := placed.defaultRegion(reached)
	if err != nil {
		return types.StringUnknown()
	}
	return types.StringValue(region)
}

// planAccountID resolves the account argument; only what the user wrote wrongly
// is an error of the plan.
func planAccountID(ctx context.Context, pool *account.Pool, selection types.String, diags *diag.Diagnostics) types.String {
	if selection.IsUnknown() || pool == nil {
		return types.StringUnknown()
	}
	id, err := pool.AccountID(ctx, selection.ValueString())
	switch {
	case errors.Is(err, account.ErrUnknownAccount), errors.Is(err, account.ErrAccountNotAllowed):
		diags.AddAttributeError(path.Root("account"), "Unable to plan for the account", Sentence(err))
		return types.StringUnknown()
	case err != nil || id == "":
		return types.StringUnknown()
	}
	return types.StringValue(id)
}

type getAttribute func(context.Context, path.Path, any) diag.Diagnostics

func readPlaced(ctx context.Context, get getAttribute, regional bool, diags *diag.Diagnostics) Placed {
	var placed Placed
	diags.Append(get(ctx, path.Root("account"), &placed.Account)...)
	diags.Append(get(ctx, path.Root("account_id"), &placed.AccountID)...)
	if regional {
		diags.Append(get(ctx, path.Root("region"), &placed.Region)...)
	}
	return placed
}

// Plan writes one planned attribute.
func Plan(ctx context.Context, resp *resource.ModifyPlanResponse, name string, value any) {
	resp.Diagnostics.Append(resp.Plan.SetAttribute(ctx, path.Root(name), value)...)
}

// KeepSpelling plans a generated text: as it is in the state where that means the same.
func KeepSpelling(
	ctx context.Context, req resource.ModifyPlanRequest, name, generated string, same func(a, b string) bool,
) types.String {
	var before types.String
	if !req.State.Raw.IsNull() && !req.State.GetAttribute(ctx, path.Root(name), &before).HasError() &&
		before.ValueString() != "" && same(before.ValueString(), generated) {
		return before
	}
	return types.StringValue(generated)
}

// ReplaceOnChange makes a change of text attributes replace the object. It is done
// here and not by plan modifiers, because ModifyPlan sees only its own
// replacements and deletion protection has to see all of them.
func ReplaceOnChange(
	ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse, planned *PlannedPlace,
	names ...string,
) {
	if req.State.Raw.IsNull() {
		return
	}
	for _, name := range names {
		var before, after types.String
		resp.Diagnostics.Append(req.State.GetAttribute(ctx, path.Root(name), &before)...)
		resp.Diagnostics.Append(req.Plan.GetAttribute(ctx, path.Root(name), &after)...)
		if !before.Equal(after) {
			resp.RequiresReplace.Append(path.Root(name))
			planned.Replaces = true
		}
	}
}

// WhollyKnown tells whether values, and everything inside them, are known.
func WhollyKnown(ctx context.Context, values ...attr.Value) bool {
	for _, value := range values {
		plain, err := value.ToTerraformValue(ctx)
		if err != nil || !plain.IsFullyKnown() {
			return false
		}
	}
	return true
}
