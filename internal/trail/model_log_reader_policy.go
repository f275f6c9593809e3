package trail

import (
	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/iamguard/terraform-provider-iamguard/internal/framework"
	"github.com/iamguard/terraform-provider-iamguard/internal/lifecycle"
	"github.com/iamguard/terraform-provider-iamguard/internal/managedpolicy"
	"github.com/iamguard/terraform-provider-iamguard/internal/policy"
)

// readerDescription is what IAM shows of the policy; it cannot be changed later.
const readerDescription = "Reads the audit trail. Kept by iamguard."

// logReaderModel is iamguard_log_reader_policy in Terraform.
type logReaderModel struct {
	Account   types.String `tfsdk:"account"`
	AccountID types.String `tfsdk:"account_id"`

	Name        types.String `tfsdk:"name"`
	Path        types.String `tfsdk:"path"`
	TrailARN    types.String `tfsdk:"trail_arn"`
	Bucket      types.String `tfsdk:"bucket"`
	Prefix      types.String `tfsdk:"prefix"`
	KMSKeyARN   types.String `tfsdk:"kms_key_arn"`
	LogGroupARN types.String `tfsdk:"log_group_arn"`
	AllowLookup types.Bool   `tfsdk:"allow_lookup_events"`
	Groups      types.Set    `tfsdk:"groups"`
	Users       types.Set    `tfsdk:"users"`
	Roles       types.Set    `tfsdk:"roles"`

	AdoptExisting  types.Bool     `tfsdk:"adopt_existing"`
	DestroyAdopted types.Bool     `tfsdk:"destroy_adopted"`
	Tags           types.Map      `tfsdk:"tags"`
	TagsAll        types.Map      `tfsdk:"tags_all"`
	Timeouts       timeouts.Value `tfsdk:"timeouts"`

	ARN        types.String `tfsdk:"arn"`
	PolicyJSON types.String `tfsdk:"policy_json"`
}

func (m *logReaderModel) head() lifecycle.Head {
	shown := m.ARN.ValueString()
	if shown == "" {
		shown = m.Name.ValueString()
	}
	return lifecycle.Head{
		Placed: framework.Placed{Account: m.Account, AccountID: m.AccountID}, Key: m.ARN, Shown: shown,
		Adopt: m.AdoptExisting, DestroyAdopted: m.DestroyAdopted, Timeouts: m.Timeouts,
	}
}

// reader is what the arguments open.
func (m logReaderModel) reader() logReader {
	return logReader{
		trailARN: m.TrailARN.ValueString(), bucket: m.Bucket.ValueString(), prefix: m.Prefix.ValueString(),
		keyARN: m.KMSKeyARN.ValueString(), logGroupARN: m.LogGroupARN.ValueString(), lookup: m.AllowLookup.ValueBool(),
	}
}

// opens are the arguments that the document follows from.
func (m logReaderModel) opens() []attr.Value {
	return []attr.Value{m.TrailARN, m.Bucket, m.Prefix, m.KMSKeyARN, m.LogGroupARN, m.AllowLookup}
}

// toAWS is the policy that the model asks for; ARN and document come from the plan.
func (m logReaderModel) toAWS() managedpolicy.Policy {
	return managedpolicy.Policy{
		ARN: m.ARN.ValueString(), Name: m.Name.ValueString(), Path: m.Path.ValueString(), Description: readerDescription,
		Document: m.PolicyJSON.ValueString(), Tags: framework.TagsOf(m.TagsAll),
		Attachments: managedpolicy.Attachments{
			Groups: framework.Texts(m.Groups.Elements()), Users: framework.Texts(m.Users.Elements()),
			Roles: framework.Texts(m.Roles.Elements()),
		},
	}
}

// fromAWS writes every attribute. A document of the same meaning
// keeps the text it has. The arguments stand for the document that the next plan
// asks for, so they are read from it for an import only.
func (m *logReaderModel) fromAWS(have managedpolicy.Policy, in framework.Place) {
	m.AccountID = types.StringValue(in.Account.ID)
	m.ARN, m.Name, m.Path = types.StringValue(have.ARN), types.StringValue(have.Name), types.StringValue(have.Path)
	if !policy.Same(m.PolicyJSON.ValueString(), have.Document) {
		m.PolicyJSON = framework.TextOrNull(policy.NormalisedText(have.Document))
	}
	m.Groups = framework.KeepEmpty(m.Groups, have.Groups)
	m.Users = framework.KeepEmpty(m.Users, have.Users)
	m.Roles = framework.KeepEmpty(m.Roles, have.Roles)
	m.Tags, m.TagsAll = framework.ReadTags(in.Account.Pool(), m.Tags, have.Tags)
	m.AdoptExisting = framework.FillBool(m.AdoptExisting, false)
	m.DestroyAdopted = framework.FillBool(m.DestroyAdopted, false)
	if !m.TrailARN.IsNull() || !m.Bucket.IsNull() {
		m.AllowLookup = framework.FillBool(m.AllowLookup, true)
		return
	}
	found := readerOf(have.Document)
	m.TrailARN, m.Bucket = framework.TextOrNull(found.trailARN), framework.TextOrNull(found.bucket)
	m.Prefix, m.KMSKeyARN = framework.TextOrNull(found.prefix), framework.TextOrNull(found.keyARN)
	m.LogGroupARN, m.AllowLookup = framework.TextOrNull(found.logGroupARN), types.BoolValue(found.lookup)
}
