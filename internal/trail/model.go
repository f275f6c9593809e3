package trail

import (
	"cmp"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/iamguard/terraform-provider-iamguard/internal/framework"
	"github.com/iamguard/terraform-provider-iamguard/internal/inventory"
)

// model is iamguard_trail in Terraform.
type model struct {
	Account   types.String `tfsdk:"account"`
	AccountID types.String `tfsdk:"account_id"`
	Region    types.String `tfsdk:"region"`

	Name                  types.String `tfsdk:"name"`
	S3BucketName          types.String `tfsdk:"s3_bucket_name"`
	S3KeyPrefix           types.String `tfsdk:"s3_key_prefix"`
	IsMultiRegion         types.Bool   `tfsdk:"is_multi_region_trail"`
	IncludeGlobal         types.Bool   `tfsdk:"include_global_service_events"`
	Validation            types.Bool   `tfsdk:"enable_log_file_validation"`
	Logging               types.Bool   `tfsdk:"enable_logging"`
	IsOrganization        types.Bool   `tfsdk:"is_organization_trail"`
	KMSKeyID              types.String `tfsdk:"kms_key_id"`
	LogGroupARN           types.String `tfsdk:"cloud_watch_logs_group_arn"`
	LogRoleARN            types.String `tfsdk:"cloud_watch_logs_role_arn"`
	SNSTopicName          types.String `tfsdk:"sns_topic_name"`
	EventSelector         types.List   `tfsdk:"event_selector"`
	AdvancedEventSelector types.Set    `tfsdk:"advanced_event_selector"`
	InsightSelector       types.Set    `tfsdk:"insight_selector"`

	DeletionProtection types.Bool     `tfsdk:"deletion_protection"`
	AdoptExisting      types.Bool     `tfsdk:"adopt_existing"`
	DestroyAdopted     types.Bool     `tfsdk:"destroy_adopted"`
	Tags               types.Map      `tfsdk:"tags"`
	TagsAll            types.Map      `tfsdk:"tags_all"`
	Timeouts           timeouts.Value `tfsdk:"timeouts"`

	ARN           types.String `tfsdk:"arn"`
	HomeRegion    types.String `tfsdk:"home_region"`
	SNSTopicARN   types.String `tfsdk:"sns_topic_arn"`
	LogsIAMWrites types.Bool   `tfsdk:"logs_iam_writes"`
}

func (m model) placed() framework.Placed {
	return framework.Placed{Account: m.Account, AccountID: m.AccountID, Region: m.Region}
}

// toAWS is the trail that the model asks for.
func (m model) toAWS() inventory.Trail {
	return inventory.Trail{
		Name: m.Name.ValueString(), ARN: m.ARN.ValueString(), HomeRegion: m.Region.ValueString(),
		BucketName: m.S3BucketName.ValueString(), KeyPrefix: m.S3KeyPrefix.ValueString(),
		KMSKeyID: m.KMSKeyID.ValueString(), SNSTopicARN: m.topic(),
		LogGroupARN: m.LogGroupARN.ValueString(), LogRoleARN: m.LogRoleARN.ValueString(),
		MultiRegion: m.IsMultiRegion.ValueBool(), GlobalEvents: m.IncludeGlobal.ValueBool(),
		Validation: m.Validation.ValueBool(), Organization: m.IsOrganization.ValueBool(),
		Selectors: selectorsOf(m.EventSelector, m.AdvancedEventSelector),
		Insights:  insightsOf(m.InsightSelector),
		Status:    inventory.TrailStatus{Logging: m.Logging.ValueBool()},
		Tags:      framework.TagsOf(m.TagsAll),
	}
}

// topic is the ARN of the topic where the plan or the state has it, so that a topic
// of the same name in another account is another one; else it is the name.
func (m model) topic() string {
	if m.SNSTopicName.IsNull() || m.SNSTopicARN.ValueString() == "" {
		return m.SNSTopicName.ValueString()
	}
	return m.SNSTopicARN.ValueString()
}

// fromAWS writes every attribute that AWS knows. Where AWS answers in another
// spelling of what the model already says, the model's spelling stays; keyARN is
// the key behind an alias in the model, "" where there is none.
func (m *model) fromAWS(trail inventory.Trail, keyARN, iamRegion string) {
	before := m.toAWS()
	m.Name, m.S3BucketName = types.StringValue(trail.Name), types.StringValue(trail.BucketName)
	m.S3KeyPrefix = framework.TextOrNull(trail.KeyPrefix)
	m.IsMultiRegion, m.IncludeGlobal = types.BoolValue(trail.MultiRegion), types.BoolValue(trail.GlobalEvents)
	m.Validation, m.Logging = types.BoolValue(trail.Validation), types.BoolValue(trail.Status.Logging)
	m.IsOrganization = types.BoolValue(trail.Organization)
	if !sameKey(before.KMSKeyID, keyARN, trail.KMSKeyID) {
		m.KMSKeyID = framework.TextOrNull(trail.KMSKeyID)
	}
	if trimStar(before.LogGroupARN) != trimStar(trail.LogGroupARN) {
		m.LogGroupARN = framework.TextOrNull(trail.LogGroupARN)
	}
	m.LogRoleARN = framework.TextOrNull(trail.LogRoleARN)
	if !sameTopic(before.SNSTopicARN, trail.SNSTopicARN) {
		m.SNSTopicName = framework.TextOrNull(trail.SNSTopicARN)
	}
	if m.EventSelector.IsNull() || !before.Selectors.Equal(trail.Selectors) {
		m.EventSelector, m.AdvancedEventSelector = selectorBlocks(trail.Selectors)
	}
	m.InsightSelector = insightBlocks(trail.Insights)
	m.ARN, m.HomeRegion = types.StringValue(trail.ARN), types.StringValue(trail.HomeRegion)
	m.SNSTopicARN = framework.TextOrNull(trail.SNSTopicARN)
	m.LogsIAMWrites = types.BoolValue(logsIAMWrites(trail, iamRegion))
}

// fillDefaults gives the provider-only arguments their defaults, which an import
// leaves null.
func (m *model) fillDefaults() {
	m.DeletionProtection = framework.FillBool(m.DeletionProtection, protection.Default)
	m.AdoptExisting = framework.FillBool(m.AdoptExisting, false)
	m.DestroyAdopted = framework.FillBool(m.DestroyAdopted, false)
}

// sameKey: AWS answers the ARN of the key, whichever of ID, ARN, alias or alias
// ARN was sent.
func sameKey(mine, resolved, answered string) bool {
	if mine == answered || (resolved != "" && resolved == answered) {
		return true
	}
	return mine != "" && !isAlias(mine) && !strings.HasPrefix(mine, "arn:") && strings.HasSuffix(answered, ":key/"+mine)
}

func isAlias(key string) bool {
	return strings.HasPrefix(key, "alias/") || strings.Contains(key, ":alias/")
}

// sameTopic: AWS answers the ARN of the topic, also where its name was sent.
func sameTopic(mine, answered string) bool {
	return mine == answered || (mine != "" && !strings.HasPrefix(mine, "arn:") && strings.HasSuffix(answered, ":"+mine))
}

// logsIAMWrites: the trail is on, applies to the region that records IAM, and its
// selectors take management writes.
func logsIAMWrites(trail inventory.Trail, iamRegion string) bool {
	applies := trail.MultiRegion || (trail.GlobalEvents && trail.HomeRegion == iamRegion)
	writes, _ := trail.Selectors.LogsWrites("iam.amazonaws.com")
	return trail.Status.Logging && applies && writes
}

// differences names the arguments in which an existing trail differs from the
// wanted one, for the warning before it is adopted.
func differences(have, want inventory.Trail) []string {
	var names []string
	differ := func(name string, different bool) {
		if different {
			names = append(names, name)
		}
	}
	differ("s3_bucket_name", have.BucketName != want.BucketName)
	differ("s3_key_prefix", have.KeyPrefix != want.KeyPrefix)
	differ("is_multi_region_trail", have.MultiRegion != want.MultiRegion)
	differ("include_global_service_events", have.GlobalEvents != want.GlobalEvents)
	differ("enable_log_file_validation", have.Validation != want.Validation)
	differ("enable_logging", have.Status.Logging != want.Status.Logging)
	differ("is_organization_trail", have.Organization != want.Organization)
	differ("kms_key_id", !isAlias(want.KMSKeyID) && !sameKey(want.KMSKeyID, "", have.KMSKeyID))
	differ("cloud_watch_logs_group_arn", trimStar(have.LogGroupARN) != trimStar(want.LogGroupARN))
	differ("cloud_watch_logs_role_arn", have.LogRoleARN != want.LogRoleARN)
	differ("sns_topic_name", !sameTopic(want.SNSTopicARN, have.SNSTopicARN))
	differ("event_selector", !have.Selectors.Equal(want.Selectors))
	differ("insight_selector", !slices.Equal(have.Insights, want.Insights))
	set, remove := framework.TagChanges(have.Tags, want.Tags)
	differ("tags", len(set)+len(remove) > 0)
	return names
}

// textOf reads a string out of an object; anything else is "".
func textOf(value attr.Value) string {
	text, ok := value.(types.String)
	if !ok {
		return ""
	}
	return text.ValueString()
}

func defaultText(value attr.Value, def string) string {
	return cmp.Or(textOf(value), def)
}

// trimStar removes the ":*" that the ARN of a log group ends with in some places.
func trimStar(arn string) string {
	return strings.TrimSuffix(arn, ":*")
}
