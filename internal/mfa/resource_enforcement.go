package mfa

import (
	"context"
	"fmt"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/iamguard/terraform-provider-iamguard/internal/framework"
	"github.com/iamguard/terraform-provider-iamguard/internal/history"
	"github.com/iamguard/terraform-provider-iamguard/internal/lifecycle"
	"github.com/iamguard/terraform-provider-iamguard/internal/managedpolicy"
)

var (
	_ resource.ResourceWithConfigure      = (*EnforcementResource)(nil)
	_ resource.ResourceWithIdentity       = (*EnforcementResource)(nil)
	_ resource.ResourceWithValidateConfig = (*EnforcementResource)(nil)
	_ resource.ResourceWithModifyPlan     = (*EnforcementResource)(nil)
	_ resource.ResourceWithImportState    = (*EnforcementResource)(nil)
)

var protection = framework.Protection{Guardrail: "MFA enforcement", Default: true}

// enforcements is how an MFA enforcement lives.
var enforcements = lifecycle.Guardrail[enforcementModel, managedpolicy.Policy]{
	Noun:        "MFA enforcement",
	Unprotected: "Until it is made again, the users whom it bound need no MFA for anything.",
	Key:         "arn", Protection: &protection,
	Attribution: history.Attribution{
		Source:  "iam.amazonaws.com",
		Calls:   managedpolicy.Changes(),
		Deletes: []string{"DeletePolicy"},
	},
	Failures: lifecycle.Failures{
		Reach: "Unable to reach the MFA enforcement", Create: "Unable to create the MFA enforcement",
		Undo: "Unable to delete the unfinished MFA enforcement", Read: "Unable to read the MFA enforcement",
		Update: "Unable to update the MFA enforcement", Delete: "Unable to delete the MFA enforcement",
		ImportID: "Unable to import the MFA enforcement by this ID", Import: "Unable to find the MFA enforcement to import",
		List: "Unable to read a listed MFA enforcement",
	},
	Head:    (*enforcementModel).head,
	Reach:   reachEnforcement,
	FromAWS: (*enforcementModel).fromAWS,
	Object: func(m enforcementModel, in framework.Place) history.Object {
		return history.Object{
			Label: label(m.Name, types.StringValue(in.Account.ID)), Place: in, Service: "iam", Names: []string{m.ARN.ValueString()},
		}
	},
	Advice: func(err error, m enforcementModel, _ framework.Place) string {
		if lifecycle.IsExisting(err) {
			return managedpolicy.AdoptionAdvice(m.ARN.ValueString())
		}
		return managedpolicy.Advice(err)
	},
}

// NewEnforcementResource is iamguard_mfa_enforcement.
func NewEnforcementResource() resource.Resource {
	return &EnforcementResource{Base: framework.Base{Noun: "mfa_enforcement"}}
}

// EnforcementResource keeps the policy without which users need no MFA.
type EnforcementResource struct{ framework.Base }

// Schema has who is bound and by what as arguments.
func (r *EnforcementResource) Schema(ctx context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = enforcementSchema(ctx)
}

// IdentitySchema is account and ARN; IAM has no regions.
func (r *EnforcementResource) IdentitySchema(
	_ context.Context, _ resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse,
) {
	resp.IdentitySchema = framework.IdentitySchema(false, "arn", "ARN of the policy.")
}

// ValidateConfig refuses a user who is both bound by name and exempt.
func (r *EnforcementResource) ValidateConfig(
	ctx context.Context, req resource.ValidateConfigRequest, resp *resource.ValidateConfigResponse,
) {
	var config enforcementModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	exempt := framework.Texts(config.ExemptUsers.Elements())
	for _, name := range framework.Texts(config.Users.Elements()) {
		if slices.Contains(exempt, name) {
			resp.Diagnostics.AddAttributeError(path.Root("exempt_users"), "User is bound and exempt",
				fmt.Sprintf("The user %q is named in users and in exempt_users. Name the user in one of them.", framework.Escape(name)))
		}
	}
}

// ModifyPlan plans account, tags, ARN and document, and judges what becomes of the users.
func (r *EnforcementResource) ModifyPlan(
	ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse,
) {
	if req.Plan.Raw.IsNull() {
		enforcements.JudgePlan(ctx, req, resp)
		return
	}
	place := framework.PlanPlace(ctx, r.Pool, req, resp, false)
	framework.ReplaceOnChange(ctx, req, resp, &place, "name", "path")
	enforcements.JudgePlan(ctx, req, resp)
	var plan enforcementModel
	resp.Diagnostics.Append(resp.Plan.Get(ctx, &plan)...)
	if resp.Diagnostics.HasError() {
		return
	}
	framework.PlanTags(ctx, r.Pool, plan.Tags, resp)
	r.planParts(ctx, place, plan, req, resp)
	enforcements.Explain(ctx, r.Pool, req, resp)
	r.judgeUsers(ctx, req, resp)
}

// Create makes the policy and attaches it, or undoes what it made.
func (r *EnforcementResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	enforcements.Create(ctx, r.Pool, req, resp)
}

// Read compares document, attachments and tags.
func (r *EnforcementResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	enforcements.Read(ctx, r.Pool, req, resp)
}

// Update changes what differs from AWS as it is now.
func (r *EnforcementResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	enforcements.Update(ctx, r.Pool, req, resp)
}

// Delete detaches the policy from everything and deletes it.
func (r *EnforcementResource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	enforcements.Delete(ctx, r.Pool, req, resp)
}

// ImportState takes the ARN of the policy or an identity.
func (r *EnforcementResource) ImportState(
	ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse,
) {
	enforcements.Import(ctx, r.Pool, req, resp, func(id *framework.ImportID) (lifecycle.Known, error) {
		arn, err := managedpolicy.ImportedARN(id)
		return lifecycle.Known{"arn": arn}, err
	})
}

// reachEnforcement fills in what the plan left open, now that the place is known.
func reachEnforcement(_ context.Context, in framework.Place, m *enforcementModel) (lifecycle.Calls[managedpolicy.Policy], error) {
	if err := managedpolicy.Complete(in, &m.ARN, m.Path, m.Name); err != nil {
		return nil, err
	}
	if m.PolicyJSON.IsUnknown() {
		m.PolicyJSON = types.StringValue(m.enforcement().text(in.Account.Partition))
	}
	calls, err := managedpolicy.In(in)
	if err != nil {
		return nil, err
	}
	return calls.Keep(m.toAWS()), nil
}

// label is the policy in warnings.
func label(name, accountID types.String) string {
	return fmt.Sprintf("MFA enforcement %q (%s)", name.ValueString(), accountID.ValueString())
}
