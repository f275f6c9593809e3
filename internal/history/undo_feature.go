package history

import (
	"context"
	"slices"

	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"github.com/iamguard/terraform-provider-iamguard/internal/account"
)

// featureInverses are the ways back from switching features of IAM.
var featureInverses = map[string]inverse{
	"iam.DisableOrganizationsRootCredentialsManagement": {
		commands: []command{cli("iam enable-organizations-root-credentials-management")},
		undone:   isEnabled(types.FeatureTypeRootCredentialsManagement), call: iamCall(enableRootCredentials),
	},
	"iam.EnableOrganizationsRootCredentialsManagement": {
		commands: []command{cli("iam disable-organizations-root-credentials-management")},
		undone:   unless(isEnabled(types.FeatureTypeRootCredentialsManagement)), call: iamCall(disableRootCredentials),
	},
	"iam.DisableOrganizationsRootSessions": {
		commands: []command{cli("iam enable-organizations-root-sessions")},
		undone:   isEnabled(types.FeatureTypeRootSessions), call: iamCall(enableRootSessions),
	},
	"iam.EnableOrganizationsRootSessions": {
		commands: []command{cli("iam disable-organizations-root-sessions")},
		undone:   unless(isEnabled(types.FeatureTypeRootSessions)), call: iamCall(disableRootSessions),
	},
	"iam.EnableOutboundWebIdentityFederation": {
		commands: []command{cli("iam disable-outbound-web-identity-federation")},
		undone:   unless(iamRead(federates)), call: iamCall(stopFederation),
	},
}

// isEnabled tells whether a feature of centralized root access is enabled.
func isEnabled(feature types.FeatureType) func(context.Context, *undo) (bool, error) {
	return iamRead(func(ctx context.Context, client *iam.Client, _ *undo) (bool, error) {
		found, err := client.ListOrganizationsFeatures(ctx, &iam.ListOrganizationsFeaturesInput{})
		return err == nil && slices.Contains(found.EnabledFeatures, feature), err
	})
}

func enableRootCredentials(ctx context.Context, client *iam.Client, _ *undo) error {
	_, err := client.EnableOrganizationsRootCredentialsManagement(ctx, &iam.EnableOrganizationsRootCredentialsManagementInput{})
	return err
}

func disableRootCredentials(ctx context.Context, client *iam.Client, _ *undo) error {
	_, err := client.DisableOrganizationsRootCredentialsManagement(ctx, &iam.DisableOrganizationsRootCredentialsManagementInput{})
	return err
}

func enableRootSessions(ctx context.Context, client *iam.Client, _ *undo) error {
	_, err := client.EnableOrganizationsRootSessions(ctx, &iam.EnableOrganizationsRootSessionsInput{})
	return err
}

func disableRootSessions(ctx context.Context, client *iam.Client, _ *undo) error {
	_, err := client.DisableOrganizationsRootSessions(ctx, &iam.DisableOrganizationsRootSessionsInput{})
	return err
}

// federates tells whether outside services can get tokens of the account.
func federates(ctx context.Context, client *iam.Client, _ *undo) (bool, error) {
	_, err := client.GetOutboundWebIdentityFederationInfo(ctx, &iam.GetOutboundWebIdentityFederationInfoInput{})
	if account.CodeIs(err, "FeatureDisabled") {
		return false, nil
	}
	return err == nil, err
}

func stopFederation(ctx context.Context, client *iam.Client, _ *undo) error {
	_, err := client.DisableOutboundWebIdentityFederation(ctx, &iam.DisableOutboundWebIdentityFederationInput{})
	return err
}
