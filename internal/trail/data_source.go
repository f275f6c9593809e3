package trail

import (
	"context"
	"errors"
	"maps"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/arn"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/hashicorp/terraform-plugin-framework-validators/datasourcevalidator"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/iamguard/terraform-provider-iamguard/internal/account"
	"github.com/iamguard/terraform-provider-iamguard/internal/framework"
	"github.com/iamguard/terraform-provider-iamguard/internal/inventory"
)

var (
	_ datasource.DataSourceWithConfigure        = (*DataSource)(nil)
	_ datasource.DataSourceWithConfigValidators = (*DataSource)(nil)
)

// NewDataSource is the data source iamguard_trail.
func NewDataSource() datasource.DataSource {
	return &DataSource{DataBase: framework.DataBase{Noun: "trail"}}
}

// DataSource reads one trail, its status included.
type DataSource struct{ framework.DataBase }

// ConfigValidators demand one name of the trail.
func (d *DataSource) ConfigValidators(context.Context) []datasource.ConfigValidator {
	return []datasource.ConfigValidator{datasourcevalidator.ExactlyOneOf(path.MatchRoot("name"), path.MatchRoot("arn"))}
}

// Schema is everything that AWS says of a trail.
func (d *DataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	text := func(description string) schema.Attribute {
		return schema.StringAttribute{Computed: true, MarkdownDescription: description}
	}
	flag := func(description string) schema.Attribute {
		return schema.BoolAttribute{Computed: true, MarkdownDescription: description}
	}
	when := func(what string) schema.Attribute {
		return text("When " + what + " (RFC 3339); null if never.")
	}
	failure := func(what string) schema.Attribute {
		return text("Why the latest delivery to " + what + " failed; null if it did not.")
	}
	attributes := map[string]schema.Attribute{
		"name": schema.StringAttribute{Optional: true, Computed: true, MarkdownDescription: "Name of the trail; or give `arn`."},
		"arn":  schema.StringAttribute{Optional: true, Computed: true, MarkdownDescription: "ARN of the trail; or give `name`."},

		"region":      framework.DataRegionAttribute(),
		"home_region": text("Region that the trail was made in."),
		"is_shadow": flag("Whether the trail is at home in another " +
			"region than was asked."),
		"s3_bucket_name":                text("Bucket that log files go to."),
		"s3_key_prefix":                 text("Prefix of the log files' keys."),
		"is_multi_region_trail":         flag("Whether all regions are recorded."),
		"include_global_service_events": flag("Whether global services such as IAM are recorded."),
		"enable_log_file_validation":    flag("Whether digest files are delivered."),
		"is_organization_trail":         flag("Whether all accounts of the organization are recorded."),
		"kms_key_id":                    text("ARN of the key that encrypts log files."),
		"cloud_watch_logs_group_arn":    text("ARN of the log group."),
		"cloud_watch_logs_role_arn": text("ARN of the role " +
			"that writes to it."),
		"sns_topic_arn": text("ARN of the topic that is told of log files."),
		"event_selector": schema.ListAttribute{
			ElementType: eventSelectorType, Computed: true, MarkdownDescription: "Basic event selectors; empty for AWS's default.",
		},
		"advanced_event_selector": schema.SetAttribute{
			ElementType: advancedSelectorType, Computed: true, MarkdownDescription: "Advanced event selectors.",
		},
		"insight_types": schema.SetAttribute{
			ElementType:         types.StringType,
			Computed:            true,
			MarkdownDescription: "Insight types recorded.",
		},
		"tags": schema.MapAttribute{
			ElementType:         types.StringType,
			Computed:            true,
			MarkdownDescription: "Tags of the trail.",
		},
		"logs_iam_writes": flag("Whether IAM changes are recorded; `false` whenever a selector is not fully understood."),

		"is_logging":                             flag("Whether the trail records now."),
		"start_logging_time":                     when("logging was last started"),
		"stop_logging_time":                      when("logging was last stopped"),
		"latest_delivery_time":                   when("log files were last delivered"),
		"latest_delivery_error":                  failure("the bucket"),
		"latest_digest_delivery_time":            when("digest files were last delivered"),
		"latest_digest_delivery_error":           failure("the bucket (digest files)"),
		"latest_cloud_watch_logs_delivery_time":  when("CloudWatch Logs was last delivered to"),
		"latest_cloud_watch_logs_delivery_error": failure("CloudWatch Logs"),
		"latest_notification_time":               when("the topic was last told"),
		"latest_notification_error":              failure("the topic"),
		"latest_delivery_attempt_time":           text("When delivery was last tried, as AWS words it."),
		"latest_notification_attempt_time":       text("When the topic was last tried, as AWS words it."),
		"healthy":                                flag("Whether the trail logs and delivers everywhere without an error."),
		"unhealthy_reasons": schema.ListAttribute{
			ElementType:         types.StringType,
			Computed:            true,
			MarkdownDescription: "Why it is not healthy.",
		},
	}
	maps.Copy(attributes, framework.DataAccountAttributes())
	resp.Schema = schema.Schema{
		MarkdownDescription: "One trail with everything that AWS says of it: settings, selectors, and how it fares. A trail " +
			"can log and still " +
			"deliver nothing; `healthy` and `unhealthy_reasons` tell.",
		Attributes: attributes,
	}
}

// Read finds the trail where it is at home.
func (d *DataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var config dataModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	if resp.Diagnostics.HasError() {
		return
	}
	placed := framework.Placed{Account: config.Account, Region: config.Region}
	if parsed, err := arn.Parse(config.ARN.ValueString()); err == nil && placed.Region.IsNull() {
		placed.Region = types.StringValue(parsed.Region)
	}
	place, ok := framework.Locate(ctx, d.Pool, placed, true, &resp.Diagnostics)
	if !ok {
		return
	}
	trail, err := findAnywhere(ctx, place, config)
	if err != nil {
		framework.Fail(&resp.Diagnostics, framework.Failure{
			Summary: "Unable to read the trail for the data source",
			Object:  config.Name.ValueString() + config.ARN.ValueString(),
			Place:   place,
			Err:     err,
		})
		return
	}
	iamRegion, err := place.Account.EventRegion("iam")
	if err != nil {
		iamRegion = ""
	}
	config.fill(place, *trail, iamRegion)
	resp.Diagnostics.Append(resp.State.Set(ctx, config)...)
}

// findAnywhere reads a trail by ARN, or by its name among all that apply to the
// region, those at home elsewhere included.
func findAnywhere(ctx context.Context, place framework.Place, config dataModel) (*inventory.Trail, error) {
	id := config.ARN.ValueString()
	if id == "" {
		out, err := place.Account.CloudTrail(place.Region).DescribeTrails(ctx, &cloudtrail.DescribeTrailsInput{
			IncludeShadowTrails: aws.Bool(true),
		})
		if err != nil {
			return nil, err
		}
		for _, trail := range out.TrailList {
			if aws.ToString(trail.Name) == config.Name.ValueString() {
				return inventory.ReadTrail(ctx, place.Account, aws.ToString(trail.HomeRegion), aws.ToString(trail.TrailARN))
			}
		}
		return nil, errors.Join(account.ErrNotFound, errors.New("no trail of this name applies to the region"))
	}
	home := place.Region
	if parsed, err := arn.Parse(id); err == nil {
		home = parsed.Region
	}
	return inventory.ReadTrail(ctx, place.Account, home, id)
}
