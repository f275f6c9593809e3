package membership

import (
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/iamguard/terraform-provider-iamguard/internal/framework"
	"github.com/iamguard/terraform-provider-iamguard/internal/history"
	"github.com/iamguard/terraform-provider-iamguard/internal/lifecycle"
)

// clientIDsModel is iamguard_oidc_client_ids in Terraform.
type clientIDsModel struct {
	Account   types.String `tfsdk:"account"`
	AccountID types.String `tfsdk:"account_id"`

	ProviderARN   types.String `tfsdk:"provider_arn"`
	CreateDate    types.String `tfsdk:"create_date"`
	ClientIDs     types.Set    `tfsdk:"client_ids"`
	Existing      types.Set    `tfsdk:"existing_client_ids"`
	Exclusive     types.Bool   `tfsdk:"exclusive"`
	RestoreAccess types.Bool   `tfsdk:"restore_access"`

	AdoptExisting  types.Bool     `tfsdk:"adopt_existing"`
	DestroyAdopted types.Bool     `tfsdk:"destroy_adopted"`
	Timeouts       timeouts.Value `tfsdk:"timeouts"`
}

func (m *clientIDsModel) head() lifecycle.Head {
	return lifecycle.Head{
		Placed: framework.Placed{Account: m.Account, AccountID: m.AccountID}, Key: m.ProviderARN, Shown: m.ProviderARN.ValueString(),
		// A destroy takes out what was added, also where other IDs were adopted.
		Adopt: m.AdoptExisting, DestroyAdopted: types.BoolValue(true), Timeouts: m.Timeouts,
	}
}

func (m clientIDsModel) object(in framework.Place) history.Object {
	return history.Object{
		Label: clientIDsLabel(m.ProviderARN.ValueString(), in.Account.ID), Place: in, Service: "iam",
		Names: []string{m.ProviderARN.ValueString()},
	}
}

func clientIDsLabel(arn, accountID string) string {
	_, host, _ := strings.Cut(arn, ":oidc-provider/")
	return fmt.Sprintf("OIDC client IDs %q (%s)", host, accountID)
}

func (m clientIDsModel) terms() terms {
	asked := terms{exclusive: m.Exclusive.ValueBool(), most: -1}
	if !m.ClientIDs.IsNull() {
		asked.want = framework.SortedTexts(m.ClientIDs.Elements())
	}
	return asked
}

// leaving is what a destroy takes out.
func (m clientIDsModel) leaving() []string {
	kept := framework.Texts(m.ClientIDs.Elements())
	if m.DestroyAdopted.ValueBool() {
		return kept
	}
	return without(kept, framework.Texts(m.Existing.Elements()))
}

// fromAWS writes every attribute. A list that is not exclusive has only those of its IDs
// that are there; after an import it has all of them.
func (m *clientIDsModel) fromAWS(have roll, in framework.Place) {
	m.AccountID, m.CreateDate = types.StringValue(in.Account.ID), types.StringValue(have.ID)
	m.Exclusive = framework.FillBool(m.Exclusive, false)
	names := have.Names
	if !m.ClientIDs.IsNull() && !m.Exclusive.ValueBool() {
		names = common(names, framework.Texts(m.ClientIDs.Elements()))
	}
	existing := common(have.Existing, names)
	if !m.ClientIDs.IsNull() {
		existing = common(have.Existing, framework.Texts(m.ClientIDs.Elements()))
	}
	m.ClientIDs, m.Existing = framework.TextSetOrEmpty(names), framework.TextSetOrEmpty(existing)
	m.RestoreAccess = framework.FillBool(m.RestoreAccess, true)
	m.AdoptExisting = framework.FillBool(m.AdoptExisting, false)
	m.DestroyAdopted = framework.FillBool(m.DestroyAdopted, false)
}
