package mfa

import (
	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/iamguard/terraform-provider-iamguard/internal/framework"
	"github.com/iamguard/terraform-provider-iamguard/internal/lifecycle"
	"github.com/iamguard/terraform-provider-iamguard/internal/managedpolicy"
	"github.com/iamguard/terraform-provider-iamguard/internal/policy"
)

// policyDescription is what IAM shows of the policy; it cannot be changed later.
const policyDescription = "Denies everything but MFA self-service without MFA. Kept by iamguard."

// enforcementModel is iamguard_mfa_enforcement in Terraform.
type enforcementModel struct {
	Account   types.String `tfsdk:"account"`
	AccountID types.String `tfsdk:"account_id"`

	Name              types.String `tfsdk:"name"`
	Path              types.String `tfsdk:"path"`
	Groups            types.Set    `tfsdk:"groups"`
	Users             types.Set    `tfsdk:"users"`
	ExemptUsers       types.Set    `tfsdk:"exempt_users"`
	AcceptKeyBreakage types.Set    `tfsdk:"accept_key_breakage"`
	RefuseSelfLockout types.Bool   `tfsdk:"refuse_self_lockout"`

	AllowFirstLogin     types.Bool  `tfsdk:"allow_first_login"`
	AllowMFASelfRemoval types.Bool  `tfsdk:"allow_mfa_self_removal"`
	ExemptAccessKeys    types.Bool  `tfsdk:"exempt_access_keys"`
	MaxMFAAgeSeconds    types.Int64 `tfsdk:"max_mfa_age_seconds"`
	ExtraAllowedActions types.Set   `tfsdk:"extra_allowed_actions"`

	DeletionProtection types.Bool     `tfsdk:"deletion_protection"`
	AdoptExisting      types.Bool     `tfsdk:"adopt_existing"`
	DestroyAdopted     types.Bool     `tfsdk:"destroy_adopted"`
	Tags               types.Map      `tfsdk:"tags"`
	TagsAll            types.Map      `tfsdk:"tags_all"`
	Timeouts           timeouts.Value `tfsdk:"timeouts"`

	Roles      types.Set    `tfsdk:"roles"`
	ARN        types.String `tfsdk:"arn"`
	PolicyJSON types.String `tfsdk:"policy_json"`
}

func (m *enforcementModel) head() lifecycle.Head {
	shown := m.ARN.ValueString()
	if shown == "" {
		shown = m.Name.ValueString()
	}
	return lifecycle.Head{
		Placed: framework.Placed{Account: m.Account, AccountID: m.AccountID}, Key: m.ARN, Shown: shown,
		Adopt: m.AdoptExisting, DestroyAdopted: m.DestroyAdopted, Protected: m.DeletionProtection, Timeouts: m.Timeouts,
	}
}

// enforcement is what the arguments ask for.
func (m enforcementModel) enforcement() enforcement {
	return enforcement{
		firstLogin: m.AllowFirstLogin.ValueBool(), selfRemoval: m.AllowMFASelfRemoval.ValueBool(),
		exemptKeys: m.ExemptAccessKeys.ValueBool(), maxAge: m.MaxMFAAgeSeconds.ValueInt64(),
		extra: framework.Texts(m.ExtraAllowedActions.Elements()), exempt: framework.Texts(m.ExemptUsers.Elements()),
	}
}

// rules are the arguments that the document follows from.
func (m enforcementModel) rules() []attr.Value {
	return []attr.Value{
		m.AllowFirstLogin, m.AllowMFASelfRemoval, m.ExemptAccessKeys, m.MaxMFAAgeSeconds, m.ExtraAllowedActions, m.ExemptUsers,
	}
}

// toAWS is the policy that the model asks for; ARN and document come from the plan.
func (m enforcementModel) toAWS() managedpolicy.Policy {
	return managedpolicy.Policy{
		ARN: m.ARN.ValueString(), Name: m.Name.ValueString(), Path: m.Path.ValueString(), Description: policyDescription,
		Document: m.PolicyJSON.ValueString(), Tags: framework.TagsOf(m.TagsAll),
		Attachments: managedpolicy.Attachments{
			Groups: framework.Texts(m.Groups.Elements()), Users: framework.Texts(m.Users.Elements()),
		},
	}
}

// fromAWS writes every attribute. A document of the same meaning keeps the text it has.
// The arguments stand for the document that the next plan asks for, so they are read
// from it for an import only.
func (m *enforcementModel) fromAWS(have managedpolicy.Policy, in framework.Place) {
	m.AccountID = types.StringValue(in.Account.ID)
	m.ARN, m.Name, m.Path = types.StringValue(have.ARN), types.StringValue(have.Name), types.StringValue(have.Path)
	if !policy.Same(m.PolicyJSON.ValueString(), have.Document) {
		m.PolicyJSON = framework.TextOrNull(policy.NormalisedText(have.Document))
	}
	m.Groups, m.Users = framework.KeepEmpty(m.Groups, have.Groups), framework.KeepEmpty(m.Users, have.Users)
	m.Roles = framework.KeepEmpty(noNames(), have.Roles)
	if m.AllowFirstLogin.IsNull() {
		m.rulesFrom(enforcementOf(have.Document))
	}
	m.Tags, m.TagsAll = framework.ReadTags(in.Account.Pool(), m.Tags, have.Tags)
	m.RefuseSelfLockout = framework.FillBool(m.RefuseSelfLockout, true)
	m.DeletionProtection = framework.FillBool(m.DeletionProtection, protection.Default)
	m.AdoptExisting = framework.FillBool(m.AdoptExisting, false)
	m.DestroyAdopted = framework.FillBool(m.DestroyAdopted, false)
}

func (m *enforcementModel) rulesFrom(found enforcement) {
	m.AllowFirstLogin, m.AllowMFASelfRemoval = types.BoolValue(found.firstLogin), types.BoolValue(found.selfRemoval)
	m.ExemptAccessKeys, m.MaxMFAAgeSeconds = types.BoolValue(found.exemptKeys), types.Int64Null()
	if found.maxAge > 0 {
		m.MaxMFAAgeSeconds = types.Int64Value(found.maxAge)
	}
	m.ExtraAllowedActions, m.ExemptUsers = framework.TextSet(found.extra), framework.TextSet(found.exempt)
}

func noNames() types.Set { return types.SetValueMust(types.StringType, []attr.Value{}) }
