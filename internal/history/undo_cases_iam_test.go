package history_test

import (
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/aws/aws-sdk-go-v2/service/organizations"
)

// undoIAMCases are the events of IAM that can be undone.
var undoIAMCases = map[string]undoCase{
	"iam.RemoveUserFromGroup": {
		before: func(s *undoStage) { s.newUser("alice"); s.newGroup("admins", "alice") },
		remove: func(s *undoStage) { s.takeOutOf("admins") },
		is:     func(s *undoStage) bool { return s.isAdmin() },
		says:   []string{"aws iam add-user-to-group --user-name alice --group-name admins", "groupName=admins, userName=alice"},
		writes: []string{"iam:AddUserToGroup"},
	},
	"iam.AddUserToGroup": {
		before: func(s *undoStage) { s.newUser("alice"); s.newGroup("admins") },
		remove: func(s *undoStage) {
			s.does(s.iam().AddUserToGroup(s.t.Context(), &iam.AddUserToGroupInput{
				GroupName: aws.String("admins"), UserName: aws.String("alice"),
			}))
		},
		is:     func(s *undoStage) bool { return !s.isAdmin() },
		says:   []string{"aws iam remove-user-from-group --user-name alice --group-name admins"},
		writes: []string{"iam:RemoveUserFromGroup"},
	},
	"iam.RemoveClientIDFromOpenIDConnectProvider": {
		before: func(s *undoStage) { s.newProvider("one", "two") },
		remove: func(s *undoStage) {
			s.does(s.iam().RemoveClientIDFromOpenIDConnectProvider(s.t.Context(), &iam.RemoveClientIDFromOpenIDConnectProviderInput{
				OpenIDConnectProviderArn: aws.String(s.arn("oidc-provider/id.example.com")), ClientID: aws.String("two"),
			}))
		},
		is: func(s *undoStage) bool { return slices.Contains(s.clientIDs(), "two") },
		says: []string{
			"aws iam add-client-id-to-open-id-connect-provider --open-id-connect-provider-arn " +
				"arn:aws:iam::{account}:oidc-provider/id.example.com --client-id two", "does not prove that anything was removed",
		},
		writes: []string{"iam:AddClientIDToOpenIDConnectProvider"},
	},
	"iam.AddClientIDToOpenIDConnectProvider": {
		before: func(s *undoStage) { s.newProvider("one") },
		remove: func(s *undoStage) {
			s.does(s.iam().AddClientIDToOpenIDConnectProvider(s.t.Context(), &iam.AddClientIDToOpenIDConnectProviderInput{
				OpenIDConnectProviderArn: aws.String(s.arn("oidc-provider/id.example.com")), ClientID: aws.String("two"),
			}))
		},
		is:     func(s *undoStage) bool { return !slices.Contains(s.clientIDs(), "two") },
		says:   []string{"aws iam remove-client-id-from-open-id-connect-provider", "--client-id two"},
		writes: []string{"iam:RemoveClientIDFromOpenIDConnectProvider"}, free: true,
	},
	"iam.DetachUserPolicy": {
		before: func(s *undoStage) { s.newUser("alice"); s.attachToAlice(s.newPolicy("p")) },
		remove: func(s *undoStage) { s.detachFromAlice(s.arn("policy/p")) },
		is:     func(s *undoStage) bool { return s.aliceHas(s.arn("policy/p")) },
		says:   []string{"aws iam attach-user-policy --user-name alice --policy-arn arn:aws:iam::{account}:policy/p"},
		writes: []string{"iam:AttachUserPolicy"},
	},
	"iam.AttachUserPolicy": {
		before: func(s *undoStage) { s.newUser("alice"); s.newPolicy("p") },
		remove: func(s *undoStage) { s.attachToAlice(s.arn("policy/p")) },
		is:     func(s *undoStage) bool { return !s.aliceHas(s.arn("policy/p")) },
		says:   []string{"aws iam detach-user-policy --user-name alice --policy-arn arn:aws:iam::{account}:policy/p"},
		writes: []string{"iam:DetachUserPolicy"},
	},
	"iam.DetachGroupPolicy": {
		before: func(s *undoStage) {
			s.newUser("alice")
			s.newGroup("g", "alice")
			s.newPolicy("p")
			s.groupPolicy(true)
		},
		remove: func(s *undoStage) { s.groupPolicy(false) },
		is:     func(s *undoStage) bool { return s.groupHas() },
		says:   []string{"aws iam attach-group-policy --group-name g --policy-arn arn:aws:iam::{account}:policy/p"},
		writes: []string{"iam:AttachGroupPolicy"},
	},
	"iam.AttachGroupPolicy": {
		before: func(s *undoStage) { s.newUser("alice"); s.newGroup("g", "alice"); s.newPolicy("p") },
		remove: func(s *undoStage) { s.groupPolicy(true) },
		is:     func(s *undoStage) bool { return !s.groupHas() },
		says:   []string{"aws iam detach-group-policy --group-name g --policy-arn arn:aws:iam::{account}:policy/p"},
		writes: []string{"iam:DetachGroupPolicy"},
	},
	"iam.DetachRolePolicy": {
		before: func(s *undoStage) { s.newRole("r"); s.newPolicy("p"); s.rolePolicy(true) },
		remove: func(s *undoStage) { s.rolePolicy(false) },
		is:     func(s *undoStage) bool { return s.roleHas() },
		says:   []string{"aws iam attach-role-policy --role-name r --policy-arn arn:aws:iam::{account}:policy/p"},
		writes: []string{"iam:AttachRolePolicy"},
	},
	"iam.AttachRolePolicy": {
		before: func(s *undoStage) { s.newRole("r"); s.newPolicy("p") },
		remove: func(s *undoStage) { s.rolePolicy(true) },
		is:     func(s *undoStage) bool { return !s.roleHas() },
		says:   []string{"aws iam detach-role-policy --role-name r --policy-arn arn:aws:iam::{account}:policy/p"},
		writes: []string{"iam:DetachRolePolicy"},
	},
	"iam.RemoveRoleFromInstanceProfile": {
		before: func(s *undoStage) { s.newRole("r"); s.newProfile(); s.profileRole("r", true) },
		remove: func(s *undoStage) { s.profileRole("r", false) },
		is:     func(s *undoStage) bool { return s.profileHas("r") },
		says:   []string{"aws iam add-role-to-instance-profile --instance-profile-name i --role-name r"},
		writes: []string{"iam:AddRoleToInstanceProfile"},
	},
	"iam.AddRoleToInstanceProfile": {
		before: func(s *undoStage) { s.newRole("r"); s.newProfile() },
		remove: func(s *undoStage) { s.profileRole("r", true) },
		is:     func(s *undoStage) bool { return !s.profileHas("r") },
		says:   []string{"aws iam remove-role-from-instance-profile --instance-profile-name i --role-name r"},
		writes: []string{"iam:RemoveRoleFromInstanceProfile"}, free: true,
	},
	"iam.DeleteAccountAlias": {
		before: func(s *undoStage) { s.setAlias("a" + s.ID) },
		remove: func(s *undoStage) {
			s.does(s.iam().DeleteAccountAlias(s.t.Context(), &iam.DeleteAccountAliasInput{AccountAlias: aws.String("a" + s.ID)}))
		},
		is: func(s *undoStage) bool {
			found := must[*iam.ListAccountAliasesOutput](s.t)(s.iam().ListAccountAliases(s.t.Context(), &iam.ListAccountAliasesInput{}))
			return slices.Contains(found.AccountAliases, "a"+s.ID)
		},
		says:   []string{"aws iam create-account-alias --account-alias a{account}"},
		writes: []string{"iam:CreateAccountAlias"},
	},
	"iam.DisableOrganizationsRootCredentialsManagement": {
		before: func(s *undoStage) { s.newOrganization(); s.rootCredentials(true) },
		remove: func(s *undoStage) { s.rootCredentials(false) },
		is:     func(s *undoStage) bool { return s.enabled(types.FeatureTypeRootCredentialsManagement) },
		says:   []string{"aws iam enable-organizations-root-credentials-management"},
		writes: []string{"iam:EnableOrganizationsRootCredentialsManagement"},
	},
	"iam.EnableOrganizationsRootCredentialsManagement": {
		before: func(s *undoStage) { s.newOrganization() },
		remove: func(s *undoStage) { s.rootCredentials(true) },
		is:     func(s *undoStage) bool { return !s.enabled(types.FeatureTypeRootCredentialsManagement) },
		says:   []string{"aws iam disable-organizations-root-credentials-management"},
		writes: []string{"iam:DisableOrganizationsRootCredentialsManagement"},
	},
	"iam.DisableOrganizationsRootSessions": {
		before: func(s *undoStage) { s.newOrganization(); s.rootSessions(true) },
		remove: func(s *undoStage) { s.rootSessions(false) },
		is:     func(s *undoStage) bool { return s.enabled(types.FeatureTypeRootSessions) },
		says:   []string{"aws iam enable-organizations-root-sessions"},
		writes: []string{"iam:EnableOrganizationsRootSessions"},
	},
	"iam.EnableOrganizationsRootSessions": {
		before: func(s *undoStage) { s.newOrganization() },
		remove: func(s *undoStage) { s.rootSessions(true) },
		is:     func(s *undoStage) bool { return !s.enabled(types.FeatureTypeRootSessions) },
		says:   []string{"aws iam disable-organizations-root-sessions"},
		writes: []string{"iam:DisableOrganizationsRootSessions"},
	},
	"iam.EnableOutboundWebIdentityFederation": {
		before: func(*undoStage) {},
		remove: func(s *undoStage) {
			s.does(s.iam().EnableOutboundWebIdentityFederation(s.t.Context(), &iam.EnableOutboundWebIdentityFederationInput{}))
		},
		is: func(s *undoStage) bool {
			_, err := s.iam().GetOutboundWebIdentityFederationInfo(s.t.Context(), &iam.GetOutboundWebIdentityFederationInfoInput{})
			return err != nil
		},
		says:   []string{"aws iam disable-outbound-web-identity-federation"},
		writes: []string{"iam:DisableOutboundWebIdentityFederation"}, free: true,
	},
}

func (s *undoStage) newProvider(clientIDs ...string) {
	s.t.Helper()
	s.does(s.iam().CreateOpenIDConnectProvider(s.t.Context(), &iam.CreateOpenIDConnectProviderInput{
		Url: aws.String("https://id.example.com"), ClientIDList: clientIDs, ThumbprintList: []string{strings.Repeat("0123456789", 4)},
	}))
}

func (s *undoStage) clientIDs() []string {
	s.t.Helper()
	return must[*iam.GetOpenIDConnectProviderOutput](s.t)(s.iam().GetOpenIDConnectProvider(s.t.Context(),
		&iam.GetOpenIDConnectProviderInput{OpenIDConnectProviderArn: aws.String(s.arn("oidc-provider/id.example.com"))})).ClientIDList
}

func (s *undoStage) groupPolicy(attach bool) {
	s.t.Helper()
	group, policy := aws.String("g"), aws.String(s.arn("policy/p"))
	if attach {
		s.does(s.iam().AttachGroupPolicy(s.t.Context(), &iam.AttachGroupPolicyInput{GroupName: group, PolicyArn: policy}))
		return
	}
	s.does(s.iam().DetachGroupPolicy(s.t.Context(), &iam.DetachGroupPolicyInput{GroupName: group, PolicyArn: policy}))
}

func (s *undoStage) groupHas() bool {
	s.t.Helper()
	return len(must[*iam.ListAttachedGroupPoliciesOutput](s.t)(s.iam().ListAttachedGroupPolicies(s.t.Context(),
		&iam.ListAttachedGroupPoliciesInput{GroupName: aws.String("g")})).AttachedPolicies) > 0
}

func (s *undoStage) rolePolicy(attach bool) {
	s.t.Helper()
	role, policy := aws.String("r"), aws.String(s.arn("policy/p"))
	if attach {
		s.does(s.iam().AttachRolePolicy(s.t.Context(), &iam.AttachRolePolicyInput{RoleName: role, PolicyArn: policy}))
		return
	}
	s.does(s.iam().DetachRolePolicy(s.t.Context(), &iam.DetachRolePolicyInput{RoleName: role, PolicyArn: policy}))
}

func (s *undoStage) roleHas() bool {
	s.t.Helper()
	return len(must[*iam.ListAttachedRolePoliciesOutput](s.t)(s.iam().ListAttachedRolePolicies(s.t.Context(),
		&iam.ListAttachedRolePoliciesInput{RoleName: aws.String("r")})).AttachedPolicies) > 0
}

func (s *undoStage) newProfile() {
	s.t.Helper()
	s.does(s.iam().CreateInstanceProfile(s.t.Context(), &iam.CreateInstanceProfileInput{InstanceProfileName: aws.String("i")}))
}

func (s *undoStage) profileRole(role string, add bool) {
	s.t.Helper()
	profile := aws.String("i")
	if add {
		s.does(s.iam().AddRoleToInstanceProfile(s.t.Context(), &iam.AddRoleToInstanceProfileInput{
			InstanceProfileName: profile, RoleName: &role,
		}))
		return
	}
	s.does(s.iam().RemoveRoleFromInstanceProfile(s.t.Context(), &iam.RemoveRoleFromInstanceProfileInput{
		InstanceProfileName: profile, RoleName: &role,
	}))
}

func (s *undoStage) profileHas(role string) bool {
	s.t.Helper()
	found := must[*iam.GetInstanceProfileOutput](s.t)(s.iam().GetInstanceProfile(s.t.Context(),
		&iam.GetInstanceProfileInput{InstanceProfileName: aws.String("i")}))
	return slices.ContainsFunc(found.InstanceProfile.Roles, func(one types.Role) bool { return aws.ToString(one.RoleName) == role })
}

func (s *undoStage) setAlias(alias string) {
	s.t.Helper()
	s.does(s.iam().CreateAccountAlias(s.t.Context(), &iam.CreateAccountAliasInput{AccountAlias: &alias}))
}

func (s *undoStage) newOrganization() {
	s.t.Helper()
	s.does(s.members().CreateOrganization(s.t.Context(), &organizations.CreateOrganizationInput{}))
}

func (s *undoStage) enabled(feature types.FeatureType) bool {
	s.t.Helper()
	found := must[*iam.ListOrganizationsFeaturesOutput](s.t)(s.iam().ListOrganizationsFeatures(s.t.Context(),
		&iam.ListOrganizationsFeaturesInput{}))
	return slices.Contains(found.EnabledFeatures, feature)
}

func (s *undoStage) rootCredentials(enable bool) {
	s.t.Helper()
	if enable {
		s.does(s.iam().EnableOrganizationsRootCredentialsManagement(s.t.Context(),
			&iam.EnableOrganizationsRootCredentialsManagementInput{}))
		return
	}
	s.does(s.iam().DisableOrganizationsRootCredentialsManagement(s.t.Context(),
		&iam.DisableOrganizationsRootCredentialsManagementInput{}))
}

func (s *undoStage) rootSessions(enable bool) {
	s.t.Helper()
	if enable {
		s.does(s.iam().EnableOrganizationsRootSessions(s.t.Context(), &iam.EnableOrganizationsRootSessionsInput{}))
		return
	}
	s.does(s.iam().DisableOrganizationsRootSessions(s.t.Context(), &iam.DisableOrganizationsRootSessionsInput{}))
}
