package provider

import (
	"context"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"

	"github.com/iamguard/terraform-provider-iamguard/internal/account"
)

// ConfigValidators check what spans several arguments.
func (p *Provider) ConfigValidators(context.Context) []provider.ConfigValidator {
	return []provider.ConfigValidator{roleNeedsAllowedAccounts{}}
}

// roleNeedsAllowedAccounts: account_role_name reaches allowed_account_ids only.
type roleNeedsAllowedAccounts struct{}

func (roleNeedsAllowedAccounts) Description(context.Context) string {
	return "account_role_name needs allowed_account_ids"
}

func (v roleNeedsAllowedAccounts) MarkdownDescription(ctx context.Context) string {
	return v.Description(ctx)
}

func (roleNeedsAllowedAccounts) ValidateProvider(
	ctx context.Context, req provider.ValidateConfigRequest, resp *provider.ValidateConfigResponse,
) {
	var config model
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	if resp.Diagnostics.HasError() {
		return
	}
	allowed := config.AllowedAccountIDs
	listed := allowed.IsUnknown() || len(allowed.Elements()) > 0
	if !config.AccountRoleName.IsNull() && !config.AccountRoleName.IsUnknown() && !listed {
		resp.Diagnostics.AddAttributeError(
			path.Root("account_role_name"),
			"Unable to use account_role_name without allowed_account_ids",
			"The role reaches any account, so the accounts to work in have to be listed: set allowed_account_ids.",
		)
	}
	externalID := config.AccountRoleExternalID
	if !externalID.IsNull() && !externalID.IsUnknown() && config.AccountRoleName.IsNull() {
		resp.Diagnostics.AddAttributeError(path.Root("account_role_external_id"), "Unable to use account_role_external_id alone",
			"It is the external ID of account_role_name, which is not set.")
	}
}

// notTwelveDigits keeps account names apart from account IDs.
type notTwelveDigits struct{}

func (notTwelveDigits) Description(context.Context) string {
	return "must not be 12 digits, which would be an account ID"
}

func (v notTwelveDigits) MarkdownDescription(ctx context.Context) string {
	return v.Description(ctx)
}

func (v notTwelveDigits) ValidateString(ctx context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if account.IsAccountID(req.ConfigValue.ValueString()) {
		resp.Diagnostics.Append(invalid(ctx, req, v))
	}
}

// durationForm is a Go duration that STS accepts for a session.
type durationForm struct{}

func (durationForm) Description(context.Context) string {
	return "must be a duration between 15m and 12h, such as 1h30m"
}

func (v durationForm) MarkdownDescription(ctx context.Context) string {
	return v.Description(ctx)
}

func (v durationForm) ValidateString(ctx context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if req.ConfigValue.IsNull() || req.ConfigValue.IsUnknown() {
		return
	}
	duration, err := time.ParseDuration(req.ConfigValue.ValueString())
	if err != nil || duration < 15*time.Minute || duration > 12*time.Hour {
		resp.Diagnostics.Append(invalid(ctx, req, v))
	}
}

func invalid(ctx context.Context, req validator.StringRequest, v validator.String) diag.Diagnostic {
	return diag.NewAttributeErrorDiagnostic(req.Path, "Invalid provider argument", "The value "+v.Description(ctx)+".")
}
