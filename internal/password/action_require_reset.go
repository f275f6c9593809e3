package password

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework-validators/setvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/action/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/iamguard/terraform-provider-iamguard/internal/framework"
)

var (
	_ action.ActionWithConfigure      = (*RequireResetAction)(nil)
	_ action.ActionWithModifyPlan     = (*RequireResetAction)(nil)
	_ action.ActionWithValidateConfig = (*RequireResetAction)(nil)
)

// NewRequireResetAction is iamguard_require_password_reset.
func NewRequireResetAction() action.Action {
	return &RequireResetAction{ActionBase: framework.ActionBase{Verb: "require_password_reset"}}
}

// RequireResetAction makes users choose another password at their next sign-in.
type RequireResetAction struct{ framework.ActionBase }

type requireResetModel struct {
	Account types.String `tfsdk:"account"`
	Users   types.Set    `tfsdk:"users"`
	All     types.Bool   `tfsdk:"all"`
	Most    types.Int64  `tfsdk:"max_users"`
	Exempt  types.Set    `tfsdk:"exempt_users"`
}

// Schema is whose password, and whose not. Nothing has to be confirmed: nobody is given
// anything, and whom it would lock out is skipped.
func (a *RequireResetAction) Schema(_ context.Context, _ action.SchemaRequest, resp *action.SchemaResponse) {
	names := func(description string) schema.SetAttribute {
		return schema.SetAttribute{
			Optional: true, ElementType: types.StringType, MarkdownDescription: description,
			Validators: []validator.Set{setvalidator.NoNullValues(), setvalidator.ValueStringsAre(
				stringvalidator.RegexMatches(userNameForm, "must be the name of an IAM user"))},
		}
	}
	attributes := framework.ActionAttributes(false)
	attributes["users"] = names("Names of the users. One that does not exist is an error, before anything is changed. Either " +
		"`users` or `all`.")
	attributes["all"] = schema.BoolAttribute{
		Optional:            true,
		MarkdownDescription: "Every user of the account who has a console password. Needs `max_users`.",
	}
	attributes["max_users"] = schema.Int64Attribute{
		Optional: true, Validators: []validator.Int64{int64validator.AtLeast(1)},
		MarkdownDescription: "With `all`: how many users may have a console password, those who are skipped included. Where more " +
			"have one, nothing is changed, and the error says how many.",
	}
	attributes["exempt_users"] = names("Names of users who are left alone, such as those for emergencies.")
	resp.Schema = schema.Schema{
		MarkdownDescription: "Makes IAM users choose another password at their next sign-in to the console. The passwords stay what " +
			"they are until then. Skips, and lists, the caller, exempt users, users without a console password, and users who could " +
			"not change their password: the next sign-in would lock them out. Whoever has to choose another one already is left " +
			"alone.",
		Attributes: attributes,
	}
}

// ValidateConfig checks what needs no AWS.
func (a *RequireResetAction) ValidateConfig(
	ctx context.Context, req action.ValidateConfigRequest, resp *action.ValidateConfigResponse,
) {
	var config requireResetModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	config.check(&resp.Diagnostics)
}

// ModifyPlan checks the same once more, of what has become known.
func (a *RequireResetAction) ModifyPlan(ctx context.Context, req action.ModifyPlanRequest, resp *action.ModifyPlanResponse) {
	a.ActionBase.ModifyPlan(ctx, req, resp)
	var config requireResetModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	config.check(&resp.Diagnostics)
}

// check tells whether it is clear who is meant. What is not known yet is no error.
func (m requireResetModel) check(diags *diag.Diagnostics) {
	if diags.HasError() || m.Users.IsUnknown() || m.All.IsUnknown() {
		return
	}
	named, all := !m.Users.IsNull(), m.All.ValueBool()
	switch {
	case named && all:
		diags.AddAttributeError(path.Root("all"), "Unable to reset the passwords of named users and of all",
			"users and all = true exclude each other. Set one of them.")
	case !named && !all:
		diags.AddAttributeError(path.Root("users"), "Unable to tell whose passwords to reset",
			"Name the users, or set all = true with max_users.")
	default:
		m.checkLimit(all, diags)
	}
}

// checkLimit tells whether there is a limit where there has to be one, and only there.
func (m requireResetModel) checkLimit(all bool, diags *diag.Diagnostics) {
	switch {
	case all && m.Most.IsNull():
		diags.AddAttributeError(path.Root("max_users"), "Unable to reset all passwords without a limit",
			"all = true needs max_users: how many users you expect to have a console password. Where more have one, nothing is "+
				"changed.")
	case !all && !m.Most.IsNull() && !m.Most.IsUnknown():
		diags.AddAttributeError(path.Root("max_users"), "Unable to limit named users",
			"max_users is for all = true. Remove it, or users.")
	}
}

// Invoke reads everything first, then changes what is to be changed, and says of each
// user what came of it.
func (a *RequireResetAction) Invoke(ctx context.Context, req action.InvokeRequest, resp *action.InvokeResponse) {
	var config requireResetModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	config.check(&resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, framework.DefaultTimeout)
	defer cancel()
	place, ok := framework.Locate(ctx, a.Pool, framework.Placed{Account: config.Account}, false, &resp.Diagnostics)
	if !ok {
		return
	}
	if !place.Account.Verified() {
		resp.Diagnostics.AddError("Unable to tell which user the caller is",
			"The caller is never locked out, but with skip_requesting_account_id = true nobody knows who that is. Nothing is "+
				"changed.\n\nWhat to do: run Terraform without skip_requesting_account_id.")
		return
	}
	r := &resets{
		place: place, names: framework.SortedTexts(config.Users.Elements()), exempt: framework.SortedTexts(config.Exempt.Elements()),
		all: config.All.ValueBool(), most: config.Most.ValueInt64(),
		say: func(format string, values ...any) { framework.Progress(resp, fmt.Sprintf(format, values...)) },
	}
	if err := r.prepare(ctx); err != nil {
		r.failBefore(&resp.Diagnostics, err)
		return
	}
	r.require(ctx)
	r.report(&resp.Diagnostics)
}
