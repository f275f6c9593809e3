package accesskey

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"github.com/iamguard/terraform-provider-iamguard/internal/account"
	"github.com/iamguard/terraform-provider-iamguard/internal/framework"
	"github.com/iamguard/terraform-provider-iamguard/internal/lifecycle"
	"github.com/iamguard/terraform-provider-iamguard/internal/secretsink"
)

// accessKeyCalls are the AWS calls for the keys of one user.
type accessKeyCalls struct {
	place  framework.Place
	client *iam.Client
	target secretsink.Target
	user   string
	terms  rotationTerms
	// wants is the model that was asked for.
	wants accessKeyModel

	// known is what the state has of the keys; an ID of Current that is "" says that the
	// resource has no key yet.
	known rotation
	// status is what the plan was made of: another one now was seen by nobody.
	status string
	step   rotationStep
	// done says that the step is taken, so that the phase is the planned one.
	done bool
	// made is the key that this process made, secret what AWS told with it.
	made   rotationKey
	secret string
	proof  secretsink.Proof
}

// reachAccessKey is the way to the keys of a model's user.
func reachAccessKey(_ context.Context, in framework.Place, m *accessKeyModel) (lifecycle.Calls[rotation], error) {
	client, err := in.Account.IAM()
	return &accessKeyCalls{
		place: in, client: client, target: m.target(), user: m.User.ValueString(), terms: m.terms(), wants: *m, known: m.known(),
	}, err
}

// priorAccessKey tells an update what the state has, and which step was planned from it.
func priorAccessKey(calls lifecycle.Calls[rotation], state accessKeyModel) {
	if c, ok := calls.(*accessKeyCalls); ok {
		c.known, c.status, c.step = state.known(), state.Status.ValueString(), c.wants.step(state)
	}
}

// Find tells our keys from those of others, by their IDs. Without any of ours, as at a
// creation or an import, the newest key that works is it.
func (c *accessKeyCalls) Find(ctx context.Context) (*rotation, error) {
	keys, err := c.list(ctx)
	if err != nil {
		return nil, err
	}
	have := c.known
	have.Foreign, have.Old = nil, rotationKey{}
	if have.Current.ID == "" {
		if len(keys) == 0 {
			return nil, fmt.Errorf("%w: the user has no access key", account.ErrNotFound)
		}
		have.Current = newestKey(keys)
	}
	have.Current.Status = keyDeleted
	for _, one := range keys {
		switch one.ID {
		case have.Current.ID:
			have.Current = one
		case c.known.Old.ID:
			have.Old = one
		default:
			have.Foreign = append(have.Foreign, one.ID)
		}
	}
	if err := c.judge(ctx, &have); err != nil {
		return nil, err
	}
	return &have, nil
}

// judge finds the phase, and what it depends on.
func (c *accessKeyCalls) judge(ctx context.Context, have *rotation) error {
	now := c.place.Account.Pool().Now()
	switch {
	case have.Old.Status != keyInactive:
		have.Since = time.Time{}
	case have.Since.IsZero():
		have.Since = now
	}
	if have.Old.Status == keyActive && c.terms.overlapped(now, *have) {
		var err error
		if have.Used, err = c.lastUse(ctx, have.Old.ID); err != nil {
			return err
		}
	}
	have.Phase = c.terms.phaseAt(now, *have)
	if planned := c.wants.Phase; c.done && !planned.IsUnknown() && !planned.IsNull() {
		have.Phase = planned.ValueString()
	}
	return nil
}

// newestKey prefers keys that work.
func newestKey(keys []rotationKey) rotationKey {
	return slices.MaxFunc(keys, func(a, b rotationKey) int {
		if a.Status != b.Status {
			if a.Status == keyActive {
				return 1
			}
			return -1
		}
		return a.Made.Compare(b.Made)
	})
}

// list reads all keys of the user.
func (c *accessKeyCalls) list(ctx context.Context) ([]rotationKey, error) {
	var keys []rotationKey
	pages := iam.NewListAccessKeysPaginator(c.client, &iam.ListAccessKeysInput{UserName: &c.user})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		for _, one := range page.AccessKeyMetadata {
			keys = append(keys, rotationKey{
				ID: aws.ToString(one.AccessKeyId), Status: string(one.Status), Made: aws.ToTime(one.CreateDate),
			})
		}
	}
	return keys, nil
}

func (c *accessKeyCalls) lastUse(ctx context.Context, id string) (rotationUse, error) {
	out, err := c.client.GetAccessKeyLastUsed(ctx, &iam.GetAccessKeyLastUsedInput{AccessKeyId: &id})
	if err != nil || out.AccessKeyLastUsed == nil || out.AccessKeyLastUsed.LastUsedDate == nil {
		return rotationUse{}, err
	}
	last := out.AccessKeyLastUsed
	return rotationUse{At: *last.LastUsedDate, Service: aws.ToString(last.ServiceName), Region: aws.ToString(last.Region)}, nil
}

// Differences names what the reads do not show yet.
func (c *accessKeyCalls) Differences(have rotation) []string {
	var names []string
	if c.known.Current.ID == "" {
		if c.wants.AdoptExisting.ValueBool() {
			names = append(names, "access_key_id")
		}
		return names
	}
	if have.Current.Status != keyActive {
		names = append(names, "status")
	}
	if c.step == stepDeactivate && have.Old.Status == keyActive {
		names = append(names, "old_key_status")
	}
	if c.step == stepDelete && have.Old.ID != "" {
		names = append(names, "old_access_key_id")
	}
	return names
}

// Remove deletes the keys of the resource. Of a creation that failed it deletes what was
// made, and takes back what was made to keep the secret.
func (c *accessKeyCalls) Remove(ctx context.Context) error {
	ids := []string{c.known.Current.ID, c.known.Old.ID}
	if c.made.ID != "" {
		ids = []string{c.made.ID}
	}
	for _, id := range ids {
		if id == "" {
			continue
		}
		if err := c.delete(ctx, id); err != nil {
			return err
		}
	}
	if c.proof == nil {
		return nil
	}
	return c.proof.Undo(ctx)
}

func (c *accessKeyCalls) delete(ctx context.Context, id string) error {
	return c.retry(ctx, func() error {
		_, err := c.client.DeleteAccessKey(ctx, &iam.DeleteAccessKeyInput{UserName: &c.user, AccessKeyId: &id})
		if errors.Is(err, account.ErrNotFound) {
			return nil
		}
		return err
	})
}

func (c *accessKeyCalls) set(ctx context.Context, id string, status types.StatusType) error {
	return c.retry(ctx, func() error {
		_, err := c.client.UpdateAccessKey(ctx, &iam.UpdateAccessKeyInput{UserName: &c.user, AccessKeyId: &id, Status: status})
		return err
	})
}

// retry waits for another change of the user to end.
func (c *accessKeyCalls) retry(ctx context.Context, do func() error) error {
	return c.place.Account.Pool().Retry(ctx, account.PropagationTimeout, func(err error) bool {
		return errors.Is(err, account.ErrConflict)
	}, do)
}
