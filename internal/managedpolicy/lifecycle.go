package managedpolicy

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"

	"github.com/iamguard/terraform-provider-iamguard/internal/account"
	"github.com/iamguard/terraform-provider-iamguard/internal/policy"
)

// undoTimeout bounds the deletion of what is unfinished, which also runs after
// Terraform was interrupted, and then somebody waits for it.
const undoTimeout = 30 * time.Second

// ErrExists is an existing policy that was not to be adopted.
var ErrExists = errors.New("a policy of this name and path already exists")

// Outcome is what Make found or left behind.
type Outcome struct {
	Policy  *Policy
	Adopted bool
	// After a failed Make: Undone says that nothing is left, UndoFailed why
	// something is, and then Policy is what is left.
	Undone     bool
	UndoFailed error
}

// Make creates the policy and attaches it, or takes over an existing one where
// adopt is set, and reads it back. When it fails, a policy that it created is
// deleted again, and one that it took over never is.
func (c Calls) Make(ctx context.Context, want Policy, adopt bool) (Outcome, error) {
	_, err := c.describe(ctx, want.ARN)
	switch {
	case err == nil && !adopt:
		return Outcome{}, fmt.Errorf("%w: %s", ErrExists, want.ARN)
	case err == nil:
		have, err := c.Change(ctx, want)
		return Outcome{Policy: have, Adopted: true}, err
	case !errors.Is(err, account.ErrNotFound):
		return Outcome{}, err
	}
	if err := c.create(ctx, want); err != nil {
		return Outcome{}, err
	}
	c.fresh = true
	err = c.reach(ctx, want.ARN, Attachments{}, want.Attachments)
	var have *Policy
	if err == nil {
		have, err = c.settle(ctx, want)
	}
	if err == nil {
		return Outcome{Policy: have}, nil
	}
	undo, cancel := context.WithTimeout(context.WithoutCancel(ctx), undoTimeout)
	defer cancel()
	left := Outcome{UndoFailed: c.Remove(undo, want.ARN)}
	if left.Undone = left.UndoFailed == nil; !left.Undone {
		left.Policy = c.rest(undo, want, have)
	}
	return left, err
}

// rest is what a failed undo left: as it is now, else as it was last seen, else as
// it was sent.
func (c Calls) rest(ctx context.Context, sent Policy, seen *Policy) *Policy {
	if now, err := c.Find(ctx, sent.ARN); err == nil {
		return now
	}
	if seen != nil {
		return seen
	}
	sent.Attachments = Attachments{}
	return &sent
}

// Change brings an existing policy to what is wanted and reads it back: first the
// document, then the attachments, then the tags. When a step is refused, the
// policy as it is now comes with the error, if it can be read.
func (c Calls) Change(ctx context.Context, want Policy) (*Policy, error) {
	have, err := c.Find(ctx, want.ARN)
	if err != nil {
		return nil, err
	}
	if err := c.configure(ctx, *have, want); err != nil {
		back, readErr := c.Find(context.WithoutCancel(ctx), want.ARN)
		if readErr != nil {
			back = nil
		}
		return back, err
	}
	return c.settle(ctx, want)
}

func (c Calls) configure(ctx context.Context, have, want Policy) error {
	if !policy.Same(have.Document, want.Document) {
		if err := c.putDocument(ctx, want.ARN, want.Document); err != nil {
			return err
		}
	}
	if err := c.reach(ctx, want.ARN, have.Attachments, want.Attachments); err != nil {
		return err
	}
	return c.putTags(ctx, want.ARN, have.Tags, want.Tags)
}

// settle reads until nothing differs from what was written.
func (c Calls) settle(ctx context.Context, want Policy) (*Policy, error) {
	return account.SettleOn(ctx, c.pool, "the policy itself",
		func() (*Policy, error) { return c.Find(ctx, want.ARN) },
		func(have Policy) []string { return Differences(have, want) })
}

// Remove detaches the policy from everything, deletes its versions, and deletes
// it. A policy that is gone already is no error, but one just made that is not
// found at once is not gone. Somebody may attach it meanwhile, and a detachment is
// not seen at once, so a refused deletion starts over.
func (c Calls) Remove(ctx context.Context, arn string) error {
	again := func(err error) bool {
		return account.CodeIs(err, "DeleteConflict") || errors.Is(err, account.ErrConflict) ||
			(c.fresh && errors.Is(err, account.ErrNotFound))
	}
	return gone(c.pool.Retry(ctx, newcomerTimeout, again, func() error { return c.delete(ctx, arn) }))
}

func (c Calls) delete(ctx context.Context, arn string) error {
	attached, err := c.attachments(ctx, arn)
	if err != nil {
		return err
	}
	if err := c.reach(ctx, arn, attached, Attachments{}); err != nil {
		return err
	}
	ids, byDefault, err := c.versions(ctx, arn)
	if err != nil {
		return err
	}
	for _, id := range without(ids, []string{byDefault}) {
		if err := c.deleteVersion(ctx, arn, id); err != nil {
			return err
		}
	}
	_, err = c.client.DeletePolicy(ctx, &iam.DeletePolicyInput{PolicyArn: aws.String(arn)})
	return err
}
