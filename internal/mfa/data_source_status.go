package mfa

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-validators/setvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/iamguard/terraform-provider-iamguard/internal/framework"
)

var _ datasource.DataSourceWithConfigure = (*StatusDataSource)(nil)

// NewStatusDataSource is the data source iamguard_mfa_status.
func NewStatusDataSource() datasource.DataSource {
	return &StatusDataSource{DataBase: framework.DataBase{Noun: "mfa_status"}}
}

// StatusDataSource tells who can sign in without a second factor.
type StatusDataSource struct{ framework.DataBase }

type statusModel struct {
	Account    types.String `tfsdk:"account"`
	AccountID  types.String `tfsdk:"account_id"`
	Users      types.Set    `tfsdk:"users"`
	Detail     types.Bool   `tfsdk:"detail"`
	Without    types.Set    `tfsdk:"without_mfa"`
	Status     types.Map    `tfsdk:"status"`
	RootMFA    types.Bool   `tfsdk:"root_mfa_active"`
	ReportTime types.String `tfsdk:"report_time"`
	CoveredTo  types.String `tfsdk:"covered_to"`
	Complete   types.Bool   `tfsdk:"complete"`
	Open       types.List   `tfsdk:"not_considered"`
}

// deliveryDelay is how long after a call its event may still be missing.
const deliveryDelay = 15 * time.Minute

var statusType = types.ObjectType{AttrTypes: map[string]attr.Type{
	"password_enabled": types.BoolType, "mfa_active": types.BoolType, "source": types.StringType,
	"kinds": types.SetType{ElemType: types.StringType},
}}

// Schema is the status of each user, and the names of those without MFA.
func (d *StatusDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	text := func(description string) schema.StringAttribute {
		return schema.StringAttribute{Computed: true, MarkdownDescription: description}
	}
	flag := func(description string) schema.BoolAttribute {
		return schema.BoolAttribute{Computed: true, MarkdownDescription: description}
	}
	attributes := map[string]schema.Attribute{
		"users": schema.SetAttribute{
			ElementType: types.StringType, Optional: true, MarkdownDescription: "Users to look at. Default: all of them.",
			Validators: []validator.Set{
				setvalidator.SizeAtLeast(1), setvalidator.NoNullValues(),
				setvalidator.ValueStringsAre(stringvalidator.LengthBetween(1, 64)),
			},
		},
		"detail": schema.BoolAttribute{
			Optional: true, MarkdownDescription: "Asks about every user, one call each, and so has `kinds` for all. Default `false`.",
		},
		"without_mfa": schema.SetAttribute{
			ElementType: types.StringType, Computed: true,
			MarkdownDescription: "Users who have a console password and no MFA device. The root user is `root_mfa_active`.",
		},
		"status": schema.MapNestedAttribute{
			Computed: true, MarkdownDescription: "Every user that was looked at, by name.",
			NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
				"password_enabled": flag("Whether the user has a console password."),
				"mfa_active":       flag("Whether an MFA device of any kind is active."),
				"source":           text("`report`, or `live` where IAM itself was asked about the user."),
				"kinds": schema.SetAttribute{
					ElementType: types.StringType, Computed: true,
					MarkdownDescription: "Kinds of the devices: `virtual`, `fido` (keys and passkeys), `hardware`. Null where nobody asked.",
				},
			}},
		},
		"root_mfa_active": flag("Whether the root user has an MFA device, as of the report."),
		"report_time":     text("When IAM made the credential report (RFC 3339)."),
		"covered_to": text("Until when changes since the report can have been seen (RFC 3339): events arrive up to 15 minutes " +
			"late."),
		"complete": flag("Whether everything was read that was looked for."),
		"not_considered": schema.ListAttribute{
			ElementType:         types.StringType,
			Computed:            true,
			MarkdownDescription: "What was not, each a sentence.",
		},
	}
	maps.Copy(attributes, framework.DataAccountAttributes())
	resp.Schema = schema.Schema{
		MarkdownDescription: "Who can sign in to the console without a second factor. It starts from the credential report, which is " +
			"up to four hours old and knows all kinds of devices; looks at the virtual devices and at recorded changes since; and asks " +
			"IAM itself about each user whom that leaves in doubt.",
		Attributes: attributes,
	}
}

// Read answers as of now, as far as AWS lets it.
func (d *StatusDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var m statusModel
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
	var found *statuses
	if err == nil {
		found, err = statusQuestion{
			place: place, client: client, users: framework.Texts(m.Users.Elements()), detail: m.Detail.ValueBool(),
		}.answer(ctx)
	}
	if err != nil {
		framework.Fail(&resp.Diagnostics, framework.Failure{Summary: "Unable to read the MFA status", Place: place, Err: err})
		return
	}
	m.fill(found, place, d.Pool.Now())
	resp.Diagnostics.Append(resp.State.Set(ctx, &m)...)
}

func (m *statusModel) fill(found *statuses, in framework.Place, now time.Time) {
	entries, without := map[string]attr.Value{}, []string{}
	for name, one := range found.byUser {
		kinds := types.SetNull(types.StringType)
		if one.Source == fromLive {
			kinds = types.SetValueMust(types.StringType, framework.TextList(one.Kinds).Elements())
		}
		entries[name] = types.ObjectValueMust(statusType.AttrTypes, map[string]attr.Value{
			"password_enabled": types.BoolValue(one.Password), "mfa_active": types.BoolValue(one.MFA),
			"source": types.StringValue(one.Source), "kinds": kinds,
		})
		if one.Password && !one.MFA {
			without = append(without, name)
		}
	}
	slices.Sort(without)
	m.AccountID, m.RootMFA = types.StringValue(in.Account.ID), types.BoolValue(found.rootMFA)
	m.Status = types.MapValueMust(statusType, entries)
	m.Without = types.SetValueMust(types.StringType, framework.TextList(without).Elements())
	m.ReportTime = types.StringValue(found.reported.Format(time.RFC3339))
	covered := now.Add(-deliveryDelay)
	if covered.Before(found.reported) {
		covered = found.reported
	}
	m.CoveredTo = types.StringValue(covered.UTC().Format(time.RFC3339))
	m.Complete, m.Open = types.BoolValue(len(found.open) == 0), framework.TextList(found.open)
}
