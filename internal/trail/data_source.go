package trail

import (
	"context"
	"errors"
	"maps"
	"time"

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

type dataModel struct {
	Account   types.String `tfsdk:"account"`
	AccountID types.String `tfsdk:"account_id"`
	Region    types.String `tfsdk:"region"`
	Name      types.String `tfsdk:"name"`
	ARN       types.String `tfsdk:"arn"`

	HomeRegion            types.String `tfsdk:"home_region"`
	IsShadow              types.Bool   `tfsdk:"is_shadow"`
	S3BucketName          types.String `tfsdk:"s3_bucket_name"`
	S3KeyPrefix           types.String `tfsdk:"s3_key_prefix"`
	IsMultiRegion         types.Bool   `tfsdk:"is_multi_region_trail"`
	IncludeGlobal         types.Bool   `tfsdk:"include_global_service_events"`
	Validation            types.Bool   `tfsdk:"enable_log_file_validation"`
	IsOrganization        types.Bool   `tfsdk:"is_organization_trail"`
	KMSKeyID              types.String `tfsdk:"kms_key_id"`
	LogGroupARN           types.String `tfsdk:"cloud_watch_logs_group_arn"`
	LogRoleARN            types.String `tfsdk:"cloud_watch_logs_role_arn"`
	SNSTopicARN           types.String `tfsdk:"sns_topic_arn"`
	EventSelector         types.List   `tfsdk:"event_selector"`
	AdvancedEventSelector types.Set    `tfsdk:"advanced_event_selector"`
	InsightTypes          types.Set    `tfsdk:"insight_types"`
	Tags                  types.Map    `tfsdk:"tags"`
	LogsIAMWrites         types.Bool   `tfsdk:"logs_iam_writes"`

	IsLogging                types.Bool   `tfsdk:"is_logging"`
	StartedLoggingAt         types.String `tfsdk:"start_logging_time"`
	StoppedLoggingAt         types.String `tfsdk:"stop_logging_time"`
	LatestDeliveryAt         types.String `tfsdk:"latest_delivery_time"`
	LatestDeliveryError      types.String `tfsdk:"latest_delivery_error"`
	LatestDigestAt           types.String `tfsdk:"latest_digest_delivery_time"`
	LatestDigestError        types.String `tfsdk:"latest_digest_delivery_error"`
	LatestLogsDeliveryAt     types.String `tfsdk:"latest_cloud_watch_logs_delivery_time"`
	LatestLogsDeliveryError  types.String `tfsdk:"latest_cloud_watch_logs_delivery_error"`
	LatestNotificationAt     types.String `tfsdk:"latest_notification_time"`
	LatestNotificationError  types.String `tfsdk:"latest_notification_error"`
	LatestDeliveryAttempt    types.String `tfsdk:"latest_delivery_attempt_time"`
	LatestNotificationTrying types.String `tfsdk:"latest_notification_attempt_time"`
	Healthy                  types.Bool   `tfsdk:"healthy"`
	UnhealthyReasons         types.List   `tfsdk:"unhealthy_reasons"`
}

// ConfigValidators: a trail is named one way.
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
		"home_region": text("Region that the trail was made in."), "is_shadow": flag("Whether the trail is at home in another region than was asked."),
		"s3_bucket_name": text("Bucket that log files go to."), "s3_key_prefix": text("Prefix of the log files' keys."),
		"is_multi_region_trail":         flag("Whether all regions are recorded."),
		"include_global_service_events": flag("Whether global services such as IAM are recorded."),
		"enable_log_file_validation":    flag("Whether digest files are delivered."),
		"is_organization_trail":         flag("Whether all accounts of the organization are recorded."),
		"kms_key_id":                    text("ARN of the key that encrypts log files."),
		"cloud_watch_logs_group_arn":    text("ARN of the log group."), "cloud_watch_logs_role_arn": text("ARN of the role that writes to it."),
		"sns_topic_arn": text("ARN of the topic that is told of log files."),
		"event_selector": schema.ListAttribute{
			ElementType: eventSelectorType, Computed: true, MarkdownDescription: "Basic event selectors; empty for AWS's default.",
		},
		"advanced_event_selector": schema.SetAttribute{
			ElementType: advancedSelectorType, Computed: true, MarkdownDescription: "Advanced event selectors.",
		},
		"insight_types":   schema.SetAttribute{ElementType: types.StringType, Computed: true, MarkdownDescription: "Insight types recorded."},
		"tags":            schema.MapAttribute{ElementType: types.StringType, Computed: true, MarkdownDescription: "Tags of the trail."},
		"logs_iam_writes": flag("Whether IAM changes are recorded; `false` whenever a selector is not fully understood."),

		"is_logging": flag("Whether the trail records now."), "start_logging_time": when("logging was last started"),
		"stop_logging_time": when("logging was last stopped"), "latest_delivery_time": when("log files were last delivered"),
		"latest_delivery_error": failure("the bucket"), "latest_digest_delivery_time": when("digest files were last delivered"),
		"latest_digest_delivery_error":           failure("the bucket (digest files)"),
		"latest_cloud_watch_logs_delivery_time":  when("CloudWatch Logs was last delivered to"),
		"latest_cloud_watch_logs_delivery_error": failure("CloudWatch Logs"),
		"latest_notification_time":               when("the topic was last told"), "latest_notification_error": failure("the topic"),
		"latest_delivery_attempt_time":     text("When delivery was last tried, as AWS words it."),
		"latest_notification_attempt_time": text("When the topic was last tried, as AWS words it."),
		"healthy":                          flag("Whether the trail logs and delivers everywhere without an error."),
		"unhealthy_reasons":                schema.ListAttribute{ElementType: types.StringType, Computed: true, MarkdownDescription: "Why it is not healthy."},
	}
	maps.Copy(attributes, framework.DataAccountAttributes())
	resp.Schema = schema.Schema{
		MarkdownDescription: "One trail with everything that AWS says of it: settings, selectors, and how it fares. A trail can log and still " +
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
			Summary: "Unable to read the trail for the data source", Object: config.Name.ValueString() + config.ARN.ValueString(), Place: place, Err: err,
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

func (m *dataModel) fill(place framework.Place, trail inventory.Trail, iamRegion string) {
	m.AccountID, m.Region = types.StringValue(place.Account.ID), types.StringValue(place.Region)
	m.Name, m.ARN = types.StringValue(trail.Name), types.StringValue(trail.ARN)
	m.HomeRegion, m.IsShadow = types.StringValue(trail.HomeRegion), types.BoolValue(trail.HomeRegion != place.Region)
	m.S3BucketName, m.S3KeyPrefix = types.StringValue(trail.BucketName), textOrNull(trail.KeyPrefix)
	m.IsMultiRegion, m.IncludeGlobal = types.BoolValue(trail.MultiRegion), types.BoolValue(trail.GlobalEvents)
	m.Validation, m.IsOrganization = types.BoolValue(trail.Validation), types.BoolValue(trail.Organization)
	m.KMSKeyID, m.SNSTopicARN = textOrNull(trail.KMSKeyID), textOrNull(trail.SNSTopicARN)
	m.LogGroupARN, m.LogRoleARN = textOrNull(trail.LogGroupARN), textOrNull(trail.LogRoleARN)
	m.EventSelector, m.AdvancedEventSelector = selectorBlocks(trail.Selectors)
	m.InsightTypes, m.Tags = textSet(trail.Insights), framework.TagMap(trail.Tags)
	m.LogsIAMWrites = types.BoolValue(logsIAMWrites(trail, iamRegion))

	status := trail.Status
	m.IsLogging = types.BoolValue(status.Logging)
	m.StartedLoggingAt, m.StoppedLoggingAt = timeOrNull(status.StartedLogging), timeOrNull(status.StoppedLogging)
	m.LatestDeliveryAt, m.LatestDeliveryError = timeOrNull(status.LatestDelivery), textOrNull(status.DeliveryError)
	m.LatestDigestAt, m.LatestDigestError = timeOrNull(status.LatestDigestDelivery), textOrNull(status.DigestDeliveryError)
	m.LatestLogsDeliveryAt, m.LatestLogsDeliveryError = timeOrNull(status.LatestLogsDelivery), textOrNull(status.LogsDeliveryError)
	m.LatestNotificationAt, m.LatestNotificationError = timeOrNull(status.LatestNotification), textOrNull(status.NotificationError)
	m.LatestDeliveryAttempt, m.LatestNotificationTrying = textOrNull(status.LatestDeliveryAttempt), textOrNull(status.NotificationTrying)
	reasons := status.Unhealthy()
	m.Healthy, m.UnhealthyReasons = types.BoolValue(len(reasons) == 0), textList(reasons)
}

func timeOrNull(t time.Time) types.String {
	if t.IsZero() {
		return types.StringNull()
	}
	return types.StringValue(t.Format(time.RFC3339))
}
