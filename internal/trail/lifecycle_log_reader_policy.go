package trail

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/iamguard/terraform-provider-iamguard/internal/account"
	"github.com/iamguard/terraform-provider-iamguard/internal/framework"
	"github.com/iamguard/terraform-provider-iamguard/internal/managedpolicy"
)

// planParts plans ARN and document. Both follow from the configuration, the
// caller's account and its partition; whatever needs a value that is not known yet
// stays unknown.
func (r *LogReaderPolicyResource) planParts(
	ctx context.Context, place framework.PlannedPlace, plan logReaderModel, req resource.ModifyPlanRequest,
	resp *resource.ModifyPlanResponse,
) {
	arn, document, partition := types.StringUnknown(), types.StringUnknown(), ""
	if !plan.Account.IsUnknown() {
		partition = managedpolicy.Partition(ctx, r.Pool, plan.Account.ValueString())
	}
	if !req.State.Raw.IsNull() && !place.Replaces {
		resp.Diagnostics.Append(req.State.GetAttribute(ctx, path.Root("arn"), &arn)...)
	} else if place.Known() && partition != "" && framework.WhollyKnown(ctx, plan.Path, plan.Name) {
		arn = types.StringValue(managedpolicy.ARN(
			partition, place.AccountID.ValueString(), plan.Path.ValueString(), plan.Name.ValueString()))
	}
	if partition != "" && framework.WhollyKnown(ctx, plan.opens()...) {
		document = keepSpelling(ctx, req, plan.reader().policy(partition).String())
	}
	framework.Plan(ctx, resp, "arn", arn)
	framework.Plan(ctx, resp, "policy_json", document)
}

// complete fills ARN and document where the plan left them unknown, now that the
// place is known.
func (m *logReaderModel) complete(place framework.Place, diags *diag.Diagnostics) bool {
	if m.ARN.IsUnknown() {
		if place.Account.ID == "" {
			diags.AddError("Unable to name the log reader policy",
				"Its ARN holds the account, and skip_requesting_account_id = true leaves the account open. Nothing was changed.\n\n"+
					"What to do: run Terraform without skip_requesting_account_id.")
			return false
		}
		m.ARN = types.StringValue(managedpolicy.ARN(
			place.Account.Partition, place.Account.ID, m.Path.ValueString(), m.Name.ValueString()))
	}
	if m.PolicyJSON.IsUnknown() {
		m.PolicyJSON = types.StringValue(m.reader().policy(place.Account.Partition).String())
	}
	return true
}

// readerAdvice says what to do about a refusal that the class of the error does not
// explain.
func readerAdvice(err error, m logReaderModel) string {
	failed := account.AsError(err)
	attaching := failed != nil && strings.HasPrefix(failed.Operation, "Attach")
	switch {
	case errors.Is(err, managedpolicy.ErrExists):
		return fmt.Sprintf("import it with `terraform import <address of this resource> '%s'`, or set adopt_existing = true "+
			"to take it over and overwrite its document and attachments.", m.ARN.ValueString())
	case errors.Is(err, account.ErrAlreadyExists):
		return "names of policies are unique in an account, whatever the path and the case: choose another name, or find the policy " +
			"with `aws iam list-policies --scope Local` and import it by its ARN."
	case attaching && failed.Code == "LimitExceeded":
		return "a group, user or role carries ten managed policies at most, unless the quota was raised: detach one, or attach " +
			"this policy to a group instead."
	case account.CodeIs(err, "DeleteConflict"):
		return "somebody attaches the policy again meanwhile, or it is the permissions boundary of a user or role: " +
			"`aws iam list-entities-for-policy` names them."
	case attaching && errors.Is(err, account.ErrNotFound):
		return "make the group, user or role that AWS does not find first, or refer to the resource that makes it, so that Terraform " +
			"does; names have no path and are no ARNs."
	}
	return ""
}

// warnOfAdoption tells what of an existing policy would be overwritten. It is only
// a warning, so a failed look-up says nothing here: the create asks again.
func (r *LogReaderPolicyResource) warnOfAdoption(ctx context.Context, resp *resource.ModifyPlanResponse) {
	var plan logReaderModel
	resp.Diagnostics.Append(resp.Plan.Get(ctx, &plan)...)
	if !plan.AdoptExisting.ValueBool() ||
		!framework.WhollyKnown(ctx, plan.Account, plan.ARN, plan.PolicyJSON, plan.Groups, plan.Users, plan.Roles, plan.TagsAll) {
		return
	}
	var quiet diag.Diagnostics
	place, ok := framework.Locate(ctx, r.Pool, plan.placed(), false, &quiet)
	if !ok {
		return
	}
	calls, err := managedpolicy.In(place)
	if err != nil {
		return
	}
	have, err := calls.Find(ctx, plan.ARN.ValueString())
	if err != nil {
		return
	}
	overwritten := "nothing; it is already as configured"
	if names := managedpolicy.Differences(*have, plan.toAWS()); len(names) > 0 {
		overwritten = strings.Join(names, ", ")
	}
	framework.Warn(&resp.Diagnostics, readerObject(plan), "an existing policy will be adopted",
		"Overwritten: "+overwritten+". Destroying this resource will only forget the policy, unless destroy_adopted = true.")
}

// importedARN checks that an import names a customer managed policy by its ARN, and
// where it is. An identity may leave the account to the ARN.
func importedARN(id *framework.ImportID, diags *diag.Diagnostics) bool {
	parsed, err := framework.ParseImportID(id.ID, false)
	if err == nil && parsed.ARN != nil && parsed.ARN.Service == "iam" && account.IsAccountID(parsed.ARN.AccountID) &&
		strings.HasPrefix(parsed.ARN.Resource, "policy/") {
		id.ARN, id.Region = parsed.ARN, ""
		if id.Account == "" {
			id.Account = parsed.Account
		}
		return true
	}
	diags.AddError("Unable to import the log reader policy by this ID", fmt.Sprintf(
		"%q is not the ARN of a customer managed policy, such as arn:aws:iam::111122223333:policy/log-reader. An ARN carries its "+
			"account and takes no suffix.", framework.Escape(id.ID)))
	return false
}
