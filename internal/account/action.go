package account

import "strings"

// prefixes maps an SDK service ID to the prefix of its IAM actions, where the
// prefix is not simply the ID in lower case without its spaces.
var prefixes = map[string]string{
	"CloudWatch Logs": "logs",
	"EventBridge":     "events",
	"SSO Admin":       "sso",
}

// s3Actions names the IAM action of those S3 operations whose name differs; see
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html
var s3Actions = map[string]string{
	"HeadBucket":                      "ListBucket",
	"ListObjectsV2":                   "ListBucket",
	"ListObjectVersions":              "ListBucketVersions",
	"GetBucketEncryption":             "GetEncryptionConfiguration",
	"PutBucketEncryption":             "PutEncryptionConfiguration",
	"GetBucketLifecycleConfiguration": "GetLifecycleConfiguration",
	"PutBucketLifecycleConfiguration": "PutLifecycleConfiguration",
	"DeleteBucketLifecycle":           "PutLifecycleConfiguration",
	"GetPublicAccessBlock":            "GetBucketPublicAccessBlock",
	"PutPublicAccessBlock":            "PutBucketPublicAccessBlock",
	"GetObjectLockConfiguration":      "GetBucketObjectLockConfiguration",
	"PutObjectLockConfiguration":      "PutBucketObjectLockConfiguration",
	"GetBucketReplication":            "GetReplicationConfiguration",
	"DeleteBucketReplication":         "PutReplicationConfiguration",
	"DeleteBucketTagging":             "PutBucketTagging",
	"DeleteBucketEncryption":          "PutEncryptionConfiguration",
	"DeleteBucketOwnershipControls":   "PutBucketOwnershipControls",
	"DeletePublicAccessBlock":         "PutBucketPublicAccessBlock",
	"PutBucketReplication":            "PutReplicationConfiguration",
	"HeadObject":                      "GetObject",
	"ListBuckets":                     "ListAllMyBuckets",
	"ListObjects":                     "ListBucket",
	"DeleteObjects":                   "DeleteObjectVersion",
}

// Action is the IAM action that allows an operation of an SDK service ID, for
// instance "s3:PutEncryptionConfiguration" for S3's PutBucketEncryption.
func Action(service, operation string) string {
	if service == "S3" {
		if name, ok := s3Actions[operation]; ok {
			operation = name
		}
	}
	prefix, ok := prefixes[service]
	if !ok {
		prefix = strings.ToLower(strings.ReplaceAll(service, " ", ""))
	}
	return prefix + ":" + operation
}

// isRead tells by its name whether an operation only reads.
func isRead(operation string) bool {
	for _, verb := range []string{"Get", "List", "Describe", "Lookup", "Head"} {
		if strings.HasPrefix(operation, verb) {
			return true
		}
	}
	return false
}
