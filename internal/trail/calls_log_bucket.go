package trail

import (
	"context"
	"errors"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/iamguard/terraform-provider-iamguard/internal/account"
	"github.com/iamguard/terraform-provider-iamguard/internal/framework"
)

// The parts that are always on.
const (
	ownershipEnforced = "BucketOwnerEnforced"
	versioningEnabled = "Enabled"
)

// bucket is a log bucket in AWS. Text that is not there is "".
type bucket struct {
	Name, Policy          string
	PublicBlocked         bool
	Ownership, Versioning string
	SSE, KMSKey           string
	// Rules are the lifecycle rules by ID, described; ExpireDays and ArchiveDays
	// are those of our own rule, 0 for never.
	Rules                   map[string]string
	ExpireDays, ArchiveDays int64
	Lock                    objectLock
	Replication             string
	Tags                    map[string]string
}

// objectLock is a default retention; without Mode there is none.
type objectLock struct {
	Mode string
	Days int64
}

// bucketCalls are the AWS calls about one bucket. Every call names the account
// that must own it, because a bucket name is anybody's once it is free.
type bucketCalls struct {
	place  framework.Place
	client *s3.Client
	pool   *account.Pool
	name   *string
	owner  *string
	fresh  bool
}

func bucketCallsIn(place framework.Place, name string) bucketCalls {
	return bucketCalls{
		place: place, client: place.Account.S3(place.Region), pool: place.Account.Pool(),
		name: aws.String(name), owner: textPointer(place.Account.ID),
	}
}

// exists tells whether this account owns the bucket; another owner is ErrDenied.
func (c bucketCalls) exists(ctx context.Context) (bool, error) {
	_, err := c.client.HeadBucket(ctx, &s3.HeadBucketInput{Bucket: c.name, ExpectedBucketOwner: c.owner})
	if errors.Is(err, account.ErrNotFound) {
		return false, nil
	}
	return err == nil, err
}

// create makes the empty bucket. That it is ours already means that the answer to
// an earlier attempt was lost: it was not there when asked before.
func (c bucketCalls) create(ctx context.Context, lock bool) error {
	input := &s3.CreateBucketInput{Bucket: c.name, ObjectOwnership: types.ObjectOwnership(ownershipEnforced)}
	if lock {
		input.ObjectLockEnabledForBucket = aws.Bool(true)
	}
	if c.place.Region != "us-east-1" {
		input.CreateBucketConfiguration = &types.CreateBucketConfiguration{
			LocationConstraint: types.BucketLocationConstraint(c.place.Region),
		}
	}
	err := c.retry(ctx, func() error {
		_, err := c.client.CreateBucket(ctx, input)
		return err
	})
	if account.CodeIs(err, "BucketAlreadyOwnedByYou") {
		return nil
	}
	return err
}

// configure changes the parts that differ. The policy comes after the public
// access block, and the lifecycle last, so that no step leaves log files open or
// short-lived.
func (c bucketCalls) configure(ctx context.Context, have, want bucket) error {
	steps := []struct {
		differs bool
		put     func(context.Context, bucket) error
	}{
		{have.PublicBlocked != want.PublicBlocked, c.blockPublicAccess},
		{have.Ownership != want.Ownership, c.putOwnership},
		{have.Versioning != want.Versioning, c.putVersioning},
		{have.SSE != want.SSE || have.KMSKey != want.KMSKey, c.putEncryption},
		{!samePolicy(have.Policy, want.Policy), c.putPolicy},
		{have.Lock != want.Lock, c.putLock},
		{have.Replication != "", c.deleteReplication},
		{!sameTexts(have.Rules, want.Rules), c.putLifecycle},
		{!sameTexts(have.Tags, want.Tags), c.putTags},
	}
	for _, step := range steps {
		if !step.differs {
			continue
		}
		if err := c.retry(ctx, func() error { return step.put(ctx, want) }); err != nil {
			return err
		}
	}
	return nil
}

// bucketDifferences names the attributes in which two buckets differ.
func bucketDifferences(have, want bucket) []string {
	var names []string
	for _, part := range []struct {
		name    string
		differs bool
	}{
		{"public_access_blocked", have.PublicBlocked != want.PublicBlocked},
		{"object_ownership", have.Ownership != want.Ownership},
		{"versioning", have.Versioning != want.Versioning},
		{"sse_algorithm", have.SSE != want.SSE},
		{"kms_key_arn", have.KMSKey != want.KMSKey},
		{"policy_json", !samePolicy(have.Policy, want.Policy)},
		{"object_lock", have.Lock != want.Lock},
		{"replication", have.Replication != ""},
		{"lifecycle_rules", !sameTexts(have.Rules, want.Rules)},
		{"tags", !sameTexts(have.Tags, want.Tags)},
	} {
		if part.differs {
			names = append(names, part.name)
		}
	}
	return names
}

func sameTexts(a, b map[string]string) bool {
	set, remove := framework.TagChanges(a, b)
	return len(set)+len(remove) == 0
}

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

// remove deletes the bucket, which S3 refuses while there is an object in it; one
// that is gone already is no error.
func (c bucketCalls) remove(ctx context.Context) error {
	err := c.retry(ctx, func() error {
		_, err := c.client.DeleteBucket(ctx, &s3.DeleteBucketInput{Bucket: c.name, ExpectedBucketOwner: c.owner})
		return err
	})
	if errors.Is(err, account.ErrNotFound) {
		return nil
	}
	return err
}

// retry waits for another change to end, and for a bucket just made to be found.
func (c bucketCalls) retry(ctx context.Context, do func() error) error {
	return c.pool.Retry(ctx, account.PropagationTimeout, func(err error) bool {
		return errors.Is(err, account.ErrConflict) || (c.fresh && notYet(err))
	}, do)
}

// maxCountedPages bounds the counting of a bucket that cannot be deleted: 100
// pages are 100,000 objects.
const maxCountedPages = 100

// count counts objects and versions; more says that there are more than that.
func (c bucketCalls) count(ctx context.Context) (n int, more bool, err error) {
	pages := s3.NewListObjectVersionsPaginator(c.client, &s3.ListObjectVersionsInput{Bucket: c.name, ExpectedBucketOwner: c.owner})
	for page := 0; pages.HasMorePages(); page++ {
		if page == maxCountedPages {
			return n, true, nil
		}
		answer, err := pages.NextPage(ctx)
		if err != nil {
			return n, false, err
		}
		n += len(answer.Versions) + len(answer.DeleteMarkers)
	}
	return n, false, nil
}

// empty deletes every object, version and delete marker, a page at a time, and
// reports how many after each page.
func (c bucketCalls) empty(ctx context.Context, progress func(deleted int)) error {
	deleted := 0
	for {
		page, err := c.client.ListObjectVersions(ctx, &s3.ListObjectVersionsInput{Bucket: c.name, ExpectedBucketOwner: c.owner})
		if err != nil {
			return err
		}
		var objects []types.ObjectIdentifier
		for _, version := range page.Versions {
			objects = append(objects, types.ObjectIdentifier{Key: version.Key, VersionId: version.VersionId})
		}
		for _, marker := range page.DeleteMarkers {
			objects = append(objects, types.ObjectIdentifier{Key: marker.Key, VersionId: marker.VersionId})
		}
		if len(objects) == 0 {
			return nil
		}
		for batch := range slices.Chunk(objects, 1000) {
			if err := c.deleteBatch(ctx, batch); err != nil {
				return err
			}
			deleted += len(batch)
			progress(deleted)
		}
	}
}

func (c bucketCalls) deleteBatch(ctx context.Context, batch []types.ObjectIdentifier) error {
	out, err := c.client.DeleteObjects(ctx, &s3.DeleteObjectsInput{
		Bucket: c.name, ExpectedBucketOwner: c.owner, Delete: &types.Delete{Objects: batch, Quiet: aws.Bool(true)},
	})
	if err != nil {
		return err
	}
	if len(out.Errors) > 0 {
		first := out.Errors[0]
		return errors.New("S3 refused to delete " + aws.ToString(first.Key) + ": " + aws.ToString(first.Code) + ": " + aws.ToString(first.Message))
	}
	return nil
}
