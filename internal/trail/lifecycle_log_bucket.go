package trail

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-log/tflog"

	"github.com/iamguard/terraform-provider-iamguard/internal/account"
	"github.com/iamguard/terraform-provider-iamguard/internal/framework"
	"github.com/iamguard/terraform-provider-iamguard/internal/policy"
)

// errBucketExists is an existing bucket that was not to be adopted.
var errBucketExists = errors.New("this account already has a bucket of this name")

// bucketOutcome is what make found or left behind.
type bucketOutcome struct {
	bucket  *bucket
	adopted bool
	// After a failed create: undone says that nothing is left, undoFailed why
	// something is.
	undone     bool
	undoFailed error
}

// make creates the bucket, or takes over an existing one, and reads it back. When
// it fails, a bucket it created is deleted again, and never an object.
func (r *LogBucketResource) make(ctx context.Context, c bucketCalls, plan logBucketModel) (bucketOutcome, error) {
	exists, err := c.exists(ctx)
	if err != nil {
		return bucketOutcome{}, err
	}
	if exists {
		if !plan.AdoptExisting.ValueBool() {
			return bucketOutcome{}, errBucketExists
		}
		have, err := r.change(ctx, c, plan)
		return bucketOutcome{bucket: have, adopted: true}, err
	}
	if err := c.create(ctx, plan.lock().Mode != ""); err != nil {
		return bucketOutcome{}, err
	}
	c.fresh = true
	have, err := r.change(ctx, c, plan)
	if err == nil {
		return bucketOutcome{bucket: have}, nil
	}
	undo, cancel := context.WithTimeout(context.WithoutCancel(ctx), undoTimeout)
	defer cancel()
	left := bucketOutcome{bucket: have, undoFailed: c.remove(undo)}
	left.undone = left.undoFailed == nil
	if left.bucket == nil {
		left.bucket = &bucket{Name: plan.Bucket.ValueString()}
	}
	return left, err
}

// change brings an existing bucket to the plan and reads it back. When a part is
// refused, the bucket as it is now comes with the error, if it can be read.
func (r *LogBucketResource) change(ctx context.Context, c bucketCalls, plan logBucketModel) (*bucket, error) {
	want := plan.toAWS()
	var have *bucket
	err := c.retry(ctx, func() (err error) {
		have, err = c.find(ctx)
		return err
	})
	if err != nil {
		return nil, err
	}
	if err := c.configure(ctx, *have, want); err != nil {
		back, readErr := c.find(context.WithoutCancel(ctx))
		if readErr != nil {
			back = nil
		}
		return back, err
	}
	return account.SettleOn(ctx, c.pool, "the bucket itself",
		func() (*bucket, error) { return c.find(ctx) },
		func(have bucket) []string { return bucketDifferences(have, want) })
}

// destroy lets S3 itself refuse a bucket with objects, and then counts them.
func (r *LogBucketResource) destroy(ctx context.Context, c bucketCalls, state logBucketModel, diags *diag.Diagnostics) {
	failure := framework.Failure{Summary: "Unable to delete the log bucket", Object: state.Bucket.ValueString(), Place: c.place}
	failure.Err = c.remove(ctx)
	if account.CodeIs(failure.Err, "BucketNotEmpty") && state.ForceDestroy.ValueBool() {
		failure.Err = c.empty(ctx, func(deleted int) {
			tflog.Info(ctx, "emptying the log bucket", map[string]any{"bucket": state.Bucket.ValueString(), "deleted": deleted})
		})
		if failure.Err == nil {
			failure.Err = c.remove(ctx)
		}
	} else if account.CodeIs(failure.Err, "BucketNotEmpty") {
		failure.Advice = "keep the log files (remove the resource from state with `terraform state rm` or a removed block), " +
			"or set " +
			"force_destroy = true, apply, and destroy again, which deletes them all. " + c.countSentence(ctx)
	}
	if failure.Err != nil {
		framework.Fail(diags, failure)
	}
}

func (c bucketCalls) countSentence(ctx context.Context) string {
	n, more, err := c.count(ctx)
	switch {
	case err != nil:
		return "They could not be counted: " + err.Error() + ". Nothing was deleted."
	case more:
		return fmt.Sprintf("The bucket holds more than %d objects and versions; nothing was deleted.", n)
	}
	return fmt.Sprintf("The bucket holds %d objects and versions; nothing was deleted.", n)
}

// bucketAdvice says what to do about a bucket that cannot be made.
func bucketAdvice(err error, m logBucketModel, place framework.Place) string {
	switch {
	case errors.Is(err, errBucketExists):
		return fmt.Sprintf("import it with `terraform import <address of this resource> '%s@%s'`, or set adopt_existing = true "+
			"to take it over and overwrite its settings.", m.Bucket.ValueString(), place.Region)
	case account.CodeIs(err, "Forbidden"), account.CodeIs(err, "BucketAlreadyExists"):
		return "bucket names are shared by all AWS accounts, and another account seems to have this one: choose another name, " +
			"or allow s3:ListBucket if the bucket is your own."
	}
	return ""
}

// planPolicy fills the policy where the plan left it unknown, now that the place
// is known. A policy without an account would let no trail deliver.
func (m *logBucketModel) planPolicy(place framework.Place, diags *diag.Diagnostics) bool {
	if !m.PolicyJSON.IsUnknown() {
		return true
	}
	if place.Account.ID == "" {
		diags.AddError("Unable to write the policy of the log bucket",
			"The policy names the trails by their ARNs, and skip_requesting_account_id = true leaves the account open. Nothing "+
				"was changed.\n\nWhat to do: run Terraform without skip_requesting_account_id.")
		return false
	}
	document, err := m.policyFor(place.Account.Partition, place.Account.ID, place.Region)
	if err != nil {
		diags.AddAttributeError(path.Root("additional_policy_json"), "Unable to add the policy document", err.Error())
		return false
	}
	m.PolicyJSON = types.StringValue(document.String())
	return true
}

// planParts plans the computed attributes from the configuration.
func (r *LogBucketResource) planParts(
	ctx context.Context,
	place framework.PlannedPlace,
	plan logBucketModel,
	req resource.ModifyPlanRequest,
	resp *resource.ModifyPlanResponse,
) {
	partition := place.Partition()
	arn, document := types.StringUnknown(), types.StringUnknown()
	if partition != "" && !plan.Bucket.IsUnknown() {
		arn = types.StringValue(bucketARN(partition, plan.Bucket.ValueString()))
	}
	inputs := []attr.Value{
		plan.Bucket, plan.TrailNames, plan.TrailRegion, plan.TrailAccountIDs, plan.OrganizationID, plan.AdditionalPolicy,
	}
	if place.Known() && partition != "" && framework.WhollyKnown(ctx, inputs...) {
		generated, err := plan.policyFor(partition, place.AccountID.ValueString(), place.Region.ValueString())
		if err == nil {
			document = framework.KeepSpelling(ctx, req, "policy_json", generated.String(), policy.Same)
		}
	}
	algorithm := types.StringValue("AES256")
	switch {
	case plan.KMSKeyARN.IsUnknown():
		algorithm = types.StringUnknown()
	case !plan.KMSKeyARN.IsNull():
		algorithm = types.StringValue("aws:kms")
	}
	rules := types.MapUnknown(types.StringType)
	if framework.WhollyKnown(ctx, plan.ExpireDays, plan.ArchiveDays) {
		rules = framework.TextMap(plan.toAWS().Rules)
	}
	for name, value := range map[string]any{
		"arn": arn, "policy_json": document, "public_access_blocked": types.BoolValue(true),
		"object_ownership": types.StringValue(ownershipEnforced), "versioning": types.StringValue(versioningEnabled),
		"sse_algorithm": algorithm, "lifecycle_rules": rules, "replication": types.StringNull(),
	} {
		framework.Plan(ctx, resp, name, value)
	}
}

// warnOfAdoption tells what of an existing bucket would be overwritten. It is only
// a warning, so a failed look-up says nothing here: the create asks again.
func (r *LogBucketResource) warnOfAdoption(ctx context.Context, resp *resource.ModifyPlanResponse) {
	var plan logBucketModel
	resp.Diagnostics.Append(resp.Plan.Get(ctx, &plan)...)
	if !plan.AdoptExisting.ValueBool() || !framework.WhollyKnown(ctx, plan.Bucket, plan.Account, plan.Region, plan.PolicyJSON) {
		return
	}
	var quiet diag.Diagnostics
	place, ok := framework.Locate(ctx, r.Pool, plan.placed(), true, &quiet)
	if !ok {
		return
	}
	have, err := bucketCallsIn(place, plan.Bucket.ValueString()).find(ctx)
	if err != nil {
		return
	}
	overwritten := "nothing; it is already as configured"
	if names := bucketDifferences(*have, plan.toAWS()); len(names) > 0 {
		overwritten = strings.Join(names, ", ")
	}
	plan.AccountID = types.StringValue(place.Account.ID)
	framework.Warn(&resp.Diagnostics, bucketObject(plan), "an existing bucket will be adopted",
		"Overwritten: "+overwritten+". Destroying this resource will only forget the bucket, unless destroy_adopted = true.")
}

// policyDocument validates an argument that holds a policy.
type policyDocument struct{}

func (policyDocument) Description(context.Context) string { return "must be an IAM policy document" }

func (v policyDocument) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

func (v policyDocument) ValidateString(ctx context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if req.ConfigValue.IsNull() || req.ConfigValue.IsUnknown() {
		return
	}
	if _, err := policy.Parse(req.ConfigValue.ValueString()); err != nil {
		resp.Diagnostics.AddAttributeError(req.Path, "Invalid policy document",
			"The value "+v.Description(ctx)+": "+err.Error()+".")
	}
}
