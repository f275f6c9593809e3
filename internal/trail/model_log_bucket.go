package trail

import (
	"maps"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws/arn"
	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/iamguard/terraform-provider-iamguard/internal/framework"
	"github.com/iamguard/terraform-provider-iamguard/internal/policy"
)

// logBucketModel is iamguard_log_bucket in Terraform.
type logBucketModel struct {
	Account   types.String `tfsdk:"account"`
	AccountID types.String `tfsdk:"account_id"`
	Region    types.String `tfsdk:"region"`

	Bucket           types.String `tfsdk:"bucket"`
	TrailNames       types.Set    `tfsdk:"trail_names"`
	TrailRegion      types.String `tfsdk:"trail_region"`
	TrailAccountIDs  types.Set    `tfsdk:"trail_account_ids"`
	OrganizationID   types.String `tfsdk:"organization_id"`
	KMSKeyARN        types.String `tfsdk:"kms_key_arn"`
	ExpireDays       types.Int64  `tfsdk:"expire_days"`
	ArchiveDays      types.Int64  `tfsdk:"archive_days"`
	ObjectLock       types.Object `tfsdk:"object_lock"`
	AdditionalPolicy types.String `tfsdk:"additional_policy_json"`
	ForceDestroy     types.Bool   `tfsdk:"force_destroy"`

	DeletionProtection types.Bool     `tfsdk:"deletion_protection"`
	AdoptExisting      types.Bool     `tfsdk:"adopt_existing"`
	DestroyAdopted     types.Bool     `tfsdk:"destroy_adopted"`
	Tags               types.Map      `tfsdk:"tags"`
	TagsAll            types.Map      `tfsdk:"tags_all"`
	Timeouts           timeouts.Value `tfsdk:"timeouts"`

	ARN                 types.String `tfsdk:"arn"`
	PolicyJSON          types.String `tfsdk:"policy_json"`
	PublicAccessBlocked types.Bool   `tfsdk:"public_access_blocked"`
	ObjectOwnership     types.String `tfsdk:"object_ownership"`
	Versioning          types.String `tfsdk:"versioning"`
	SSEAlgorithm        types.String `tfsdk:"sse_algorithm"`
	LifecycleRules      types.Map    `tfsdk:"lifecycle_rules"`
	Replication         types.String `tfsdk:"replication"`
}

var objectLockType = map[string]attr.Type{
	"mode": types.StringType, "days": types.Int64Type, "accept_irreversible": types.BoolType,
}

func (m logBucketModel) placed() framework.Placed {
	return framework.Placed{Account: m.Account, AccountID: m.AccountID, Region: m.Region}
}

// toAWS is the bucket that the model asks for; its policy comes from policy_json,
// which the plan has filled.
func (m logBucketModel) toAWS() bucket {
	lock := m.lock()
	want := bucket{
		Name: m.Bucket.ValueString(), Policy: m.PolicyJSON.ValueString(),
		PublicBlocked: true, Ownership: ownershipEnforced, Versioning: versioningEnabled,
		SSE: "AES256", KMSKey: m.KMSKeyARN.ValueString(), Lock: lock,
		ExpireDays: m.ExpireDays.ValueInt64(), ArchiveDays: m.ArchiveDays.ValueInt64(),
		Tags: framework.TagsOf(m.TagsAll),
	}
	if want.KMSKey != "" {
		want.SSE = "aws:kms"
	}
	want.Rules = map[string]string{}
	if rule := retentionRule(want.ExpireDays, want.ArchiveDays); rule != nil {
		want.Rules[retentionID] = describeRule(*rule)
	}
	return want
}

func (m logBucketModel) lock() objectLock {
	attributes := m.ObjectLock.Attributes()
	days, ok := attributes["days"].(types.Int64)
	if !ok {
		return objectLock{}
	}
	return objectLock{Mode: textOf(attributes["mode"]), Days: days.ValueInt64()}
}

// fromAWS writes every attribute that AWS knows. A policy of the same meaning
// keeps the text it has.
func (m *logBucketModel) fromAWS(have bucket, partition string) {
	m.Bucket, m.ARN = types.StringValue(have.Name), types.StringValue(bucketARN(partition, have.Name))
	if !policy.Same(m.PolicyJSON.ValueString(), have.Policy) {
		m.PolicyJSON = framework.TextOrNull(policy.NormalisedText(have.Policy))
	}
	m.PublicAccessBlocked = types.BoolValue(have.PublicBlocked)
	m.ObjectOwnership, m.Versioning = types.StringValue(have.Ownership), types.StringValue(have.Versioning)
	m.SSEAlgorithm, m.KMSKeyARN = types.StringValue(have.SSE), framework.TextOrNull(have.KMSKey)
	m.ExpireDays, m.ArchiveDays = daysOrNull(have.ExpireDays), daysOrNull(have.ArchiveDays)
	m.LifecycleRules = framework.TextMap(have.Rules)
	m.Replication = framework.TextOrNull(have.Replication)
	m.ObjectLock = m.lockFrom(have.Lock)
	if m.TrailNames.IsNull() {
		m.trailsFromPolicy(have.Policy)
	}
}

func (m logBucketModel) lockFrom(lock objectLock) types.Object {
	if lock.Mode == "" {
		return types.ObjectNull(objectLockType)
	}
	accepted, ok := m.ObjectLock.Attributes()["accept_irreversible"].(types.Bool)
	if !ok {
		// An imported bucket in compliance mode is locked already; so it was accepted.
		accepted = types.BoolValue(lock.Mode == "COMPLIANCE")
	}
	return types.ObjectValueMust(objectLockType, map[string]attr.Value{
		"mode": types.StringValue(lock.Mode), "days": types.Int64Value(lock.Days), "accept_irreversible": accepted,
	})
}

func (m *logBucketModel) fillDefaults() {
	m.DeletionProtection = framework.FillBool(m.DeletionProtection, bucketProtection.Default)
	m.AdoptExisting = framework.FillBool(m.AdoptExisting, false)
	m.DestroyAdopted = framework.FillBool(m.DestroyAdopted, false)
	m.ForceDestroy = framework.FillBool(m.ForceDestroy, false)
}

// policyFor is the bucket policy of the model in an account and region, in the
// order in which a policy read from AWS is written too, so that a plan shows
// nothing but what differs.
func (m logBucketModel) policyFor(partition, accountID, region string) (policy.Document, error) {
	home := region
	if m.TrailRegion.ValueString() != "" {
		home = m.TrailRegion.ValueString()
	}
	owners := append([]string{accountID}, framework.Texts(m.TrailAccountIDs.Elements())...)
	slices.Sort(owners)
	var paths, trails []string
	addPath := func(owner string) { paths = append(paths, "AWSLogs/"+owner+"/*", "*/AWSLogs/"+owner+"/*") }
	for _, owner := range slices.Compact(owners) {
		addPath(owner)
		for _, name := range framework.Texts(m.TrailNames.Elements()) {
			trails = append(trails, "arn:"+partition+":cloudtrail:"+home+":"+owner+":trail/"+name)
		}
	}
	if id := m.OrganizationID.ValueString(); id != "" {
		addPath(id)
	}
	target := bucketARN(partition, m.Bucket.ValueString())
	document := documentOf(append([]policy.Statement{tlsOnly(target)}, deliveryStatements(target, paths, trails)...)...)
	if extra := m.AdditionalPolicy.ValueString(); extra != "" {
		more, err := policy.Parse(extra)
		if err != nil {
			return document, err
		}
		document.Statements = append(document.Statements, more.Statements...)
	}
	return document.Normalised(), nil
}

// tlsOnly denies every call that does not come by TLS.
func tlsOnly(target string) policy.Statement {
	return policy.Statement{
		Sid: "OnlyByTLS", Effect: policy.Deny, Principal: policy.Everyone(), Action: []string{"s3:*"},
		Resource: []string{target, target + "/*"}, Condition: policy.Condition{"Bool": {"aws:SecureTransport": {"false"}}},
	}
}

// trailsFromPolicy reads the arguments that only the policy knows, for an import:
// the trails of our own delivery statement, and the organization's path.
func (m *logBucketModel) trailsFromPolicy(text string) {
	document, err := policy.Parse(text)
	if err != nil {
		return
	}
	names, owners, regions := map[string]bool{}, map[string]bool{}, map[string]bool{}
	for _, statement := range document.Statements {
		if !slices.Contains(statement.Principal[policy.PrincipalService], cloudTrailService) {
			continue
		}
		for _, value := range statement.Condition["StringEquals"]["aws:SourceArn"] {
			if parsed, err := arn.Parse(value); err == nil {
				names[strings.TrimPrefix(parsed.Resource, "trail/")] = true
				owners[parsed.AccountID], regions[parsed.Region] = true, true
			}
		}
		for _, resource := range statement.Resource {
			if _, path, ok := strings.Cut(resource, "/AWSLogs/o-"); ok {
				m.OrganizationID = types.StringValue("o-" + strings.TrimSuffix(path, "/*"))
			}
		}
	}
	delete(owners, m.AccountID.ValueString())
	delete(regions, m.Region.ValueString())
	m.TrailNames = framework.TextSet(slices.Collect(maps.Keys(names)))
	m.TrailAccountIDs = framework.TextSet(slices.Collect(maps.Keys(owners)))
	for _, region := range slices.Sorted(maps.Keys(regions)) {
		m.TrailRegion = types.StringValue(region)
	}
}

func daysOrNull(days int64) types.Int64 {
	if days == 0 {
		return types.Int64Null()
	}
	return types.Int64Value(days)
}
