package trail_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/iamguard/terraform-provider-iamguard/internal/localaws"
	"github.com/iamguard/terraform-provider-iamguard/internal/providertest"
)

// trailOnly is a trail whose bucket is not managed here.
func trailOnly(stage *providertest.Stage, bucket, arguments string) string {
	return stage.Config(fmt.Sprintf(`
resource "iamguard_trail" "test" {
  name                = "main"
  s3_bucket_name      = %q
  deletion_protection = false
%s
}
`, bucket, arguments))
}

// bareBucket is a bucket without any policy.
func bareBucket(t *testing.T, stage *providertest.Stage) string {
	t.Helper()
	o := outside(t, stage)
	name := "bare-" + stage.ID
	o.does(o.s3().CreateBucket(t.Context(), &s3.CreateBucketInput{
		Bucket: aws.String(name), CreateBucketConfiguration: &types.CreateBucketConfiguration{LocationConstraint: providertest.Region},
	}))
	return name
}

// A refusal that a policy elsewhere causes is tried again for at most two minutes,
// and then the error prints the statement that is missing.
func TestTrail_refusedByPolicy(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name      string
		prepare   func(t *testing.T, stage *providertest.Stage) (bucket, arguments string)
		code      string
		statement []string
	}{
		{"bucket policy", func(t *testing.T, stage *providertest.Stage) (string, string) {
			t.Helper()
			return bareBucket(t, stage), "  s3_key_prefix = \"audit\""
		}, "InsufficientS3BucketPolicyException", []string{
			`"Action":"s3:PutObject"`, "/audit/AWSLogs/", `"aws:SourceArn":"arn:aws:cloudtrail:`,
			`"s3:x-amz-acl":"bucket-owner-full-control"`,
		}},
		{"no bucket", func(_ *testing.T, stage *providertest.Stage) (string, string) {
			return "absent-" + stage.ID, ""
		}, "S3BucketDoesNotExistException", []string{"create the bucket absent-"}},
		{"key policy", func(t *testing.T, stage *providertest.Stage) (string, string) {
			t.Helper()
			o := outside(t, stage)
			key, err := kms.NewFromConfig(o.config).CreateKey(t.Context(), &kms.CreateKeyInput{Policy: aws.String(keyPolicy(stage))})
			o.does(key, err)
			return readyBucket(t, stage), fmt.Sprintf("  kms_key_id = %q", aws.ToString(key.KeyMetadata.Arn))
		}, "InsufficientEncryptionPolicyException", []string{
			`"Action":"kms:GenerateDataKey*"`, `"kms:EncryptionContext:aws:cloudtrail:arn"`,
		}},
		{"no key", func(t *testing.T, stage *providertest.Stage) (string, string) {
			t.Helper()
			return readyBucket(t, stage), `  kms_key_id = "00000000-0000-0000-0000-000000000000"`
		}, "KmsKeyNotFoundException", []string{"region of the bucket", `"Action":"kms:GenerateDataKey*"`}},
		{"log role", func(t *testing.T, stage *providertest.Stage) (string, string) {
			t.Helper()
			made := makeLinks(t, stage)
			o := outside(t, stage)
			o.does(iam.NewFromConfig(o.config).DeleteRolePolicy(t.Context(), &iam.DeleteRolePolicyInput{
				RoleName: aws.String("trail"), PolicyName: aws.String("logs"),
			}))
			return readyBucket(t, stage), fmt.Sprintf(
				"  cloud_watch_logs_group_arn = %q\n  cloud_watch_logs_role_arn = %q", made.logGroup, made.role)
		}, "InvalidCloudWatchLogsLogGroupArnException", []string{"logs:PutLogEvents", ":log-stream:*"}},
		{"topic", func(t *testing.T, stage *providertest.Stage) (string, string) {
			t.Helper()
			return readyBucket(t, stage), `  sns_topic_name = "absent"`
		}, "InsufficientSnsTopicPolicyException", []string{`"Action":"sns:Publish"`, ":absent"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			stage := providertest.NewStage(t)
			bucket, arguments := c.prepare(t, stage)
			cli := ready(t, stage, trailOnly(stage, bucket, arguments))
			before := stage.Clock.Slept()
			code, out := cli.Run(t, "apply", "-auto-approve")
			slept := stage.Clock.Slept() - before
			expect(t, code != 0, out, "Unable to create the trail", c.code)
			for _, text := range c.statement {
				// The statement is one line of JSON that Terraform breaks to fit.
				if !strings.Contains(joined(out), strings.ReplaceAll(text, " ", "")) {
					t.Errorf("the error does not print %q:\n%s", text, out)
				}
			}
			if slept < time.Minute || slept > 2*time.Minute+5*time.Second {
				t.Errorf("the refusal was tried again for %s, want at most two minutes", slept)
			}
			if names := stage.Calls(localaws.Named("cloudtrail:DeleteTrail")); len(names) > 0 {
				t.Errorf("a trail that was never made was deleted")
			}
		})
	}
}

// readyBucket is a bucket that accepts log files of the trail "main".
func readyBucket(t *testing.T, stage *providertest.Stage) string {
	t.Helper()
	name := bareBucket(t, stage)
	o := outside(t, stage)
	o.does(o.s3().PutBucketPolicy(t.Context(), &s3.PutBucketPolicyInput{Bucket: aws.String(name), Policy: aws.String(policyOf(
		letCloudTrail("s3:GetBucketAcl", "arn:aws:s3:::"+name), letCloudTrail("s3:PutObject", "arn:aws:s3:::"+name+"/*"),
	))}))
	return name
}

// joined is an output without white space, so that line breaks do not matter.
func joined(out string) string {
	return strings.Join(strings.Fields(out), "")
}

// A policy that comes late is waited for.
func TestTrail_policyArrivesLate(t *testing.T) {
	t.Parallel()
	stage := providertest.NewStage(t)
	defer stage.Inject(localaws.Fault{
		Service: "cloudtrail", Operation: "CreateTrail", Kind: localaws.Refuse, Count: 3, Status: 400,
		Code: "InsufficientS3BucketPolicyException", Message: "Incorrect S3 bucket policy is detected for bucket",
	})()
	cli := applied(t, stage, pair(stage, "", ""))
	cli.ExpectNoChange(t)
}

// A key named by alias costs one call more, and a re-pointed alias is drift.
func TestTrail_keyAlias(t *testing.T) {
	t.Parallel()
	stage := providertest.NewStage(t)
	made := makeLinks(t, stage)
	cli := applied(t, stage, pair(stage, "", fmt.Sprintf("  kms_key_id = %q\n", made.alias)))
	cli.ExpectNoChange(t)
	if got := cli.State(t, trailAddress)["kms_key_id"]; got != made.alias {
		t.Errorf("the state holds %v, want the alias as it was written", got)
	}
	o := outside(t, stage)
	keys := kms.NewFromConfig(o.config)
	other, err := keys.CreateKey(t.Context(), &kms.CreateKeyInput{})
	o.does(other, err)
	o.does(
		keys.UpdateAlias(t.Context(), &kms.UpdateAliasInput{AliasName: aws.String(made.alias), TargetKeyId: other.KeyMetadata.KeyId}),
	)
	code, out := cli.Run(t, "plan", "-detailed-exitcode")
	expect(t, code == 2, out, "~ kms_key_id", made.key)
}

// Reading what is denied is an error that names the action, and never a removal.
func TestTrail_denied(t *testing.T) {
	t.Parallel()
	stage := providertest.NewStage(t)
	cli := applied(t, stage, pair(stage, "", ""))
	for operation, action := range map[string]string{
		"cloudtrail:GetTrail": "cloudtrail:GetTrail", "cloudtrail:GetTrailStatus": "cloudtrail:GetTrailStatus",
		"cloudtrail:GetEventSelectors":       "cloudtrail:GetEventSelectors",
		"cloudtrail:GetInsightSelectors":     "cloudtrail:GetInsightSelectors",
		"cloudtrail:ListTags":                "cloudtrail:ListTags",
		"s3:HeadBucket":                      "s3:ListBucket",
		"s3:GetBucketPolicy":                 "s3:GetBucketPolicy",
		"s3:GetBucketLifecycleConfiguration": "s3:GetLifecycleConfiguration", "s3:GetBucketEncryption": "s3:GetEncryptionConfiguration",
		"s3:GetPublicAccessBlock": "s3:GetBucketPublicAccessBlock",
	} {
		service, name, _ := strings.Cut(operation, ":")
		restore := stage.Inject(localaws.Fault{Service: service, Operation: name, Kind: localaws.Deny})
		code, out := cli.Run(t, "plan")
		restore()
		expect(t, code != 0, out, "Unable to read the", "allow the action "+action)
		if cli.State(t, trailAddress) == nil || cli.State(t, bucketAddress) == nil {
			t.Fatalf("denying %s removed something from state", operation)
		}
	}
	for operation, summary := range map[string]string{
		"cloudtrail:DeleteTrail": "Unable to delete the trail", "s3:DeleteBucket": "Unable to delete the log bucket",
	} {
		service, name, _ := strings.Cut(operation, ":")
		restore := stage.Inject(localaws.Fault{Service: service, Operation: name, Kind: localaws.Deny})
		code, out := cli.Run(t, "destroy", "-auto-approve")
		restore()
		expect(t, code != 0, out, summary, "allow the action "+operation)
		cli.Apply(t)
	}
}
