package membership

import (
	"fmt"
	"maps"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/iamguard/terraform-provider-iamguard/internal/framework"
	"github.com/iamguard/terraform-provider-iamguard/internal/history"
	"github.com/iamguard/terraform-provider-iamguard/internal/lifecycle"
)

// What a destroy does with the members.
const (
	onDestroyRelease = "release"
	onDestroyRemove  = "remove"
)

// defaultMaxRemovals is how many users one apply removes at most.
const defaultMaxRemovals = 5

// groupModel is iamguard_group_membership in Terraform.
type groupModel struct {
	Account   types.String `tfsdk:"account"`
	AccountID types.String `tfsdk:"account_id"`

	Group             types.String `tfsdk:"group"`
	GroupID           types.String `tfsdk:"group_id"`
	Users             types.Set    `tfsdk:"users"`
	UserIDs           types.Map    `tfsdk:"user_ids"`
	Exclusive         types.Bool   `tfsdk:"exclusive"`
	MaxRemovals       types.Int64  `tfsdk:"max_removals"`
	AllowEmpty        types.Bool   `tfsdk:"allow_empty"`
	RefuseSelfRemoval types.Bool   `tfsdk:"refuse_self_removal"`
	RestoreAccess     types.Bool   `tfsdk:"restore_access"`
	OnDestroy         types.String `tfsdk:"on_destroy"`

	AdoptExisting types.Bool     `tfsdk:"adopt_existing"`
	Timeouts      timeouts.Value `tfsdk:"timeouts"`
}

func (m *groupModel) head() lifecycle.Head {
	return lifecycle.Head{
		Placed: framework.Placed{Account: m.Account, AccountID: m.AccountID}, Key: m.Group, Shown: m.Group.ValueString(),
		// on_destroy decides for adopted members too.
		Adopt: m.AdoptExisting, DestroyAdopted: types.BoolValue(true), Timeouts: m.Timeouts,
	}
}

func (m groupModel) object(in framework.Place) history.Object {
	return history.Object{
		Label: groupLabel(m.Group.ValueString(), in.Account.ID), Place: in, Service: "iam", Names: []string{m.Group.ValueString()},
	}
}

func groupLabel(group, accountID string) string {
	return fmt.Sprintf("Group membership %q (%s)", group, accountID)
}

// terms are nil as to users where an import has none yet.
func (m groupModel) terms(self []string) terms {
	asked := terms{
		exclusive: m.Exclusive.IsNull() || m.Exclusive.ValueBool(), most: defaultMaxRemovals,
	}
	if !m.Users.IsNull() {
		asked.want = framework.SortedTexts(m.Users.Elements())
	}
	if !m.MaxRemovals.IsNull() {
		asked.most = m.MaxRemovals.ValueInt64()
	}
	if m.RefuseSelfRemoval.IsNull() || m.RefuseSelfRemoval.ValueBool() {
		asked.never = self
	}
	return asked
}

// knownIDs are those that the users had, nil where there are none yet.
func (m groupModel) knownIDs() map[string]string {
	if m.UserIDs.IsNull() || m.UserIDs.IsUnknown() {
		return nil
	}
	ids := map[string]string{}
	for name, value := range m.UserIDs.Elements() {
		if text, ok := value.(types.String); ok {
			ids[name] = text.ValueString()
		}
	}
	return ids
}

// idsOf are the IDs that an apply left, without those whose name somebody else bears now;
// before the first apply they are those of the names.
func (m groupModel) idsOf(names []string, have roll) map[string]string {
	ids := m.knownIDs()
	if ids == nil {
		ids = maps.Clone(have.IDs)
		maps.DeleteFunc(ids, func(name, _ string) bool { return !slices.Contains(names, name) })
		return ids
	}
	maps.DeleteFunc(ids, func(name, was string) bool {
		is, there := have.IDs[name]
		return there && is != was
	})
	return ids
}

// fromAWS writes every attribute. A membership that is not exclusive has only those of
// its users who are in the group; after an import it has all of them.
func (m *groupModel) fromAWS(have roll, in framework.Place) {
	m.AccountID, m.GroupID = types.StringValue(in.Account.ID), types.StringValue(have.ID)
	m.Exclusive = framework.FillBool(m.Exclusive, true)
	names := have.Names
	if !m.Users.IsNull() && !m.Exclusive.ValueBool() {
		names = common(names, framework.Texts(m.Users.Elements()))
	}
	m.Users = framework.TextSetOrEmpty(names)
	m.UserIDs = framework.TextMap(m.idsOf(names, have))
	if m.MaxRemovals.IsNull() {
		m.MaxRemovals = types.Int64Value(defaultMaxRemovals)
	}
	m.AllowEmpty = framework.FillBool(m.AllowEmpty, false)
	m.RefuseSelfRemoval = framework.FillBool(m.RefuseSelfRemoval, true)
	m.RestoreAccess = framework.FillBool(m.RestoreAccess, true)
	m.AdoptExisting = framework.FillBool(m.AdoptExisting, false)
	if m.OnDestroy.IsNull() {
		m.OnDestroy = types.StringValue(onDestroyRelease)
	}
}
