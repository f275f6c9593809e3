package lifecycle

import (
	"context"
	"errors"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/iamguard/terraform-provider-iamguard/internal/account"
	"github.com/iamguard/terraform-provider-iamguard/internal/framework"
)

// Known are the attributes of an object that an import knows, by name.
type Known map[string]string

// Import finds the object of an import ID or an identity. Known reads the natural
// attributes out of the ID, and may set its ARN, region and account; its error is the
// end of a sentence.
func (g Guardrail[M, H]) Import(
	ctx context.Context, pool *account.Pool, req resource.ImportStateRequest, resp *resource.ImportStateResponse,
	known func(*framework.ImportID) (Known, error),
) {
	id, ok := framework.ImportKey(ctx, req, g.Key, g.Regional, &resp.Diagnostics)
	if !ok {
		return
	}
	attributes, err := known(&id)
	if err != nil {
		resp.Diagnostics.AddError(g.Failures.ImportID, framework.Sentence(err))
		return
	}
	selection, place, ok := framework.LocateImport(ctx, pool, id, g.Regional, &resp.Diagnostics)
	if !ok {
		return
	}
	failure := framework.Failure{Summary: g.Failures.Import, Object: id.ID, Place: place}
	if !ownAccount(id, failure, &resp.Diagnostics) {
		return
	}
	values := map[string]types.String{"account": selection, "account_id": types.StringValue(place.Account.ID)}
	if g.Regional {
		values["region"] = types.StringValue(place.Region)
	}
	for name, value := range attributes {
		values[name] = types.StringValue(value)
	}
	for name, value := range values {
		resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root(name), value)...)
	}
	var m M
	resp.Diagnostics.Append(resp.State.Get(ctx, &m)...)
	reached, ok := g.reach(ctx, pool, &m, &resp.Diagnostics)
	if !ok {
		return
	}
	if _, failure.Err = g.find(ctx, reached); failure.Err != nil {
		framework.Fail(&resp.Diagnostics, failure)
		return
	}
	resp.Diagnostics.Append(g.identify(ctx, resp.Identity, &m)...)
}

// ownAccount refuses an ARN of another account than the one that was reached.
func ownAccount(id framework.ImportID, failure framework.Failure, diags *diag.Diagnostics) bool {
	own := failure.Place.Account.ID
	if id.ARN == nil || own == "" || own == id.ARN.AccountID {
		return true
	}
	failure.Err = account.ErrWrongAccount
	failure.Advice = "it belongs to account " + id.ARN.AccountID + ": name that account in the provider's accounts, or run " +
		"Terraform with credentials of it."
	framework.Fail(diags, failure)
	return false
}

// Show completes the state of a listed object, and its identity, as Read does after an
// import. False says that the object is gone meanwhile.
func (g Guardrail[M, H]) Show(
	ctx context.Context, in framework.Place, state *tfsdk.State, identity *tfsdk.ResourceIdentity, diags *diag.Diagnostics,
) bool {
	var m M
	diags.Append(state.Get(ctx, &m)...)
	if diags.HasError() {
		return false
	}
	calls, err := g.Reach(ctx, in, &m)
	var have *H
	if err == nil {
		have, err = g.find(ctx, object[H]{in, calls})
	}
	if errors.Is(err, account.ErrNotFound) {
		return false
	}
	if err != nil {
		framework.Fail(diags, framework.Failure{Summary: g.Failures.List, Object: g.Head(&m).Shown, Place: in, Err: err})
		return false
	}
	g.store(ctx, in, *have, m, state, identity, diags)
	return !diags.HasError()
}
