package managedpolicy

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"

	"github.com/iamguard/terraform-provider-iamguard/internal/account"
	"github.com/iamguard/terraform-provider-iamguard/internal/framework"
)

// maxVersions is how many versions a policy has at most.
const maxVersions = 5

// newcomerTimeout bounds the waiting for a group, user or role that IAM does not
// know: one just made is seen after seconds, and a name with a typing error never.
const newcomerTimeout = 30 * time.Second

// clockSkew is how far the clocks of AWS and of this machine may differ; AWS takes
// no call from a machine whose clock differs more.
const clockSkew = 5 * time.Minute

// Calls are the AWS calls about the managed policies of one account.
type Calls struct {
	client *iam.Client
	pool   *account.Pool
	// fresh policies are not found by every call at once.
	fresh bool
}

// In is the way to the policies of a place. It fails where the partition has no
// known region of IAM.
func In(place framework.Place) (Calls, error) {
	client, err := place.Account.IAM()
	if err != nil {
		return Calls{}, err
	}
	return Calls{client: client, pool: place.Account.Pool()}, nil
}

// create makes the policy, attached to nothing. A name that turns out to be taken,
// though the ARN was free when asked before, is our own policy if it is what was
// sent and not older than the call: the answer to an earlier attempt was lost.
func (c Calls) create(ctx context.Context, want Policy) error {
	began := c.pool.Now()
	err := c.retry(ctx, func() error {
		_, err := c.client.CreatePolicy(ctx, &iam.CreatePolicyInput{
			PolicyName: aws.String(want.Name), Path: aws.String(want.Path), Description: aws.String(want.Description),
			PolicyDocument: aws.String(want.Document), Tags: tagList(want.Tags),
		})
		return err
	})
	if !errors.Is(err, account.ErrAlreadyExists) {
		return err
	}
	have, readErr := c.Find(ctx, want.ARN)
	if readErr != nil || have.Created.Before(began.Add(-clockSkew)) || have.Description != want.Description {
		return err
	}
	want.Attachments = Attachments{}
	if len(Differences(*have, want)) > 0 {
		return err
	}
	return nil
}

// putDocument makes a new default version; where five exist, the oldest that is
// not the default one goes first. A repeated call may find the version that an
// earlier attempt made, so a full policy is looked at again.
func (c Calls) putDocument(ctx context.Context, arn, document string) error {
	for round := 1; ; round++ {
		if err := c.makeRoom(ctx, arn); err != nil {
			return err
		}
		err := c.retry(ctx, func() error {
			_, err := c.client.CreatePolicyVersion(ctx, &iam.CreatePolicyVersionInput{
				PolicyArn: aws.String(arn), PolicyDocument: aws.String(document), SetAsDefault: true,
			})
			return err
		})
		if round == 2 || !account.CodeIs(err, "LimitExceeded") {
			return err
		}
	}
}

func (c Calls) makeRoom(ctx context.Context, arn string) error {
	ids, byDefault, err := c.versions(ctx, arn)
	if err != nil {
		return err
	}
	for excess := len(ids) - maxVersions + 1; excess > 0; excess-- {
		oldest := slices.IndexFunc(ids, func(id string) bool { return id != byDefault })
		if err := c.deleteVersion(ctx, arn, ids[oldest]); err != nil {
			return err
		}
		ids = slices.Delete(ids, oldest, oldest+1)
	}
	return nil
}

func (c Calls) deleteVersion(ctx context.Context, arn, id string) error {
	return gone(c.retry(ctx, func() error {
		_, err := c.client.DeletePolicyVersion(ctx, &iam.DeletePolicyVersionInput{
			PolicyArn: aws.String(arn), VersionId: aws.String(id),
		})
		return err
	}))
}

func (c Calls) putTags(ctx context.Context, arn string, have, want map[string]string) error {
	set, remove := framework.TagChanges(have, want)
	if len(set) > 0 {
		err := c.retry(ctx, func() error {
			_, err := c.client.TagPolicy(ctx, &iam.TagPolicyInput{PolicyArn: aws.String(arn), Tags: tagList(set)})
			return err
		})
		if err != nil {
			return err
		}
	}
	if len(remove) == 0 {
		return nil
	}
	return c.retry(ctx, func() error {
		_, err := c.client.UntagPolicy(ctx, &iam.UntagPolicyInput{PolicyArn: aws.String(arn), TagKeys: remove})
		return err
	})
}

// reach attaches what is missing and then detaches what is too much, so that
// nobody who moves from a user to a group is without the policy in between.
func (c Calls) reach(ctx context.Context, arn string, have, want Attachments) error {
	kinds := c.kinds(arn)
	for _, kind := range kinds {
		for _, name := range without(kind.names(want), kind.names(have)) {
			if err := c.attach(ctx, kind, name); err != nil {
				return err
			}
		}
	}
	for _, kind := range kinds {
		for _, name := range without(kind.names(have), kind.names(want)) {
			if err := gone(c.retry(ctx, func() error { return kind.detach(ctx, name) })); err != nil {
				return fmt.Errorf("detaching the policy from the %s %q: %w", kind.noun, name, err)
			}
		}
	}
	return nil
}

// attach waits a little for an object that another resource has just made.
func (c Calls) attach(ctx context.Context, kind kind, name string) error {
	err := c.pool.Retry(ctx, newcomerTimeout, func(err error) bool { return errors.Is(err, account.ErrNotFound) }, func() error {
		return c.retry(ctx, func() error { return kind.attach(ctx, name) })
	})
	if err != nil {
		return fmt.Errorf("attaching the policy to the %s %q: %w", kind.noun, name, err)
	}
	return nil
}

// retry waits for another change of the same object to end.
func (c Calls) retry(ctx context.Context, do func() error) error {
	return c.pool.Retry(ctx, account.PropagationTimeout, func(err error) bool { return errors.Is(err, account.ErrConflict) }, do)
}

// gone forgives that what was to be taken away is not there any more.
func gone(err error) error {
	if errors.Is(err, account.ErrNotFound) {
		return nil
	}
	return err
}
