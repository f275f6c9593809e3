package trail

import (
	"time"

	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/iamguard/terraform-provider-iamguard/internal/framework"
	"github.com/iamguard/terraform-provider-iamguard/internal/inventory"
)

// dataModel is the data source iamguard_trail in Terraform.
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

func (m *dataModel) fill(place framework.Place, trail inventory.Trail, iamRegion string) {
	m.AccountID, m.Region = types.StringValue(place.Account.ID), types.StringValue(place.Region)
	m.Name, m.ARN = types.StringValue(trail.Name), types.StringValue(trail.ARN)
	m.HomeRegion, m.IsShadow = types.StringValue(trail.HomeRegion), types.BoolValue(trail.HomeRegion != place.Region)
	m.S3BucketName, m.S3KeyPrefix = types.StringValue(trail.BucketName), framework.TextOrNull(trail.KeyPrefix)
	m.IsMultiRegion, m.IncludeGlobal = types.BoolValue(trail.MultiRegion), types.BoolValue(trail.GlobalEvents)
	m.Validation, m.IsOrganization = types.BoolValue(trail.Validation), types.BoolValue(trail.Organization)
	m.KMSKeyID, m.SNSTopicARN = framework.TextOrNull(trail.KMSKeyID), framework.TextOrNull(trail.SNSTopicARN)
	m.LogGroupARN, m.LogRoleARN = framework.TextOrNull(trail.LogGroupARN), framework.TextOrNull(trail.LogRoleARN)
	m.EventSelector, m.AdvancedEventSelector = selectorBlocks(trail.Selectors)
	m.InsightTypes, m.Tags = framework.TextSet(trail.Insights), framework.TextMap(trail.Tags)
	m.LogsIAMWrites = types.BoolValue(logsIAMWrites(trail, iamRegion))

	status := trail.Status
	m.IsLogging = types.BoolValue(status.Logging)
	m.StartedLoggingAt, m.StoppedLoggingAt = timeOrNull(status.StartedLogging), timeOrNull(status.StoppedLogging)
	m.LatestDeliveryAt, m.LatestDeliveryError = timeOrNull(status.LatestDelivery), framework.TextOrNull(status.DeliveryError)
	m.LatestDigestAt, m.LatestDigestError = timeOrNull(status.LatestDigestDelivery), framework.TextOrNull(status.DigestDeliveryError)
	m.LatestLogsDeliveryAt, m.LatestLogsDeliveryError = timeOrNull(
		status.LatestLogsDelivery,
	), framework.TextOrNull(
		status.LogsDeliveryError,
	)
	m.LatestNotificationAt, m.LatestNotificationError = timeOrNull(
		status.LatestNotification,
	), framework.TextOrNull(
		status.NotificationError,
	)
	m.LatestDeliveryAttempt, m.LatestNotificationTrying = framework.TextOrNull(
		status.LatestDeliveryAttempt,
	), framework.TextOrNull(
		status.NotificationTrying,
	)
	reasons := status.Unhealthy()
	m.Healthy, m.UnhealthyReasons = types.BoolValue(len(reasons) == 0), framework.TextList(reasons)
}

func timeOrNull(t time.Time) types.String {
	if t.IsZero() {
		return types.StringNull()
	}
	return types.StringValue(t.Format(time.RFC3339))
}
