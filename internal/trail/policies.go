package trail

import (
	"slices"

	"github.com/iamguard/terraform-provider-iamguard/internal/policy"
)

// The policies that let CloudTrail deliver, as its user guide has them:
// https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-s3-bucket-policy-for-cloudtrail.html
// https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-kms-key-policy-for-cloudtrail.html
// https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-permissions-for-sns-notifications.html

const cloudTrailService = "cloudtrail.amazonaws.com"

// encryptionContext is the condition key of what CloudTrail encrypts log files with.
const encryptionContext = "kms:EncryptionContext:aws:cloudtrail:arn"

// sourceARN limits a statement to the named trails.
func sourceARN(trailARNs ...string) policy.Condition {
	return policy.Condition{"StringEquals": {"aws:SourceArn": slices.Sorted(slices.Values(trailARNs))}}
}

func byCloudTrail(sid, action string, resources []string, condition policy.Condition) policy.Statement {
	return policy.Statement{
		Sid: sid, Effect: policy.Allow, Principal: policy.Principal{policy.PrincipalService: {cloudTrailService}},
		Action: []string{action}, Resource: resources, Condition: condition,
	}
}

func documentOf(statements ...policy.Statement) policy.Document {
	return policy.Document{Version: policy.Version2012, Statements: statements}
}

func bucketARN(partition, bucket string) string {
	return "arn:" + partition + ":s3:::" + bucket
}

// deliveryStatements let CloudTrail look at the bucket and write log files for
// the given trails below the given key paths (such as "AWSLogs/111122223333/*").
func deliveryStatements(bucket string, paths, trailARNs []string) []policy.Statement {
	resources := make([]string, len(paths))
	for i, path := range paths {
		resources[i] = bucket + "/" + path
	}
	write := sourceARN(trailARNs...)
	write["StringEquals"]["s3:x-amz-acl"] = []string{"bucket-owner-full-control"}
	return []policy.Statement{
		byCloudTrail("CloudTrailLooksAtBucket", "s3:GetBucketAcl", []string{bucket}, sourceARN(trailARNs...)),
		byCloudTrail("CloudTrailWritesLogFiles", "s3:PutObject", resources, write),
	}
}

// deliveryPolicy is what the bucket of one trail needs.
func deliveryPolicy(partition, bucket, prefix, accountID, trailARN string) policy.Document {
	path := "AWSLogs/" + accountID + "/*"
	if prefix != "" {
		path = prefix + "/" + path
	}
	return documentOf(deliveryStatements(bucketARN(partition, bucket), []string{path}, []string{trailARN})...)
}

// keyPolicy lets a trail encrypt its log files and look at the key.
func keyPolicy(accountID, trailARN, partition string) policy.Document {
	return documentOf(keyStatements(partition, []string{accountID}, []string{trailARN})...)
}

// keyStatements let CloudTrail encrypt the log files of the given trails, which are
// those of the given accounts, and look at the key.
func keyStatements(partition string, accountIDs, trailARNs []string) []policy.Statement {
	contexts := make([]string, len(accountIDs))
	for i, id := range accountIDs {
		contexts[i] = "arn:" + partition + ":cloudtrail:*:" + id + ":trail/*"
	}
	encrypt := sourceARN(trailARNs...)
	encrypt["StringLike"] = map[string][]string{encryptionContext: contexts}
	return []policy.Statement{
		byCloudTrail("CloudTrailEncryptsLogFiles", "kms:GenerateDataKey*", []string{"*"}, encrypt),
		byCloudTrail("CloudTrailLooksAtKey", "kms:DescribeKey", []string{"*"}, sourceARN(trailARNs...)),
	}
}

// logRolePolicy lets a role write to the streams of a log group.
func logRolePolicy(logGroupARN string) policy.Document {
	return documentOf(policy.Statement{
		Sid: "CloudTrailWritesLogStreams", Effect: policy.Allow,
		Action: []string{"logs:CreateLogStream", "logs:PutLogEvents"}, Resource: []string{logGroupARN + ":log-stream:*"},
	})
}

// topicPolicy lets a trail tell a topic of each log file.
func topicPolicy(topicARN, trailARN string) policy.Document {
	return documentOf(byCloudTrail("CloudTrailPublishes", "sns:Publish", []string{topicARN}, sourceARN(trailARN)))
}
