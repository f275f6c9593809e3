package history

import (
	"context"
	"errors"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssoadmin"
	"github.com/aws/aws-sdk-go-v2/service/ssoadmin/types"

	"github.com/iamguard/terraform-provider-iamguard/internal/account"
)

// errNoStatus is an answer that does not tell how an assignment went.
var errNoStatus = errors.New("the answer of IAM Identity Center holds no status of the assignment")

// toProvision is left to do after a change of a permission set.
const toProvision = "The permission set has the policy, and the accounts do not have it yet: IAM Identity Center copies a " +
	"permission set into them only when it is provisioned, which changes the roles of every account at once, and is left to you: " +
	"aws sso-admin provision-permission-set with --target-type ALL_PROVISIONED_ACCOUNTS and the two ARNs of the call above."

// centerInverses are the ways back from calls of IAM Identity Center.
var centerInverses = map[string]inverse{
	"sso.DeleteAccountAssignment": {
		needs: []string{"instanceArn", "targetId", "targetType", "permissionSetArn", "principalType", "principalId"},
		commands: []command{cli("sso-admin create-account-assignment", "instance-arn", "instanceArn", "target-id", "targetId",
			"target-type", "targetType", "permission-set-arn", "permissionSetArn", "principal-type", "principalType",
			"principal-id", "principalId")},
		undone: isAssigned, call: assign,
	},
	"sso.DetachManagedPolicyFromPermissionSet": {
		needs: []string{"instanceArn", "permissionSetArn", "managedPolicyArn"},
		commands: []command{cli("sso-admin attach-managed-policy-to-permission-set", "instance-arn", "instanceArn",
			"permission-set-arn", "permissionSetArn", "managed-policy-arn", "managedPolicyArn")},
		undone: setHasManaged,
		call: func(ctx context.Context, u *undo) error {
			_, err := u.center().AttachManagedPolicyToPermissionSet(ctx, &ssoadmin.AttachManagedPolicyToPermissionSetInput{
				InstanceArn: u.value("instanceArn"), PermissionSetArn: u.value("permissionSetArn"),
				ManagedPolicyArn: u.value("managedPolicyArn"),
			})
			return err
		},
		next: toProvision,
	},
	"sso.DetachCustomerManagedPolicyReferenceFromPermissionSet": {
		needs: []string{"instanceArn", "permissionSetArn", policyReferenceName}, may: []string{policyReferencePath},
		commands: []command{referenceCommand},
		undone:   setHasReference,
		call: func(ctx context.Context, u *undo) error {
			_, err := u.center().AttachCustomerManagedPolicyReferenceToPermissionSet(ctx,
				&ssoadmin.AttachCustomerManagedPolicyReferenceToPermissionSetInput{
					InstanceArn: u.value("instanceArn"), PermissionSetArn: u.value("permissionSetArn"),
					CustomerManagedPolicyReference: &types.CustomerManagedPolicyReference{
						Name: u.value(policyReferenceName), Path: u.value(policyReferencePath),
					},
				})
			return err
		},
		next: toProvision,
	},
}

// The parts of a reference to a policy; the path is / where it is left out.
const (
	policyReferenceName = "customerManagedPolicyReference.name"
	policyReferencePath = "customerManagedPolicyReference.path"
)

func (u *undo) center() *ssoadmin.Client { return u.place.Account.SSOAdmin(u.place.Region) }

// referenceCommand writes a structure in the shorthand of the AWS CLI.
func referenceCommand(u *undo) string {
	reference := "Name=" + u.values[policyReferenceName]
	if path := u.values[policyReferencePath]; path != "" {
		reference += ",Path=" + path
	}
	return u.inRegion([]string{
		"aws", "sso-admin attach-customer-managed-policy-reference-to-permission-set",
		"--instance-arn", shellWord(u.values["instanceArn"]), "--permission-set-arn", shellWord(u.values["permissionSetArn"]),
		"--customer-managed-policy-reference", shellWord(reference),
	})
}

func isAssigned(ctx context.Context, u *undo) (bool, error) {
	if kind := u.values["targetType"]; kind != string(types.TargetTypeAwsAccount) {
		return false, insufficient("requestParameters.targetType", "its value is not AWS_ACCOUNT")
	}
	pages := ssoadmin.NewListAccountAssignmentsPaginator(u.center(), &ssoadmin.ListAccountAssignmentsInput{
		InstanceArn: u.value("instanceArn"), AccountId: u.value("targetId"), PermissionSetArn: u.value("permissionSetArn"),
	})
	found := false
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return false, err
		}
		found = found || slices.ContainsFunc(page.AccountAssignments, func(one types.AccountAssignment) bool {
			return aws.ToString(one.PrincipalId) == u.values["principalId"] && string(one.PrincipalType) == u.values["principalType"]
		})
	}
	return found, nil
}

// assign makes an assignment, which AWS does in its own time, and waits until it says how
// it went.
func assign(ctx context.Context, u *undo) error {
	made, err := u.center().CreateAccountAssignment(ctx, &ssoadmin.CreateAccountAssignmentInput{
		InstanceArn: u.value("instanceArn"), PermissionSetArn: u.value("permissionSetArn"),
		TargetId: u.value("targetId"), TargetType: types.TargetType(u.values["targetType"]),
		PrincipalId: u.value("principalId"), PrincipalType: types.PrincipalType(u.values["principalType"]),
	})
	if err != nil {
		return err
	}
	status := made.AccountAssignmentCreationStatus
	return u.place.Account.Pool().Settle(ctx, func() (bool, error) {
		if status == nil || status.Status == "" {
			return false, errNoStatus
		}
		switch status.Status {
		case types.StatusValuesSucceeded:
			return true, nil
		case types.StatusValuesFailed:
			return false, refuse("look at the permission set and the account in IAM Identity Center.",
				"IAM Identity Center could not make the assignment: %s", aws.ToString(status.FailureReason))
		case types.StatusValuesInProgress:
		}
		asked, err := u.center().DescribeAccountAssignmentCreationStatus(ctx, &ssoadmin.DescribeAccountAssignmentCreationStatusInput{
			InstanceArn: u.value("instanceArn"), AccountAssignmentCreationRequestId: status.RequestId,
		})
		if account.NotYet(err) {
			return false, nil
		}
		if err == nil {
			status = asked.AccountAssignmentCreationStatus
		}
		return err == nil && status != nil && status.Status == types.StatusValuesSucceeded, err
	})
}

// setHasManaged tells whether the permission set has a policy of AWS.
func setHasManaged(ctx context.Context, u *undo) (bool, error) {
	pages := ssoadmin.NewListManagedPoliciesInPermissionSetPaginator(u.center(), &ssoadmin.ListManagedPoliciesInPermissionSetInput{
		InstanceArn: u.value("instanceArn"), PermissionSetArn: u.value("permissionSetArn"),
	})
	found := false
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return false, err
		}
		found = found || slices.ContainsFunc(page.AttachedManagedPolicies, func(one types.AttachedManagedPolicy) bool {
			return aws.ToString(one.Arn) == u.values["managedPolicyArn"]
		})
	}
	return found, nil
}

// setHasReference tells whether the permission set names a policy of the accounts.
func setHasReference(ctx context.Context, u *undo) (bool, error) {
	pages := ssoadmin.NewListCustomerManagedPolicyReferencesInPermissionSetPaginator(u.center(),
		&ssoadmin.ListCustomerManagedPolicyReferencesInPermissionSetInput{
			InstanceArn: u.value("instanceArn"), PermissionSetArn: u.value("permissionSetArn"),
		})
	found := false
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return false, err
		}
		found = found || slices.ContainsFunc(page.CustomerManagedPolicyReferences, func(one types.CustomerManagedPolicyReference) bool {
			return aws.ToString(one.Name) == u.values[policyReferenceName] &&
				orSlash(aws.ToString(one.Path)) == orSlash(u.values[policyReferencePath])
		})
	}
	return found, nil
}

func orSlash(path string) string {
	if path == "" {
		return "/"
	}
	return path
}
