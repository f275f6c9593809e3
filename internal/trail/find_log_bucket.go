package trail

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"golang.org/x/sync/errgroup"

	"github.com/iamguard/terraform-provider-iamguard/internal/account"
)

// find reads the bucket: one call for each part, all at once. A part that AWS
// says is not set is empty. A bucket that is not there is account.ErrNotFound, and
// only HeadBucket's word counts for that: another call that does not find what
// HeadBucket finds is account.ErrNotSettled.
func (c bucketCalls) find(ctx context.Context) (*bucket, error) {
	found := &bucket{Name: aws.ToString(c.name), Rules: map[string]string{}, Tags: map[string]string{}}
	var missing error
	var calls errgroup.Group
	calls.Go(func() error {
		missing = c.readOwner(ctx)
		return nil
	})
	for _, read := range []func(context.Context, *bucket) error{
		c.readPolicy, c.readPublicAccess, c.readOwnership, c.readVersioning,
		c.readEncryption, c.readLifecycle, c.readLock, c.readReplication, c.readTags,
	} {
		calls.Go(func() error { return notSet(read(ctx, found)) })
	}
	err := calls.Wait()
	switch {
	case missing != nil:
		return nil, missing
	case errors.Is(err, account.ErrNotFound):
		return nil, fmt.Errorf("%w: the bucket is there, but not for every call: %s", account.ErrNotSettled, err.Error())
	case err != nil:
		return nil, err
	}
	return found, nil
}

// notSet forgives the answers that mean "this part is not set", which is any
// not-found but that of the bucket itself.
func notSet(err error) error {
	if errors.Is(err, account.ErrNotFound) && !account.CodeIs(err, "NoSuchBucket") {
		return nil
	}
	return err
}

func (c bucketCalls) readOwner(ctx context.Context) error {
	_, err := c.client.HeadBucket(ctx, &s3.HeadBucketInput{Bucket: c.name, ExpectedBucketOwner: c.owner})
	return err
}

func (c bucketCalls) readPolicy(ctx context.Context, into *bucket) error {
	out, err := c.client.GetBucketPolicy(ctx, &s3.GetBucketPolicyInput{Bucket: c.name, ExpectedBucketOwner: c.owner})
	if err == nil {
		into.Policy = aws.ToString(out.Policy)
	}
	return err
}

func (c bucketCalls) readPublicAccess(ctx context.Context, into *bucket) error {
	out, err := c.client.GetPublicAccessBlock(ctx, &s3.GetPublicAccessBlockInput{Bucket: c.name, ExpectedBucketOwner: c.owner})
	if err == nil && out.PublicAccessBlockConfiguration != nil {
		block := out.PublicAccessBlockConfiguration
		into.PublicBlocked = aws.ToBool(block.BlockPublicAcls) && aws.ToBool(block.IgnorePublicAcls) &&
			aws.ToBool(block.BlockPublicPolicy) && aws.ToBool(block.RestrictPublicBuckets)
	}
	return err
}

func (c bucketCalls) readOwnership(ctx context.Context, into *bucket) error {
	out, err := c.client.GetBucketOwnershipControls(
		ctx,
		&s3.GetBucketOwnershipControlsInput{Bucket: c.name, ExpectedBucketOwner: c.owner},
	)
	if err == nil && out.OwnershipControls != nil {
		for _, rule := range out.OwnershipControls.Rules {
			into.Ownership = string(rule.ObjectOwnership)
		}
	}
	return err
}

func (c bucketCalls) readVersioning(ctx context.Context, into *bucket) error {
	out, err := c.client.GetBucketVersioning(ctx, &s3.GetBucketVersioningInput{Bucket: c.name, ExpectedBucketOwner: c.owner})
	if err == nil {
		into.Versioning = string(out.Status)
	}
	return err
}

func (c bucketCalls) readEncryption(ctx context.Context, into *bucket) error {
	out, err := c.client.GetBucketEncryption(ctx, &s3.GetBucketEncryptionInput{Bucket: c.name, ExpectedBucketOwner: c.owner})
	if err == nil && out.ServerSideEncryptionConfiguration != nil {
		for _, rule := range out.ServerSideEncryptionConfiguration.Rules {
			if byDefault := rule.ApplyServerSideEncryptionByDefault; byDefault != nil {
				into.SSE, into.KMSKey = string(byDefault.SSEAlgorithm), aws.ToString(byDefault.KMSMasterKeyID)
			}
		}
	}
	return err
}

func (c bucketCalls) readLifecycle(ctx context.Context, into *bucket) error {
	out, err := c.client.GetBucketLifecycleConfiguration(ctx, &s3.GetBucketLifecycleConfigurationInput{
		Bucket: c.name, ExpectedBucketOwner: c.owner,
	})
	if err != nil {
		return err
	}
	for i, rule := range out.Rules {
		id := aws.ToString(rule.ID)
		if id == "" {
			id = fmt.Sprintf("rule %d", i+1)
		}
		into.Rules[id] = describeRule(rule)
		if id == retentionID {
			into.ExpireDays, into.ArchiveDays = retentionOf(rule)
		}
	}
	return nil
}

func (c bucketCalls) readLock(ctx context.Context, into *bucket) error {
	out, err := c.client.GetObjectLockConfiguration(
		ctx,
		&s3.GetObjectLockConfigurationInput{Bucket: c.name, ExpectedBucketOwner: c.owner},
	)
	if err != nil || out.ObjectLockConfiguration == nil || out.ObjectLockConfiguration.Rule == nil {
		return err
	}
	if retention := out.ObjectLockConfiguration.Rule.DefaultRetention; retention != nil {
		days := int64(aws.ToInt32(retention.Days)) + int64(aws.ToInt32(retention.Years))*365
		into.Lock = objectLock{Mode: string(retention.Mode), Days: days}
	}
	return nil
}

func (c bucketCalls) readReplication(ctx context.Context, into *bucket) error {
	out, err := c.client.GetBucketReplication(ctx, &s3.GetBucketReplicationInput{Bucket: c.name, ExpectedBucketOwner: c.owner})
	if err == nil && out.ReplicationConfiguration != nil {
		into.Replication = describeReplication(*out.ReplicationConfiguration)
	}
	return err
}

func (c bucketCalls) readTags(ctx context.Context, into *bucket) error {
	out, err := c.client.GetBucketTagging(ctx, &s3.GetBucketTaggingInput{Bucket: c.name, ExpectedBucketOwner: c.owner})
	if err != nil {
		return err
	}
	for _, tag := range out.TagSet {
		into.Tags[aws.ToString(tag.Key)] = aws.ToString(tag.Value)
	}
	return nil
}

func describeReplication(configuration types.ReplicationConfiguration) string {
	targets := make([]string, 0, len(configuration.Rules))
	for _, rule := range configuration.Rules {
		target := string(rule.Status) + " to nowhere"
		if rule.Destination != nil {
			target = string(rule.Status) + " to " + aws.ToString(rule.Destination.Bucket)
		}
		targets = append(targets, target)
	}
	return strings.Join(targets, "; ") + " by " + aws.ToString(configuration.Role)
}
