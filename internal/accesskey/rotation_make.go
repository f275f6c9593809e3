package accesskey

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/iam"

	"github.com/iamguard/terraform-provider-iamguard/internal/account"
)

const (
	// cleanTimeout bounds what is done after a failure, for which somebody waits.
	cleanTimeout = 30 * time.Second
	// clockDifference is by how much the clocks of this machine and of AWS may differ.
	clockDifference = 2 * time.Minute
)

// credentials are what is kept: key and secret in one, as replacing one after the other
// would leave a moment in which they do not fit. The form is that of credential_process,
// see https://docs.aws.amazon.com/sdkref/latest/guide/feature-process-credentials.html
type credentials struct {
	Version         int
	AccessKeyID     string `json:"AccessKeyId"`
	SecretAccessKey string
}

// prepare finds the user, who may have been made a moment ago, and proves that the secret
// can be kept. No key is made before.
func (c *accessKeyCalls) prepare(ctx context.Context, inUse bool) error {
	err := c.place.Account.Pool().Retry(ctx, cleanTimeout, account.NotYet, func() error {
		_, err := c.list(ctx)
		return err
	})
	if err != nil {
		return err
	}
	c.target.InUse = inUse
	c.proof, err = c.target.Prove(ctx, c.place)
	return err
}

// withdraw takes back what was made to keep a secret that is of no use.
func (c *accessKeyCalls) withdraw(ctx context.Context) error {
	undo, cancel := context.WithTimeout(context.WithoutCancel(ctx), cleanTimeout)
	defer cancel()
	return c.proof.Undo(undo)
}

// undo deletes the key of a rotation that failed. The other one works as before.
func (c *accessKeyCalls) undo(ctx context.Context) error {
	undo, cancel := context.WithTimeout(context.WithoutCancel(ctx), cleanTimeout)
	defer cancel()
	if err := c.delete(undo, c.made.ID); err != nil {
		return errors.Join(errKeyLeft, err)
	}
	c.made, c.secret, c.known.Fresh = rotationKey{}, "", nil
	return c.proof.Undo(undo)
}

// makeKey makes a key and learns its secret. The SDK repeats nothing: after a lost answer
// nobody knows the secret of the key that may be there by now, so it is deleted and
// another is made.
func (c *accessKeyCalls) makeKey(ctx context.Context) error {
	before, err := c.list(ctx)
	if err != nil {
		return err
	}
	if len(before) > 1 {
		return errTwoKeys
	}
	began, lost := c.place.Account.Pool().Now(), false
	err = c.place.Account.Pool().Retry(ctx, account.PropagationTimeout, func(err error) bool {
		return lost && (answerLost(err) || account.CodeIs(err, "LimitExceeded")) ||
			errors.Is(err, account.ErrThrottled) || errors.Is(err, account.ErrConflict)
	}, func() error {
		if lost {
			if err := c.deleteLost(ctx, before, began); err != nil {
				return err
			}
		}
		err := c.create(ctx)
		lost = lost || answerLost(err)
		return err
	})
	if !lost {
		return err
	}
	undo, cancel := context.WithTimeout(context.WithoutCancel(ctx), cleanTimeout)
	defer cancel()
	if left := c.sweep(undo, before, began); left != nil {
		return errors.Join(err, errKeyLeft, left)
	}
	return err
}

// create makes one attempt.
func (c *accessKeyCalls) create(ctx context.Context) error {
	out, err := c.client.CreateAccessKey(ctx, &iam.CreateAccessKeyInput{UserName: &c.user},
		func(o *iam.Options) { o.Retryer = aws.NopRetryer{} })
	if err != nil {
		return err
	}
	made := out.AccessKey
	c.made = rotationKey{ID: aws.ToString(made.AccessKeyId), Status: string(made.Status), Made: aws.ToTime(made.CreateDate)}
	c.secret = aws.ToString(made.SecretAccessKey)
	return nil
}

// sweep looks once more for the key of a lost answer, which IAM may list late: where a
// later one was made, once that is listed.
func (c *accessKeyCalls) sweep(ctx context.Context, before []rotationKey, began time.Time) error {
	if c.made.ID != "" {
		err := c.place.Account.Pool().Settle(ctx, func() (bool, error) {
			keys, err := c.list(ctx)
			return slices.ContainsFunc(keys, func(one rotationKey) bool { return one.ID == c.made.ID }), err
		})
		if err != nil {
			return errors.Join(err, c.delete(ctx, c.made.ID))
		}
	}
	return c.deleteLost(ctx, before, began)
}

// deleteLost deletes keys that were made since a time and whose secret nobody knows.
func (c *accessKeyCalls) deleteLost(ctx context.Context, before []rotationKey, began time.Time) error {
	now, err := c.list(ctx)
	if err != nil {
		return err
	}
	for _, one := range now {
		known := one.ID == c.made.ID || slices.ContainsFunc(before, func(other rotationKey) bool { return other.ID == one.ID })
		if known || one.Made.Before(began.Add(-clockDifference)) {
			continue
		}
		if err := c.delete(ctx, one.ID); err != nil {
			return err
		}
	}
	return nil
}

// answerLost tells whether a call that failed may have been carried out all the same.
func answerLost(err error) bool {
	if err == nil {
		return false
	}
	if answer, ok := errors.AsType[*awshttp.ResponseError](err); ok && answer.HTTPStatusCode() >= http.StatusInternalServerError {
		return true
	}
	failed := account.AsError(err)
	return failed == nil || failed.Code == ""
}

// await waits until AWS takes the new key, so that what is stored works from the first
// moment on. Only a refusal of the key itself says something about it: where STS cannot
// be asked, nothing is known, and that is no reason to give the key up.
func (c *accessKeyCalls) await(ctx context.Context) error {
	if c.place.Account.CallerARN == "" {
		return nil // By skip_requesting_account_id STS is not to be asked.
	}
	refused := func(err error) bool { return errors.Is(err, account.ErrCredentials) }
	err := c.place.Account.Pool().Retry(ctx, account.PropagationTimeout, refused, func() error {
		return c.place.Account.Accepts(ctx, c.made.ID, c.secret)
	})
	if refused(err) {
		return fmt.Errorf("%w: %w", errKeyRefused, account.Redacted(err, c.secret))
	}
	return nil
}

// finish keeps the secret once the key works, and forgets it then.
func (c *accessKeyCalls) finish(ctx context.Context) error {
	if err := c.await(ctx); err != nil {
		return err
	}
	text, err := json.Marshal(credentials{Version: 1, AccessKeyID: c.made.ID, SecretAccessKey: c.secret})
	if err != nil {
		return err
	}
	encrypted, err := c.proof.Keep(ctx, string(text))
	if err != nil {
		return account.Redacted(err, c.secret)
	}
	c.secret, c.known.Encrypted, c.known.Stored, c.known.Fresh = "", encrypted, true, &c.wants
	return nil
}
