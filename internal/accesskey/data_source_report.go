package accesskey

import (
	"context"
	"errors"
	"maps"
	"regexp"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/iamguard/terraform-provider-iamguard/internal/framework"
	"github.com/iamguard/terraform-provider-iamguard/internal/inventory"
)

var _ datasource.DataSourceWithConfigure = (*ReportDataSource)(nil)

// durationForm is a number with s, m or h.
var durationForm = regexp.MustCompile(`^[1-9][0-9]*(s|m|h)$`)

// NewReportDataSource is the data source iamguard_credential_report.
func NewReportDataSource() datasource.DataSource {
	return &ReportDataSource{DataBase: framework.DataBase{Noun: "credential_report"}}
}

// ReportDataSource is the credential report with typed columns.
type ReportDataSource struct{ framework.DataBase }

type reportModel struct {
	Account   types.String `tfsdk:"account"`
	AccountID types.String `tfsdk:"account_id"`
	MaxAge    types.String `tfsdk:"max_age"`
	Generate  types.Bool   `tfsdk:"generate"`
	Generated types.String `tfsdk:"generated_time"`
	Users     types.List   `tfsdk:"users"`
}

var (
	keyType = types.ObjectType{AttrTypes: map[string]attr.Type{
		"active": types.BoolType, "last_rotated": types.StringType, "last_used": types.StringType,
		"last_used_region": types.StringType, "last_used_service": types.StringType,
	}}
	certificateType = types.ObjectType{AttrTypes: map[string]attr.Type{
		"active": types.BoolType, "last_rotated": types.StringType,
	}}
	userType = types.ObjectType{AttrTypes: map[string]attr.Type{
		"user": types.StringType, "arn": types.StringType, "user_creation_time": types.StringType,
		"password_enabled": types.BoolType, "password_last_used": types.StringType,
		"password_last_used_known": types.BoolType, "password_last_changed": types.StringType,
		"password_next_rotation": types.StringType, "mfa_active": types.BoolType,
		"access_keys":  types.ListType{ElemType: keyType},
		"certificates": types.ListType{ElemType: certificateType},
	}}
)

// Schema has one object a user.
func (d *ReportDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	text := func(description string) schema.StringAttribute {
		return schema.StringAttribute{Computed: true, MarkdownDescription: description}
	}
	flag := func(description string) schema.BoolAttribute {
		return schema.BoolAttribute{Computed: true, MarkdownDescription: description}
	}
	attributes := map[string]schema.Attribute{
		"max_age": schema.StringAttribute{
			Optional: true,
			MarkdownDescription: "How old the report may be before IAM is asked for a new one, such as `1h`. IAM makes " +
				"one every four hours at most, so `generated_time` can be older all the same. Default: any report that has not expired.",
			Validators: []validator.String{
				stringvalidator.RegexMatches(durationForm, "must be a whole number with s, m or h, such as 1h"),
			},
		},
		"generate": schema.BoolAttribute{
			Optional: true, MarkdownDescription: "Asks IAM for a report where there is none that is young enough. With `false` that is " +
				"an error. Default `true`.",
		},
		"generated_time": text("When IAM made the report (RFC 3339). What happened since is not in it."),
		"users": schema.ListNestedAttribute{
			Computed: true,
			MarkdownDescription: "The users, in the order of the report: the root user (`<root_account>`) first. Times are " +
				"RFC 3339, and null where there is none or IAM does not know it.",
			NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
				"user": text("Name of the user."), "arn": text("ARN of the user."),
				"user_creation_time": text("When the user was made."),
				"password_enabled":   flag("Whether the user has a console password; null for the root user, of which IAM does not say."),
				"password_last_used": text("When the password was used last."),
				"password_last_used_known": flag("Whether IAM knows when; `false` where it was never used, or before IAM kept " +
					"track."),
				"password_last_changed":  text("When the password was changed last."),
				"password_next_rotation": text("When it has to be changed, if the password policy has an age."),
				"mfa_active":             flag("Whether an MFA device is active, of any kind."),
				"access_keys": schema.ListNestedAttribute{
					Computed: true, MarkdownDescription: "The access keys that the user has, the older first.",
					NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
						"active": flag("Whether the key works."), "last_rotated": text("When the key was made, or changed last."),
						"last_used": text("When it was used last."), "last_used_region": text("Where it was used last."),
						"last_used_service": text("With which service."),
					}},
				},
				"certificates": schema.ListNestedAttribute{
					Computed: true, MarkdownDescription: "The signing certificates that the user has.",
					NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
						"active": flag("Whether the certificate works."), "last_rotated": text("When it was made, or changed last."),
					}},
				},
			}},
		},
	}
	maps.Copy(attributes, framework.DataAccountAttributes())
	resp.Schema = schema.Schema{
		MarkdownDescription: "The credential report of an account, with typed columns: who has a password, an MFA device, keys and " +
			"certificates, and how old they are. It is read once in a plan, whoever asks.",
		Attributes: attributes,
	}
}

// Read reads the report, and has one made if need be.
func (d *ReportDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var m reportModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &m)...)
	if resp.Diagnostics.HasError() {
		return
	}
	var oldest time.Duration
	if text := m.MaxAge.ValueString(); text != "" {
		var err error
		if oldest, err = time.ParseDuration(text); err != nil {
			resp.Diagnostics.AddAttributeError(path.Root("max_age"), "Unable to understand the age of a report", err.Error())
			return
		}
	}
	place, ok := framework.Locate(ctx, d.Pool, framework.Placed{Account: m.Account}, false, &resp.Diagnostics)
	if !ok {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, framework.DefaultTimeout)
	defer cancel()
	report, err := inventory.ReadCredentialReport(ctx, place.Account, oldest, m.Generate.IsNull() || m.Generate.ValueBool())
	if err != nil {
		failure := framework.Failure{Summary: "Unable to read the credential report", Place: place, Err: err}
		if errors.Is(err, inventory.ErrNoReport) {
			failure.Advice = "there is no report that is young enough: leave generate out, so that one is made, or run " +
				"`aws iam generate-credential-report` before."
		}
		framework.Fail(&resp.Diagnostics, failure)
		return
	}
	m.AccountID, m.Generated = types.StringValue(place.Account.ID), moment(report.Generated)
	users := make([]attr.Value, len(report.Users))
	for i, user := range report.Users {
		users[i] = userValue(user)
	}
	m.Users = types.ListValueMust(userType, users)
	resp.Diagnostics.Append(resp.State.Set(ctx, &m)...)
}

// moment is a time, null for none.
func moment(at time.Time) types.String {
	if at.IsZero() {
		return types.StringNull()
	}
	return types.StringValue(at.Format(time.RFC3339))
}

func userValue(user inventory.ReportedUser) attr.Value {
	keys, certificates := []attr.Value{}, []attr.Value{}
	for _, key := range user.Keys {
		if key.Exists() {
			keys = append(keys, types.ObjectValueMust(keyType.AttrTypes, map[string]attr.Value{
				"active": types.BoolValue(key.Active), "last_rotated": moment(key.Rotated), "last_used": moment(key.Used),
				"last_used_region": framework.TextOrNull(key.Region), "last_used_service": framework.TextOrNull(key.Service),
			}))
		}
	}
	for _, certificate := range user.Certificates {
		if certificate.Active || !certificate.Rotated.IsZero() {
			certificates = append(certificates, types.ObjectValueMust(certificateType.AttrTypes, map[string]attr.Value{
				"active": types.BoolValue(certificate.Active), "last_rotated": moment(certificate.Rotated),
			}))
		}
	}
	return types.ObjectValueMust(userType.AttrTypes, map[string]attr.Value{
		"user": types.StringValue(user.Name), "arn": types.StringValue(user.ARN), "user_creation_time": moment(user.Created),
		"password_enabled": types.BoolPointerValue(user.Password), "password_last_used": moment(user.PasswordUsed),
		"password_last_used_known": types.BoolValue(!user.PasswordUsed.IsZero()),
		"password_last_changed":    moment(user.PasswordChanged), "password_next_rotation": moment(user.PasswordNextRotation),
		"mfa_active":  types.BoolValue(user.MFA),
		"access_keys": types.ListValueMust(keyType, keys), "certificates": types.ListValueMust(certificateType, certificates),
	})
}
