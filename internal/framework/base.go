package framework

import (
	"context"
	"fmt"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/iamguard/terraform-provider-iamguard/internal/account"
)

// ProviderData is what the provider hands to every type in Configure.
type ProviderData struct {
	Pool *account.Pool
}

// Base is embedded by every resource. It implements Metadata and Configure.
type Base struct {
	// Noun is the type name without the provider's prefix, such as "trail".
	Noun string
	// Pool is nil until Configure, that is during validation.
	Pool *account.Pool
}

// Metadata names the type; the identity of an object never changes.
func (b *Base) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_" + b.Noun
}

// Configure takes the pool from the provider.
func (b *Base) Configure(_ context.Context, req resource.ConfigureRequest, resp *resource.ConfigureResponse) {
	b.Pool = poolOf(req.ProviderData, &resp.Diagnostics)
}

// DataBase is embedded by every data source. It implements Metadata and Configure.
type DataBase struct {
	Noun string
	Pool *account.Pool
}

// Metadata names the type.
func (b *DataBase) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_" + b.Noun
}

// Configure takes the pool from the provider.
func (b *DataBase) Configure(_ context.Context, req datasource.ConfigureRequest, resp *datasource.ConfigureResponse) {
	b.Pool = poolOf(req.ProviderData, &resp.Diagnostics)
}

// Bound ends the context of an operation after its time-out, as the timeouts
// argument or DefaultTimeout has it.
func Bound(
	ctx context.Context, timeout func(context.Context, time.Duration) (time.Duration, diag.Diagnostics), diags *diag.Diagnostics,
) (context.Context, context.CancelFunc) {
	limit, found := timeout(ctx, DefaultTimeout)
	diags.Append(found...)
	return context.WithTimeout(ctx, limit)
}

func poolOf(data any, diags *diag.Diagnostics) *account.Pool {
	if data == nil {
		return nil
	}
	typed, ok := data.(*ProviderData)
	if !ok {
		diags.AddError("Unable to configure the type", fmt.Sprintf("The provider handed over %T. This is a fault of "+
			"iamguard.", data))
		return nil
	}
	return typed.Pool
}
