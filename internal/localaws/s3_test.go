package localaws_test

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

func TestS3_defaults(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	ctx := t.Context()
	bucket := aws.String(b.bucket(t))
	algorithm := func() types.ServerSideEncryption {
		out := do(t, b.s3.GetBucketEncryption, &s3.GetBucketEncryptionInput{Bucket: bucket})
		return out.ServerSideEncryptionConfiguration.Rules[0].ApplyServerSideEncryptionByDefault.SSEAlgorithm
	}
	if got := algorithm(); got != types.ServerSideEncryptionAes256 {
		t.Errorf("the encryption of a new bucket is %s", got)
	}
	block := do(t, b.s3.GetPublicAccessBlock, &s3.GetPublicAccessBlockInput{Bucket: bucket}).PublicAccessBlockConfiguration
	if !*block.BlockPublicAcls || !*block.BlockPublicPolicy || !*block.IgnorePublicAcls || !*block.RestrictPublicBuckets {
		t.Errorf("the public access block of a new bucket is %+v", block)
	}
	owner := do(t, b.s3.GetBucketOwnershipControls, &s3.GetBucketOwnershipControlsInput{Bucket: bucket})
	if got := owner.OwnershipControls.Rules[0].ObjectOwnership; got != types.ObjectOwnershipBucketOwnerEnforced {
		t.Errorf("the ownership of a new bucket is %s", got)
	}

	do(t, b.s3.DeleteBucketEncryption, &s3.DeleteBucketEncryptionInput{Bucket: bucket})
	if got := algorithm(); got != types.ServerSideEncryptionAes256 {
		t.Errorf("after a delete the encryption is %s", got)
	}
	do(t, b.s3.DeletePublicAccessBlock, &s3.DeletePublicAccessBlockInput{Bucket: bucket})
	_, err := b.s3.GetPublicAccessBlock(ctx, &s3.GetPublicAccessBlockInput{Bucket: bucket})
	wantCode(t, err, "NoSuchPublicAccessBlockConfiguration")
	do(t, b.s3.DeleteBucketOwnershipControls, &s3.DeleteBucketOwnershipControlsInput{Bucket: bucket})
	_, err = b.s3.GetBucketOwnershipControls(ctx, &s3.GetBucketOwnershipControlsInput{Bucket: bucket})
	wantCode(t, err, "OwnershipControlsNotFoundError")
	if name := b.lastRecord(t, "DeleteBucketPublicAccessBlock"); name["awsRegion"] != region {
		t.Errorf("recorded %+v", name)
	}
}

func TestS3_policy(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	bucket := b.bucket(t)
	statement := func(principal, resource string) string {
		return `{"Version":"2012-10-17","Statement":[{"Effect":"Allow",` + principal + `"Action":"s3:GetObject",` +
			`"Resource":"` + resource + `"}]}`
	}
	own := "arn:aws:s3:::" + bucket + "/*"
	for _, policy := range []string{
		"no policy", `{"Version":"2012-10-17"}`, statement("", own), statement(`"Principal":"me",`, own),
		statement(`"Principal":{"Person":"me"},`, own), statement(`"Principal":"*",`, "arn:aws:s3:::another-bucket/*"),
	} {
		_, err := b.s3.PutBucketPolicy(t.Context(), &s3.PutBucketPolicyInput{Bucket: aws.String(bucket), Policy: aws.String(policy)})
		wantCode(t, err, "MalformedPolicy")
	}
	record := b.lastRecord(t, "PutBucketPolicy")
	params, _ := record["requestParameters"].(map[string]any)
	named := params["bucketName"] == bucket && params["bucketPolicy"] != nil && params["policy"] == ""
	if !named || record["errorCode"] != "MalformedPolicy" {
		t.Errorf("recorded %+v", record)
	}
}

func TestS3_versionsAndDelete(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	ctx := t.Context()
	bucket := aws.String(b.bucket(t))
	do(t, b.s3.PutBucketVersioning, &s3.PutBucketVersioningInput{
		Bucket: bucket, VersioningConfiguration: &types.VersioningConfiguration{Status: types.BucketVersioningStatusEnabled},
	})
	for _, text := range []string{"one", "two"} {
		do(t, b.s3.PutObject, &s3.PutObjectInput{
			Bucket: bucket, Key: aws.String("a/b"), Body: strings.NewReader(text),
		})
	}
	do(t, b.s3.DeleteObject, &s3.DeleteObjectInput{Bucket: bucket, Key: aws.String("a/b")})
	_, err := b.s3.DeleteBucket(ctx, &s3.DeleteBucketInput{Bucket: bucket})
	wantCode(t, err, "BucketNotEmpty")
	out := do(t, b.s3.ListObjectVersions, &s3.ListObjectVersionsInput{Bucket: bucket})
	if len(out.Versions) != 2 || len(out.DeleteMarkers) != 1 {
		t.Fatalf("got %d versions and %d delete markers", len(out.Versions), len(out.DeleteMarkers))
	}
	var all []types.ObjectIdentifier
	for _, v := range out.Versions {
		all = append(all, types.ObjectIdentifier{Key: v.Key, VersionId: v.VersionId})
	}
	for _, m := range out.DeleteMarkers {
		all = append(all, types.ObjectIdentifier{Key: m.Key, VersionId: m.VersionId})
	}
	do(t, b.s3.DeleteObjects, &s3.DeleteObjectsInput{
		Bucket: bucket, Delete: &types.Delete{Objects: all},
	})
	do(t, b.s3.DeleteBucket, &s3.DeleteBucketInput{Bucket: bucket})
	for _, record := range b.Records() {
		if record["eventName"] == "PutObject" || record["eventName"] == "DeleteObjects" {
			t.Errorf("a data event was recorded: %v", record["eventName"])
		}
	}
}

func TestS3_configuration(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	ctx := t.Context()
	bucket := aws.String("locked-" + b.ID)
	do(t, b.s3.CreateBucket, &s3.CreateBucketInput{
		Bucket: bucket, ObjectLockEnabledForBucket: aws.Bool(true), ObjectOwnership: types.ObjectOwnershipBucketOwnerPreferred,
		CreateBucketConfiguration: &types.CreateBucketConfiguration{LocationConstraint: types.BucketLocationConstraintEuCentral1},
	})
	owner := do(t, b.s3.GetBucketOwnershipControls, &s3.GetBucketOwnershipControlsInput{Bucket: bucket})
	if got := owner.OwnershipControls.Rules[0].ObjectOwnership; got != types.ObjectOwnershipBucketOwnerPreferred {
		t.Errorf("ownership %s", got)
	}
	lock := &types.ObjectLockConfiguration{
		ObjectLockEnabled: types.ObjectLockEnabledEnabled,
		Rule: &types.ObjectLockRule{
			DefaultRetention: &types.DefaultRetention{Mode: types.ObjectLockRetentionModeGovernance, Days: aws.Int32(365)},
		},
	}
	do(t, b.s3.PutObjectLockConfiguration, &s3.PutObjectLockConfigurationInput{
		Bucket: bucket, ObjectLockConfiguration: lock,
	})
	gotLock := do(t, b.s3.GetObjectLockConfiguration, &s3.GetObjectLockConfigurationInput{Bucket: bucket})
	if r := gotLock.ObjectLockConfiguration.Rule; r == nil || *r.DefaultRetention.Days != 365 || r.DefaultRetention.Years != nil {
		t.Errorf("object lock %+v", gotLock.ObjectLockConfiguration)
	}
	versioning := do(t, b.s3.GetBucketVersioning, &s3.GetBucketVersioningInput{Bucket: bucket})
	if versioning.Status != types.BucketVersioningStatusEnabled {
		t.Errorf("versioning of a bucket with object lock is %q", versioning.Status)
	}

	_, err := b.s3.GetBucketLifecycleConfiguration(ctx, &s3.GetBucketLifecycleConfigurationInput{Bucket: bucket})
	wantCode(t, err, "NoSuchLifecycleConfiguration")
	_, err = b.s3.GetBucketTagging(ctx, &s3.GetBucketTaggingInput{Bucket: bucket})
	wantCode(t, err, "NoSuchTagSet")
	_, err = b.s3.GetBucketReplication(ctx, &s3.GetBucketReplicationInput{Bucket: bucket})
	wantCode(t, err, "ReplicationConfigurationNotFoundError")
	_, err = b.s3.GetBucketPolicy(ctx, &s3.GetBucketPolicyInput{Bucket: bucket})
	wantCode(t, err, "NoSuchBucketPolicy")
	_, err = b.s3.GetBucketVersioning(ctx, &s3.GetBucketVersioningInput{Bucket: aws.String("none-" + b.ID)})
	wantCode(t, err, "NoSuchBucket")

	do(t, b.s3.PutBucketLifecycleConfiguration, &s3.PutBucketLifecycleConfigurationInput{
		Bucket: bucket, LifecycleConfiguration: &types.BucketLifecycleConfiguration{Rules: []types.LifecycleRule{{
			ID: aws.String("archive"), Status: types.ExpirationStatusEnabled, Filter: &types.LifecycleRuleFilter{
				Prefix: aws.String("AWSLogs/"),
			},
			Transitions:                    []types.Transition{{Days: aws.Int32(90), StorageClass: "GLACIER_IR"}},
			NoncurrentVersionExpiration:    &types.NoncurrentVersionExpiration{NoncurrentDays: aws.Int32(30)},
			AbortIncompleteMultipartUpload: &types.AbortIncompleteMultipartUpload{DaysAfterInitiation: aws.Int32(7)},
		}}},
	})
	life := do(t, b.s3.GetBucketLifecycleConfiguration, &s3.GetBucketLifecycleConfigurationInput{Bucket: bucket})
	r := life.Rules[0]
	if aws.ToString(r.Filter.Prefix) != "AWSLogs/" || *r.Transitions[0].Days != 90 ||
		*r.NoncurrentVersionExpiration.NoncurrentDays != 30 || r.Expiration != nil ||
		*r.AbortIncompleteMultipartUpload.DaysAfterInitiation != 7 || life.TransitionDefaultMinimumObjectSize == "" {
		t.Errorf("lifecycle %+v, default size %q", r, life.TransitionDefaultMinimumObjectSize)
	}
	if record := b.lastRecord(t, "PutBucketLifecycle"); record["requestParameters"] == nil {
		t.Errorf("recorded %+v", record)
	}
	do(t, b.s3.PutBucketTagging, &s3.PutBucketTaggingInput{
		Bucket: bucket, Tagging: &types.Tagging{TagSet: []types.Tag{{Key: aws.String("owner"), Value: aws.String("audit")}}},
	})
	tags := do(t, b.s3.GetBucketTagging, &s3.GetBucketTaggingInput{Bucket: bucket})
	if len(tags.TagSet) != 1 {
		t.Errorf("tags %+v", tags.TagSet)
	}
}
