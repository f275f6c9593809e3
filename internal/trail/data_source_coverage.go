package trail

import (
	"context"
	"maps"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/iamguard/terraform-provider-iamguard/internal/framework"
	"github.com/iamguard/terraform-provider-iamguard/internal/inventory"
)

var _ datasource.DataSourceWithConfigure = (*CoverageDataSource)(nil)

// NewCoverageDataSource is the data source iamguard_trail_coverage.
func NewCoverageDataSource() datasource.DataSource {
	return &CoverageDataSource{DataBase: framework.DataBase{Noun: "trail_coverage"}}
}

// CoverageDataSource tells whether an IAM removal would be recorded.
type CoverageDataSource struct{ framework.DataBase }

type coverageModel struct {
	Account   types.String `tfsdk:"account"`
	AccountID types.String `tfsdk:"account_id"`
	Region    types.String `tfsdk:"region"`
	Recorded  types.Bool   `tfsdk:"recorded"`
	Alertable types.Bool   `tfsdk:"alertable"`
	Trails    types.List   `tfsdk:"trails"`
	Gaps      types.List   `tfsdk:"gaps"`
}

var (
	coverageTrailType = types.ObjectType{AttrTypes: map[string]attr.Type{
		"name": types.StringType, "arn": types.StringType, "home_region": types.StringType,
		"is_multi_region_trail": types.BoolType,
		"is_organization_trail": types.BoolType, "is_logging": types.BoolType, "logs_management_writes": types.BoolType,
		"delivery_error": types.StringType, "records": types.BoolType, "delivers": types.BoolType,
	}}
	gapType = types.ObjectType{AttrTypes: map[string]attr.Type{
		"code": types.StringType, "trail_arn": types.StringType, "message": types.StringType,
	}}
)

// Schema is the two answers and their reasons.
func (d *CoverageDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	attributes := map[string]schema.Attribute{
		"region": schema.StringAttribute{
			Optional: true, Computed: true,
			MarkdownDescription: "Region whose events are asked about. Default: the region that records IAM, whatever the " +
				"provider's region is.",
		},
		"recorded": schema.BoolAttribute{
			Computed: true, MarkdownDescription: "Whether a removal in IAM would be recorded and delivered to a log.",
		},
		"alertable": schema.BoolAttribute{
			Computed: true, MarkdownDescription: "Whether EventBridge would see it: a trail that is on must take it, " +
				"delivery or not.",
		},
		"trails": schema.ListAttribute{
			ElementType: coverageTrailType, Computed: true, MarkdownDescription: "The trails that apply to the region, by ARN.",
		},
		"gaps": schema.ListAttribute{
			ElementType: gapType, Computed: true,
			MarkdownDescription: "Why trails do not cover, each with a `code`: `no_trail`, `other_region`, `logging_off`, " +
				"`selectors` (or global services left out), " +
				"`delivery`, `unreadable`. There can be gaps although another trail covers.",
		},
	}
	maps.Copy(attributes, framework.DataAccountAttributes())
	resp.Schema = schema.Schema{
		MarkdownDescription: "Whether a removal in IAM would be recorded, and whether an alert rule could fire: judged from " +
			"every trail of the " +
			"account. What cannot be read never counts as covering.",
		Attributes: attributes,
	}
}

// Read judges all trails of the account.
func (d *CoverageDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var config coverageModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	if resp.Diagnostics.HasError() {
		return
	}
	place, ok := framework.Locate(ctx, d.Pool, framework.Placed{Account: config.Account}, false, &resp.Diagnostics)
	if !ok {
		return
	}
	place.Region = config.Region.ValueString()
	if place.Region == "" {
		region, err := place.Account.EventRegion("iam")
		if err != nil {
			resp.Diagnostics.AddError("Unable to tell which region records IAM", err.Error())
			return
		}
		place.Region = region
	}
	coverage, err := inventory.TrailCoverage(ctx, place.Account, place.Region, "iam.amazonaws.com")
	if err != nil {
		framework.Fail(
			&resp.Diagnostics,
			framework.Failure{Summary: "Unable to read the coverage of the trails", Place: place, Err: err},
		)
		return
	}
	config.AccountID, config.Region = types.StringValue(place.Account.ID), types.StringValue(place.Region)
	config.Recorded, config.Alertable = types.BoolValue(coverage.Recorded), types.BoolValue(coverage.Alertable)
	config.Trails, config.Gaps = coverageTrails(coverage.Trails), coverageGaps(coverage.Gaps)
	resp.Diagnostics.Append(resp.State.Set(ctx, config)...)
}

func coverageTrails(trails []inventory.CoveringTrail) types.List {
	values := []attr.Value{}
	for _, trail := range trails {
		values = append(values, types.ObjectValueMust(coverageTrailType.AttrTypes, map[string]attr.Value{
			"name":                   types.StringValue(trail.Name),
			"arn":                    types.StringValue(trail.ARN),
			"home_region":            types.StringValue(trail.HomeRegion),
			"is_multi_region_trail":  types.BoolValue(trail.MultiRegion),
			"is_organization_trail":  types.BoolValue(trail.Organization),
			"is_logging":             types.BoolValue(trail.Logging),
			"logs_management_writes": types.BoolValue(trail.LogsManagementWrites),
			"delivery_error": framework.TextOrNull(
				trail.DeliveryError,
			),
			"records":  types.BoolValue(trail.Records),
			"delivers": types.BoolValue(trail.Delivers),
		}))
	}
	return types.ListValueMust(coverageTrailType, values)
}

func coverageGaps(gaps []inventory.Gap) types.List {
	values := []attr.Value{}
	for _, gap := range gaps {
		values = append(values, types.ObjectValueMust(gapType.AttrTypes, map[string]attr.Value{
			"code": types.StringValue(
				string(gap.Code),
			),
			"trail_arn": framework.TextOrNull(gap.TrailARN),
			"message":   types.StringValue(gap.Message),
		}))
	}
	return types.ListValueMust(gapType, values)
}
