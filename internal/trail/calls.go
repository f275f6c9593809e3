package trail

import (
	"context"
	"errors"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/arn"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/kms"

	"github.com/iamguard/terraform-provider-iamguard/internal/account"
	"github.com/iamguard/terraform-provider-iamguard/internal/framework"
	"github.com/iamguard/terraform-provider-iamguard/internal/inventory"
)

// calls are the AWS calls about the trails of one place.
type calls struct {
	place  framework.Place
	client *cloudtrail.Client
	pool   *account.Pool
	// fresh trails are not found by every call at once.
	fresh bool
}

func callsIn(place framework.Place) calls {
	return calls{place: place, client: place.Account.CloudTrail(place.Region), pool: place.Account.Pool()}
}

// locate finds where a trail of this name or ARN is at home; account.ErrNotFound
// where there is none.
func (c calls) locate(ctx context.Context, nameOrARN string) (arn, homeRegion string, err error) {
	out, err := c.client.GetTrail(ctx, &cloudtrail.GetTrailInput{Name: aws.String(nameOrARN)})
	if err != nil {
		return "", "", err
	}
	return aws.ToString(out.Trail.TrailARN), aws.ToString(out.Trail.HomeRegion), nil
}

// exists is locate with a plain answer.
func (c calls) exists(ctx context.Context, name string) (arn string, found bool, err error) {
	arn, _, err = c.locate(ctx, name)
	if errors.Is(err, account.ErrNotFound) {
		return "", false, nil
	}
	return arn, err == nil, err
}

func (c calls) find(ctx context.Context, arn string) (*inventory.Trail, error) {
	return inventory.ReadTrail(ctx, c.place.Account, c.place.Region, arn)
}

// resolveKey is the ARN of the key behind an alias; "" for what is no alias, and
// for an alias that is gone.
func (c calls) resolveKey(ctx context.Context, key string) (string, error) {
	if !isAlias(key) {
		return "", nil
	}
	region := c.place.Region
	if parsed, err := arn.Parse(key); err == nil {
		region = parsed.Region
	}
	out, err := c.place.Account.KMS(region).DescribeKey(ctx, &kms.DescribeKeyInput{KeyId: aws.String(key)})
	if errors.Is(err, account.ErrNotFound) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	return aws.ToString(out.KeyMetadata.Arn), nil
}

// create makes the trail without anything that needs another call. A name that
// turns out to be taken, though it was free when asked before, is our own if it
// is what was sent: the answer to an earlier attempt was lost.
func (c calls) create(ctx context.Context, want inventory.Trail) (arn string, err error) {
	input := &cloudtrail.CreateTrailInput{
		Name: aws.String(want.Name), S3BucketName: aws.String(want.BucketName),
		IsMultiRegionTrail: aws.Bool(want.MultiRegion), IncludeGlobalServiceEvents: aws.Bool(want.GlobalEvents),
		EnableLogFileValidation: aws.Bool(want.Validation), IsOrganizationTrail: aws.Bool(want.Organization),
		S3KeyPrefix: textPointer(want.KeyPrefix), KmsKeyId: textPointer(want.KMSKeyID), SnsTopicName: textPointer(want.SNSTopicARN),
		CloudWatchLogsLogGroupArn: logGroupPointer(want.LogGroupARN), CloudWatchLogsRoleArn: textPointer(want.LogRoleARN),
		TagsList: tagList(want.Tags),
	}
	err = c.retry(ctx, func() error {
		out, err := c.client.CreateTrail(ctx, input)
		if err == nil {
			arn = aws.ToString(out.TrailARN)
		}
		return err
	})
	if !account.CodeIs(err, "TrailAlreadyExistsException") {
		return arn, err
	}
	found, _, locateErr := c.locate(ctx, want.Name)
	if locateErr != nil {
		return "", err
	}
	have, readErr := c.find(ctx, found)
	if readErr != nil || len(lostAnswerDifferences(*have, want)) > 0 {
		return "", err
	}
	return found, nil
}

// lostAnswerDifferences compares what CreateTrail alone sets.
func lostAnswerDifferences(have, want inventory.Trail) []string {
	want.Selectors, want.Insights, want.Status = have.Selectors, have.Insights, have.Status
	return differences(have, want)
}

// remove deletes the trail; one that is gone already is no error, but one just made
// that is not found at once is not gone.
func (c calls) remove(ctx context.Context, arn string) error {
	err := c.retry(ctx, func() error {
		_, err := c.client.DeleteTrail(ctx, &cloudtrail.DeleteTrailInput{Name: aws.String(arn)})
		return err
	})
	if errors.Is(err, account.ErrNotFound) {
		return nil
	}
	return err
}

// retry waits for policies, keys and roles to be seen by CloudTrail, for another
// change to end, and for a trail just made to be found.
func (c calls) retry(ctx context.Context, do func() error) error {
	return c.pool.Retry(ctx, account.PropagationTimeout, func(err error) bool {
		return errors.Is(err, account.ErrPropagation) || errors.Is(err, account.ErrConflict) ||
			(c.fresh && account.NotYet(err))
	}, do)
}

func textPointer(text string) *string {
	if text == "" {
		return nil
	}
	return aws.String(text)
}

// logGroupPointer ends the ARN of a log group with the ":*" that CloudTrail wants.
func logGroupPointer(arn string) *string {
	if arn == "" {
		return nil
	}
	return aws.String(trimStar(arn) + ":*")
}
