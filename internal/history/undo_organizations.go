package history

import (
	"context"
	"encoding/json"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/organizations"
	"github.com/aws/aws-sdk-go-v2/service/organizations/types"

	"github.com/iamguard/terraform-provider-iamguard/internal/account"
)

// organizationInverses are the ways back from calls of AWS Organizations.
var organizationInverses = map[string]inverse{
	"organizations.DetachPolicy": {
		needs:    []string{"policyId", "targetId"},
		commands: []command{cli("organizations attach-policy", "policy-id", "policyId", "target-id", "targetId")},
		undone:   isTarget, grants: policyAllows,
		call: organizationCall(func(ctx context.Context, client *organizations.Client, u *undo) error {
			_, err := client.AttachPolicy(
				ctx,
				&organizations.AttachPolicyInput{PolicyId: u.value("policyId"), TargetId: u.value("targetId")},
			)
			return err
		}),
	},
	"organizations.DisablePolicyType": {
		needs:    []string{"rootId", "policyType"},
		commands: []command{cli("organizations enable-policy-type", "root-id", "rootId", "policy-type", "policyType")},
		undone:   hasPolicyType,
		call: organizationCall(func(ctx context.Context, client *organizations.Client, u *undo) error {
			_, err := client.EnablePolicyType(ctx, &organizations.EnablePolicyTypeInput{
				RootId: u.value("rootId"), PolicyType: types.PolicyType(u.values["policyType"]),
			})
			return err
		}),
		next: "AWS detached every policy of the type from everything when the type was disabled, and does not attach them again: " +
			"apply what is declared. No record of DetachPolicy tells of them.",
	},
	"organizations.MoveAccount": {
		needs: []string{"accountId", "sourceParentId", "destinationParentId"},
		commands: []command{cli("organizations move-account", "account-id", "accountId",
			"source-parent-id", "destinationParentId", "destination-parent-id", "sourceParentId")},
		undone: isBack,
		call: organizationCall(func(ctx context.Context, client *organizations.Client, u *undo) error {
			_, err := client.MoveAccount(ctx, &organizations.MoveAccountInput{
				AccountId: u.value(
					"accountId",
				),
				SourceParentId:      u.value("destinationParentId"),
				DestinationParentId: u.value("sourceParentId"),
			})
			return err
		}),
	},
	"organizations.DisableAWSServiceAccess": {
		needs:    []string{"servicePrincipal"},
		commands: []command{cli("organizations enable-aws-service-access", "service-principal", "servicePrincipal")},
		undone:   hasServiceAccess,
		gives:    "The service gets back its powers over the organization and the accounts in it",
		call: organizationCall(func(ctx context.Context, client *organizations.Client, u *undo) error {
			_, err := client.EnableAWSServiceAccess(ctx, &organizations.EnableAWSServiceAccessInput{
				ServicePrincipal: u.value("servicePrincipal"),
			})
			return err
		}),
		next: "Look at the service itself: some set up more than trusted access when they are enabled, and have to be enabled there.",
	},
	"organizations.DeregisterDelegatedAdministrator": {
		needs: []string{"accountId", "servicePrincipal"},
		commands: []command{cli("organizations register-delegated-administrator",
			"account-id", "accountId", "service-principal", "servicePrincipal")},
		undone: isDelegated, gives: "The account gets the powers of a delegated administrator over the organization",
		call: organizationCall(func(ctx context.Context, client *organizations.Client, u *undo) error {
			_, err := client.RegisterDelegatedAdministrator(ctx, &organizations.RegisterDelegatedAdministratorInput{
				AccountId: u.value("accountId"), ServicePrincipal: u.value("servicePrincipal"),
			})
			return err
		}),
	},
}

// organizationCall is a call by the client of Organizations.
func organizationCall(
	call func(context.Context, *organizations.Client, *undo) error,
) func(context.Context, *undo) error {
	return func(ctx context.Context, u *undo) error {
		client, err := u.place.Account.Organizations()
		if err != nil {
			return err
		}
		return call(ctx, client, u)
	}
}

// organizationRead is a read by the client of Organizations.
func organizationRead(
	read func(context.Context, *organizations.Client, *undo) (bool, error),
) func(context.Context, *undo) (bool, error) {
	return func(ctx context.Context, u *undo) (bool, error) {
		client, err := u.place.Account.Organizations()
		if err != nil {
			return false, err
		}
		return read(ctx, client, u)
	}
}

var isTarget = organizationRead(func(ctx context.Context, client *organizations.Client, u *undo) (bool, error) {
	pages := organizations.NewListTargetsForPolicyPaginator(client, &organizations.ListTargetsForPolicyInput{
		PolicyId: u.value("policyId"),
	})
	found := false
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return false, err
		}
		found = found || slices.ContainsFunc(page.Targets, func(target types.PolicyTargetSummary) bool {
			return aws.ToString(target.TargetId) == u.values["targetId"]
		})
	}
	return found, nil
})

// policyAllows tells whether a policy allows something: attached, it gives what no other
// policy of its target allows. One that cannot be understood may.
func policyAllows(ctx context.Context, u *undo) (bool, string, error) {
	client, err := u.place.Account.Organizations()
	if err != nil {
		return false, "", err
	}
	found, err := client.DescribePolicy(ctx, &organizations.DescribePolicyInput{PolicyId: u.value("policyId")})
	if err != nil {
		return false, "", err
	}
	return allows(aws.ToString(found.Policy.Content)), "The policy allows something, and not only denies", nil
}

// allows tells whether a document may hold a statement that allows. A document without
// statements, as of a tag policy, holds none.
func allows(document string) bool {
	var parsed map[string]json.RawMessage
	if json.Unmarshal([]byte(document), &parsed) != nil {
		return true
	}
	statements, found := parsed["Statement"]
	if !found {
		return false
	}
	type statement struct{ Effect string }
	var several []statement
	if json.Unmarshal(statements, &several) != nil {
		var one statement
		if json.Unmarshal(statements, &one) != nil {
			return true
		}
		several = []statement{one}
	}
	return slices.ContainsFunc(several, func(s statement) bool { return s.Effect != "Deny" })
}

// hasPolicyType tells whether a type of policies is enabled; one that is being enabled is
// not yet.
var hasPolicyType = organizationRead(func(ctx context.Context, client *organizations.Client, u *undo) (bool, error) {
	pages := organizations.NewListRootsPaginator(client, &organizations.ListRootsInput{})
	found := false
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return false, err
		}
		for _, root := range page.Roots {
			found = found || aws.ToString(root.Id) == u.values["rootId"] &&
				slices.ContainsFunc(root.PolicyTypes, func(kind types.PolicyTypeSummary) bool {
					return string(kind.Type) == u.values["policyType"] && kind.Status == types.PolicyTypeStatusEnabled
				})
		}
	}
	return found, nil
})

// isBack tells whether the account is where it came from, and refuses where it is neither
// there nor where the event put it.
var isBack = organizationRead(func(ctx context.Context, client *organizations.Client, u *undo) (bool, error) {
	parent := ""
	pages := organizations.NewListParentsPaginator(client, &organizations.ListParentsInput{ChildId: u.value("accountId")})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return false, err
		}
		for _, one := range page.Parents {
			parent = aws.ToString(one.Id)
		}
	}
	switch parent {
	case u.values["sourceParentId"]:
		return true, nil
	case u.values["destinationParentId"]:
		return false, nil
	}
	return false, refuse("find out who moved it, and decide where it belongs.",
		"somebody has moved the account since: it is in %s, and the event moved it to %s", parent, u.values["destinationParentId"])
})

var hasServiceAccess = organizationRead(func(ctx context.Context, client *organizations.Client, u *undo) (bool, error) {
	pages := organizations.NewListAWSServiceAccessForOrganizationPaginator(client,
		&organizations.ListAWSServiceAccessForOrganizationInput{})
	found := false
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return false, err
		}
		found = found || slices.ContainsFunc(page.EnabledServicePrincipals, func(service types.EnabledServicePrincipal) bool {
			return aws.ToString(service.ServicePrincipal) == u.values["servicePrincipal"]
		})
	}
	return found, nil
})

// isDelegated tells whether the account administers the service; one that administers none
// is an error of its own.
var isDelegated = organizationRead(func(ctx context.Context, client *organizations.Client, u *undo) (bool, error) {
	pages := organizations.NewListDelegatedServicesForAccountPaginator(client,
		&organizations.ListDelegatedServicesForAccountInput{AccountId: u.value("accountId")})
	found := false
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if account.CodeIs(err, "AccountNotRegisteredException") {
			return false, nil
		}
		if err != nil {
			return false, err
		}
		found = found || slices.ContainsFunc(page.DelegatedServices, func(service types.DelegatedService) bool {
			return aws.ToString(service.ServicePrincipal) == u.values["servicePrincipal"]
		})
	}
	return found, nil
})
