package framework

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/ephemeral"

	"github.com/iamguard/terraform-provider-iamguard/internal/account"
)

// EphemeralBase is embedded by every ephemeral resource. It implements Metadata and
// Configure.
type EphemeralBase struct {
	// Noun is the type name without the provider's prefix, such as "password".
	Noun string
	// Pool is nil until Configure, that is during validation.
	Pool *account.Pool
}

// Metadata names the ephemeral resource.
func (b *EphemeralBase) Metadata(_ context.Context, req ephemeral.MetadataRequest, resp *ephemeral.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_" + b.Noun
}

// Configure takes the pool from the provider.
func (b *EphemeralBase) Configure(_ context.Context, req ephemeral.ConfigureRequest, resp *ephemeral.ConfigureResponse) {
	b.Pool = poolOf(req.ProviderData, &resp.Diagnostics)
}
