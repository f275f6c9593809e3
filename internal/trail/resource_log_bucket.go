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
)

var (
	_ resource.ResourceWithConfigure      = (*LogBucketResource)(nil)
	_ resource.ResourceWithIdentity       = (*LogBucketResource)(nil)
	_ resource.ResourceWithValidateConfig = (*LogBucketResource)(nil)
	_ resource.ResourceWithModifyPlan     = (*LogBucketResource)(nil)
	_ resource.ResourceWithImportState    = (*LogBucketResource)(nil)
)

var bucketProtection = framework.Protection{Guardrail: "log bucket", Default: true}

// NewLogBucketResource is iamguard_log_bucket.
func NewLogBucketResource() resource.Resource {
	return &LogBucketResource{Base: framework.Base{Noun: "log_bucket"}}
}

// LogBucketResource keeps the bucket that trails deliver to.
type LogBucketResource struct{ framework.Base }

// Schema has what the bucket is for as arguments, and what is always on as
// computed attributes.
func (r *LogBucketResource) Schema(ctx context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = logBucketSchema(ctx)
}

// IdentitySchema is account, region and bucket name.
func (r *LogBucketResource) IdentitySchema(
	_ context.Context,
	_ resource.IdentitySchemaRequest,
	resp *resource.IdentitySchemaResponse,
) {
	resp.IdentitySchema = framework.IdentitySchema(true, "bucket", "Name of the bucket.")
}

// ValidateConfig checks what spans several arguments.
func (r *LogBucketResource) ValidateConfig(
	ctx context.Context, req resource.ValidateConfigRequest, resp *resource.ValidateConfigResponse,
) {
	var config logBucketModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	if resp.Diagnostics.HasError() {
		return
	}
	expire, archive := config.ExpireDays, config.ArchiveDays
	if !expire.IsNull() && !expire.IsUnknown() && archive.ValueInt64() >= expire.ValueInt64() {
		resp.Diagnostics.AddAttributeError(path.Root("archive_days"), "Invalid retention of the log bucket",
			"archive_days must be less than expire_days: a log file cannot be archived when it is gone.")
	}
	if config.lock().Mode == "COMPLIANCE" {
		if accepted, ok := config.ObjectLock.Attributes()["accept_irreversible"].(types.Bool); ok && !accepted.IsUnknown() &&
			!accepted.ValueBool() {
			resp.Diagnostics.AddAttributeError(path.Root("object_lock").AtName("accept_irreversible"), "Compliance mode is irreversible",
				"In COMPLIANCE mode nobody, not even AWS, deletes an object before its retention ends, and it is paid for until then. "+
					"Set accept_irreversible = true if that is what you want, or use GOVERNANCE.")
		}
	}
}

// ModifyPlan plans place, tags and the parts that are always on.
func (r *LogBucketResource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	var name types.String
	if !req.State.Raw.IsNull() {
		resp.Diagnostics.Append(req.State.GetAttribute(ctx, path.Root("bucket"), &name)...)
	}
	if req.Plan.Raw.IsNull() {
		bucketProtection.JudgePlan(ctx, req, resp, name.ValueString())
		return
	}
	place := framework.PlanPlace(ctx, r.Pool, req, resp, true)
	framework.ReplaceOnChange(ctx, req, resp, &place, "bucket")
	bucketProtection.JudgePlan(ctx, req, resp, name.ValueString())
	var plan logBucketModel
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
	bucketAttribution.Repeat(ctx, r.Pool, bucketObject(plan), req, resp)
}

// Create makes the bucket and its parts, or undoes what it made.
func (r *LogBucketResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	var plan logBucketModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	place, ok := r.locate(ctx, plan, &resp.Diagnostics)
	if !ok || !plan.planPolicy(place, &resp.Diagnostics) {
		return
	}
	ctx, cancel := framework.Bound(ctx, plan.Timeouts.Create, &resp.Diagnostics)
	defer cancel()

	made, err := r.make(ctx, bucketCallsIn(place, plan.Bucket.ValueString()), plan)
	if err == nil {
		r.store(ctx, place, *made.bucket, plan, &resp.State, resp.Identity, &resp.Diagnostics)
		bucketAttribution.Applied(ctx, r.Pool, resp.Private, resp.State, &resp.Diagnostics)
		if made.adopted {
			framework.MarkAdopted(ctx, resp.Private, &resp.Diagnostics)
		}
		return
	}
	failure := framework.Failure{
		Summary: "Unable to create the log bucket",
		Object:  plan.Bucket.ValueString(),
		Place:   place,
		Err:     err,
		Advice:  bucketAdvice(err, plan, place),
	}
	if made.undone {
		failure.Outcome = undone
	}
	framework.Fail(&resp.Diagnostics, failure)
	if made.undoFailed != nil {
		framework.Fail(&resp.Diagnostics, framework.Failure{
			Summary: "Unable to delete the unfinished log bucket", Object: plan.Bucket.ValueString(), Place: place, Err: made.undoFailed,
			Advice: "the bucket exists, is not finished and is in state as tainted, so the next apply would delete it first. Run " +
				"`terraform untaint <address of this resource>` to keep it; the next apply then finishes it.",
		})
		r.store(ctx, place, *made.bucket, plan, &resp.State, resp.Identity, &resp.Diagnostics)
	}
}

// Read compares every part of the bucket.
func (r *LogBucketResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	var state logBucketModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	place, ok := r.locate(ctx, state, &resp.Diagnostics)
	if !ok {
		return
	}
	ctx, cancel := framework.Bound(ctx, state.Timeouts.Read, &resp.Diagnostics)
	defer cancel()
	have, err := bucketCallsIn(place, state.Bucket.ValueString()).find(ctx)
	if errors.Is(err, account.ErrNotFound) {
		if !place.MayForget(bucketObject(state), &resp.Diagnostics) {
			return
		}
		by, evidence := bucketAttribution.Deleted(ctx, state.changed(place), req.Private, &resp.Diagnostics)
		framework.Warn(&resp.Diagnostics, bucketObject(state), "the log bucket is gone"+by,
			"It was deleted outside Terraform, with every log file in it. Trails that deliver to it lose their events."+evidence)
		resp.Diagnostics.Append(framework.SetIdentity(ctx, resp.Identity, state.AccountID, state.Region, "bucket", state.Bucket)...)
		resp.State.RemoveResource(ctx)
		return
	}
	if err != nil {
		framework.Fail(&resp.Diagnostics, framework.Failure{
			Summary: "Unable to read the log bucket", Object: state.Bucket.ValueString(), Place: place, Err: err,
		})
		return
	}
	r.store(ctx, place, *have, state, &resp.State, resp.Identity, &resp.Diagnostics)
	bucketAttribution.Explain(ctx, state.changed(place), req.State, resp)
}

// Update changes the parts that differ from AWS as it is now. If it fails on the
// way, the state is what was read back.
func (r *LogBucketResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	var plan, state logBucketModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	resp.State.Raw = req.State.Raw
	place, ok := r.locate(ctx, plan, &resp.Diagnostics)
	if !ok || !plan.planPolicy(place, &resp.Diagnostics) {
		return
	}
	ctx, cancel := framework.Bound(ctx, plan.Timeouts.Update, &resp.Diagnostics)
	defer cancel()

	have, err := r.change(ctx, bucketCallsIn(place, plan.Bucket.ValueString()), plan)
	if err == nil {
		r.store(ctx, place, *have, plan, &resp.State, resp.Identity, &resp.Diagnostics)
		bucketAttribution.Applied(ctx, r.Pool, resp.Private, resp.State, &resp.Diagnostics)
		return
	}
	framework.Fail(&resp.Diagnostics, framework.Failure{
		Summary: "Unable to update the log bucket",
		Object:  plan.Bucket.ValueString(),
		Place:   place,
		Err:     err,
		Advice:  bucketAdvice(err, plan, place),
	})
	if have != nil {
		r.store(ctx, place, *have, state, &resp.State, resp.Identity, &resp.Diagnostics)
		bucketAttribution.AppliedPartly(ctx, r.Pool, req, resp.Private, resp.State, &resp.Diagnostics)
	}
}

// Delete deletes an empty bucket; one with objects only under force_destroy.
func (r *LogBucketResource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	var state logBucketModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	if !bucketProtection.JudgeDelete(state.DeletionProtection, state.Bucket.ValueString(), &resp.Diagnostics) {
		return
	}
	place, ok := r.locate(ctx, state, &resp.Diagnostics)
	if !ok {
		return
	}
	if framework.OnlyForgets(ctx, req.Private, state.DestroyAdopted, bucketObject(state), &resp.Diagnostics) {
		return
	}
	ctx, cancel := framework.Bound(ctx, state.Timeouts.Delete, &resp.Diagnostics)
	defer cancel()
	r.destroy(ctx, bucketCallsIn(place, state.Bucket.ValueString()), state, &resp.Diagnostics)
}

// ImportState takes the bucket's name, name@region, name?account=…, its ARN or an
// identity.
func (r *LogBucketResource) ImportState(
	ctx context.Context,
	req resource.ImportStateRequest,
	resp *resource.ImportStateResponse,
) {
	id, ok := framework.ImportKey(ctx, req, "bucket", true, &resp.Diagnostics)
	if !ok {
		return
	}
	if id.ARN != nil {
		id.ID = id.ARN.Resource
	}
	selection, place, ok := framework.LocateImport(ctx, r.Pool, id, true, &resp.Diagnostics)
	if !ok {
		return
	}
	if err := bucketCallsIn(place, id.ID).readOwner(ctx); err != nil {
		framework.Fail(&resp.Diagnostics, framework.Failure{
			Summary: "Unable to find the log bucket to import", Object: id.ID, Place: place, Err: err,
			Advice: "name the bucket's region (name@region) and, if it is in another account, that account (name?account=…).",
		})
		return
	}
	name := types.StringValue(id.ID)
	values := map[string]types.String{
		"account":    selection,
		"account_id": types.StringValue(place.Account.ID),
		"region":     types.StringValue(place.Region),
		"bucket":     name,
	}
	for attribute, value := range values {
		resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root(attribute), value)...)
	}
	resp.Diagnostics.Append(framework.SetIdentity(ctx, resp.Identity, values["account_id"], values["region"], "bucket", name)...)
}

func bucketObject(m logBucketModel) string {
	return fmt.Sprintf("Log bucket %q (%s)", m.Bucket.ValueString(), m.AccountID.ValueString())
}

func (r *LogBucketResource) locate(ctx context.Context, m logBucketModel, diags *diag.Diagnostics) (framework.Place, bool) {
	if diags.HasError() {
		return framework.Place{}, false
	}
	return framework.Locate(ctx, r.Pool, m.placed(), true, diags)
}

// store sets state and identity from what AWS answered.
func (r *LogBucketResource) store(
	ctx context.Context, place framework.Place, have bucket, m logBucketModel, state *tfsdk.State, identity *tfsdk.ResourceIdentity,
	diags *diag.Diagnostics,
) {
	m.AccountID, m.Region = types.StringValue(place.Account.ID), types.StringValue(place.Region)
	m.fromAWS(have, place.Account.Partition)
	m.Tags, m.TagsAll = framework.ReadTags(r.Pool, m.Tags, have.Tags)
	m.fillDefaults()
	diags.Append(state.Set(ctx, m)...)
	diags.Append(framework.SetIdentity(ctx, identity, m.AccountID, m.Region, "bucket", m.Bucket)...)
}
