package framework

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/iamguard/terraform-provider-iamguard/internal/account"
)

// Place is an account, and a region for regional types.
type Place struct {
	Account *account.Account
	Region  string
}

// String names the place for an error message.
func (p Place) String() string {
	text := "account not known"
	if p.Account != nil && p.Account.ID != "" {
		text = "account " + p.Account.ID
	}
	if p.Region != "" {
		text += ", region " + p.Region
	}
	return text
}

// ARN builds the ARN of an object in this place; region is left out by services
// that have none in their ARNs.
func (p Place) ARN(service, region, resource string) string {
	return fmt.Sprintf("arn:%s:%s:%s:%s:%s", p.Account.Partition, service, region, p.Account.ID, resource)
}

// Placed are the attributes of a type that say where its object lives. Types
// that are global to an account leave Region null.
type Placed struct {
	Account   types.String
	AccountID types.String
	Region    types.String
	// AccountPath is the argument that Account comes from; empty means account.
	AccountPath path.Path
	// DefaultRegion is the region of a regional object whose Region is not set; nil
	// means that of the account.
	DefaultRegion func(*account.Account) (string, error)
}

func (p Placed) accountPath() path.Path {
	if len(p.AccountPath.Steps()) > 0 {
		return p.AccountPath
	}
	return path.Root("account")
}

func (p Placed) defaultRegion(in *account.Account) (string, error) {
	if p.DefaultRegion != nil {
		return p.DefaultRegion(in)
	}
	return in.Region()
}

// Locate reaches the place of an object. An object in state has an account_id:
// credentials of another account are an error, never a reason to believe that
// the object is gone. Regional types without a region get the account's default.
func Locate(ctx context.Context, pool *account.Pool, placed Placed, regional bool, diags *diag.Diagnostics) (Place, bool) {
	place := Place{Region: placed.Region.ValueString()}
	if placed.Account.IsUnknown() {
		diags.AddAttributeError(placed.accountPath(), "Unable to reach the account of the object",
			"The value of the argument \"account\" is not known until apply.")
		return place, false
	}
	reached, err := reach(ctx, pool, placed)
	if err != nil {
		failAccount(diags, placed, place, err)
		return place, false
	}
	// Where nobody may be asked, the ID in state is believed, so that nothing changes.
	place.Account = reached.As(placed.AccountID.ValueString())
	if wrongAccount(diags, placed, place) {
		return place, false
	}
	if regional && place.Region == "" {
		place.Region, err = placed.defaultRegion(reached)
		if err != nil {
			diags.AddAttributeError(path.Root("region"), "Unable to choose the region of the object", Sentence(err))
			return place, false
		}
	}
	return place, true
}

// reach finds the account by the argument. An object in state whose account has
// been renamed in the provider's accounts is found by the number in its state.
func reach(ctx context.Context, pool *account.Pool, placed Placed) (*account.Account, error) {
	selection := placed.Account.ValueString()
	reached, err := pool.Account(ctx, selection)
	stored := placed.AccountID.ValueString()
	if stored == "" || account.IsAccountID(selection) || !errors.Is(err, account.ErrUnknownAccount) {
		return reached, err
	}
	if byNumber, numberErr := pool.Account(ctx, stored); numberErr == nil {
		return byNumber, nil
	}
	return nil, err
}

func failAccount(diags *diag.Diagnostics, placed Placed, place Place, err error) {
	if errors.Is(err, account.ErrUnknownAccount) || errors.Is(err, account.ErrAccountNotAllowed) {
		diags.AddAttributeError(placed.accountPath(), "Unable to choose the account of the object", Sentence(err))
		return
	}
	if errors.Is(err, account.ErrNotKnownYet) {
		diags.AddError("Unable to reach the account yet", Sentence(err))
		return
	}
	Fail(diags, Failure{
		Summary: "Unable to reach the account", Object: placed.Account.ValueString(), Place: place, Err: err,
	})
}

// wrongAccount compares the account of the credentials with that of the state.
func wrongAccount(diags *diag.Diagnostics, placed Placed, place Place) bool {
	stored := placed.AccountID.ValueString()
	if stored == "" || place.Account.ID == "" || stored == place.Account.ID {
		return false
	}
	diags.AddError("Wrong account", fmt.Sprintf(
		"The object in state belongs to account %s, but the credentials (%s) belong to account %s. "+
			"Nothing was read, changed or removed from state.\n\n"+
			"What to do: run Terraform with credentials of account %s, or name the account in the provider's accounts "+
			"and in the argument \"account\".",
		stored, place.Account.CallerARN, place.Account.ID, stored))
	return true
}

// MayForget tells whether an object that AWS does not find may be removed from
// state: only if it is known that AWS was asked in the right account.
func (p Place) MayForget(object string, diags *diag.Diagnostics) bool {
	if p.Account.Verified() {
		return true
	}
	diags.AddError("Unable to tell whether the object is gone", fmt.Sprintf(
		"AWS does not find %s, but skip_requesting_account_id = true leaves it open whose account was asked. "+
			"It stays in state.\n\nWhat to do: run Terraform without skip_requesting_account_id, or remove the object "+
			"from state with `terraform state rm`.", Escape(object)))
	return false
}

// Sentence makes a Go error the sentence of a diagnostic.
func Sentence(err error) string {
	text := strings.TrimSuffix(escapeLines(err.Error()), ".")
	if text == "" {
		return ""
	}
	if first := text[0]; first >= 'a' && first <= 'z' {
		text = string(first-'a'+'A') + text[1:]
	}
	return text + "."
}
