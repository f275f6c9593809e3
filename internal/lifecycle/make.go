package lifecycle

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/iamguard/terraform-provider-iamguard/internal/account"
)

// undoTimeout bounds the deletion of what is unfinished, which also runs after
// Terraform was interrupted, and then somebody waits for it.
const undoTimeout = 30 * time.Second

// outcome is what make found or left behind.
type outcome[H any] struct {
	have    *H
	adopted bool
	// After a failed make: undone says that nothing is left, undoFailed why something
	// is, and then have is what is left.
	undone     bool
	undoFailed error
}

// make creates the object, or takes over an existing one, and reads it back. When it
// fails, what it created is deleted again, and what it took over never is.
func (g Guardrail[M, H]) make(ctx context.Context, o object[H], adopt bool) (outcome[H], error) {
	existing, err := g.find(ctx, o)
	switch {
	case err == nil && !adopt:
		return outcome[H]{}, g.exists(o, *existing)
	case err == nil:
		have, err := g.change(ctx, o)
		return outcome[H]{have: have, adopted: true}, err
	case !errors.Is(err, account.ErrNotFound):
		return outcome[H]{}, err
	}
	fresh, err := o.calls.Create(ctx)
	if err != nil {
		return outcome[H]{}, err
	}
	have := fresh
	if err = o.calls.Configure(ctx, *fresh); err == nil {
		have, err = g.settle(ctx, o)
	}
	if err == nil {
		return outcome[H]{have: have}, nil
	}
	undo, cancel := context.WithTimeout(context.WithoutCancel(ctx), undoTimeout)
	defer cancel()
	left := outcome[H]{undoFailed: o.calls.Remove(undo)}
	if left.undone = left.undoFailed == nil; !left.undone {
		left.have = fresh
		if now, err := o.calls.Find(undo); err == nil {
			left.have = now
		}
	}
	return left, err
}

// find is Find, for which an object that is missing is not found.
func (g Guardrail[M, H]) find(ctx context.Context, o object[H]) (*H, error) {
	have, err := o.calls.Find(ctx)
	if err == nil && g.Missing != nil && g.Missing(*have) {
		return nil, account.ErrNotFound
	}
	return have, err
}

// exists is the error of an object that was not to be adopted: whose it may be, and what
// an adoption would change.
func (g Guardrail[M, H]) exists(o object[H], existing H) error {
	refused := existsError{noun: g.Noun}
	if g.Owner != nil {
		refused.owner = g.Owner(existing)
	}
	if differences := o.calls.Differences(existing); len(differences) > 0 {
		refused.owner += ", and differs in " + strings.Join(differences, ", ")
	}
	return refused
}

// change brings an existing object to what is wanted and reads it back. When a step
// is refused, the object as it is now comes with the error, if it can be read.
func (g Guardrail[M, H]) change(ctx context.Context, o object[H]) (*H, error) {
	have, err := o.calls.Find(ctx)
	if err != nil {
		return nil, err
	}
	if err := o.calls.Configure(ctx, *have); err != nil {
		back, readErr := o.calls.Find(context.WithoutCancel(ctx))
		if readErr != nil {
			back = nil
		}
		return back, err
	}
	return g.settle(ctx, o)
}

// settle reads until nothing differs from what was written.
func (g Guardrail[M, H]) settle(ctx context.Context, o object[H]) (*H, error) {
	return account.SettleOn(ctx, o.place.Account.Pool(), "the "+g.Noun+" itself",
		func() (*H, error) { return o.calls.Find(ctx) }, o.calls.Differences)
}

// overwritten names what an adoption changes.
func overwritten(differences []string, known bool) string {
	switch {
	case !known:
		return "whatever differs from the configuration, which is not wholly known yet"
	case len(differences) == 0:
		return "nothing; it is already as configured"
	}
	return strings.Join(differences, ", ")
}
