package trail

import (
	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/iamguard/terraform-provider-iamguard/internal/framework"
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

func (m logReaderModel) placed() framework.Placed {
	return framework.Placed{Account: m.Account, AccountID: m.AccountID}
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

// fromAWS writes every attribute that AWS knows. A document of the same meaning
// keeps the text it has. The arguments stand for the document that the next plan
// asks for, so they are read from it for an import only.
func (m *logReaderModel) fromAWS(have managedpolicy.Policy) {
	m.ARN, m.Name, m.Path = types.StringValue(have.ARN), types.StringValue(have.Name), types.StringValue(have.Path)
	if !policy.Same(m.PolicyJSON.ValueString(), have.Document) {
		m.PolicyJSON = framework.TextOrNull(normalisedPolicy(have.Document))
	}
	m.Groups = namesOrNone(m.Groups, have.Groups)
	m.Users = namesOrNone(m.Users, have.Users)
	m.Roles = namesOrNone(m.Roles, have.Roles)
	if !m.TrailARN.IsNull() || !m.Bucket.IsNull() {
		return
	}
	found := readerOf(have.Document)
	m.TrailARN, m.Bucket = framework.TextOrNull(found.trailARN), framework.TextOrNull(found.bucket)
	m.Prefix, m.KMSKeyARN = framework.TextOrNull(found.prefix), framework.TextOrNull(found.keyARN)
	m.LogGroupARN, m.AllowLookup = framework.TextOrNull(found.logGroupARN), types.BoolValue(found.lookup)
}

// namesOrNone keeps an empty set empty, as the configuration may have it, instead
// of null.
func namesOrNone(prior types.Set, names []string) types.Set {
	if len(names) == 0 && !prior.IsNull() {
		return types.SetValueMust(types.StringType, []attr.Value{})
	}
	return framework.TextSet(names)
}

func (m *logReaderModel) fillDefaults() {
	m.AdoptExisting = framework.FillBool(m.AdoptExisting, false)
	m.DestroyAdopted = framework.FillBool(m.DestroyAdopted, false)
	m.AllowLookup = framework.FillBool(m.AllowLookup, true)
}
