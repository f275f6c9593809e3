package password

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/iamguard/terraform-provider-iamguard/internal/account"
	"github.com/iamguard/terraform-provider-iamguard/internal/framework"
	"github.com/iamguard/terraform-provider-iamguard/internal/history"
	"github.com/iamguard/terraform-provider-iamguard/internal/lifecycle"
)

var (
	_ resource.ResourceWithConfigure      = (*Resource)(nil)
	_ resource.ResourceWithIdentity       = (*Resource)(nil)
	_ resource.ResourceWithValidateConfig = (*Resource)(nil)
	_ resource.ResourceWithModifyPlan     = (*Resource)(nil)
	_ resource.ResourceWithImportState    = (*Resource)(nil)
)

// importName is what hashicorp/aws imports the policy of the own account by.
const importName = "iam-account-password-policy"

// policies is how a password policy lives.
var policies = lifecycle.Guardrail[model, rules]{
	Noun:        "password policy",
	Unprotected: "Until it is set again, a password needs eight characters of three classes only, and may be used again.",
	Key:         "account_id",
	Attribution: history.Attribution{
		Source: "iam.amazonaws.com",
		Calls:  policyChanges(), Deletes: []string{"DeleteAccountPasswordPolicy"}, Singleton: true,
	},
	Failures: lifecycle.Failures{
		Reach: "Unable to reach the password policy", Create: "Unable to create the password policy",
		Undo: "Unable to delete the unfinished password policy", Read: "Unable to read the password policy",
		Update: "Unable to update the password policy", Delete: "Unable to delete the password policy",
		ImportID: "Unable to import the password policy by this ID", Import: "Unable to find the password policy to import",
		List: "Unable to read the listed password policy",
	},
	Head:    func(m *model) lifecycle.Head { return m.head() },
	Reach:   reachPolicy,
	FromAWS: func(m *model, have rules, in framework.Place) { m.fromAWS(have, in) },
	Object:  model.object,
	Advice:  policyAdvice,
}

// policyChanges says which call changes each field: the same one changes all of them.
func policyChanges() map[string][]string {
	calls := map[string][]string{}
	for _, one := range (rules{}).against(rules{}) {
		calls[one.name] = []string{"UpdateAccountPasswordPolicy"}
	}
	return calls
}

// NewResource is iamguard_password_policy.
func NewResource() resource.Resource {
	return &Resource{Base: framework.Base{Noun: "password_policy"}}
}

// Resource keeps the password policy of an account.
type Resource struct{ framework.Base }

// Schema has hashicorp/aws's names, with the defaults of the CIS benchmark.
func (r *Resource) Schema(ctx context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = policySchema(ctx)
}

// IdentitySchema is the account: it has one policy.
func (r *Resource) IdentitySchema(_ context.Context, _ resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse) {
	resp.IdentitySchema = framework.IdentitySchema(false, "account_id", "12-digit account ID.")
}

// ValidateConfig refuses what would lock users out.
func (r *Resource) ValidateConfig(
	ctx context.Context, req resource.ValidateConfigRequest, resp *resource.ValidateConfigResponse,
) {
	var config model
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	if config.Expiry.ValueBool() && !config.Age.IsUnknown() && config.Age.ValueInt64() == 0 {
		resp.Diagnostics.AddAttributeError(path.Root("hard_expiry"), "Unable to expire passwords without an age",
			"hard_expiry = true needs a max_password_age: without one no password expires.")
	}
}

// ModifyPlan refuses to weaken the live policy, lists users whose passwords would be past
// their age, and says what destroy does.
func (r *Resource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	if req.Plan.Raw.IsNull() {
		r.sayDestroy(ctx, req, resp)
		return
	}
	framework.PlanPlace(ctx, r.Pool, req, resp, false)
	var plan model
	resp.Diagnostics.Append(resp.Plan.Get(ctx, &plan)...)
	if resp.Diagnostics.HasError() {
		return
	}
	r.judgeChange(ctx, plan, req, &resp.Diagnostics)
	policies.Explain(ctx, r.Pool, req, resp)
}

// Create sets the policy of an account that has none, or adopts the one it has.
func (r *Resource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	policies.Create(ctx, r.Pool, req, resp)
}

// Read compares all nine fields.
func (r *Resource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	policies.Read(ctx, r.Pool, req, resp)
}

// Update sends all fields.
func (r *Resource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	policies.Update(ctx, r.Pool, req, resp)
}

// Delete does what on_destroy says.
func (r *Resource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	policies.Delete(ctx, r.Pool, req, resp)
}

// ImportState takes an account ID, hashicorp/aws's fixed name, or an identity.
func (r *Resource) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	policies.Import(ctx, r.Pool, req, resp, func(id *framework.ImportID) (lifecycle.Known, error) {
		switch {
		case account.IsAccountID(id.ID):
			id.Account = id.ID
		case id.ID != importName:
			return nil, fmt.Errorf("%q is neither a 12-digit account ID nor %s", id.ID, importName)
		}
		return lifecycle.Known{}, nil
	})
}

func reachPolicy(_ context.Context, in framework.Place, m *model) (lifecycle.Calls[rules], error) {
	client, err := in.Account.IAM()
	return &policyCalls{
		place: in, client: client, want: m.toAWS(), allowWeaker: m.AllowWeaker.ValueBool(),
		retain: m.OnDestroy.ValueString() != onDestroyDelete,
	}, err
}

// sayDestroy warns what destroying the resource does to the account.
func (r *Resource) sayDestroy(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	var state model
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	if r.Pool == nil || resp.Diagnostics.HasError() {
		return
	}
	label := "Password policy (" + state.AccountID.ValueString() + ")"
	if state.OnDestroy.ValueString() == onDestroyDelete {
		framework.Warn(&resp.Diagnostics, label, "will be deleted, and AWS's own rules hold then",
			"A password then needs eight characters of three classes only, may be used again, and never expires.")
		return
	}
	framework.Warn(&resp.Diagnostics, label, "stays in the account and is no longer watched",
		"on_destroy = \"retain\" in state. Set on_destroy = \"delete\" and apply before destroying, if it is to be deleted.")
}

// judgeChange refuses a plan that weakens the live policy or locks users out.
func (r *Resource) judgeChange(ctx context.Context, plan model, req resource.ModifyPlanRequest, diags *diag.Diagnostics) {
	if !framework.WhollyKnown(ctx, plan.Length, plan.Reuse, plan.Age, plan.Lower, plan.Upper, plan.Number, plan.Symbol,
		plan.Change, plan.Expiry, plan.AllowWeaker, plan.AdoptExisting, plan.Account) || r.Pool == nil {
		return
	}
	var quiet diag.Diagnostics
	place, ok := framework.Locate(ctx, r.Pool, plan.head().Placed, false, &quiet)
	if !ok {
		return
	}
	live, known := ofAWS, false
	if !req.State.Raw.IsNull() {
		var state model
		diags.Append(req.State.Get(ctx, &state)...)
		live, known = state.toAWS(), true
	} else if calls, err := reachPolicy(ctx, place, &plan); err == nil && plan.AdoptExisting.ValueBool() {
		if found, err := calls.Find(ctx); err == nil {
			live, known = *found, true
		}
	}
	want := plan.toAWS()
	if fields := live.weakened(want); known && len(fields) > 0 && !plan.AllowWeaker.ValueBool() {
		refuseWeaker(fields, want.weakened(live), diags)
	}
	r.judgeAge(ctx, place, live, plan, diags)
}

// refuseWeaker names the fields in which the live policy asks for more, and with them
// those in which it asks for less: an error hides the differences of the plan.
func refuseWeaker(fields, weakened []string, diags *diag.Diagnostics) {
	less := ""
	if len(weakened) > 0 {
		names := make([]string, len(weakened))
		for i, one := range weakened {
			names[i], _, _ = strings.Cut(one, " ")
		}
		less = " In others it asks for less than the configuration, which no apply puts right before this is settled: " +
			strings.Join(names, ", ") + "."
	}
	for _, one := range fields {
		name, _, _ := strings.Cut(one, " ")
		diags.AddAttributeError(path.Root(name), "The password policy would be weakened",
			"The account's policy asks for more than the configuration: "+one+"."+less+"\n\nWhat to do: put the stronger value into the "+
				"configuration, or set allow_weaker = true to weaken the policy on purpose.")
	}
}

// policyAdvice says what to do about a refusal that the class of the error does not explain.
func policyAdvice(err error, _ model, in framework.Place) string {
	if _, weaker := errors.AsType[*weakerError](err); weaker {
		return "somebody strengthened the policy since the plan: put the stronger values into the configuration, or set " +
			"allow_weaker = true."
	}
	if lifecycle.IsExisting(err) {
		return fmt.Sprintf("import it with `terraform import <address of this resource> %s`, or set adopt_existing = true to take it "+
			"over and overwrite these fields.", in.Account.ID)
	}
	return ""
}
