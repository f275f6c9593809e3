package history

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"strings"

	"github.com/iamguard/terraform-provider-iamguard/internal/account"
	"github.com/iamguard/terraform-provider-iamguard/internal/events"
	"github.com/iamguard/terraform-provider-iamguard/internal/framework"
)

// inverse is the way back from one event of the catalogue.
type inverse struct {
	// needs are the request parameters that it is built from, as records spell them; a dot
	// leads into a structure. A record can lack those of may.
	needs, may []string
	// commands write the calls down for a person.
	commands []command
	// undone reads whether there is nothing left to undo. A refusal says that somebody made
	// something else of it since.
	undone func(context.Context, *undo) (bool, error)
	// call makes the calls.
	call func(context.Context, *undo) error
	// gives is why the calls give access where the catalogue does not tell, and grants reads
	// whether they do.
	gives  string
	grants func(context.Context, *undo) (yes bool, why string, err error)
	// next is what the calls leave to do, a sentence, or "".
	next string
}

// undo is one event on its way back.
type undo struct {
	inverse

	place  framework.Place
	event  events.Event
	record recorded
	// values are the request parameters that the inverse is built from.
	values map[string]string
	say    func(format string, values ...any)
}

// refusal is a reason of our own not to undo an event.
type refusal struct{ reason, advice string }

// Error is the reason.
func (r *refusal) Error() string { return r.reason }

// refuse gives a reason; texts in it may be of a record, and are escaped.
func refuse(advice, format string, values ...any) error {
	for i, value := range values {
		if text, ok := value.(string); ok {
			values[i] = framework.Escape(text)
		}
	}
	return &refusal{reason: fmt.Sprintf(format, values...), advice: advice}
}

// inverses are all ways back, by the ID of the event in the catalogue.
var inverses = joined(
	iamInverses, attachInverses, featureInverses, regionalInverses, keyInverses, organizationInverses, centerInverses,
)

func joined(parts ...map[string]inverse) map[string]inverse {
	all := map[string]inverse{}
	for _, part := range parts {
		maps.Copy(all, part)
	}
	return all
}

// perform undoes the event, unless it is undone: it reads, looks who would get access,
// calls, and reads until AWS says so.
func (u *undo) perform(ctx context.Context) error {
	done, err := u.undone(ctx, u)
	if err != nil {
		return err
	}
	if done {
		u.say("%s is undone already (%s). Nothing is changed.", u.record.Name, u.target())
		return nil
	}
	if err := u.safe(ctx); err != nil {
		return err
	}
	if err := u.make(ctx); err != nil {
		return err
	}
	if err := u.place.Account.Pool().Settle(ctx, func() (bool, error) { return u.seen(ctx) }); err != nil {
		if errors.Is(err, account.ErrNotSettled) {
			return fmt.Errorf("AWS took the call and does not show what it changed: %w", err)
		}
		return fmt.Errorf("AWS took the call, and whether it had its effect could not be read: %w", err)
	}
	u.say("%s is undone (%s).", u.record.Name, u.target())
	if u.next != "" {
		u.say("Next: %s", u.next)
	}
	return nil
}

// make makes the call. Where it fails and the event is undone all the same, the answer
// to an earlier attempt was lost, or somebody else was faster.
func (u *undo) make(ctx context.Context) error {
	return u.place.Account.Pool().Retry(ctx, account.PropagationTimeout,
		// A key of KMS is in its old state for a while.
		func(err error) bool {
			return errors.Is(err, account.ErrConflict) || account.CodeIs(err, "KMSInvalidStateException")
		},
		func() error {
			err := u.call(ctx, u)
			if err == nil || errors.Is(err, account.ErrDenied) || errors.Is(err, account.ErrCredentials) {
				return err
			}
			if done, readErr := u.undone(ctx, u); readErr == nil && done {
				return nil
			}
			return err
		})
}

// seen is undone for a read after the call, to which what was not found before may still
// not be found.
func (u *undo) seen(ctx context.Context) (bool, error) {
	done, err := u.undone(ctx, u)
	if errors.Is(err, account.ErrNotFound) {
		return false, nil
	}
	return done, err
}

// target is what the event hit, without control characters and whole access keys.
func (u *undo) target() string { return targetOf(u.record) }

func targetOf(record recorded) string {
	keys := scrubber{keys: true}
	shown := make(map[string]string, len(record.Target))
	for field, value := range record.Target {
		shown[field] = keys.field(field, value)
	}
	if len(shown) == 0 {
		return "the account"
	}
	return targetText(shown)
}

// isQuarantine tells whether a policy is one of those by which AWS itself quarantines a
// user. A policy of the account that has such a name is none.
func isQuarantine(policyARN string) bool {
	_, name, managed := strings.Cut(policyARN, ":iam::aws:policy/")
	return managed && strings.HasPrefix(name, quarantinePrefix)
}
