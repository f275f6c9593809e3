package account

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
)

// Sleeper waits for a duration or until the context ends, whichever is first,
// and returns the context's error in the second case.
type Sleeper func(context.Context, time.Duration) error

func sleepContext(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-timer.C:
		return nil
	}
}

// Bounds of the two kinds of waiting. Policy propagation is what CloudTrail
// needs after a bucket, key or role policy was written; settling is the time in
// which a read may still answer what was there before a write.
const (
	PropagationTimeout = 2 * time.Minute
	SettleTimeout      = 90 * time.Second
	firstDelay         = 500 * time.Millisecond
	longestDelay       = 10 * time.Second
)

// ErrNotSettled is returned by Settle when the wanted answer never came.
var ErrNotSettled = errors.New("the read-back never agreed with what was written")

// Retry calls do until it succeeds, fails with an error that again refuses, or
// limit has been slept away; the last error is returned. The time is counted in
// sleeps, so an injected sleeper makes it instant and still bounded.
func (p *Pool) Retry(ctx context.Context, limit time.Duration, again func(error) bool, do func() error) error {
	delay, waited := firstDelay, time.Duration(0)
	for {
		err := do()
		if err == nil || !again(err) || waited+delay > limit {
			return err
		}
		if sleepErr := p.runtime.Sleep(ctx, delay); sleepErr != nil {
			return errors.Join(err, sleepErr)
		}
		waited += delay
		delay = min(2*delay, longestDelay)
	}
}

// Settle calls read until it reports true, returns an error, or SettleTimeout
// has been slept away, which is ErrNotSettled.
func (p *Pool) Settle(ctx context.Context, read func() (bool, error)) error {
	var failure error
	err := p.Retry(ctx, SettleTimeout,
		func(err error) bool { return errors.Is(err, ErrNotSettled) },
		func() error {
			done, err := read()
			failure = err
			if err == nil && !done {
				return ErrNotSettled
			}
			return err
		})
	if failure != nil {
		return failure
	}
	return err
}

// SettleOn reads an object until nothing differs from what was written. It may not be
// found for a while, which counts as a difference of itself. The last answer comes
// with the error too, if it never agrees.
func SettleOn[T any](
	ctx context.Context, pool *Pool, itself string, find func() (*T, error), differences func(T) []string,
) (*T, error) {
	var have *T
	var left []string
	err := pool.Settle(ctx, func() (bool, error) {
		found, err := find()
		if NotYet(err) {
			left = []string{itself}
			return false, nil
		}
		if err != nil {
			return false, err
		}
		have, left = found, differences(*found)
		return len(left) == 0, nil
	})
	if errors.Is(err, ErrNotSettled) {
		err = fmt.Errorf("%w: AWS still answers other values of %s", err, strings.Join(left, ", "))
	}
	return have, err
}

// NotYet tells whether an error is what a read answers for a while after a write.
func NotYet(err error) bool {
	return errors.Is(err, ErrNotFound) || errors.Is(err, ErrNotSettled)
}

// Now is the pool's clock, in UTC.
func (p *Pool) Now() time.Time {
	return p.runtime.Clock().UTC()
}

// Wait waits for a duration, or until the context ends, and then fails.
func (p *Pool) Wait(ctx context.Context, d time.Duration) error {
	return p.runtime.Sleep(ctx, d)
}
