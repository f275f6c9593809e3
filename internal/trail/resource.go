package trail

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/iamguard/terraform-provider-iamguard/internal/account"
	"github.com/iamguard/terraform-provider-iamguard/internal/framework"
	"github.com/iamguard/terraform-provider-iamguard/internal/inventory"
)

var (
	_ resource.ResourceWithConfigure      = (*Resource)(nil)
	_ resource.ResourceWithIdentity       = (*Resource)(nil)
	_ resource.ResourceWithValidateConfig = (*Resource)(nil)
	_ resource.ResourceWithModifyPlan     = (*Resource)(nil)
	_ resource.ResourceWithImportState    = (*Resource)(nil)
)

var protection = framework.Protection{Guardrail: "trail", Default: true}

// NewResource is iamguard_trail.
func NewResource() resource.Resource {
	return &Resource{Base: framework.Base{Noun: "trail"}}
}

// Resource keeps a CloudTrail trail.
type Resource struct{ framework.Base }

// Schema is hashicorp/aws's aws_cloudtrail with safe defaults.
func (r *Resource) Schema(ctx context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = resourceSchema(ctx)
}

// IdentitySchema is account, region and name.
func (r *Resource) IdentitySchema(_ context.Context, _ resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse) {
	resp.IdentitySchema = framework.IdentitySchema(true, "name", "Name of the trail.")
}

// ValidateConfig checks what spans several arguments.
func (r *Resource) ValidateConfig(
	ctx context.Context,
	req resource.ValidateConfigRequest,
	resp *resource.ValidateConfigResponse,
) {
	var config model
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	if !resp.Diagnostics.HasError() {
		config.validate(&resp.Diagnostics)
	}
}

// ModifyPlan plans place, tags and the computed attributes from the configuration.
func (r *Resource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	if req.Plan.Raw.IsNull() {
		protection.JudgePlan(ctx, req, resp, nameIn(ctx, req.State, &resp.Diagnostics))
		return
	}
	place := framework.PlanPlace(ctx, r.Pool, req, resp, true)
	framework.ReplaceOnChange(ctx, req, resp, &place, "name")
	protection.JudgePlan(ctx, req, resp, nameIn(ctx, req.State, &resp.Diagnostics))
	var plan model
	resp.Diagnostics.Append(resp.Plan.Get(ctx, &plan)...)
	if resp.Diagnostics.HasError() {
		return
	}
	framework.PlanTags(ctx, r.Pool, plan.Tags, resp)
	r.planComputed(ctx, place, plan, req, resp)
	if req.State.Raw.IsNull() {
		r.warnOfAdoption(ctx, plan, &resp.Diagnostics)
		return
	}
	trailAttribution.Repeat(
		ctx,
		r.Pool,
		trailObject(r.Pool, plan.Name.ValueString(), place.AccountID.ValueString(), place.Region.ValueString()),
		req,
		resp,
	)
	var state model
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	if state.Validation.ValueBool() && !plan.Validation.IsUnknown() && !plan.Validation.ValueBool() {
		framework.Warn(
			&resp.Diagnostics,
			trailObject(r.Pool, plan.Name.ValueString(), place.AccountID.ValueString(), place.Region.ValueString()),
			"log file validation will be switched off",
			"The chain of digest files ends here for good: log files delivered from now on cannot be proven unchanged.",
		)
	}
}

// Create makes the trail and whatever belongs to it, or undoes what it made.
func (r *Resource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	var plan model
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	place, ok := r.locate(ctx, plan, &resp.Diagnostics)
	if !ok {
		return
	}
	ctx, cancel := framework.Bound(ctx, plan.Timeouts.Create, &resp.Diagnostics)
	defer cancel()

	made, err := r.make(ctx, callsIn(place), plan)
	if err == nil {
		r.store(ctx, made, plan, &resp.State, resp.Identity, &resp.Diagnostics)
		rememberLogging(ctx, resp.Private, made.trail.Status, &resp.Diagnostics)
		trailAttribution.Applied(ctx, r.Pool, resp.Private, resp.State, &resp.Diagnostics)
		if made.adopted {
			framework.MarkAdopted(ctx, resp.Private, &resp.Diagnostics)
		}
		return
	}
	failure := framework.Failure{
		Summary: "Unable to create the trail",
		Object:  plan.Name.ValueString(),
		Place:   place,
		Err:     err,
		Advice:  adviceFor(err, plan, place),
	}
	if made.undone {
		failure.Outcome = undone
	}
	framework.Fail(&resp.Diagnostics, failure)
	if made.undoFailed != nil {
		framework.Fail(&resp.Diagnostics, framework.Failure{
			Summary: "Unable to delete the unfinished trail", Object: made.arn, Place: place, Err: made.undoFailed,
			Advice: "the trail exists, is not finished and is in state as tainted, so the next apply would delete it first. Run " +
				"`terraform untaint <address of this resource>` to keep it; the next apply then finishes it.",
		})
		r.store(ctx, made, plan, &resp.State, resp.Identity, &resp.Diagnostics)
	}
}

// Read compares everything that AWS knows, and warns of what is no difference.
func (r *Resource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	var state model
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	place, ok := r.locate(ctx, state, &resp.Diagnostics)
	if !ok {
		return
	}
	ctx, cancel := framework.Bound(ctx, state.Timeouts.Read, &resp.Diagnostics)
	defer cancel()
	trail, key, err := r.read(ctx, callsIn(place), state)
	object := trailObject(r.Pool, state.Name.ValueString(), state.AccountID.ValueString(), state.Region.ValueString())
	if errors.Is(err, account.ErrNotFound) {
		if !place.MayForget(object, &resp.Diagnostics) {
			return
		}
		by, evidence := trailAttribution.Deleted(ctx, state.changed(place), req.Private, &resp.Diagnostics)
		framework.Warn(&resp.Diagnostics, object, "the trail is gone"+by,
			"It was deleted outside Terraform. Until it is made again, nothing records who changes what in this account."+evidence)
		resp.Diagnostics.Append(framework.SetIdentity(ctx, resp.Identity, state.AccountID, state.Region, "name", state.Name)...)
		resp.State.RemoveResource(ctx)
		return
	}
	if err != nil {
		framework.Fail(&resp.Diagnostics, framework.Failure{
			Summary: "Unable to read the trail", Object: state.ARN.ValueString(), Place: place, Err: err,
		})
		return
	}
	warnOfStatus(ctx, resp, state.changed(place), *trail)
	r.store(ctx, outcome{trail: trail, key: key, place: place}, state, &resp.State, resp.Identity, &resp.Diagnostics)
	trailAttribution.Explain(ctx, state.changed(place), req.State, resp)
	rememberLogging(ctx, resp.Private, trail.Status, &resp.Diagnostics)
}

// Update changes what differs from AWS as it is now. If it fails on the way, the
// state is what was read back, so that the next plan shows what is left to do.
func (r *Resource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	var plan, state model
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	resp.State.Raw = req.State.Raw
	place, ok := r.locate(ctx, plan, &resp.Diagnostics)
	if !ok {
		return
	}
	ctx, cancel := framework.Bound(ctx, plan.Timeouts.Update, &resp.Diagnostics)
	defer cancel()

	done, err := r.change(ctx, callsIn(place), state.ARN.ValueString(), plan)
	if done.started && done.trail != nil {
		rememberStart(ctx, resp.Private, done.trail.Status, &resp.Diagnostics)
	}
	if err == nil {
		r.store(ctx, done, plan, &resp.State, resp.Identity, &resp.Diagnostics)
		trailAttribution.Applied(ctx, r.Pool, resp.Private, resp.State, &resp.Diagnostics)
		return
	}
	framework.Fail(&resp.Diagnostics, framework.Failure{
		Summary: "Unable to update the trail",
		Object:  state.ARN.ValueString(),
		Place:   place,
		Err:     err,
		Advice:  adviceFor(err, plan, place),
	})
	if done.trail != nil {
		r.store(ctx, done, state, &resp.State, resp.Identity, &resp.Diagnostics)
		trailAttribution.AppliedPartly(ctx, r.Pool, req, resp.Private, resp.State, &resp.Diagnostics)
	}
}

// Delete deletes a trail that Terraform made; an adopted one is only forgotten.
func (r *Resource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	var state model
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	if !protection.JudgeDelete(state.DeletionProtection, state.Name.ValueString(), &resp.Diagnostics) {
		return
	}
	place, ok := r.locate(ctx, state, &resp.Diagnostics)
	if !ok {
		return
	}
	if framework.OnlyForgets(
		ctx,
		req.Private,
		state.DestroyAdopted,
		trailObject(r.Pool, state.Name.ValueString(), state.AccountID.ValueString(), state.Region.ValueString()),
		&resp.Diagnostics,
	) {
		return
	}
	ctx, cancel := framework.Bound(ctx, state.Timeouts.Delete, &resp.Diagnostics)
	defer cancel()
	if err := callsIn(place).remove(ctx, state.ARN.ValueString()); err != nil {
		framework.Fail(&resp.Diagnostics, framework.Failure{
			Summary: "Unable to delete the trail", Object: state.ARN.ValueString(), Place: place, Err: err,
		})
	}
}

// ImportState takes a name, name@region, name?account=…, an ARN or an identity,
// and finds the trail's home region.
func (r *Resource) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	id, ok := framework.ImportKey(ctx, req, "name", true, &resp.Diagnostics)
	if !ok {
		return
	}
	if name := id.ID[strings.LastIndex(id.ID, "/")+1:]; strings.HasPrefix(name, controlTowerPrefix) {
		resp.Diagnostics.AddError(
			"Unable to import a trail of AWS Control Tower",
			"Control Tower itself keeps the trail "+framework.Escape(name)+".",
		)
		return
	}
	selection, place, ok := framework.LocateImport(ctx, r.Pool, id, true, &resp.Diagnostics)
	if !ok {
		return
	}
	arn, home, err := callsIn(place).locate(ctx, id.ID)
	if err != nil {
		framework.Fail(&resp.Diagnostics, framework.Failure{
			Summary: "Unable to find the trail to import", Object: id.ID, Place: place, Err: err,
			Advice: importAdvice(err),
		})
		return
	}
	name := types.StringValue(arn[strings.LastIndex(arn, "/")+1:])
	for attribute, value := range map[string]types.String{
		"account": selection, "account_id": types.StringValue(place.Account.ID), "region": types.StringValue(home),
		"name": name, "arn": types.StringValue(arn),
	} {
		resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root(attribute), value)...)
	}
	resp.Diagnostics.Append(framework.SetIdentity(ctx, resp.Identity, types.StringValue(place.Account.ID),
		types.StringValue(home), "name", name)...)
}

func importAdvice(err error) string {
	if !errors.Is(err, account.ErrNotFound) {
		return ""
	}
	return "name the trail's home region (name@region), its account (name?account=…), or its ARN."
}

func nameIn(ctx context.Context, state tfsdk.State, diags *diag.Diagnostics) string {
	var name types.String
	if !state.Raw.IsNull() {
		diags.Append(state.GetAttribute(ctx, path.Root("name"), &name)...)
	}
	return name.ValueString()
}

// trailObject names a trail in a warning: with its region where that is not the
// provider's, for a stack has trails of one name in many regions.
func trailObject(pool *account.Pool, name, accountID, region string) string {
	if pool.Abroad(region) {
		return fmt.Sprintf("Trail %q (%s, %s)", name, accountID, region)
	}
	return fmt.Sprintf("Trail %q (%s)", name, accountID)
}

func (r *Resource) locate(ctx context.Context, m model, diags *diag.Diagnostics) (framework.Place, bool) {
	if diags.HasError() {
		return framework.Place{}, false
	}
	return framework.Locate(ctx, r.Pool, m.placed(), true, diags)
}

// outcome is what an operation found or left behind.
type outcome struct {
	place framework.Place
	trail *inventory.Trail
	// key is the ARN behind the alias of the configuration.
	key, arn string
	adopted  bool
	// started says that logging was off and that we started it.
	started bool
	// After a failed create: undone says that nothing is left, undoFailed why
	// something is.
	undone     bool
	undoFailed error
}

// store sets state and identity from what AWS answered.
func (r *Resource) store(
	ctx context.Context, o outcome, m model, state *tfsdk.State, identity *tfsdk.ResourceIdentity, diags *diag.Diagnostics,
) {
	iamRegion, err := o.place.Account.EventRegion("iam")
	if err != nil {
		iamRegion = ""
	}
	m.fromAWS(*o.trail, o.key, iamRegion)
	m.Tags, m.TagsAll = framework.ReadTags(r.Pool, m.Tags, o.trail.Tags)
	m.AccountID = types.StringValue(o.place.Account.ID)
	m.Region = types.StringValue(o.place.Region)
	m.fillDefaults()
	diags.Append(state.Set(ctx, m)...)
	diags.Append(framework.SetIdentity(ctx, identity, m.AccountID, m.Region, "name", m.Name)...)
}
