package provider

import (
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// model is the provider block. Blocks and collections stay framework values,
// because each of them can be unknown.
type model struct {
	Region                 types.String `tfsdk:"region"`
	Profile                types.String `tfsdk:"profile"`
	AccessKey              types.String `tfsdk:"access_key"`
	SecretKey              types.String `tfsdk:"secret_key"`
	Token                  types.String `tfsdk:"token"`
	SharedConfigFiles      types.List   `tfsdk:"shared_config_files"`
	SharedCredentialsFiles types.List   `tfsdk:"shared_credentials_files"`
	MaxRetries             types.Int64  `tfsdk:"max_retries"`
	RetryMode              types.String `tfsdk:"retry_mode"`
	HTTPProxy              types.String `tfsdk:"http_proxy"`
	HTTPSProxy             types.String `tfsdk:"https_proxy"`
	NoProxy                types.String `tfsdk:"no_proxy"`
	Insecure               types.Bool   `tfsdk:"insecure"`
	CustomCABundle         types.String `tfsdk:"custom_ca_bundle"`
	UseFIPSEndpoint        types.Bool   `tfsdk:"use_fips_endpoint"`
	UseDualStackEndpoint   types.Bool   `tfsdk:"use_dualstack_endpoint"`
	SkipCredentials        types.Bool   `tfsdk:"skip_credentials_validation"`
	SkipAccountID          types.Bool   `tfsdk:"skip_requesting_account_id"`
	UserAgent              types.List   `tfsdk:"user_agent"`

	AllowedAccountIDs     types.Set    `tfsdk:"allowed_account_ids"`
	ForbiddenAccountIDs   types.Set    `tfsdk:"forbidden_account_ids"`
	Accounts              types.Map    `tfsdk:"accounts"`
	AccountRoleName       types.String `tfsdk:"account_role_name"`
	AccountRoleExternalID types.String `tfsdk:"account_role_external_id"`
	EventRegions          types.Map    `tfsdk:"event_regions"`
	AttributeDrift        types.Bool   `tfsdk:"attribute_drift"`

	AssumeRole                types.List `tfsdk:"assume_role"`
	AssumeRoleWithWebIdentity types.List `tfsdk:"assume_role_with_web_identity"`
	DefaultTags               types.List `tfsdk:"default_tags"`
	Endpoints                 types.List `tfsdk:"endpoints"`
}

type assumeRoleModel struct {
	RoleARN           types.String `tfsdk:"role_arn"`
	SessionName       types.String `tfsdk:"session_name"`
	Duration          types.String `tfsdk:"duration"`
	Policy            types.String `tfsdk:"policy"`
	PolicyARNs        types.Set    `tfsdk:"policy_arns"`
	ExternalID        types.String `tfsdk:"external_id"`
	SourceIdentity    types.String `tfsdk:"source_identity"`
	Tags              types.Map    `tfsdk:"tags"`
	TransitiveTagKeys types.Set    `tfsdk:"transitive_tag_keys"`
}

type webIdentityModel struct {
	RoleARN              types.String `tfsdk:"role_arn"`
	SessionName          types.String `tfsdk:"session_name"`
	Duration             types.String `tfsdk:"duration"`
	Policy               types.String `tfsdk:"policy"`
	PolicyARNs           types.Set    `tfsdk:"policy_arns"`
	WebIdentityToken     types.String `tfsdk:"web_identity_token"`
	WebIdentityTokenFile types.String `tfsdk:"web_identity_token_file"`
}

type defaultTagsModel struct {
	Tags types.Map `tfsdk:"tags"`
}

// values are the arguments by name, for the question which of them are known.
func (m model) values() map[string]attr.Value {
	return map[string]attr.Value{
		"region": m.Region, "profile": m.Profile, "access_key": m.AccessKey, "secret_key": m.SecretKey, "token": m.Token,
		"shared_config_files": m.SharedConfigFiles, "shared_credentials_files": m.SharedCredentialsFiles,
		"max_retries": m.MaxRetries, "retry_mode": m.RetryMode, "http_proxy": m.HTTPProxy, "https_proxy": m.HTTPSProxy,
		"no_proxy": m.NoProxy, "insecure": m.Insecure, "custom_ca_bundle": m.CustomCABundle,
		"use_fips_endpoint": m.UseFIPSEndpoint, "use_dualstack_endpoint": m.UseDualStackEndpoint,
		"skip_requesting_account_id": m.SkipAccountID, "user_agent": m.UserAgent,
		"allowed_account_ids": m.AllowedAccountIDs, "forbidden_account_ids": m.ForbiddenAccountIDs,
		"account_role_name": m.AccountRoleName, "account_role_external_id": m.AccountRoleExternalID,
		"event_regions": m.EventRegions, "attribute_drift": m.AttributeDrift, "assume_role": m.AssumeRole,
		"assume_role_with_web_identity": m.AssumeRoleWithWebIdentity, "default_tags": m.DefaultTags, "endpoints": m.Endpoints,
	}
}
