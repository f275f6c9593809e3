package trail

import (
	"github.com/iamguard/terraform-provider-iamguard/internal/framework"
	"github.com/iamguard/terraform-provider-iamguard/internal/history"
)

// trailAttribution says which calls change what of a trail. What follows from other
// attributes, such as logs_iam_writes, is explained with them.
var trailAttribution = history.Attribution{
	Source: "cloudtrail.amazonaws.com",
	Calls: map[string][]string{
		"enable_logging":                {"StopLogging", "StartLogging"},
		"event_selector":                {"PutEventSelectors"},
		"advanced_event_selector":       {"PutEventSelectors"},
		"insight_selector":              {"PutInsightSelectors"},
		"s3_bucket_name":                {"UpdateTrail"},
		"s3_key_prefix":                 {"UpdateTrail"},
		"is_multi_region_trail":         {"UpdateTrail"},
		"include_global_service_events": {"UpdateTrail"},
		"enable_log_file_validation":    {"UpdateTrail"},
		"is_organization_trail":         {"UpdateTrail"},
		"kms_key_id":                    {"UpdateTrail"},
		"cloud_watch_logs_group_arn":    {"UpdateTrail"},
		"cloud_watch_logs_role_arn":     {"UpdateTrail"},
		"sns_topic_name":                {"UpdateTrail"},
		"tags_all":                      {"RemoveTags", "AddTags"},
	},
	Deletes: []string{"DeleteTrail"},
}

// changed is the trail as attribution and warnings name it.
func (m model) changed(place framework.Place) history.Object {
	return history.Object{
		Label: trailObject(place.Account.Pool(), m.Name.ValueString(), m.AccountID.ValueString(), place.Region), Place: place,
		Names: []string{m.ARN.ValueString(), m.Name.ValueString()},
	}
}

// bucketAttribution says which calls change what of a log bucket, in the words of
// records, which are not always those of the API.
var bucketAttribution = history.Attribution{
	Source: "s3.amazonaws.com",
	Calls: map[string][]string{
		"policy_json":           {"PutBucketPolicy", "DeleteBucketPolicy"},
		"public_access_blocked": {"DeleteBucketPublicAccessBlock", "PutBucketPublicAccessBlock"},
		"object_ownership":      {"PutBucketOwnershipControls", "DeleteBucketOwnershipControls"},
		"versioning":            {"PutBucketVersioning"},
		"sse_algorithm":         {"PutBucketEncryption", "DeleteBucketEncryption"},
		"kms_key_arn":           {"PutBucketEncryption", "DeleteBucketEncryption"},
		"lifecycle_rules":       {"PutBucketLifecycle", "DeleteBucketLifecycle"},
		"replication":           {"PutBucketReplication", "DeleteBucketReplication"},
		"object_lock":           {"PutBucketObjectLockConfiguration"},
		"tags_all":              {"PutBucketTagging", "DeleteBucketTagging"},
	},
	Deletes: []string{"DeleteBucket"},
}

func (m logBucketModel) changed(place framework.Place) history.Object {
	return history.Object{Label: bucketObject(m), Place: place, Names: []string{m.Bucket.ValueString(), m.ARN.ValueString()}}
}
