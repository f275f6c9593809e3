package accesskey

import (
	"context"
	"maps"

	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/iamguard/terraform-provider-iamguard/internal/framework"
)

var _ datasource.DataSourceWithConfigure = (*SummaryDataSource)(nil)

// NewSummaryDataSource is the data source iamguard_account_summary.
func NewSummaryDataSource() datasource.DataSource {
	return &SummaryDataSource{DataBase: framework.DataBase{Noun: "account_summary"}}
}

// SummaryDataSource counts what IAM has of an account, and looks at its root user.
type SummaryDataSource struct{ framework.DataBase }

type summaryModel struct {
	Account          types.String `tfsdk:"account"`
	AccountID        types.String `tfsdk:"account_id"`
	RootMFA          types.Bool   `tfsdk:"root_mfa_enabled"`
	RootKeys         types.Bool   `tfsdk:"root_access_keys_present"`
	RootCertificates types.Bool   `tfsdk:"root_signing_certificates_present"`
	RootPassword     types.Bool   `tfsdk:"root_password_present"`
	Counts           types.Map    `tfsdk:"counts"`
}

// Schema has what concerns the root user by name, and everything as a map.
func (d *SummaryDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	flag := func(description string) schema.BoolAttribute {
		return schema.BoolAttribute{Computed: true, MarkdownDescription: description + " Null if IAM does not say."}
	}
	attributes := map[string]schema.Attribute{
		"root_mfa_enabled":                  flag("Whether the root user has an MFA device."),
		"root_access_keys_present":          flag("Whether the root user has access keys."),
		"root_signing_certificates_present": flag("Whether the root user has signing certificates."),
		"root_password_present":             flag("Whether the root user has a password."),
		"counts": schema.MapAttribute{
			ElementType: types.Int64Type, Computed: true,
			MarkdownDescription: "Everything that IAM counts, by its own names, such as `Users`, `MFADevicesInUse` and `UsersQuota`.",
		},
	}
	maps.Copy(attributes, framework.DataAccountAttributes())
	resp.Schema = schema.Schema{
		MarkdownDescription: "What IAM counts in an account: users, groups, policies and their quotas, and whether its root user has " +
			"keys, a password and MFA. One call.",
		Attributes: attributes,
	}
}

// Read asks for the summary.
func (d *SummaryDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var m summaryModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &m)...)
	if resp.Diagnostics.HasError() {
		return
	}
	place, ok := framework.Locate(ctx, d.Pool, framework.Placed{Account: m.Account}, false, &resp.Diagnostics)
	if !ok {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, framework.DefaultTimeout)
	defer cancel()
	client, err := place.Account.IAM()
	var out *iam.GetAccountSummaryOutput
	if err == nil {
		out, err = client.GetAccountSummary(ctx, &iam.GetAccountSummaryInput{})
	}
	if err != nil {
		framework.Fail(&resp.Diagnostics, framework.Failure{
			Summary: "Unable to read the summary of the account", Place: place, Err: err,
		})
		return
	}
	counts := map[string]attr.Value{}
	for name, count := range out.SummaryMap {
		counts[name] = types.Int64Value(int64(count))
	}
	given := func(name string) types.Bool {
		count, told := out.SummaryMap[name]
		if !told {
			return types.BoolNull()
		}
		return types.BoolValue(count > 0)
	}
	m.AccountID, m.Counts = types.StringValue(place.Account.ID), types.MapValueMust(types.Int64Type, counts)
	m.RootMFA, m.RootKeys = given("AccountMFAEnabled"), given("AccountAccessKeysPresent")
	m.RootCertificates, m.RootPassword = given("AccountSigningCertificatesPresent"), given("AccountPasswordPresent")
	resp.Diagnostics.Append(resp.State.Set(ctx, &m)...)
}
