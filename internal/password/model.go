package password

import (
	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/iamguard/terraform-provider-iamguard/internal/framework"
	"github.com/iamguard/terraform-provider-iamguard/internal/history"
	"github.com/iamguard/terraform-provider-iamguard/internal/lifecycle"
)

// What destroy does to the policy.
const (
	onDestroyRetain = "retain"
	onDestroyDelete = "delete"
)

// model is iamguard_password_policy in Terraform.
type model struct {
	Account   types.String `tfsdk:"account"`
	AccountID types.String `tfsdk:"account_id"`

	Length types.Int64 `tfsdk:"minimum_password_length"`
	Reuse  types.Int64 `tfsdk:"password_reuse_prevention"`
	Age    types.Int64 `tfsdk:"max_password_age"`
	Lower  types.Bool  `tfsdk:"require_lowercase_characters"`
	Upper  types.Bool  `tfsdk:"require_uppercase_characters"`
	Number types.Bool  `tfsdk:"require_numbers"`
	Symbol types.Bool  `tfsdk:"require_symbols"`
	Change types.Bool  `tfsdk:"allow_users_to_change_password"`
	Expiry types.Bool  `tfsdk:"hard_expiry"`

	AdoptExisting types.Bool     `tfsdk:"adopt_existing"`
	OnDestroy     types.String   `tfsdk:"on_destroy"`
	AllowWeaker   types.Bool     `tfsdk:"allow_weaker"`
	Expiring      types.Set      `tfsdk:"accept_expiring_users"`
	Timeouts      timeouts.Value `tfsdk:"timeouts"`
}

func (m model) head() lifecycle.Head {
	return lifecycle.Head{
		Placed: framework.Placed{Account: m.Account, AccountID: m.AccountID}, Key: m.AccountID,
		Shown: "the password policy of the account", Adopt: m.AdoptExisting,
		// on_destroy decides for an adopted policy too.
		DestroyAdopted: types.BoolValue(true), Timeouts: m.Timeouts,
	}
}

// toAWS is the policy that the model asks for.
func (m model) toAWS() rules {
	return rules{
		Length: m.Length.ValueInt64(), Reuse: m.Reuse.ValueInt64(), Age: m.Age.ValueInt64(), Lower: m.Lower.ValueBool(),
		Upper: m.Upper.ValueBool(), Numbers: m.Number.ValueBool(), Symbols: m.Symbol.ValueBool(), Change: m.Change.ValueBool(),
		Expiry: m.Expiry.ValueBool(),
	}
}

// fromAWS writes every attribute that AWS knows.
func (m *model) fromAWS(have rules, in framework.Place) {
	m.AccountID = types.StringValue(in.Account.ID)
	m.Length, m.Reuse, m.Age = types.Int64Value(have.Length), types.Int64Value(have.Reuse), types.Int64Value(have.Age)
	m.Lower, m.Upper = types.BoolValue(have.Lower), types.BoolValue(have.Upper)
	m.Number, m.Symbol = types.BoolValue(have.Numbers), types.BoolValue(have.Symbols)
	m.Change, m.Expiry = types.BoolValue(have.Change), types.BoolValue(have.Expiry)
	m.AdoptExisting = framework.FillBool(m.AdoptExisting, false)
	m.AllowWeaker = framework.FillBool(m.AllowWeaker, false)
	if m.OnDestroy.IsNull() || m.OnDestroy.IsUnknown() {
		m.OnDestroy = types.StringValue(onDestroyRetain)
	}
}

// object is the policy as warnings name it; its calls name no object at all.
func (m model) object(in framework.Place) history.Object {
	return history.Object{
		Label: "Password policy (" + in.Account.ID + ")", Place: in, Service: "iam", Names: []string{in.Account.ID},
	}
}
