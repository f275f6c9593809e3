package mfa

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/pquerna/otp/totp"

	"github.com/iamguard/terraform-provider-iamguard/internal/account"
)

const (
	// deviceCodePeriod is how long a code is shown, and deviceCodeMargin how much of that
	// time a code needs to reach IAM.
	deviceCodePeriod = 30 * time.Second
	deviceCodeMargin = 3 * time.Second
	// deviceEnableTimeout bounds the attempts to enable a device, deviceStale the pause
	// where IAM does not find it yet, and deviceCleanTimeout the deletion of what is unfinished.
	deviceEnableTimeout = 5 * time.Minute
	deviceStale         = 5 * time.Second
	deviceCleanTimeout  = 30 * time.Second
)

// Create makes the device, which is assigned to nobody yet, once its seed can be kept and
// there is a user to enable it for.
func (c *deviceCalls) Create(ctx context.Context) (*device, error) {
	if err := c.prepare(ctx); err != nil {
		return nil, err
	}
	if err := c.makeDevice(ctx); err != nil {
		return nil, errors.Join(err, c.withdraw(ctx))
	}
	return &device{Serial: c.serial, User: c.user, Exists: true, Tags: c.tags}, nil
}

// prepare finds the user, who may have been made a moment ago, and proves that the seed
// can be kept. No device is made before.
func (c *deviceCalls) prepare(ctx context.Context) error {
	err := c.place.Account.Pool().Retry(ctx, deviceCleanTimeout, account.NotYet, func() error {
		_, err := c.held(ctx)
		return err
	})
	if err != nil {
		return err
	}
	c.proof, err = c.target.Prove(ctx, c.place)
	return err
}

// withdraw takes back what was made to keep a seed that is of no use.
func (c *deviceCalls) withdraw(ctx context.Context) error {
	undo, cancel := context.WithTimeout(context.WithoutCancel(ctx), deviceCleanTimeout)
	defer cancel()
	return c.proof.Undo(undo)
}

// replace makes a new device of the same name in the place of the old one, whose seed may
// be lost. What can fail without harm comes first.
func (c *deviceCalls) replace(ctx context.Context) error {
	err := c.prepare(ctx)
	if err == nil {
		err = c.delete(ctx)
	}
	if err != nil {
		if c.proof != nil {
			err = errors.Join(err, c.withdraw(ctx))
		}
		return err
	}
	if err = c.makeDevice(ctx); err == nil {
		err = c.finish(ctx)
	}
	if err == nil {
		return nil
	}
	undo, cancel := context.WithTimeout(context.WithoutCancel(ctx), deviceCleanTimeout)
	defer cancel()
	return errors.Join(err, errDeviceReplaced, c.Remove(undo))
}

// makeDevice makes the device and learns its seed. The SDK repeats nothing: after a lost
// answer nobody knows the seed of the device that may be there by now, so it is deleted
// and another is made.
func (c *deviceCalls) makeDevice(ctx context.Context) error {
	lost := false
	err := c.place.Account.Pool().Retry(ctx, account.PropagationTimeout, func(err error) bool {
		return lost && (deviceLost(err) || errors.Is(err, account.ErrAlreadyExists)) ||
			errors.Is(err, account.ErrThrottled) || errors.Is(err, account.ErrConflict)
	}, func() error {
		if lost {
			if err := c.deleteLost(ctx); err != nil {
				return err
			}
		}
		made, err := c.client.CreateVirtualMFADevice(ctx, &iam.CreateVirtualMFADeviceInput{
			VirtualMFADeviceName: aws.String(c.name), Path: aws.String(c.path), Tags: deviceTags(c.tags),
		}, func(o *iam.Options) { o.Retryer = aws.NopRetryer{} })
		lost = lost || deviceLost(err)
		if err != nil {
			return err
		}
		c.made, c.seed = true, string(made.VirtualMFADevice.Base32StringSeed)
		return nil
	})
	if err == nil || !lost {
		return err
	}
	undo, cancel := context.WithTimeout(context.WithoutCancel(ctx), deviceCleanTimeout)
	defer cancel()
	if left := c.deleteLost(undo); left != nil {
		return errors.Join(err, errDeviceLeft, left)
	}
	return err
}

// deleteLost deletes a device whose seed nobody knows, if there is one. One that a user
// has is not ours, and stays.
func (c *deviceCalls) deleteLost(ctx context.Context) error {
	_, err := c.client.DeleteVirtualMFADevice(ctx, &iam.DeleteVirtualMFADeviceInput{SerialNumber: aws.String(c.serial)})
	if errors.Is(err, account.ErrNotFound) {
		return nil
	}
	return err
}

// deviceLost tells whether a call that failed may have been carried out all the same.
func deviceLost(err error) bool {
	if err == nil {
		return false
	}
	if answer, ok := errors.AsType[*awshttp.ResponseError](err); ok && answer.HTTPStatusCode() >= http.StatusInternalServerError {
		return true
	}
	failed := account.AsError(err)
	return failed == nil || failed.Code == ""
}

// finish keeps the seed, and only then enables the device.
func (c *deviceCalls) finish(ctx context.Context) error {
	encrypted, err := c.proof.Keep(ctx, c.seed)
	if err != nil {
		return err
	}
	c.encrypted = encrypted
	if err := c.enable(ctx); err != nil {
		return err
	}
	c.seed = ""
	return nil
}

// enable sends two codes in a row, in time. Codes that IAM refuses are not sent again.
func (c *deviceCalls) enable(ctx context.Context) error {
	pool, waited := c.place.Account.Pool(), time.Duration(0)
	for {
		if left := deviceCodePeriod - time.Duration(pool.Now().UnixNano())%deviceCodePeriod; left < deviceCodeMargin {
			if err := pool.Wait(ctx, left); err != nil {
				return err
			}
		}
		pause, err := c.sendCodes(ctx, pool.Now())
		if err == nil || pause == 0 || waited >= deviceEnableTimeout {
			return err
		}
		if sleepErr := pool.Wait(ctx, pause); sleepErr != nil {
			return errors.Join(err, sleepErr)
		}
		waited += pause
	}
}

// sendCodes sends the codes of the period before and of this one. An error comes with the
// time after which another attempt makes sense, 0 for never.
func (c *deviceCalls) sendCodes(ctx context.Context, now time.Time) (time.Duration, error) {
	first, err := totp.GenerateCode(c.seed, now.Add(-deviceCodePeriod))
	if err != nil {
		return 0, fmt.Errorf("compute a code from the seed: %w", errDeviceSeed)
	}
	second, err := totp.GenerateCode(c.seed, now)
	if err != nil {
		return 0, fmt.Errorf("compute a code from the seed: %w", errDeviceSeed)
	}
	_, err = c.client.EnableMFADevice(ctx, &iam.EnableMFADeviceInput{
		UserName: aws.String(c.user), SerialNumber: aws.String(c.serial),
		AuthenticationCode1: aws.String(first), AuthenticationCode2: aws.String(second),
	})
	refused := account.CodeIs(err, "InvalidAuthenticationCode")
	exists := errors.Is(err, account.ErrAlreadyExists)
	if refused || exists || deviceLost(err) {
		// The answer to an earlier attempt may be lost, and its codes used.
		if held, heldErr := c.held(ctx); heldErr == nil && slices.Contains(held, c.serial) {
			return 0, nil
		}
	}
	err = account.Redacted(err, first, second, c.seed)
	switch {
	case refused:
		return 2 * deviceCodePeriod, err
	case exists, errors.Is(err, account.ErrNotFound), errors.Is(err, account.ErrConflict):
		return deviceStale, err
	}
	return 0, err
}
