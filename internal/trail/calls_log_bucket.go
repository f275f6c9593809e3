package trail

import (
	"context"
	"errors"
	"maps"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/iamguard/terraform-provider-iamguard/internal/account"
	"github.com/iamguard/terraform-provider-iamguard/internal/framework"
	"github.com/iamguard/terraform-provider-iamguard/internal/policy"
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
	want.Tags = withSystemTags(have.Tags, want.Tags)
	steps := []struct {
		differs bool
		put     func(context.Context, bucket) error
	}{
		{have.PublicBlocked != want.PublicBlocked, c.blockPublicAccess},
		{have.Ownership != want.Ownership, c.putOwnership},
		{have.Versioning != want.Versioning, c.putVersioning},
		{have.SSE != want.SSE || have.KMSKey != want.KMSKey, c.putEncryption},
		{!policy.Same(have.Policy, want.Policy), c.putPolicy},
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
		{"policy_json", !policy.Same(have.Policy, want.Policy)},
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
		return errors.Is(err, account.ErrConflict) || (c.fresh && account.NotYet(err))
	}, do)
}

// withSystemTags adds the tags that AWS itself keeps on a bucket (aws:…): writing
// tags replaces all of them, and S3 refuses to lose these.
func withSystemTags(have, want map[string]string) map[string]string {
	all := maps.Clone(want)
	for key, value := range have {
		if strings.HasPrefix(key, "aws:") {
			all[key] = value
		}
	}
	return all
}
