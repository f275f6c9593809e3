package managedpolicy

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/iamguard/terraform-provider-iamguard/internal/account"
	"github.com/iamguard/terraform-provider-iamguard/internal/framework"
)

// Changes are the calls that change each attribute of a policy, the likeliest first.
func Changes() map[string][]string {
	return map[string][]string{
		"policy_json": {"CreatePolicyVersion", "SetDefaultPolicyVersion"},
		"groups":      {"DetachGroupPolicy", "AttachGroupPolicy"},
		"users":       {"DetachUserPolicy", "AttachUserPolicy"},
		"roles":       {"DetachRolePolicy", "AttachRolePolicy"},
		"tags_all":    {"UntagPolicy", "TagPolicy"},
	}
}

// ImportedARN checks that an import names a customer managed policy by its ARN.
func ImportedARN(id *framework.ImportID) (string, error) {
	id.TakeARN()
	if id.ARN == nil || id.ARN.Service != "iam" || !account.IsAccountID(id.ARN.AccountID) ||
		!strings.HasPrefix(id.ARN.Resource, "policy/") {
		return "", fmt.Errorf("%q is not the ARN of a customer managed policy, such as "+
			"arn:aws:iam::111122223333:policy/log-reader; an ARN carries its account and takes no suffix", id.ID)
	}
	return id.ID, nil
}

// PlanARN plans the ARN: that of the state, or the one that account, path and name make; it
// stays unknown while one of them is.
func PlanARN(
	ctx context.Context, place framework.PlannedPlace, partition string, folder, name types.String,
	req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse,
) {
	arn := types.StringUnknown()
	if !req.State.Raw.IsNull() && !place.Replaces {
		resp.Diagnostics.Append(req.State.GetAttribute(ctx, path.Root("arn"), &arn)...)
	} else if place.Known() && partition != "" && framework.WhollyKnown(ctx, folder, name) {
		arn = types.StringValue(ARN(partition, place.AccountID.ValueString(), folder.ValueString(), name.ValueString()))
	}
	framework.Plan(ctx, resp, "arn", arn)
}

// Complete fills in an ARN that a plan left open, now that the place is known.
func Complete(in framework.Place, arn *types.String, path, name types.String) error {
	switch {
	case arn.ValueString() != "":
		return nil
	case in.Account.ID == "":
		return errors.New("its ARN holds the account, and skip_requesting_account_id = true leaves the account open; nothing " +
			"was changed. Run Terraform without skip_requesting_account_id")
	}
	*arn = types.StringValue(ARN(in.Account.Partition, in.Account.ID, path.ValueString(), name.ValueString()))
	return nil
}

// AdoptionAdvice says what to do about a policy that exists and was not to be adopted.
func AdoptionAdvice(arn string) string {
	return fmt.Sprintf("import it with `terraform import <address of this resource> '%s'`, or set adopt_existing = true "+
		"to take it over and overwrite its document and attachments.", arn)
}

// Advice says what to do about a refusal that the class of the error does not explain.
func Advice(err error) string {
	failed := account.AsError(err)
	attaching := failed != nil && strings.HasPrefix(failed.Operation, "Attach")
	switch {
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
