package trail

import (
	"context"
	"errors"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/iamguard/terraform-provider-iamguard/internal/account"
	"github.com/iamguard/terraform-provider-iamguard/internal/framework"
	"github.com/iamguard/terraform-provider-iamguard/internal/managedpolicy"
)

var (
	_ resource.ResourceWithConfigure   = (*LogReaderPolicyResource)(nil)
	_ resource.ResourceWithIdentity    = (*LogReaderPolicyResource)(nil)
	_ resource.ResourceWithModifyPlan  = (*LogReaderPolicyResource)(nil)
	_ resource.ResourceWithImportState = (*LogReaderPolicyResource)(nil)
)

// NewLogReaderPolicyResource is iamguard_log_reader_policy.
func NewLogReaderPolicyResource() resource.Resource {
	return &LogReaderPolicyResource{Base: framework.Base{Noun: "log_reader_policy"}}
}

// LogReaderPolicyResource keeps the policy by which people read the audit trail.
type LogReaderPolicyResource struct{ framework.Base }

// Schema has what the policy opens and to whom as arguments.
func (r *LogReaderPolicyResource) Schema(ctx context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = logReaderSchema(ctx)
}

// IdentitySchema is account and ARN; IAM has no regions.
func (r *LogReaderPolicyResource) IdentitySchema(
	_ context.Context,
	_ resource.IdentitySchemaRequest,
	resp *resource.IdentitySchemaResponse,
) {
	resp.IdentitySchema = framework.IdentitySchema(false, "arn", "ARN of the policy.")
}

// ModifyPlan plans account, tags, ARN and document.
func (r *LogReaderPolicyResource) ModifyPlan(
	ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse,
) {
	if req.Plan.Raw.IsNull() {
		return
	}
	place := framework.PlanPlace(ctx, r.Pool, req, resp, false)
	framework.ReplaceOnChange(ctx, req, resp, &place, "name", "path")
	var plan logReaderModel
	resp.Diagnostics.Append(resp.Plan.Get(ctx, &plan)...)
	if resp.Diagnostics.HasError() {
		return
	}
	framework.PlanTags(ctx, r.Pool, plan.Tags, resp)
	r.planParts(ctx, place, plan, req, resp)
	if req.State.Raw.IsNull() {
		r.warnOfAdoption(ctx, resp)
		return
	}
	plan.AccountID = place.AccountID
	readerAttribution.Repeat(ctx, r.Pool, readerObject(plan), req, resp)
}

// Create makes the policy and attaches it, or undoes what it made.
func (r *LogReaderPolicyResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	var plan logReaderModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	place, calls, ok := r.reach(ctx, plan, &resp.Diagnostics)
	if !ok || !plan.complete(place, &resp.Diagnostics) {
		return
	}
	ctx, cancel := framework.Bound(ctx, plan.Timeouts.Create, &resp.Diagnostics)
	defer cancel()

	made, err := calls.Make(ctx, plan.toAWS(), plan.AdoptExisting.ValueBool())
	if err == nil {
		r.store(ctx, place, *made.Policy, plan, &resp.State, resp.Identity, &resp.Diagnostics)
		readerAttribution.Applied(ctx, r.Pool, resp.Private, resp.State, &resp.Diagnostics)
		if made.Adopted {
			framework.MarkAdopted(ctx, resp.Private, &resp.Diagnostics)
		}
		return
	}
	failure := framework.Failure{
		Summary: "Unable to create the log reader policy", Object: plan.ARN.ValueString(), Place: place, Err: err,
		Advice: readerAdvice(err, plan),
	}
	if made.Undone {
		failure.Outcome = undone
	}
	framework.Fail(&resp.Diagnostics, failure)
	if made.UndoFailed != nil {
		framework.Fail(&resp.Diagnostics, framework.Failure{
			Summary: "Unable to delete the unfinished log reader policy", Object: plan.ARN.ValueString(), Place: place,
			Err: made.UndoFailed,
			Advice: "the policy exists, is not finished and is in state as tainted, so the next apply would delete it first. Run " +
				"`terraform untaint <address of this resource>` to keep it; the next apply then finishes it.",
		})
		r.store(ctx, place, *made.Policy, plan, &resp.State, resp.Identity, &resp.Diagnostics)
	}
}

// Read compares document, attachments and tags.
func (r *LogReaderPolicyResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	var state logReaderModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	place, calls, ok := r.reach(ctx, state, &resp.Diagnostics)
	if !ok {
		return
	}
	ctx, cancel := framework.Bound(ctx, state.Timeouts.Read, &resp.Diagnostics)
	defer cancel()
	have, err := calls.Find(ctx, state.ARN.ValueString())
	if errors.Is(err, account.ErrNotFound) {
		if !place.MayForget(readerObject(state), &resp.Diagnostics) {
			return
		}
		by, evidence := readerAttribution.Deleted(ctx, state.changed(place), req.Private, &resp.Diagnostics)
		framework.Warn(&resp.Diagnostics, readerObject(state), "the log reader policy is gone"+by,
			"It was deleted outside Terraform. Whoever read the audit trail by it cannot any more."+evidence)
		resp.Diagnostics.Append(setReaderIdentity(ctx, resp.Identity, state)...)
		resp.State.RemoveResource(ctx)
		return
	}
	if err != nil {
		framework.Fail(&resp.Diagnostics, framework.Failure{
			Summary: "Unable to read the log reader policy", Object: state.ARN.ValueString(), Place: place, Err: err,
		})
		return
	}
	r.store(ctx, place, *have, state, &resp.State, resp.Identity, &resp.Diagnostics)
	readerAttribution.Explain(ctx, state.changed(place), req.State, resp)
}

// Update changes what differs from AWS as it is now. If it fails on the way, the
// state is what was read back.
func (r *LogReaderPolicyResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	var plan, state logReaderModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	resp.State.Raw = req.State.Raw
	place, calls, ok := r.reach(ctx, plan, &resp.Diagnostics)
	if !ok || !plan.complete(place, &resp.Diagnostics) {
		return
	}
	ctx, cancel := framework.Bound(ctx, plan.Timeouts.Update, &resp.Diagnostics)
	defer cancel()

	have, err := calls.Change(ctx, plan.toAWS())
	if err == nil {
		r.store(ctx, place, *have, plan, &resp.State, resp.Identity, &resp.Diagnostics)
		readerAttribution.Applied(ctx, r.Pool, resp.Private, resp.State, &resp.Diagnostics)
		return
	}
	framework.Fail(&resp.Diagnostics, framework.Failure{
		Summary: "Unable to update the log reader policy", Object: plan.ARN.ValueString(), Place: place, Err: err,
		Advice: readerAdvice(err, plan),
	})
	if have != nil {
		r.store(ctx, place, *have, state, &resp.State, resp.Identity, &resp.Diagnostics)
		readerAttribution.AppliedPartly(ctx, r.Pool, req, resp.Private, resp.State, &resp.Diagnostics)
	}
}

// Delete detaches the policy from everything and deletes it; an adopted one is only
// forgotten.
func (r *LogReaderPolicyResource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	var state logReaderModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	place, calls, ok := r.reach(ctx, state, &resp.Diagnostics)
	if !ok || framework.OnlyForgets(ctx, req.Private, state.DestroyAdopted, readerObject(state), &resp.Diagnostics) {
		return
	}
	ctx, cancel := framework.Bound(ctx, state.Timeouts.Delete, &resp.Diagnostics)
	defer cancel()
	if err := calls.Remove(ctx, state.ARN.ValueString()); err != nil {
		framework.Fail(&resp.Diagnostics, framework.Failure{
			Summary: "Unable to delete the log reader policy", Object: state.ARN.ValueString(), Place: place, Err: err,
			Advice: readerAdvice(err, state),
		})
	}
}

// ImportState takes the policy's ARN or an identity.
func (r *LogReaderPolicyResource) ImportState(
	ctx context.Context,
	req resource.ImportStateRequest,
	resp *resource.ImportStateResponse,
) {
	id, ok := framework.ImportKey(ctx, req, "arn", false, &resp.Diagnostics)
	if !ok || !importedARN(&id, &resp.Diagnostics) {
		return
	}
	selection, place, ok := framework.LocateImport(ctx, r.Pool, id, false, &resp.Diagnostics)
	if !ok {
		return
	}
	failure := framework.Failure{Summary: "Unable to find the log reader policy to import", Object: id.ID, Place: place}
	calls, err := managedpolicy.In(place)
	if err == nil {
		_, err = calls.Find(ctx, id.ID)
	}
	if own := place.Account.ID; own != "" && own != id.ARN.AccountID {
		failure.Advice = "the policy belongs to account " + id.ARN.AccountID + ": name that account in the provider's accounts, or " +
			"run Terraform with credentials of it."
		if err == nil {
			err = account.ErrWrongAccount
		}
	}
	if err != nil {
		failure.Err = err
		framework.Fail(&resp.Diagnostics, failure)
		return
	}
	state := logReaderModel{AccountID: types.StringValue(id.ARN.AccountID), ARN: types.StringValue(id.ID)}
	for name, value := range map[string]types.String{"account": selection, "account_id": state.AccountID, "arn": state.ARN} {
		resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root(name), value)...)
	}
	resp.Diagnostics.Append(setReaderIdentity(ctx, resp.Identity, state)...)
}

func readerObject(m logReaderModel) string {
	return fmt.Sprintf("Log reader policy %q (%s)", m.Name.ValueString(), m.AccountID.ValueString())
}

// reach finds the account of the policy and the way to it.
func (r *LogReaderPolicyResource) reach(
	ctx context.Context, m logReaderModel, diags *diag.Diagnostics,
) (framework.Place, managedpolicy.Calls, bool) {
	if diags.HasError() {
		return framework.Place{}, managedpolicy.Calls{}, false
	}
	place, ok := framework.Locate(ctx, r.Pool, m.placed(), false, diags)
	if !ok {
		return place, managedpolicy.Calls{}, false
	}
	calls, err := managedpolicy.In(place)
	if err != nil {
		framework.Fail(diags, framework.Failure{
			Summary: "Unable to reach the log reader policy", Object: m.Name.ValueString(), Place: place, Err: err,
		})
	}
	return place, calls, err == nil
}

func setReaderIdentity(ctx context.Context, identity *tfsdk.ResourceIdentity, m logReaderModel) diag.Diagnostics {
	return framework.SetIdentity(ctx, identity, m.AccountID, types.StringNull(), "arn", m.ARN)
}

// store sets state and identity from what AWS answered.
func (r *LogReaderPolicyResource) store(
	ctx context.Context, place framework.Place, have managedpolicy.Policy, m logReaderModel, state *tfsdk.State,
	identity *tfsdk.ResourceIdentity, diags *diag.Diagnostics,
) {
	m.AccountID = types.StringValue(place.Account.ID)
	m.fromAWS(have)
	m.Tags, m.TagsAll = framework.ReadTags(r.Pool, m.Tags, have.Tags)
	m.fillDefaults()
	diags.Append(state.Set(ctx, m)...)
	diags.Append(setReaderIdentity(ctx, identity, m)...)
}
