package membership

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/iamguard/terraform-provider-iamguard/internal/account"
)

// newcomerTimeout bounds the waiting for a user whom IAM does not know: one just made is
// seen after seconds, and a name with a typing error never.
const newcomerTimeout = 30 * time.Second

var (
	errTooMany = errors.New("more members would be removed than max_removals allows in one apply")
	errSelf    = errors.New("the identity that runs Terraform would remove itself")
	errChanged = errors.New("somebody took out what the plan did not say would be given back")
)

// container is what has names in it: a group, or a provider.
type container interface {
	// read is the whole list, or account.ErrNotFound.
	read(context.Context) (roll, error)
	// add and remove change one name; a name that is there, or gone, already is no error.
	add(ctx context.Context, name string) error
	remove(ctx context.Context, name string) error
	// mayAdd refuses to give anything to one of these names.
	mayAdd(ctx context.Context, names []string) error
}

// keeper keeps a container as it is wanted. It satisfies lifecycle.Calls.
type keeper struct {
	container
	terms

	pool *account.Pool
	// id is that of the container in state, "" before the first apply.
	id string
	// creating is the first apply; after it before is what the state had.
	creating bool
	before   []string
	// existing are, where only what was put in is taken out again, the names that were there
	// before; nil where whatever is kept is taken out. A plan may have fixed them.
	existing *[]string
	fixed    bool
	// caseless says that names that differ by case alone are the same.
	caseless bool
	// ids are those that the bearers of the names had, nil where that is not compared.
	ids map[string]string
	// leaving is what a destroy takes out.
	leaving []string
	// given are the names that this apply put in.
	given []string
}

// Find reads the list. Another container of the same name is not the one that was kept.
func (k *keeper) Find(ctx context.Context) (*roll, error) {
	have, err := k.read(ctx)
	if err != nil {
		return nil, err
	}
	if k.id != "" && have.ID != k.id {
		return nil, account.ErrNotFound
	}
	k.spell(&have)
	have.Names = slices.DeleteFunc(have.Names, func(name string) bool {
		was, known := k.ids[name]
		return known && was != have.IDs[name] // Somebody else has taken the name.
	})
	slices.Sort(have.Names)
	have.Vacant = k.want != nil && len(k.foreign(have)) == 0
	switch {
	case k.existing != nil && k.want == nil:
		have.Existing = have.Names
	case k.existing != nil:
		have.Existing = *k.existing
	}
	return &have, nil
}

// spell writes names as the configuration does where that makes no difference.
func (k *keeper) spell(have *roll) {
	if !k.caseless {
		return
	}
	for i, name := range have.Names {
		for _, wanted := range k.want {
			if name != wanted && strings.EqualFold(name, wanted) {
				have.Names[i], have.IDs[wanted] = wanted, have.IDs[name]
			}
		}
	}
}

// Create only looks whether there is a container to put names in.
func (k *keeper) Create(ctx context.Context) (*roll, error) {
	k.creating = true
	return k.Find(ctx)
}

// Configure adds what is missing, and then removes what is not wanted.
func (k *keeper) Configure(ctx context.Context, have roll) error {
	missing, unwanted := k.missing(have), k.unwanted(have)
	if err := k.judge(missing, unwanted); err != nil {
		return err
	}
	if k.existing != nil && !k.fixed {
		found := union(*k.existing, common(without(k.want, k.before), have.Names))
		k.existing = &found
	}
	if len(missing) > 0 {
		if err := k.mayAdd(ctx, missing); err != nil {
			return err
		}
	}
	for _, name := range missing {
		err := k.put(ctx, name)
		if err == nil || !isRefusal(err) {
			k.given = append(k.given, name) // Also where no answer tells whether it was put in.
		}
		if err != nil {
			return fmt.Errorf("add %s: %w", name, err)
		}
	}
	for _, name := range unwanted {
		if err := k.retry(ctx, func() error { return k.remove(ctx, name) }); err != nil {
			return fmt.Errorf("remove %s: %w", name, err)
		}
	}
	return nil
}

// isRefusal tells whether AWS answered that it did nothing.
func isRefusal(err error) bool {
	return errors.Is(err, account.ErrDenied) || errors.Is(err, account.ErrNotFound) || account.CodeIs(err, "LimitExceeded")
}

// put adds a name, and waits a little for one that another resource has just made.
func (k *keeper) put(ctx context.Context, name string) error {
	return k.pool.Retry(ctx, newcomerTimeout, func(err error) bool { return errors.Is(err, account.ErrNotFound) }, func() error {
		return k.retry(ctx, func() error { return k.add(ctx, name) })
	})
}

// judge refuses a change that the plan did not show, or that no plan may make.
func (k *keeper) judge(missing, unwanted []string) error {
	if taken := common(missing, k.before); len(taken) > 0 {
		return fmt.Errorf("%w: %s", errChanged, strings.Join(taken, ", "))
	}
	if err := k.mayRemove(unwanted); err != nil {
		return err
	}
	return nil
}

// mayRemove holds removals against their number and against the caller.
func (k *keeper) mayRemove(names []string) error {
	if self := common(k.never, names); len(self) > 0 {
		return fmt.Errorf("%w (%s)", errSelf, shorten(self))
	}
	if k.most >= 0 && int64(len(names)) > k.most {
		return fmt.Errorf("%w: %d, and max_removals is %d (%s)", errTooMany, len(names), k.most, shorten(names))
	}
	return nil
}

// unwanted is what to remove: everything else where the list is exclusive, and what the
// configuration drops where it is not.
func (k *keeper) unwanted(have roll) []string {
	if k.exclusive {
		return k.foreign(have)
	}
	dropped := common(without(k.before, k.want), have.Names)
	if k.existing != nil {
		dropped = without(dropped, *k.existing)
	}
	return dropped
}

// Differences says what is not as wanted.
func (k *keeper) Differences(have roll) []string {
	var differences []string
	if missing := k.missing(have); len(missing) > 0 {
		differences = append(differences, "what to add ("+shorten(missing)+")")
	}
	if unwanted := k.unwanted(have); len(unwanted) > 0 {
		differences = append(differences, "what to remove ("+shorten(unwanted)+")")
	}
	return differences
}

// Remove takes out what a destroy has to, or undoes what a first apply put in. A
// container that is gone has nobody in it.
func (k *keeper) Remove(ctx context.Context) error {
	leaving := k.leaving
	if k.creating {
		leaving = k.given
	} else if self := common(k.never, leaving); len(self) > 0 {
		return fmt.Errorf("%w (%s)", errSelf, shorten(self))
	}
	if _, err := k.Find(ctx); len(leaving) > 0 && !k.creating && err != nil {
		if errors.Is(err, account.ErrNotFound) {
			return nil // What has the name now is another one.
		}
		return err
	}
	for _, name := range leaving {
		err := k.retry(ctx, func() error { return k.remove(ctx, name) })
		if err != nil && !errors.Is(err, account.ErrNotFound) {
			return fmt.Errorf("remove %s: %w", name, err)
		}
	}
	return nil
}

// retry repeats what another change of the same container stood in the way of.
func (k *keeper) retry(ctx context.Context, do func() error) error {
	return k.pool.Retry(ctx, account.PropagationTimeout, func(err error) bool { return errors.Is(err, account.ErrConflict) }, do)
}

// namesShown is how many names a message lists.
const namesShown = 10

// shorten lists names, and how many more there are.
func shorten(names []string) string {
	if len(names) <= namesShown {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(names[:namesShown], ", "), len(names)-namesShown)
}
