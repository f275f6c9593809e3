package accesskey

import (
	"context"
	"maps"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework-validators/setvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/iamguard/terraform-provider-iamguard/internal/framework"
)

var _ datasource.DataSourceWithConfigure = (*KeysDataSource)(nil)

// NewKeysDataSource is the data source iamguard_access_keys.
func NewKeysDataSource() datasource.DataSource {
	return &KeysDataSource{DataBase: framework.DataBase{Noun: "access_keys"}}
}

// KeysDataSource tells which access keys are old, or lie unused.
type KeysDataSource struct{ framework.DataBase }

type keysModel struct {
	Account    types.String `tfsdk:"account"`
	AccountID  types.String `tfsdk:"account_id"`
	Users      types.Set    `tfsdk:"users"`
	Older      types.Int64  `tfsdk:"older_than_days"`
	Unused     types.Int64  `tfsdk:"unused_days"`
	Keys       types.List   `tfsdk:"keys"`
	ReportTime types.String `tfsdk:"report_time"`
	CoveredTo  types.String `tfsdk:"covered_to"`
	Complete   types.Bool   `tfsdk:"complete"`
	Open       types.List   `tfsdk:"not_considered"`
}

var foundKeyType = types.ObjectType{AttrTypes: map[string]attr.Type{
	"user": types.StringType, "access_key_id": types.StringType, "status": types.StringType, "create_date": types.StringType,
	"age_days": types.Int64Type, "last_used_date": types.StringType, "last_used_known": types.BoolType,
	"last_used_service": types.StringType, "last_used_region": types.StringType, "source": types.StringType,
}}

// Schema has one object a key, and what the answer rests on.
func (d *KeysDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	days := func(description string) schema.Int64Attribute {
		return schema.Int64Attribute{
			Optional: true, MarkdownDescription: description,
			Validators: []validator.Int64{int64validator.Between(1, longestDays)},
		}
	}
	attributes := map[string]schema.Attribute{
		"users": schema.SetAttribute{
			ElementType: types.StringType,
			Optional:    true,
			MarkdownDescription: "Users to look at. IAM itself is asked about each of them, without the report. Default: all users of " +
				"the account, by the report.",
			Validators: []validator.Set{
				setvalidator.SizeAtLeast(1), setvalidator.NoNullValues(),
				setvalidator.ValueStringsAre(stringvalidator.RegexMatches(userForm, "must be the name of an IAM user")),
			},
		},
		"older_than_days": days("Only keys that were made at least so many days ago."),
		"unused_days": days("Only keys that nobody used for so many days: since the last use, and since the creation where IAM " +
			"knows of none. With `older_than_days`: keys to which both apply."),
		"keys": schema.ListNestedAttribute{
			Computed: true, MarkdownDescription: "The keys, active or not, in the order of users and creation. Those of the root user " +
				"are not in it: nobody else is told their IDs.",
			NestedObject: schema.NestedAttributeObject{Attributes: foundKeyAttributes()},
		},
		"report_time": schema.StringAttribute{
			Computed: true, MarkdownDescription: "When IAM made the credential report (RFC 3339). Null with `users`.",
		},
		"covered_to": schema.StringAttribute{
			Computed: true, MarkdownDescription: "Keys that were made until then are in the answer (RFC 3339). Without `users`, " +
				"`older_than_days` and `unused_days`, a key that was made after the report is found by its event, and events arrive up to " +
				"15 minutes late. It differs in every plan.",
		},
		"complete": schema.BoolAttribute{
			Computed: true, MarkdownDescription: "Whether everything was read that was looked for.",
		},
		"not_considered": schema.ListAttribute{
			ElementType: types.StringType, Computed: true, MarkdownDescription: "What was not, each a sentence.",
		},
	}
	maps.Copy(attributes, framework.DataAccountAttributes())
	resp.Schema = schema.Schema{
		MarkdownDescription: "Which access keys are old, or lie unused. It starts from the credential report, which is up to four " +
			"hours old and has no key IDs, and asks IAM about each user who has a key that counts: one call a user.",
		Attributes: attributes,
	}
}

func foundKeyAttributes() map[string]schema.Attribute {
	text := func(description string) schema.StringAttribute {
		return schema.StringAttribute{Computed: true, MarkdownDescription: description}
	}
	return map[string]schema.Attribute{
		"user": text("Name of the user."), "access_key_id": text("ID of the key, whole."),
		"status":      text("`Active` or `Inactive`, as of now."),
		"create_date": text("When the key was made (RFC 3339)."),
		"age_days": schema.Int64Attribute{
			Computed: true, MarkdownDescription: "Whole days since then. It grows from day to day, and so does what is made of it.",
		},
		"last_used_date": text("When the key was used last (RFC 3339); null where IAM knows of no use."),
		"last_used_known": schema.BoolAttribute{
			Computed: true, MarkdownDescription: "Whether IAM knows when. `false` has two meanings: the key was never used, or only " +
				"before IAM kept track, which was in April 2015.",
		},
		"last_used_service": text("With which service, such as `s3`."), "last_used_region": text("In which region."),
		"source": text("Where the last use comes from: `report`, as of `report_time`, or `live` where IAM itself was asked."),
	}
}

// Read answers as of now, as far as AWS lets it.
func (d *KeysDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var m keysModel
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
	q := keysQuestion{
		place: place, users: framework.SortedTexts(m.Users.Elements()), now: d.Pool.Now(),
		older: time.Duration(m.Older.ValueInt64()) * day, unused: time.Duration(m.Unused.ValueInt64()) * day,
	}
	found, err := q.answer(ctx)
	if err != nil {
		framework.Fail(&resp.Diagnostics, framework.Failure{Summary: "Unable to read the access keys", Place: place, Err: err})
		return
	}
	m.fill(found, q)
	resp.Diagnostics.Append(resp.State.Set(ctx, &m)...)
}

func (m *keysModel) fill(found *foundKeys, q keysQuestion) {
	keys := make([]attr.Value, len(found.keys))
	for i, one := range found.keys {
		keys[i] = types.ObjectValueMust(foundKeyType.AttrTypes, map[string]attr.Value{
			"user": types.StringValue(one.user), "access_key_id": types.StringValue(one.ID), "status": types.StringValue(one.Status),
			"create_date": textOf(one.Made), "age_days": types.Int64Value(int64(q.now.Sub(one.Made) / day)),
			"last_used_date": textOf(one.use.At), "last_used_known": types.BoolValue(!one.use.At.IsZero()),
			"last_used_service": framework.TextOrNull(one.use.Service), "last_used_region": framework.TextOrNull(one.use.Region),
			"source": types.StringValue(one.source),
		})
	}
	m.AccountID, m.Keys = types.StringValue(q.place.Account.ID), types.ListValueMust(foundKeyType, keys)
	m.ReportTime, m.CoveredTo = textOf(found.reported), textOf(found.covered)
	m.Complete, m.Open = types.BoolValue(len(found.open) == 0), framework.TextList(found.open)
}
