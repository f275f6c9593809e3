package trail

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

func (c bucketCalls) blockPublicAccess(ctx context.Context, _ bucket) error {
	on := aws.Bool(true)
	_, err := c.client.PutPublicAccessBlock(ctx, &s3.PutPublicAccessBlockInput{
		Bucket: c.name, ExpectedBucketOwner: c.owner,
		PublicAccessBlockConfiguration: &types.PublicAccessBlockConfiguration{
			BlockPublicAcls: on, IgnorePublicAcls: on, BlockPublicPolicy: on, RestrictPublicBuckets: on,
		},
	})
	return err
}

func (c bucketCalls) putOwnership(ctx context.Context, want bucket) error {
	_, err := c.client.PutBucketOwnershipControls(ctx, &s3.PutBucketOwnershipControlsInput{
		Bucket: c.name, ExpectedBucketOwner: c.owner,
		OwnershipControls: &types.OwnershipControls{Rules: []types.OwnershipControlsRule{
			{ObjectOwnership: types.ObjectOwnership(want.Ownership)},
		}},
	})
	return err
}

func (c bucketCalls) putVersioning(ctx context.Context, want bucket) error {
	_, err := c.client.PutBucketVersioning(ctx, &s3.PutBucketVersioningInput{
		Bucket: c.name, ExpectedBucketOwner: c.owner,
		VersioningConfiguration: &types.VersioningConfiguration{Status: types.BucketVersioningStatus(want.Versioning)},
	})
	return err
}

func (c bucketCalls) putEncryption(ctx context.Context, want bucket) error {
	rule := types.ServerSideEncryptionRule{
		ApplyServerSideEncryptionByDefault: &types.ServerSideEncryptionByDefault{
			SSEAlgorithm: types.ServerSideEncryption(want.SSE), KMSMasterKeyID: textPointer(want.KMSKey),
		},
		BucketKeyEnabled: aws.Bool(want.KMSKey != ""),
	}
	_, err := c.client.PutBucketEncryption(ctx, &s3.PutBucketEncryptionInput{
		Bucket: c.name, ExpectedBucketOwner: c.owner,
		ServerSideEncryptionConfiguration: &types.ServerSideEncryptionConfiguration{Rules: []types.ServerSideEncryptionRule{rule}},
	})
	return err
}

func (c bucketCalls) putPolicy(ctx context.Context, want bucket) error {
	_, err := c.client.PutBucketPolicy(ctx, &s3.PutBucketPolicyInput{
		Bucket: c.name, ExpectedBucketOwner: c.owner, Policy: aws.String(want.Policy),
	})
	return err
}

func (c bucketCalls) putLock(ctx context.Context, want bucket) error {
	configuration := &types.ObjectLockConfiguration{ObjectLockEnabled: types.ObjectLockEnabledEnabled}
	if want.Lock.Mode != "" {
		configuration.Rule = &types.ObjectLockRule{DefaultRetention: &types.DefaultRetention{
			Mode: types.ObjectLockRetentionMode(want.Lock.Mode), Days: aws.Int32(int32(want.Lock.Days)), //nolint:gosec // At most 36500.
		}}
	}
	_, err := c.client.PutObjectLockConfiguration(ctx, &s3.PutObjectLockConfigurationInput{
		Bucket: c.name, ExpectedBucketOwner: c.owner, ObjectLockConfiguration: configuration,
	})
	return err
}

func (c bucketCalls) deleteReplication(ctx context.Context, _ bucket) error {
	_, err := c.client.DeleteBucketReplication(ctx, &s3.DeleteBucketReplicationInput{Bucket: c.name, ExpectedBucketOwner: c.owner})
	return err
}

// putLifecycle replaces all rules by our own, or deletes them.
func (c bucketCalls) putLifecycle(ctx context.Context, want bucket) error {
	rule := retentionRule(want.ExpireDays, want.ArchiveDays)
	if rule == nil {
		_, err := c.client.DeleteBucketLifecycle(ctx, &s3.DeleteBucketLifecycleInput{Bucket: c.name, ExpectedBucketOwner: c.owner})
		return err
	}
	_, err := c.client.PutBucketLifecycleConfiguration(ctx, &s3.PutBucketLifecycleConfigurationInput{
		Bucket: c.name, ExpectedBucketOwner: c.owner,
		LifecycleConfiguration: &types.BucketLifecycleConfiguration{Rules: []types.LifecycleRule{*rule}},
	})
	return err
}

func (c bucketCalls) putTags(ctx context.Context, want bucket) error {
	if len(want.Tags) == 0 {
		_, err := c.client.DeleteBucketTagging(ctx, &s3.DeleteBucketTaggingInput{Bucket: c.name, ExpectedBucketOwner: c.owner})
		return err
	}
	tags := &types.Tagging{}
	for _, tag := range tagList(want.Tags) {
		tags.TagSet = append(tags.TagSet, types.Tag{Key: tag.Key, Value: tag.Value})
	}
	_, err := c.client.PutBucketTagging(ctx, &s3.PutBucketTaggingInput{Bucket: c.name, ExpectedBucketOwner: c.owner, Tagging: tags})
	return err
}
