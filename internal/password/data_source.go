package password

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-validators/setvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/iamguard/terraform-provider-iamguard/internal/account"
	"github.com/iamguard/terraform-provider-iamguard/internal/framework"
)

var _ datasource.DataSourceWithConfigure = (*DataSource)(nil)

// NewDataSource is the data source iamguard_password_policy.
func NewDataSource() datasource.DataSource {
	return &DataSource{DataBase: framework.DataBase{Noun: "password_policy"}}
}

// DataSource judges the password policy of an account by benchmarks.
type DataSource struct{ framework.DataBase }

type dataModel struct {
	Account    types.String `tfsdk:"account"`
	AccountID  types.String `tfsdk:"account_id"`
	Benchmarks types.Set    `tfsdk:"benchmarks"`
	Exists     types.Bool   `tfsdk:"exists"`
	Violations types.List   `tfsdk:"violations"`

	Length types.Int64 `tfsdk:"minimum_password_length"`
	Reuse  types.Int64 `tfsdk:"password_reuse_prevention"`
	Age    types.Int64 `tfsdk:"max_password_age"`
	Lower  types.Bool  `tfsdk:"require_lowercase_characters"`
	Upper  types.Bool  `tfsdk:"require_uppercase_characters"`
	Number types.Bool  `tfsdk:"require_numbers"`
	Symbol types.Bool  `tfsdk:"require_symbols"`
	Change types.Bool  `tfsdk:"allow_users_to_change_password"`
	Expiry types.Bool  `tfsdk:"hard_expiry"`
}

var violationType = types.ObjectType{AttrTypes: map[string]attr.Type{
	"control": types.StringType, "benchmark": types.StringType, "field": types.StringType, "actual": types.StringType,
	"expected": types.StringType,
}}

// Schema has the nine fields and the violations.
func (d *DataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	number := func(text string) schema.Int64Attribute {
		return schema.Int64Attribute{Computed: true, MarkdownDescription: text}
	}
	flag := func(text string) schema.BoolAttribute {
		return schema.BoolAttribute{Computed: true, MarkdownDescription: text}
	}
	text := func(description string) schema.StringAttribute {
		return schema.StringAttribute{Computed: true, MarkdownDescription: description}
	}
	attributes := map[string]schema.Attribute{
		"benchmarks": schema.SetAttribute{
			ElementType: types.StringType, Optional: true,
			MarkdownDescription: "Benchmarks to judge by: `" + strings.Join(benchmarkNames(), "`, `") + "`. Default: `" +
				newestBenchmark + "`. The controls of PCI DSS are this project's own reading.",
			Validators: []validator.Set{
				setvalidator.SizeAtLeast(1), setvalidator.ValueStringsAre(stringvalidator.OneOf(benchmarkNames()...)),
			},
		},
		"exists": flag("Whether the account has a policy. Without one AWS's own rules hold: eight characters of three classes, no " +
			"reuse prevention, no age; the fields say so, and each class counts as not required."),
		"minimum_password_length":        number("Least number of characters."),
		"password_reuse_prevention":      number("How many earlier passwords cannot be used again; 0 for none."),
		"max_password_age":               number("Days after which a password has to be changed; 0 for never."),
		"require_lowercase_characters":   flag("Whether a lower-case letter is needed."),
		"require_uppercase_characters":   flag("Whether an upper-case letter is needed."),
		"require_numbers":                flag("Whether a digit is needed."),
		"require_symbols":                flag("Whether a symbol is needed."),
		"allow_users_to_change_password": flag("Whether all users may change their own password."),
		"hard_expiry":                    flag("Whether an expired password locks its user out."),
		"violations": schema.ListNestedAttribute{
			Computed: true, MarkdownDescription: "Fields that are not as a control asks, in the order of the benchmarks.",
			NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
				"control": text("Number of the control."), "benchmark": text("Benchmark, with its version."),
				"field": text("The field, as the resource names it."), "actual": text("Its value."),
				"expected": text("What the control asks for."),
			}},
		},
	}
	maps.Copy(attributes, framework.DataAccountAttributes())
	resp.Schema = schema.Schema{
		MarkdownDescription: "Reads the password policy of an account and judges it by benchmarks.", Attributes: attributes,
	}
}

// Read reads the policy; an account without one has AWS's own rules.
func (d *DataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var m dataModel
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
	have := &ofAWS
	m.Exists = types.BoolValue(true)
	if err == nil {
		have, err = (&policyCalls{place: place, client: client}).Find(ctx)
	}
	if errors.Is(err, account.ErrNotFound) {
		have, err, m.Exists = &ofAWS, nil, types.BoolValue(false)
	}
	if err != nil {
		framework.Fail(&resp.Diagnostics, framework.Failure{
			Summary: "Unable to read the password policy of the account", Place: place, Err: err,
		})
		return
	}
	m.fill(*have, place)
	resp.Diagnostics.Append(resp.State.Set(ctx, &m)...)
}

func (m *dataModel) fill(have rules, in framework.Place) {
	m.AccountID = types.StringValue(in.Account.ID)
	m.Length, m.Reuse, m.Age = types.Int64Value(have.Length), types.Int64Value(have.Reuse), types.Int64Value(have.Age)
	m.Lower, m.Upper = types.BoolValue(have.Lower), types.BoolValue(have.Upper)
	m.Number, m.Symbol = types.BoolValue(have.Numbers), types.BoolValue(have.Symbols)
	m.Change, m.Expiry = types.BoolValue(have.Change), types.BoolValue(have.Expiry)
	names := framework.Texts(framework.TextSet(framework.Texts(m.Benchmarks.Elements())).Elements())
	if len(names) == 0 {
		names = []string{newestBenchmark}
	}
	m.Violations = violationList(have.violations(names))
}

// violationList are violations as Terraform has them.
func violationList(found []violation) types.List {
	elements := make([]attr.Value, len(found))
	for i, one := range found {
		elements[i] = types.ObjectValueMust(violationType.AttrTypes, map[string]attr.Value{
			"control": types.StringValue(one.control), "benchmark": types.StringValue(one.benchmark),
			"field": types.StringValue(one.field), "actual": types.StringValue(one.actual),
			"expected": types.StringValue(one.expected),
		})
	}
	return types.ListValueMust(violationType, elements)
}

// knownBenchmark refuses a benchmark that we do not have.
func knownBenchmark(name string) error {
	if _, known := benchmarks[name]; !known {
		return fmt.Errorf("there is no benchmark %q; there are: %s", name, strings.Join(benchmarkNames(), ", "))
	}
	return nil
}
