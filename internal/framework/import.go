package framework

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws/arn"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/iamguard/terraform-provider-iamguard/internal/account"
)

// ImportID is what an import ID says: the natural ID, and where the object is.
type ImportID struct {
	ID string
	// Region and Account are empty where the ID does not carry them. Account is a
	// name of the provider's accounts or 12 digits.
	Region, Account string
	// ARN is set where the ID was one; it carries region and account itself.
	ARN *arn.ARN
}

// ParseImportID reads "ID", "ID@region" (regional types only, and only if what
// follows the last @ is a region of some partition), "ID?account=<name or digits>",
// or an ARN, which takes no suffix.
func ParseImportID(text string, regional bool) (ImportID, error) {
	if arn.IsARN(text) {
		parsed, err := arn.Parse(text)
		// The name in an ARN may hold an @ itself, as that of a user alice@example.com.
		if _, region := cutRegion(text); err != nil || region != "" || strings.Contains(text, "?") {
			return ImportID{}, fmt.Errorf("an ARN carries its account and region and takes no suffix, in %q", text)
		}
		return ImportID{ID: text, Region: parsed.Region, Account: parsed.AccountID, ARN: &parsed}, nil
	}
	var id ImportID
	rest, query, hasQuery := strings.Cut(text, "?")
	if hasQuery {
		name, value, ok := strings.Cut(query, "=")
		if !ok || name != "account" || !accountForm.MatchString(value) {
			return ImportID{}, fmt.Errorf("after the ? of %q only account=<name or 12 digits> can follow", text)
		}
		id.Account = value
	}
	id.ID = rest
	if regional {
		id.ID, id.Region = cutRegion(rest)
	}
	if id.ID == "" {
		return ImportID{}, fmt.Errorf("the import ID %q names no object", text)
	}
	return id, nil
}

// TakeARN reads the ID of an identity as the ARN that it may be, which an import ID is
// read as already. An identity may leave the account to the ARN.
func (id *ImportID) TakeARN() {
	parsed, err := ParseImportID(id.ID, false)
	if id.ARN != nil || err != nil || parsed.ARN == nil {
		return
	}
	id.ARN, id.Region = parsed.ARN, ""
	if id.Account == "" {
		id.Account = parsed.Account
	}
}

// cutRegion splits at the last @, if a region follows it.
func cutRegion(text string) (before, region string) {
	at := strings.LastIndex(text, "@")
	if at < 0 {
		return text, ""
	}
	if _, err := account.PartitionOf(text[at+1:]); err != nil {
		return text, ""
	}
	return text[:at], text[at+1:]
}

// ImportKey reads the ID or the identity of an import request. The key is the
// identity's natural key.
func ImportKey(
	ctx context.Context,
	req resource.ImportStateRequest,
	key string,
	regional bool,
	diags *diag.Diagnostics,
) (ImportID, bool) {
	if req.ID != "" {
		id, err := ParseImportID(req.ID, regional)
		if err != nil {
			diags.AddError("Unable to read the import ID", Sentence(err))
			return id, false
		}
		return id, true
	}
	var id ImportID
	if req.Identity == nil {
		diags.AddError("Unable to import without an ID", "Neither an import ID nor an identity was given.")
		return id, false
	}
	id.ID = identityText(ctx, req.Identity, key, diags)
	id.Account = identityText(ctx, req.Identity, "account_id", diags)
	if regional {
		id.Region = identityText(ctx, req.Identity, "region", diags)
	}
	return id, !diags.HasError()
}

func identityText(ctx context.Context, identity *tfsdk.ResourceIdentity, name string, diags *diag.Diagnostics) string {
	var value types.String
	diags.Append(identity.GetAttribute(ctx, path.Root(name), &value)...)
	return value.ValueString()
}

// SetIdentity writes account_id, region (for regional types) and the natural key
// into an identity. Call it before every return that carries state.
func SetIdentity(
	ctx context.Context, identity *tfsdk.ResourceIdentity, accountID, region types.String, key string, value types.String,
) diag.Diagnostics {
	var diags diag.Diagnostics
	if identity == nil {
		return diags
	}
	diags.Append(identity.SetAttribute(ctx, path.Root("account_id"), accountID)...)
	diags.Append(identity.SetAttribute(ctx, path.Root(key), value)...)
	if !region.IsNull() {
		diags.Append(identity.SetAttribute(ctx, path.Root("region"), region)...)
	}
	return diags
}

// LocateImport reaches the place of an import. The account argument it returns is
// null where the provider's own credentials already are in that account, so that
// the first plan shows no difference. An ARN may carry the management account of
// an organization trail; then the provider's own account is the place.
func LocateImport(
	ctx context.Context,
	pool *account.Pool,
	id ImportID,
	regional bool,
	diags *diag.Diagnostics,
) (types.String, Place, bool) {
	selection := types.StringNull()
	if id.Account != "" {
		own, err := pool.AccountID(ctx, "")
		if err != nil || own != id.Account {
			selection = types.StringValue(id.Account)
		}
	}
	region := types.StringNull()
	if id.Region != "" {
		region = types.StringValue(id.Region)
	}
	if id.ARN != nil && !selection.IsNull() {
		if _, err := pool.Account(ctx, id.Account); errors.Is(err, account.ErrUnknownAccount) {
			selection = types.StringNull()
		}
	}
	place, ok := Locate(ctx, pool, Placed{Account: selection, Region: region}, regional, diags)
	return selection, place, ok
}
