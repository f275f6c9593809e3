package trail_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"

	"github.com/iamguard/terraform-provider-iamguard/internal/policy"
	"github.com/iamguard/terraform-provider-iamguard/internal/providertest"
)

// bucketPolicy is the bucket's policy as it is.
func (o outsider) bucketPolicy(ctx context.Context) policy.Document {
	o.t.Helper()
	out, err := o.s3().GetBucketPolicy(ctx, &s3.GetBucketPolicyInput{Bucket: aws.String(bucketName(o.stage))})
	if err != nil {
		o.t.Fatal(err)
	}
	document, err := policy.Parse(aws.ToString(out.Policy))
	if err != nil {
		o.t.Fatal(err)
	}
	return document
}

func (o outsider) setBucketPolicy(ctx context.Context, document policy.Document) {
	o.t.Helper()
	o.does(o.s3().PutBucketPolicy(ctx, &s3.PutBucketPolicyInput{
		Bucket: aws.String(bucketName(o.stage)), Policy: aws.String(document.String()),
	}))
}

func (o outsider) setLifecycle(ctx context.Context, rules ...types.LifecycleRule) {
	o.t.Helper()
	o.does(o.s3().PutBucketLifecycleConfiguration(ctx, &s3.PutBucketLifecycleConfigurationInput{
		Bucket: aws.String(bucketName(o.stage)), LifecycleConfiguration: &types.BucketLifecycleConfiguration{Rules: rules},
	}))
}

// replicationTo copies a bucket to one that is made for it.
func replicationTo(ctx context.Context, o outsider, name *string) *s3.PutBucketReplicationInput {
	o.t.Helper()
	target := aws.String("copy-" + o.stage.ID)
	o.does(o.s3().CreateBucket(ctx, &s3.CreateBucketInput{
		Bucket: target, CreateBucketConfiguration: &types.CreateBucketConfiguration{LocationConstraint: providertest.Region},
	}))
	o.does(o.s3().PutBucketVersioning(ctx, &s3.PutBucketVersioningInput{
		Bucket: target, VersioningConfiguration: &types.VersioningConfiguration{Status: types.BucketVersioningStatusEnabled},
	}))
	return &s3.PutBucketReplicationInput{Bucket: name, ReplicationConfiguration: &types.ReplicationConfiguration{
		Role: aws.String("arn:aws:iam::" + o.stage.ID + ":role/thief"), Rules: []types.ReplicationRule{
			{
				Status:                  types.ReplicationRuleStatusEnabled,
				Priority:                aws.Int32(1),
				Filter:                  &types.ReplicationRuleFilter{Prefix: aws.String("")},
				DeleteMarkerReplication: &types.DeleteMarkerReplication{Status: types.DeleteMarkerReplicationStatusDisabled},
				Destination:             &types.Destination{Bucket: aws.String("arn:aws:s3:::" + *target)},
			},
		},
	}}
}

// putObject leaves one log file in the bucket.
func putObject(t *testing.T, o outsider) {
	t.Helper()
	o.does(o.s3().PutObject(t.Context(), &s3.PutObjectInput{
		Bucket: aws.String(bucketName(o.stage)), Key: aws.String("AWSLogs/a"), Body: strings.NewReader("log"),
	}))
}

// expireTomorrow is the evasion of T3: log files that live one day.
var expireTomorrow = types.LifecycleRule{
	ID: aws.String("cleanup"), Status: types.ExpirationStatusEnabled, Filter: &types.LifecycleRuleFilter{Prefix: aws.String("")},
	Expiration: &types.LifecycleExpiration{Days: aws.Int32(1)},
}

func TestLogBucket_drift(t *testing.T) {
	t.Parallel()
	stage := providertest.NewStage(t)
	name := aws.String(bucketName(stage))
	config := pair(stage, `
  tags = {
    team = "security"
  }
`, "")
	one := func(part string, from any, change func(ctx context.Context, o outsider)) row {
		return row{name: part, change: change, from: map[string]any{part: from}}
	}
	all := steps(t, stage, config, bucketAddress, []row{
		one("public_access_blocked", false, func(ctx context.Context, o outsider) {
			o.does(o.s3().PutPublicAccessBlock(ctx, &s3.PutPublicAccessBlockInput{
				Bucket: name, PublicAccessBlockConfiguration: &types.PublicAccessBlockConfiguration{BlockPublicAcls: aws.Bool(true)},
			}))
		}),
		one("public_access_blocked", false, func(ctx context.Context, o outsider) {
			o.does(o.s3().DeletePublicAccessBlock(ctx, &s3.DeletePublicAccessBlockInput{Bucket: name}))
		}),
		one("object_ownership", "ObjectWriter", func(ctx context.Context, o outsider) {
			o.does(o.s3().PutBucketOwnershipControls(ctx, &s3.PutBucketOwnershipControlsInput{
				Bucket: name, OwnershipControls: &types.OwnershipControls{Rules: []types.OwnershipControlsRule{
					{ObjectOwnership: types.ObjectOwnershipObjectWriter},
				}},
			}))
		}),
		one("versioning", "Suspended", func(ctx context.Context, o outsider) {
			o.does(o.s3().PutBucketVersioning(ctx, &s3.PutBucketVersioningInput{
				Bucket: name, VersioningConfiguration: &types.VersioningConfiguration{Status: types.BucketVersioningStatusSuspended},
			}))
		}),
		one("lifecycle_rules", map[string]any{"cleanup": "Enabled, all objects, deletes after 1 days"},
			func(ctx context.Context, o outsider) { o.setLifecycle(ctx, expireTomorrow) }),
		{"tag changed", func(ctx context.Context, o outsider) {
			o.does(o.s3().PutBucketTagging(ctx, &s3.PutBucketTaggingInput{
				Bucket: name, Tagging: &types.Tagging{TagSet: []types.Tag{{Key: aws.String("team"), Value: aws.String("nobody")}}},
			}))
		}, map[string]any{"tags": map[string]any{"team": "nobody"}, "tags_all": map[string]any{"team": "nobody"}}},
		{"replication added", func(ctx context.Context, o outsider) {
			o.does(o.s3().PutBucketReplication(ctx, replicationTo(ctx, o, name)))
		}, map[string]any{
			"replication": "Enabled to arn:aws:s3:::copy-" + stage.ID + " by arn:aws:iam::" + stage.ID + ":role/thief",
		}},
	})
	stage.Test(t, all...)
}

func TestLogBucket_driftOfPolicy(t *testing.T) {
	t.Parallel()
	stage := providertest.NewStage(t)
	var before string
	config := pair(stage, "", "")
	// step changes the policy and expects exactly the changed policy as drift.
	step := func(name string, change func(document *policy.Document)) resource.TestStep {
		drift := &policyDrift{}
		return resource.TestStep{
			PreConfig: func() {
				t.Log(name)
				o := outside(t, stage)
				document := o.bucketPolicy(t.Context())
				before = document.String()
				change(&document)
				o.setBucketPolicy(t.Context(), document)
				drift.from = map[string]any{"policy_json": document.Normalised().String()}
			},
			Config: config, ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: drift.checks()},
		}
	}
	stage.Test(t,
		resource.TestStep{Config: config},
		step("a statement added", func(d *policy.Document) {
			d.Statements = append(d.Statements, policy.Statement{
				Sid: "Thief", Effect: policy.Allow, Principal: policy.Principal{policy.PrincipalAWS: {"arn:aws:iam::999999999999:root"}},
				Action: []string{"s3:GetObject"}, Resource: []string{"arn:aws:s3:::" + bucketName(stage) + "/*"},
			})
		}),
		step("a statement removed", func(d *policy.Document) { d.Statements = d.Statements[1:] }),
		step("a condition removed", func(d *policy.Document) { d.Statements[1].Condition = nil }),
		resource.TestStep{
			// The same meaning in another order and spelling is no drift.
			PreConfig: func() {
				o := outside(t, stage)
				document := o.bucketPolicy(t.Context())
				if document.String() != before {
					t.Errorf("the policy was not healed:\n%s\nwant:\n%s", document, before)
				}
				statements := document.Statements
				statements[0], statements[2] = statements[2], statements[0]
				o.setBucketPolicy(t.Context(), document)
			},
			Config: config, ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: emptyPlan()},
		},
		resource.TestStep{
			PreConfig: func() {
				o := outside(t, stage)
				o.does(o.s3().DeleteBucketPolicy(t.Context(), &s3.DeleteBucketPolicyInput{Bucket: aws.String(bucketName(stage))}))
			},
			Config:           config,
			ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: (&policyDrift{from: map[string]any{"policy_json": nil}}).checks()},
		},
	)
}

func TestLogBucket_driftOfEncryptionAndRetention(t *testing.T) {
	t.Parallel()
	stage := providertest.NewStage(t)
	key := makeLinks(t, stage).key
	name := aws.String(bucketName(stage))
	config := pair(stage, fmt.Sprintf(`
  kms_key_arn  = %q
  expire_days  = 400
  archive_days = 90

  object_lock = {
    mode = "GOVERNANCE"
    days = 30
  }
`, key), "")
	retention := "Enabled, all objects, deletes after 400 days, deletes old versions after 400 days, keeping 0, " +
		"moves to GLACIER after 90 days, moves old versions to GLACIER after 90 days"
	stage.Test(t, steps(t, stage, config, bucketAddress, []row{
		{"encryption with another key", func(ctx context.Context, o outsider) {
			foreign, err := kms.NewFromConfig(o.config).CreateKey(ctx, &kms.CreateKeyInput{})
			o.does(foreign, err)
			o.does(o.s3().PutBucketEncryption(ctx, &s3.PutBucketEncryptionInput{
				Bucket: name,
				ServerSideEncryptionConfiguration: &types.ServerSideEncryptionConfiguration{Rules: []types.ServerSideEncryptionRule{{
					ApplyServerSideEncryptionByDefault: &types.ServerSideEncryptionByDefault{SSEAlgorithm: types.ServerSideEncryptionAes256},
				}}},
			}))
		}, map[string]any{"sse_algorithm": "AES256", "kms_key_arn": nil}},
		{"retention shortened", func(ctx context.Context, o outsider) {
			shortened := expireTomorrow
			shortened.ID = aws.String("iamguard-retention")
			o.setLifecycle(ctx, shortened)
		}, map[string]any{
			"expire_days": json.Number("1"), "archive_days": nil,
			"lifecycle_rules": map[string]any{"iamguard-retention": "Enabled, all objects, deletes after 1 days"},
		}},
		{"a foreign rule beside ours", func(ctx context.Context, o outsider) {
			found, err := o.s3().GetBucketLifecycleConfiguration(ctx, &s3.GetBucketLifecycleConfigurationInput{Bucket: name})
			o.does(found, err)
			o.setLifecycle(ctx, append(found.Rules, expireTomorrow)...)
		}, map[string]any{"lifecycle_rules": map[string]any{
			"cleanup": "Enabled, all objects, deletes after 1 days", "iamguard-retention": retention,
		}}},
		{"object lock shortened", func(ctx context.Context, o outsider) {
			o.does(o.s3().PutObjectLockConfiguration(ctx, &s3.PutObjectLockConfigurationInput{
				Bucket: name, ObjectLockConfiguration: &types.ObjectLockConfiguration{
					ObjectLockEnabled: types.ObjectLockEnabledEnabled,
					Rule: &types.ObjectLockRule{DefaultRetention: &types.DefaultRetention{
						Mode: types.ObjectLockRetentionModeGovernance, Days: aws.Int32(1),
					}},
				},
			}))
		}, map[string]any{"object_lock": map[string]any{"mode": "GOVERNANCE", "days": json.Number("1"), "accept_irreversible": false}}},
	})...)
}
