package membership

import (
	"context"
	"errors"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/iamguard/terraform-provider-iamguard/internal/account"
	"github.com/iamguard/terraform-provider-iamguard/internal/framework"
	"github.com/iamguard/terraform-provider-iamguard/internal/history"
	"github.com/iamguard/terraform-provider-iamguard/internal/lifecycle"
)

var (
	_ resource.ResourceWithConfigure   = (*ClientIDsResource)(nil)
	_ resource.ResourceWithIdentity    = (*ClientIDsResource)(nil)
	_ resource.ResourceWithModifyPlan  = (*ClientIDsResource)(nil)
	_ resource.ResourceWithImportState = (*ClientIDsResource)(nil)
)

// clientIDs is how the client IDs of a provider live.
var clientIDs = lifecycle.Guardrail[clientIDsModel, roll]{
	Noun:        "list of OIDC client IDs",
	Unprotected: "Until the provider is made again with its client IDs, nothing that signs in through it gets a role.",
	Key:         "provider_arn",
	Attribution: history.Attribution{
		Source:  "iam.amazonaws.com",
		Calls:   map[string][]string{"client_ids": {"RemoveClientIDFromOpenIDConnectProvider", "AddClientIDToOpenIDConnectProvider"}},
		Deletes: []string{"DeleteOpenIDConnectProvider"}, Sets: []string{"client_ids"},
		Cost: costOfTakingOff,
	},
	Failures: lifecycle.Failures{
		Reach: "Unable to reach the OIDC client IDs", Create: "Unable to create the OIDC client IDs",
		Undo: "Unable to undo the unfinished OIDC client IDs", Read: "Unable to read the OIDC client IDs",
		Update: "Unable to update the OIDC client IDs", Delete: "Unable to delete the OIDC client IDs",
		ImportID: "Unable to import the OIDC client IDs by this ID", Import: "Unable to find the OIDC provider to import",
		List: "Unable to read the client IDs of a listed OIDC provider",
	},
	Head:    (*clientIDsModel).head,
	Reach:   reachClientIDs,
	FromAWS: (*clientIDsModel).fromAWS,
	Object:  clientIDsModel.object,
	Missing: func(have roll) bool { return have.Vacant },
	Gone: func(context.Context, framework.Place, clientIDsModel) string {
		return "The provider was deleted. If there is one of that ARN, it is another one, made later."
	},
	Prior: func(calls lifecycle.Calls[roll], state clientIDsModel) {
		if k, ok := calls.(*keeper); ok {
			existing := framework.Texts(state.Existing.Elements())
			k.id, k.before, k.existing = state.CreateDate.ValueString(), framework.Texts(state.ClientIDs.Elements()), &existing
		}
	},
	Owner: func(have roll) string {
		return fmt.Sprintf(": %s are on the list, not all of which client_ids names", framework.Escape(shorten(have.Names)))
	},
	Advice: clientIDsAdvice,
}

// NewClientIDsResource is iamguard_oidc_client_ids.
func NewClientIDsResource() resource.Resource {
	return &ClientIDsResource{Base: framework.Base{Noun: "oidc_client_ids"}}
}

// ClientIDsResource keeps which clients an OIDC provider trusts.
type ClientIDsResource struct{ framework.Base }

// Schema has the client IDs as a set.
func (r *ClientIDsResource) Schema(ctx context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = clientIDsSchema(ctx)
}

// IdentitySchema is account and provider.
func (r *ClientIDsResource) IdentitySchema(
	_ context.Context, _ resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse,
) {
	resp.IdentitySchema = framework.IdentitySchema(false, "provider_arn", "ARN of the OIDC provider.")
}

// ModifyPlan plans the place, and says what is put back.
func (r *ClientIDsResource) ModifyPlan(
	ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse,
) {
	if req.Plan.Raw.IsNull() {
		return
	}
	place := framework.PlanPlace(ctx, r.Pool, req, resp, false)
	framework.ReplaceOnChange(ctx, req, resp, &place, "provider_arn")
	keepID(ctx, place, req, resp, "create_date")
	r.planExisting(ctx, place, req, resp)
	clientIDs.Explain(ctx, r.Pool, req, resp)
	if !resp.Diagnostics.HasError() {
		r.judgeIDs(ctx, place, req, resp)
	}
}

// Create puts the IDs on the list.
func (r *ClientIDsResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	clientIDs.Create(ctx, r.Pool, req, resp)
}

// Read tells what is on the list.
func (r *ClientIDsResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	clientIDs.Read(ctx, r.Pool, req, resp)
}

// Update adds and then removes IDs.
func (r *ClientIDsResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	clientIDs.Update(ctx, r.Pool, req, resp)
}

// Delete takes off what was added.
func (r *ClientIDsResource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	clientIDs.Delete(ctx, r.Pool, req, resp)
}

// ImportState takes the ARN of a provider or an identity.
func (r *ClientIDsResource) ImportState(
	ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse,
) {
	clientIDs.Import(ctx, r.Pool, req, resp, func(id *framework.ImportID) (lifecycle.Known, error) {
		id.TakeARN()
		if id.ARN == nil || !providerForm.MatchString(id.ID) {
			return nil, fmt.Errorf("%q is not the ARN of an OIDC provider, such as "+
				"arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com; an ARN carries its account and takes "+
				"no suffix", id.ID)
		}
		return lifecycle.Known{"provider_arn": id.ID}, nil
	})
}

func reachClientIDs(_ context.Context, in framework.Place, m *clientIDsModel) (lifecycle.Calls[roll], error) {
	client, err := in.Account.IAM()
	existing := framework.Texts(m.Existing.Elements())
	return &keeper{
		container: openID{client: client, arn: m.ProviderARN.ValueString()}, terms: m.terms(), pool: in.Account.Pool(),
		id: m.CreateDate.ValueString(), existing: &existing, leaving: m.leaving(),
		fixed: !m.Existing.IsNull() && !m.Existing.IsUnknown(),
	}, err
}

// planExisting plans which IDs were there before: as in the state, unless an ID comes that
// neither it nor the list is known to have.
func (r *ClientIDsResource) planExisting(
	ctx context.Context, place framework.PlannedPlace, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse,
) {
	existing := types.SetUnknown(types.StringType)
	var plan, state clientIDsModel
	resp.Diagnostics.Append(resp.Plan.Get(ctx, &plan)...)
	if !req.State.Raw.IsNull() && !place.Replaces && framework.WhollyKnown(ctx, plan.ClientIDs) {
		resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
		planned, were := framework.Texts(plan.ClientIDs.Elements()), framework.Texts(state.Existing.Elements())
		unseen := without(without(planned, framework.Texts(state.ClientIDs.Elements())), were)
		if len(unseen) == 0 || state.Exclusive.ValueBool() {
			existing = framework.TextSetOrEmpty(common(were, planned))
		}
	}
	framework.Plan(ctx, resp, "existing_client_ids", existing)
}

// clientIDsAdvice says what to do about a refusal that the class of the error does not explain.
func clientIDsAdvice(err error, m clientIDsModel, _ framework.Place) string {
	switch {
	case lifecycle.IsExisting(err):
		return fmt.Sprintf("name these IDs too; or leave exclusive out; or import the list with `terraform import <address of this "+
			"resource> '%s'` to see in a plan what would change; or set adopt_existing = true to take them off.",
			m.ProviderARN.ValueString())
	case errors.Is(err, errChanged):
		return "run plan again: it says who took them off, and asks for an apply that puts them back."
	case errors.Is(err, account.ErrNotFound):
		return "make the provider first, or refer to the resource that makes it, so that Terraform does."
	case account.CodeIs(err, "LimitExceeded"):
		return fmt.Sprintf("a provider has %d client IDs at most: take off those that nobody uses.", maxClientIDs)
	}
	return ""
}
