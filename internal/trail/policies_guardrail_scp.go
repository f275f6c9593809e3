package trail

import (
	"github.com/iamguard/terraform-provider-iamguard/internal/framework"
	"github.com/iamguard/terraform-provider-iamguard/internal/policy"
)

// What the policy denies, by what it is done to.
var (
	trailTampering = []string{
		"cloudtrail:DeleteTrail", "cloudtrail:PutEventSelectors", "cloudtrail:PutInsightSelectors", "cloudtrail:StopLogging",
		"cloudtrail:UpdateTrail",
	}
	ruleTampering   = []string{"events:DeleteRule", "events:DisableRule", "events:RemoveTargets"}
	ruleOverwriting = []string{"events:PutRule", "events:PutTargets"}
	bucketTampering = []string{
		"s3:DeleteBucket", "s3:DeleteBucketPolicy", "s3:PutBucketAcl", "s3:PutBucketObjectLockConfiguration",
		"s3:PutBucketOwnershipControls", "s3:PutBucketPolicy", "s3:PutBucketPublicAccessBlock", "s3:PutBucketVersioning",
		"s3:PutEncryptionConfiguration", "s3:PutLifecycleConfiguration", "s3:PutReplicationConfiguration",
	}
	objectTampering = []string{"s3:DeleteObject", "s3:DeleteObjectVersion", "s3:PutObjectRetention"}
	keyTampering    = []string{
		"kms:DeleteImportedKeyMaterial", "kms:DisableKey", "kms:PutKeyPolicy", "kms:ScheduleKeyDeletion",
	}
	passwordTampering     = []string{"iam:DeleteAccountPasswordPolicy", "iam:UpdateAccountPasswordPolicy"}
	organizationTampering = []string{"organizations:LeaveOrganization"}
)

// guardrailStatements are sid, actions and resources of what is denied.
func guardrailStatements(arguments framework.FunctionArguments, partition string) []policy.Statement {
	var statements []policy.Statement
	protect := func(sid string, actions, resources []string) {
		if len(resources) > 0 {
			statements = append(statements, policy.Statement{Sid: sid, Action: actions, Resource: resources})
		}
	}
	all := []string{"*"}
	orAll := func(given []string) []string {
		if len(given) == 0 {
			return all
		}
		return given
	}
	var buckets, objects []string
	for _, name := range arguments.Texts("bucket_names") {
		buckets = append(buckets, bucketARN(partition, name))
		objects = append(objects, bucketARN(partition, name)+"/*")
	}
	protect("ProtectTrails", trailTampering, orAll(arguments.Texts("trail_arns")))
	protect("ProtectRules", ruleTampering, orAll(arguments.Texts("rule_arns")))
	protect("ProtectRulesFromOverwriting", ruleOverwriting, arguments.Texts("rule_arns"))
	protect("ProtectLogBuckets", bucketTampering, buckets)
	protect("ProtectLogFiles", objectTampering, objects)
	protect("ProtectKeys", keyTampering, arguments.Texts("kms_key_arns"))
	if arguments.Flag("protect_password_policy") {
		protect("ProtectPasswordPolicy", passwordTampering, all)
	}
	if arguments.Flag("protect_organization") {
		protect("ProtectMembership", organizationTampering, all)
	}
	return statements
}
