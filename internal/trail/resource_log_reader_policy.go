package trail

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/iamguard/terraform-provider-iamguard/internal/framework"
	"github.com/iamguard/terraform-provider-iamguard/internal/history"
	"github.com/iamguard/terraform-provider-iamguard/internal/lifecycle"
	"github.com/iamguard/terraform-provider-iamguard/internal/managedpolicy"
	"github.com/iamguard/terraform-provider-iamguard/internal/policy"
)

var (
	_ resource.ResourceWithConfigure   = (*LogReaderPolicyResource)(nil)
	_ resource.ResourceWithIdentity    = (*LogReaderPolicyResource)(nil)
	_ resource.ResourceWithModifyPlan  = (*LogReaderPolicyResource)(nil)
	_ resource.ResourceWithImportState = (*LogReaderPolicyResource)(nil)
)

// readers is how a log reader policy lives.
var readers = lifecycle.Guardrail[logReaderModel, managedpolicy.Policy]{
	Noun:        "log reader policy",
	Unprotected: "Whoever read the audit trail by it cannot any more.",
	Key:         "arn",
	Attribution: history.Attribution{
		Source: "iam.amazonaws.com", Calls: managedpolicy.Changes(), Deletes: []string{"DeletePolicy"},
	},
	Failures: lifecycle.Failures{
		Reach: "Unable to reach the log reader policy", Create: "Unable to create the log reader policy",
		Undo: "Unable to delete the unfinished log reader policy", Read: "Unable to read the log reader policy",
		Update: "Unable to update the log reader policy", Delete: "Unable to delete the log reader policy",
		ImportID: "Unable to import the log reader policy by this ID", Import: "Unable to find the log reader policy to import",
		List: "Unable to read a listed log reader policy",
	},
	Head:    (*logReaderModel).head,
	Reach:   reachReader,
	FromAWS: (*logReaderModel).fromAWS,
	Object: func(m logReaderModel, in framework.Place) history.Object {
		return history.Object{
			Label: fmt.Sprintf("Log reader policy %q (%s)", m.Name.ValueString(), in.Account.ID), Place: in, Service: "iam",
			Names: []string{m.ARN.ValueString()},
		}
	},
	Advice: func(err error, m logReaderModel, _ framework.Place) string {
		if lifecycle.IsExisting(err) {
			return managedpolicy.AdoptionAdvice(m.ARN.ValueString())
		}
		return managedpolicy.Advice(err)
	},
}

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
	readers.Explain(ctx, r.Pool, req, resp)
}

// Create makes the policy and attaches it, or undoes what it made.
func (r *LogReaderPolicyResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	readers.Create(ctx, r.Pool, req, resp)
}

// Read compares document, attachments and tags.
func (r *LogReaderPolicyResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	readers.Read(ctx, r.Pool, req, resp)
}

// Update changes what differs from AWS as it is now.
func (r *LogReaderPolicyResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	readers.Update(ctx, r.Pool, req, resp)
}

// Delete detaches the policy from everything and deletes it.
func (r *LogReaderPolicyResource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	readers.Delete(ctx, r.Pool, req, resp)
}

// ImportState takes the policy's ARN or an identity.
func (r *LogReaderPolicyResource) ImportState(
	ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse,
) {
	readers.Import(ctx, r.Pool, req, resp, func(id *framework.ImportID) (lifecycle.Known, error) {
		arn, err := managedpolicy.ImportedARN(id)
		return lifecycle.Known{"arn": arn}, err
	})
}

// reachReader fills in what the plan left open, now that the place is known.
func reachReader(_ context.Context, in framework.Place, m *logReaderModel) (lifecycle.Calls[managedpolicy.Policy], error) {
	if m.PolicyJSON.IsUnknown() {
		m.PolicyJSON = types.StringValue(m.reader().policy(in.Account.Partition).String())
	}
	if err := managedpolicy.Complete(in, &m.ARN, m.Path, m.Name); err != nil {
		return nil, err
	}
	calls, err := managedpolicy.In(in)
	if err != nil {
		return nil, err
	}
	return calls.Keep(m.toAWS()), nil
}

// planParts plans ARN and document. Both follow from the configuration, the
// caller's account and its partition; whatever needs a value that is not known yet
// stays unknown.
func (r *LogReaderPolicyResource) planParts(
	ctx context.Context, place framework.PlannedPlace, plan logReaderModel, req resource.ModifyPlanRequest,
	resp *resource.ModifyPlanResponse,
) {
	document, partition := types.StringUnknown(), ""
	if !plan.Account.IsUnknown() {
		partition = managedpolicy.Partition(ctx, r.Pool, plan.Account.ValueString())
	}
	managedpolicy.PlanARN(ctx, place, partition, plan.Path, plan.Name, req, resp)
	if partition != "" && framework.WhollyKnown(ctx, plan.opens()...) {
		document = framework.KeepSpelling(ctx, req, "policy_json", plan.reader().policy(partition).String(), policy.Same)
	}
	framework.Plan(ctx, resp, "policy_json", document)
}
