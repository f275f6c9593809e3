package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/iamguard/terraform-provider-iamguard/internal/account"
)

// SettingsOf converts a provider block given as a value of its type.
func SettingsOf(ctx context.Context, block func(tftypes.Type) tftypes.Value) (account.Settings, diag.Diagnostics) {
	var schema provider.SchemaResponse
	(&Provider{}).Schema(ctx, provider.SchemaRequest{}, &schema)
	config := tfsdk.Config{Schema: schema.Schema, Raw: block(schema.Schema.Type().TerraformType(ctx))}
	var decoded model
	diags := config.Get(ctx, &decoded)
	return decoded.settings(ctx, "test", &diags), diags
}
