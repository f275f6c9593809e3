package history

import (
	"context"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
)

// iamInverses are the ways back from calls of IAM on users, groups, roles and identity
// providers. Those that gave have one too, for the catalogue has them.
var iamInverses = map[string]inverse{
	"iam.RemoveUserFromGroup": {
		needs:    []string{"groupName", "userName"},
		commands: []command{cli("iam add-user-to-group", "user-name", "userName", "group-name", "groupName")},
		undone:   isMember,
		call: iamCall(func(ctx context.Context, client *iam.Client, u *undo) error {
			_, err := client.AddUserToGroup(ctx, &iam.AddUserToGroupInput{UserName: u.value("userName"), GroupName: u.value("groupName")})
			return err
		}),
	},
	"iam.AddUserToGroup": {
		needs:    []string{"groupName", "userName"},
		commands: []command{cli("iam remove-user-from-group", "user-name", "userName", "group-name", "groupName")},
		undone:   unless(isMember),
		call: iamCall(func(ctx context.Context, client *iam.Client, u *undo) error {
			_, err := client.RemoveUserFromGroup(ctx, &iam.RemoveUserFromGroupInput{
				UserName: u.value("userName"), GroupName: u.value("groupName"),
			})
			return err
		}),
	},
	"iam.RemoveClientIDFromOpenIDConnectProvider": {
		needs: []string{"openIDConnectProviderArn", "clientID"},
		commands: []command{cli("iam add-client-id-to-open-id-connect-provider",
			"open-id-connect-provider-arn", "openIDConnectProviderArn", "client-id", "clientID")},
		undone: hasClientID,
		call: iamCall(func(ctx context.Context, client *iam.Client, u *undo) error {
			_, err := client.AddClientIDToOpenIDConnectProvider(ctx, &iam.AddClientIDToOpenIDConnectProviderInput{
				OpenIDConnectProviderArn: u.value("openIDConnectProviderArn"), ClientID: u.value("clientID"),
			})
			return err
		}),
	},
	"iam.AddClientIDToOpenIDConnectProvider": {
		needs: []string{"openIDConnectProviderArn", "clientID"},
		commands: []command{cli("iam remove-client-id-from-open-id-connect-provider",
			"open-id-connect-provider-arn", "openIDConnectProviderArn", "client-id", "clientID")},
		undone: unless(hasClientID),
		call: iamCall(func(ctx context.Context, client *iam.Client, u *undo) error {
			_, err := client.RemoveClientIDFromOpenIDConnectProvider(ctx, &iam.RemoveClientIDFromOpenIDConnectProviderInput{
				OpenIDConnectProviderArn: u.value("openIDConnectProviderArn"), ClientID: u.value("clientID"),
			})
			return err
		}),
	},
	"iam.RemoveRoleFromInstanceProfile": {
		needs: []string{"instanceProfileName", "roleName"},
		commands: []command{cli("iam add-role-to-instance-profile",
			"instance-profile-name", "instanceProfileName", "role-name", "roleName")},
		undone: hasRole,
		call: iamCall(func(ctx context.Context, client *iam.Client, u *undo) error {
			_, err := client.AddRoleToInstanceProfile(ctx, &iam.AddRoleToInstanceProfileInput{
				InstanceProfileName: u.value("instanceProfileName"), RoleName: u.value("roleName"),
			})
			return err
		}),
	},
	"iam.AddRoleToInstanceProfile": {
		needs: []string{"instanceProfileName", "roleName"},
		commands: []command{cli("iam remove-role-from-instance-profile",
			"instance-profile-name", "instanceProfileName", "role-name", "roleName")},
		undone: hasNotRole,
		call: iamCall(func(ctx context.Context, client *iam.Client, u *undo) error {
			_, err := client.RemoveRoleFromInstanceProfile(ctx, &iam.RemoveRoleFromInstanceProfileInput{
				InstanceProfileName: u.value("instanceProfileName"), RoleName: u.value("roleName"),
			})
			return err
		}),
	},
	"iam.DeleteAccountAlias": {
		needs:    []string{"accountAlias"},
		commands: []command{cli("iam create-account-alias", "account-alias", "accountAlias")},
		undone:   hasAlias,
		call: iamCall(func(ctx context.Context, client *iam.Client, u *undo) error {
			_, err := client.CreateAccountAlias(ctx, &iam.CreateAccountAliasInput{AccountAlias: u.value("accountAlias")})
			return err
		}),
	},
}

// value is a request parameter as calls take it.
func (u *undo) value(name string) *string {
	if text := u.values[name]; text != "" {
		return &text
	}
	return nil
}

// iamCall is a call by the client of IAM.
func iamCall(call func(context.Context, *iam.Client, *undo) error) func(context.Context, *undo) error {
	return func(ctx context.Context, u *undo) error {
		client, err := u.place.Account.IAM()
		if err != nil {
			return err
		}
		return call(ctx, client, u)
	}
}

// iamRead is a read by the client of IAM.
func iamRead(read func(context.Context, *iam.Client, *undo) (bool, error)) func(context.Context, *undo) (bool, error) {
	return func(ctx context.Context, u *undo) (bool, error) {
		client, err := u.place.Account.IAM()
		if err != nil {
			return false, err
		}
		return read(ctx, client, u)
	}
}

// unless turns a read around.
func unless(read func(context.Context, *undo) (bool, error)) func(context.Context, *undo) (bool, error) {
	return func(ctx context.Context, u *undo) (bool, error) {
		yes, err := read(ctx, u)
		return !yes && err == nil, err
	}
}

var isMember = iamRead(func(ctx context.Context, client *iam.Client, u *undo) (bool, error) {
	pages := iam.NewListGroupsForUserPaginator(client, &iam.ListGroupsForUserInput{UserName: u.value("userName")})
	found := false
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return false, err
		}
		found = found || slices.ContainsFunc(page.Groups, func(group types.Group) bool {
			return strings.EqualFold(aws.ToString(group.GroupName), u.values["groupName"])
		})
	}
	return found, nil
})

var hasClientID = iamRead(func(ctx context.Context, client *iam.Client, u *undo) (bool, error) {
	provider, err := client.GetOpenIDConnectProvider(ctx, &iam.GetOpenIDConnectProviderInput{
		OpenIDConnectProviderArn: u.value("openIDConnectProviderArn"),
	})
	return err == nil && slices.Contains(provider.ClientIDList, u.values["clientID"]), err
})

// rolesIn are the roles of the instance profile, of which there is one at most.
func rolesIn(ctx context.Context, client *iam.Client, u *undo) ([]string, error) {
	found, err := client.GetInstanceProfile(ctx, &iam.GetInstanceProfileInput{InstanceProfileName: u.value("instanceProfileName")})
	if err != nil {
		return nil, err
	}
	var names []string
	for _, role := range found.InstanceProfile.Roles {
		names = append(names, aws.ToString(role.RoleName))
	}
	return names, nil
}

// hasRole refuses where the profile has another role by now.
var hasRole = iamRead(func(ctx context.Context, client *iam.Client, u *undo) (bool, error) {
	names, err := rolesIn(ctx, client, u)
	if err != nil || slices.Contains(names, u.values["roleName"]) {
		return err == nil, err
	}
	if len(names) > 0 {
		return false, refuse("decide which role the instances should have.",
			"the instance profile has another role since: %s", strings.Join(names, ", "))
	}
	return false, nil
})

var hasNotRole = iamRead(func(ctx context.Context, client *iam.Client, u *undo) (bool, error) {
	names, err := rolesIn(ctx, client, u)
	return err == nil && !slices.Contains(names, u.values["roleName"]), err
})

// hasAlias refuses where the account has another alias by now, which a call would replace.
var hasAlias = iamRead(func(ctx context.Context, client *iam.Client, u *undo) (bool, error) {
	var aliases []string
	pages := iam.NewListAccountAliasesPaginator(client, &iam.ListAccountAliasesInput{})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return false, err
		}
		aliases = append(aliases, page.AccountAliases...)
	}
	if len(aliases) > 0 && !slices.Contains(aliases, u.values["accountAlias"]) {
		return false, refuse("decide which alias the account should have.",
			"the account has another alias since: %s", strings.Join(aliases, ", "))
	}
	return len(aliases) > 0, nil
})
