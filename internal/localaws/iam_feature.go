package localaws

import (
	"errors"
	"net/http"
	"slices"
	"strings"
)

// organizationErrors are the errors of Organizations in the words of IAM.
var organizationErrors = map[string]string{
	"OrganizationsNotInUseException":            "OrganizationNotFoundException",
	"NotOrganizationMasterAccountException":     "CallerIsNotManagementAccountException",
	"OrganizationNotInAllFeaturesModeException": "OrganizationNotInAllFeaturesModeException",
}

// changeFeature enables, disables or only lists the features of centralized root access. Trusted access is not asked for.
// See https://docs.aws.amazon.com/IAM/latest/APIReference/API_DisableOrganizationsRootSessions.html
func (x *exchange) changeFeature() (*answer, error) {
	organization, err := x.organization()
	if err != nil {
		if f, ok := errors.AsType[*failure](err); ok && organizationErrors[f.code] != "" {
			return nil, fail(http.StatusConflict, organizationErrors[f.code], "%s", f.message)
		}
		return nil, err
	}
	extras := x.account.extras
	extras.mu.Lock()
	defer extras.mu.Unlock()
	if feature, on := strings.CutPrefix(x.call.Operation, "EnableOrganizations"); on {
		if !slices.Contains(extras.features, feature) {
			extras.features = append(extras.features, feature)
		}
	} else if feature, off := strings.CutPrefix(x.call.Operation, "DisableOrganizations"); off {
		extras.features = slices.DeleteFunc(extras.features, func(other string) bool { return other == feature })
	}
	enabled := element("EnabledFeatures")
	for _, feature := range extras.features {
		enabled.children = append(enabled.children, leaf("member", feature))
	}
	return x.answerQuery(iamNamespace, leaf("OrganizationId", organization), enabled)
}

// enableFederation gives the account an issuer of tokens.
// See https://docs.aws.amazon.com/IAM/latest/APIReference/API_EnableOutboundWebIdentityFederation.html
func (x *exchange) enableFederation() (*answer, error) {
	extras := x.account.extras
	extras.mu.Lock()
	defer extras.mu.Unlock()
	if extras.issuer != "" {
		return nil, fail(http.StatusConflict, "FeatureEnabled", "Outbound identity federation is already enabled.")
	}
	extras.issuer = "https://" + newID() + ".tokens.sts.global.api.aws"
	return x.answerQuery(iamNamespace, leaf("IssuerIdentifier", extras.issuer))
}

// disableFederation takes the issuer away.
// See https://docs.aws.amazon.com/IAM/latest/APIReference/API_DisableOutboundWebIdentityFederation.html
func (x *exchange) disableFederation() (*answer, error) {
	extras := x.account.extras
	extras.mu.Lock()
	defer extras.mu.Unlock()
	if extras.issuer == "" {
		return nil, federationOff()
	}
	extras.issuer = ""
	return x.answerQuery(iamNamespace)
}

func (x *exchange) federation() (*answer, error) {
	extras := x.account.extras
	extras.mu.Lock()
	defer extras.mu.Unlock()
	if extras.issuer == "" {
		return nil, federationOff()
	}
	return x.answerQuery(iamNamespace, leaf("IssuerIdentifier", extras.issuer), leaf("JwtVendingEnabled", "true"))
}

func federationOff() *failure {
	return fail(http.StatusNotFound, "FeatureDisabled", "Outbound identity federation is not enabled.")
}
