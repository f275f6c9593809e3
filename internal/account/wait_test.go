package account_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/iamguard/terraform-provider-iamguard/internal/account"
)

var (
	errPassing = errors.New("not yet")
	errLasting = errors.New("never")
)

func waiting(t *testing.T) (*account.Pool, *clock) {
	t.Helper()
	c := &clock{began: time.Now()}
	return account.NewPool(account.Settings{}, account.Runtime{Clock: c.now, Sleep: c.sleep}), c
}

func passing(err error) bool { return errors.Is(err, errPassing) }

func TestRetry(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		fails int
		with  error
		calls int
		want  error
	}{
		"at once":        {0, nil, 1, nil},
		"after a while":  {3, errPassing, 4, nil},
		"another reason": {3, errLasting, 1, errLasting},
		"never":          {1000, errPassing, 16, errPassing},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p, c := waiting(t)
			calls := 0
			err := p.Retry(t.Context(), account.PropagationTimeout, passing, func() error {
				calls++
				if calls <= test.fails {
					return test.with
				}
				return nil
			})
			waited := c.now().Sub(c.began)
			if !errors.Is(err, test.want) || calls != test.calls || waited > account.PropagationTimeout {
				t.Errorf("%d calls in %s: %v", calls, waited, err)
			}
		})
	}
}

func TestRetry_endsWithTheContext(t *testing.T) {
	t.Parallel()
	p, _ := waiting(t)
	ctx, cancel := context.WithCancel(t.Context())
	calls := 0
	err := p.Retry(ctx, time.Hour, passing, func() error {
		if calls++; calls == 2 {
			cancel()
		}
		return errPassing
	})
	if calls != 2 || !errors.Is(err, context.Canceled) || !errors.Is(err, errPassing) {
		t.Errorf("%d calls: %v", calls, err)
	}
}

// The real sleeper ends with the context too.
func TestRetry_realSleeper(t *testing.T) {
	t.Parallel()
	p := account.NewPool(account.Settings{}, account.Runtime{})
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	err := p.Retry(ctx, time.Hour, passing, func() error { return errPassing })
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
}

func TestSettle(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		answers func(call int) (bool, error)
		calls   int
		want    error
	}{
		"at once":      {func(int) (bool, error) { return true, nil }, 1, nil},
		"third answer": {func(call int) (bool, error) { return call == 3, nil }, 3, nil},
		"never":        {func(int) (bool, error) { return false, nil }, 13, account.ErrNotSettled},
		"failure": {
			func(call int) (bool, error) { return false, map[bool]error{true: errLasting}[call == 2] }, 2,
			errLasting,
		},
		"own not settled": {func(int) (bool, error) { return false, account.ErrNotSettled }, 13, account.ErrNotSettled},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p, c := waiting(t)
			calls := 0
			err := p.Settle(t.Context(), func() (bool, error) {
				calls++
				return test.answers(calls)
			})
			waited := c.now().Sub(c.began)
			if !errors.Is(err, test.want) || test.want == nil && err != nil || calls != test.calls ||
				waited > account.SettleTimeout {
				t.Errorf("%d calls in %s: %v", calls, waited, err)
			}
		})
	}
}
