package localaws

// s3Header are the headers that carry parameters worth telling.
var s3Header = map[string]bool{
	"x-amz-acl": true, "x-amz-object-ownership": true, "x-amz-bucket-object-lock-enabled": true, "x-amz-copy-source": true,
	"x-amz-bypass-governance-retention": true, "x-amz-expected-bucket-owner": true,
}

// bucketParts are what S3 addresses by a query key, under the name that follows Get, Put or Delete in the API.
var bucketParts = map[string]string{
	"accelerate": "BucketAccelerateConfiguration", "acl": "BucketAcl", "analytics": "BucketAnalyticsConfiguration",
	"cors": "BucketCors", "encryption": "BucketEncryption", "intelligent-tiering": "BucketIntelligentTieringConfiguration",
	"inventory": "BucketInventoryConfiguration", "lifecycle": "BucketLifecycleConfiguration", "location": "BucketLocation",
	"logging": "BucketLogging", "metrics": "BucketMetricsConfiguration", "notification": "BucketNotificationConfiguration",
	"object-lock": "ObjectLockConfiguration", "ownershipControls": "BucketOwnershipControls", "policy": "BucketPolicy",
	"policyStatus": "BucketPolicyStatus", "publicAccessBlock": "PublicAccessBlock", "replication": "BucketReplication",
	"requestPayment": "BucketRequestPayment", "tagging": "BucketTagging", "versioning": "BucketVersioning",
	"website": "BucketWebsite", "abac": "BucketAbac",
}

var objectParts = map[string]string{
	"acl": "ObjectAcl", "attributes": "ObjectAttributes", "legal-hold": "ObjectLegalHold", "retention": "ObjectRetention",
	"tagging": "ObjectTagging", "torrent": "ObjectTorrent",
}

// s3EventNames are the names in records where they differ from the API.
// See https://docs.aws.amazon.com/AmazonS3/latest/userguide/cloudtrail-logging-s3-info.html
var s3EventNames = map[string]string{
	"GetBucketAccelerateConfiguration":   "GetAccelerateConfiguration",
	"PutBucketAccelerateConfiguration":   "PutAccelerateConfiguration",
	"GetBucketLifecycleConfiguration":    "GetBucketLifecycle",
	"PutBucketLifecycleConfiguration":    "PutBucketLifecycle",
	"DeleteBucketLifecycleConfiguration": "DeleteBucketLifecycle",
	"GetPublicAccessBlock":               "GetBucketPublicAccessBlock",
	"PutPublicAccessBlock":               "PutBucketPublicAccessBlock",
	"DeletePublicAccessBlock":            "DeleteBucketPublicAccessBlock",
	"GetObjectLockConfiguration":         "GetBucketObjectLockConfiguration",
	"PutObjectLockConfiguration":         "PutBucketObjectLockConfiguration",
	"GetBucketNotificationConfiguration": "GetBucketNotification",
	"PutBucketNotificationConfiguration": "PutBucketNotification",
	"GetBucketAnalyticsConfiguration":    "GetAnalyticsConfiguration",
	"GetBucketInventoryConfiguration":    "GetInventoryConfiguration",
	"GetBucketMetricsConfiguration":      "GetMetricsConfiguration",
}

// s3DataEvents are no management events: no LookupEvents shows them.
var s3DataEvents = map[string]bool{
	"AbortMultipartUpload": true, "CompleteMultipartUpload": true, "CopyObject": true, "CreateMultipartUpload": true,
	"DeleteObject": true, "DeleteObjectTagging": true, "DeleteObjects": true, "GetObject": true, "GetObjectAcl": true,
	"GetObjectAttributes": true, "GetObjectLegalHold": true, "GetObjectRetention": true, "GetObjectTagging": true,
	"GetObjectTorrent": true, "HeadBucket": true, "HeadObject": true, "ListObjects": true, "ListObjectsV2": true,
	"ListObjectVersions": true, "ListParts": true, "PutObject": true, "PutObjectAcl": true, "PutObjectLegalHold": true,
	"PutObjectRetention": true, "PutObjectTagging": true, "RestoreObject": true, "SelectObjectContent": true,
	"UploadPart": true, "UploadPartCopy": true,
}

// s3Actions are the IAM actions where they differ from the API.
// See https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html
var s3Actions = map[string]string{
	"GetBucketAccelerateConfiguration":   "GetAccelerateConfiguration",
	"PutBucketAccelerateConfiguration":   "PutAccelerateConfiguration",
	"GetBucketLifecycleConfiguration":    "GetLifecycleConfiguration",
	"PutBucketLifecycleConfiguration":    "PutLifecycleConfiguration",
	"DeleteBucketLifecycleConfiguration": "PutLifecycleConfiguration",
	"GetPublicAccessBlock":               "GetBucketPublicAccessBlock",
	"PutPublicAccessBlock":               "PutBucketPublicAccessBlock",
	"DeletePublicAccessBlock":            "PutBucketPublicAccessBlock",
	"GetObjectLockConfiguration":         "GetBucketObjectLockConfiguration",
	"PutObjectLockConfiguration":         "PutBucketObjectLockConfiguration",
	"GetBucketEncryption":                "GetEncryptionConfiguration",
	"PutBucketEncryption":                "PutEncryptionConfiguration",
	"DeleteBucketEncryption":             "PutEncryptionConfiguration",
	"GetBucketReplication":               "GetReplicationConfiguration",
	"PutBucketReplication":               "PutReplicationConfiguration",
	"DeleteBucketReplication":            "PutReplicationConfiguration",
	"DeleteBucketTagging":                "PutBucketTagging",
	"GetBucketCors":                      "GetBucketCORS",
	"PutBucketCors":                      "PutBucketCORS",
	"DeleteBucketCors":                   "PutBucketCORS",
	"DeleteBucketOwnershipControls":      "PutBucketOwnershipControls",
	"DeleteBucketLifecycle":              "PutLifecycleConfiguration",
	"GetBucketNotificationConfiguration": "GetBucketNotification",
	"PutBucketNotificationConfiguration": "PutBucketNotification",
	"HeadBucket":                         "ListBucket",
	"ListObjects":                        "ListBucket",
	"ListObjectsV2":                      "ListBucket",
	"ListObjectVersions":                 "ListBucketVersions",
	"ListBuckets":                        "ListAllMyBuckets",
	"HeadObject":                         "GetObject",
	"DeleteObjects":                      "DeleteObjectVersion",
}
