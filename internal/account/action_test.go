package account_test

import (
	"testing"

	"github.com/iamguard/terraform-provider-iamguard/internal/account"
	"github.com/iamguard/terraform-provider-iamguard/internal/localaws"
)

func TestAction(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ service, operation, want string }{
		{"CloudTrail", "LookupEvents", "cloudtrail:LookupEvents"},
		{"IAM", "GetUser", "iam:GetUser"},
		{"STS", "AssumeRole", "sts:AssumeRole"},
		{"KMS", "DescribeKey", "kms:DescribeKey"},
		{"CloudWatch Logs", "DescribeLogGroups", "logs:DescribeLogGroups"},
		{"EventBridge", "PutRule", "events:PutRule"},
		{"SSO Admin", "CreateAccountAssignment", "sso:CreateAccountAssignment"},
		{"Secrets Manager", "PutSecretValue", "secretsmanager:PutSecretValue"},
		{"S3", "CreateBucket", "s3:CreateBucket"},
		{"S3", "ListBuckets", "s3:ListAllMyBuckets"},
	} {
		if got := account.Action(test.service, test.operation); got != test.want {
			t.Errorf("%s of %s needs %s, want %s", test.operation, test.service, got, test.want)
		}
	}
}

// The local AWS knows the actions by itself; the two must agree.
func TestAction_ofS3(t *testing.T) {
	t.Parallel()
	for _, operation := range []string{
		"HeadBucket", "ListObjectsV2", "ListObjectVersions", "GetBucketEncryption", "PutBucketEncryption",
		"DeleteBucketEncryption",
		"GetBucketLifecycleConfiguration", "PutBucketLifecycleConfiguration", "GetPublicAccessBlock",
		"PutPublicAccessBlock", "GetObjectLockConfiguration", "PutObjectLockConfiguration", "GetBucketReplication",
		"DeleteBucketTagging",
		"GetBucketPolicy", "PutBucketPolicy", "DeleteBucketPolicy", "GetBucketVersioning", "PutBucketVersioning",
		"GetBucketTagging",
		"PutBucketTagging", "GetBucketOwnershipControls", "PutBucketOwnershipControls", "CreateBucket", "DeleteBucket",
	} {
		recorded := localaws.Call{Service: "s3", Operation: operation}.Action()
		if got := account.Action("S3", operation); got != recorded {
			t.Errorf("%s needs %s, the local AWS says %s", operation, got, recorded)
		}
	}
}
