package accesskey

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"github.com/iamguard/terraform-provider-iamguard/internal/framework"
	"github.com/iamguard/terraform-provider-iamguard/internal/history"
)

// rotationStep is what one apply does. None both makes and deactivates a key.
type rotationStep int

const (
	stepNone rotationStep = iota
	// stepRotate makes a key and keeps its secret.
	stepRotate
	// stepDeactivate deactivates the old key.
	stepDeactivate
	// stepDelete deletes the old key, which is inactive.
	stepDelete
)

var (
	errNotRestored  = errors.New("somebody took the access key away, and restore_access = false")
	errKeyChanged   = errors.New("somebody has deactivated or deleted the access key since the plan was made")
	errKeyBack      = errors.New("the access key, which the plan took for deleted, is there")
	errForeignKey   = errors.New("the user has an access key that is not of this resource")
	errTwoKeys      = errors.New("the user has two access keys already, and no user can have three")
	errOldKeyUsed   = errors.New("the old access key was used since the plan was made")
	errOldKeyActive = errors.New("the old access key was activated again since the plan was made")
	errKeyLeft      = errors.New("an access key was made that could not be deleted, and nobody knows its secret")
	errKeyRefused   = errors.New("AWS does not take the new access key")
	errKeepUnknown  = errors.New("no answer tells whether the secret was kept, so both keys stay as they are")
)

// Create makes the first key, and no other than the first.
func (c *accessKeyCalls) Create(ctx context.Context) (*rotation, error) {
	if err := c.mayGive(ctx); err != nil {
		return nil, err
	}
	if err := c.prepare(ctx, false); err != nil {
		return nil, err
	}
	if err := c.makeKey(ctx); err != nil {
		return nil, errors.Join(err, c.withdraw(ctx))
	}
	c.known.Current = c.made
	return &rotation{Current: c.made}, nil
}

// Configure keeps the secret of a key that was just made, gives back what somebody took,
// and takes the step that was planned. What can be refused is refused before.
func (c *accessKeyCalls) Configure(ctx context.Context, have rotation) error {
	err := c.takeStep(ctx, have)
	c.done = err == nil
	return err
}

func (c *accessKeyCalls) takeStep(ctx context.Context, have rotation) error {
	switch {
	case c.made.ID != "":
		return c.finish(ctx)
	case c.known.Current.ID == "":
		return c.adopt(ctx, have)
	case len(have.Foreign) > 0:
		return fmt.Errorf("%w: %s", errForeignKey, strings.Join(shortIDs(have.Foreign), ", "))
	}
	if err := c.repair(ctx, have.Current.Status); err != nil {
		return err
	}
	switch c.step {
	case stepRotate:
		return c.rotate(ctx, have)
	case stepDeactivate:
		return c.deactivate(ctx, have)
	case stepDelete:
		return c.deleteOld(ctx, have)
	case stepNone:
	}
	return nil
}

// adopt makes the one key that the user has the old key of an overlap.
func (c *accessKeyCalls) adopt(ctx context.Context, have rotation) error {
	if len(have.Foreign) > 0 {
		return fmt.Errorf("%w: %s", errTwoKeys, strings.Join(shortIDs(append(have.Foreign, have.Current.ID)), ", "))
	}
	return c.rotate(ctx, have)
}

// repair activates our key again, if somebody deactivated it and the plan said so.
func (c *accessKeyCalls) repair(ctx context.Context, status string) error {
	switch {
	case status == keyActive && c.status == keyDeleted:
		return errKeyBack
	case status == keyActive:
		return nil
	case status != c.status, status == keyDeleted && c.step != stepRotate:
		return errKeyChanged
	case !c.wants.Restore.ValueBool():
		return errNotRestored
	}
	if err := c.mayGive(ctx); err != nil || status == keyDeleted {
		return err // A deleted key is replaced by the step.
	}
	return c.set(ctx, c.known.Current.ID, types.StatusTypeActive)
}

// mayGive refuses to give access to a user whom AWS has quarantined.
func (c *accessKeyCalls) mayGive(ctx context.Context) error {
	policy, err := history.Quarantined(ctx, c.client, c.user)
	if err == nil && policy != "" {
		return fmt.Errorf("%w (%s)", history.ErrQuarantined, policy)
	}
	return err
}

// rotate makes a key beside the one there is. The old key stays as it is.
func (c *accessKeyCalls) rotate(ctx context.Context, have rotation) error {
	old := have.Current
	if old.Status == keyDeleted {
		old = have.Old
	} else if have.Old.ID != "" {
		return fmt.Errorf("%w: %s", errTwoKeys, strings.Join(shortIDs([]string{old.ID, have.Old.ID}), ", "))
	}
	if err := c.prepare(ctx, true); err != nil {
		return err
	}
	if err := c.makeKey(ctx); err != nil {
		return errors.Join(err, c.withdraw(ctx))
	}
	if err := c.finish(ctx); err != nil {
		if answerLost(err) {
			return errors.Join(err, errKeepUnknown)
		}
		return errors.Join(err, c.undo(ctx))
	}
	c.known.Current, c.known.Old, c.known.Since = c.made, old, time.Time{}
	return nil
}

// deactivate ends the overlap, unless somebody has used the old key meanwhile.
func (c *accessKeyCalls) deactivate(ctx context.Context, have rotation) error {
	if have.Old.ID == "" || have.Old.Status != keyActive {
		return nil
	}
	now := c.place.Account.Pool().Now()
	if have.needed(now) {
		return fmt.Errorf("%w: %s, %s", errOldKeyUsed, framework.LastFour(have.Old.ID), have.Used.words())
	}
	if err := c.set(ctx, have.Old.ID, types.StatusTypeInactive); err != nil {
		return err
	}
	c.known.Since = now
	return nil
}

// deleteOld deletes the old key, which has to be inactive still.
func (c *accessKeyCalls) deleteOld(ctx context.Context, have rotation) error {
	switch {
	case have.Old.ID == "":
		return nil
	case have.Old.Status == keyActive:
		return fmt.Errorf("%w: %s", errOldKeyActive, framework.LastFour(have.Old.ID))
	}
	return c.delete(ctx, have.Old.ID)
}

// words tell when and where a key was used.
func (u rotationUse) words() string {
	if u.At.IsZero() {
		return "no use of it is known, and it is not a day old"
	}
	return fmt.Sprintf("used for %s in %s at %s", framework.Escape(u.Service), framework.Escape(u.Region),
		u.At.UTC().Format("2006-01-02 15:04Z"))
}
