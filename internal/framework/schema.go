package framework

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework-validators/mapvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	datasource "github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/identityschema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/booldefault"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// DefaultTimeout bounds each of create, read, update and delete.
const DefaultTimeout = 10 * time.Minute

// AccountDescription is the description of every account argument.
const AccountDescription = "Works in another AWS account than that of the provider's credentials: a name of the provider's " +
	"`accounts`, or a 12-digit account ID. Changing it replaces the object only if the account behind it differs."

var accountForm = regexp.MustCompile(`^[A-Za-z0-9_.-]{1,64}$`)

// AccountValidators check the form of an account argument.
func AccountValidators() []validator.String {
	return []validator.String{stringvalidator.RegexMatches(accountForm,
		"must be a name of the provider's accounts (letters, digits, _ . -, at most 64) or a 12-digit account ID")}
}

// AccountAttributes are account and account_id.
func AccountAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"account": schema.StringAttribute{
			Optional: true, MarkdownDescription: AccountDescription, Validators: AccountValidators(),
		},
		"account_id": schema.StringAttribute{
			Computed: true, MarkdownDescription: "The 12-digit ID of the account that the object is in.",
		},
	}
}

// RegionAttribute is the region of a regional type. It is Computed because null
// keeps the region of the state.
func RegionAttribute() schema.Attribute {
	return schema.StringAttribute{
		Optional: true, Computed: true,
		MarkdownDescription: "The region of the object. Without it the provider's region counts at creation, and the region of " +
			"the state ever after. Changing it in the configuration replaces the object.",
		Validators: []validator.String{stringvalidator.LengthAtLeast(1)},
	}
}

// TagKeyValidators check the key of a tag.
func TagKeyValidators() []validator.String {
	return []validator.String{stringvalidator.LengthBetween(1, 128), notReserved{}}
}

// notReserved refuses tags that only AWS sets.
type notReserved struct{}

// Description says what a key must be.
func (notReserved) Description(context.Context) string {
	return `must not begin with "aws:", which AWS keeps for itself`
}

// MarkdownDescription is the same.
func (v notReserved) MarkdownDescription(ctx context.Context) string {
	return v.Description(ctx)
}

// ValidateString refuses the prefix in any case.
func (v notReserved) ValidateString(ctx context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if strings.HasPrefix(strings.ToLower(req.ConfigValue.ValueString()), "aws:") {
		resp.Diagnostics.AddAttributeError(req.Path, "Invalid tag key", "The key "+v.Description(ctx)+".")
	}
}

// TagAttributes are tags and tags_all.
func TagAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"tags": schema.MapAttribute{
			ElementType: types.StringType, Optional: true,
			MarkdownDescription: "Tags of the object, over the provider's `default_tags`. Tags that others add are drift.",
			Validators: []validator.Map{
				mapvalidator.SizeAtMost(50),
				mapvalidator.NoNullValues(),
				mapvalidator.KeysAre(TagKeyValidators()...),
				mapvalidator.ValueStringsAre(stringvalidator.LengthAtMost(256)),
			},
		},
		"tags_all": schema.MapAttribute{
			ElementType: types.StringType, Computed: true,
			MarkdownDescription: "All tags of the object, those of the provider's `default_tags` included.",
		},
	}
}

// ProtectionAttribute is deletion_protection with the type's default.
func ProtectionAttribute(def bool) schema.Attribute {
	return boolAttribute(def, "Refuses to destroy or replace the object while true. Turning it off needs an apply of its own.")
}

// AdoptionAttributes are adopt_existing and destroy_adopted.
func AdoptionAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"adopt_existing": boolAttribute(false, "Takes over an existing object of the same name and overwrites its settings, "+
			"instead of refusing to."),
		"destroy_adopted": boolAttribute(false, "Deletes an object on destroy although it was adopted, instead of only "+
			"forgetting it."),
	}
}

func boolAttribute(def bool, description string) schema.Attribute {
	return schema.BoolAttribute{
		Optional: true, Computed: true, Default: booldefault.StaticBool(def),
		MarkdownDescription: fmt.Sprintf("%s Default `%t`.", description, def),
	}
}

// TimeoutsAttribute bounds the four operations.
func TimeoutsAttribute(ctx context.Context) schema.Attribute {
	return timeouts.Attributes(ctx, timeouts.Opts{Create: true, Read: true, Update: true, Delete: true})
}

// DataAccountAttributes are account and account_id of a data source.
func DataAccountAttributes() map[string]datasource.Attribute {
	return map[string]datasource.Attribute{
		"account": datasource.StringAttribute{
			Optional: true, MarkdownDescription: AccountDescription, Validators: AccountValidators(),
		},
		"account_id": datasource.StringAttribute{
			Computed: true, MarkdownDescription: "The 12-digit ID of the account that was read.",
		},
	}
}

// DataRegionAttribute is the region of a regional data source.
func DataRegionAttribute() datasource.Attribute {
	return datasource.StringAttribute{
		Optional: true, Computed: true,
		MarkdownDescription: "The region that is read. Default: the provider's region.",
		Validators:          []validator.String{stringvalidator.LengthAtLeast(1)},
	}
}

// IdentitySchema is account_id, region for regional types, and the natural key.
func IdentitySchema(regional bool, key, description string) identityschema.Schema {
	attributes := map[string]identityschema.Attribute{
		"account_id": identityschema.StringAttribute{
			OptionalForImport: true, Description: "12-digit account ID; default: the account of the provider's credentials.",
		},
		key: identityschema.StringAttribute{RequiredForImport: true, Description: description},
	}
	if regional {
		attributes["region"] = identityschema.StringAttribute{
			OptionalForImport: true, Description: "Region of the object; default: the provider's region.",
		}
	}
	return identityschema.Schema{Attributes: attributes}
}
