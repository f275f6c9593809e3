package framework

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/action/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/iamguard/terraform-provider-iamguard/internal/account"
)

// ActionBase is embedded by every action. It implements Metadata, Configure and
// ModifyPlan.
type ActionBase struct {
	// Verb is the type name without the provider's prefix, such as "start_logging".
	Verb string
	// Pool is nil until Configure, that is during validation.
	Pool *account.Pool
}

// Metadata names the action.
func (b *ActionBase) Metadata(_ context.Context, req action.MetadataRequest, resp *action.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_" + b.Verb
}

// Configure takes the pool from the provider.
func (b *ActionBase) Configure(_ context.Context, req action.ConfigureRequest, resp *action.ConfigureResponse) {
	b.Pool = poolOf(req.ProviderData, &resp.Diagnostics)
}

// ModifyPlan refuses an account that the provider cannot reach already in the plan.
func (b *ActionBase) ModifyPlan(ctx context.Context, req action.ModifyPlanRequest, resp *action.ModifyPlanResponse) {
	var selection types.String
	resp.Diagnostics.Append(req.Config.GetAttribute(ctx, path.Root("account"), &selection)...)
	if !resp.Diagnostics.HasError() && !selection.IsNull() {
		planAccountID(ctx, b.Pool, selection, &resp.Diagnostics)
	}
}

// ActionAttributes are account and, for regional objects, region of an action.
func ActionAttributes(regional bool) map[string]schema.Attribute {
	attributes := map[string]schema.Attribute{
		"account": schema.StringAttribute{
			Optional: true, Validators: AccountValidators(),
			MarkdownDescription: "Acts in another AWS account than that of the provider's credentials: a name of the provider's " +
				"`accounts`, or a 12-digit account ID.",
		},
	}
	if regional {
		attributes["region"] = schema.StringAttribute{
			Optional:            true,
			MarkdownDescription: "The region in which the object is looked for. Default: that of the ARN, else the provider's region.",
			Validators:          []validator.String{stringvalidator.LengthAtLeast(1)},
		}
	}
	return attributes
}

// Progress tells a person what an action does now.
func Progress(resp *action.InvokeResponse, text string) {
	resp.SendProgress(action.InvokeProgressEvent{Message: Escape(text)})
}
