package password

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/iam"

	"github.com/iamguard/terraform-provider-iamguard/internal/account"
	"github.com/iamguard/terraform-provider-iamguard/internal/framework"
	"github.com/iamguard/terraform-provider-iamguard/internal/inventory"
)

// outcome is what comes of one user.
type outcome int

const (
	// wanted is a user who is to choose another password, and can.
	wanted outcome = iota
	done
	already
	isCaller
	isExempt
	noPassword
	mayNot
	undecided
	failed
)

// candidate is one user who is named or found.
type candidate struct {
	name string
	// identity is nil where IAM knows the user, but did not answer what bears on it.
	identity *inventory.Identity
	password bool
	outcome  outcome
	// why is the reason in words, where the outcome does not say all.
	why string
	err error
}

// resets are the users of one account whose passwords are to be reset.
type resets struct {
	place         framework.Place
	names, exempt []string
	all           bool
	most          int64
	say           func(format string, values ...any)

	client *iam.Client
	users  []*candidate
}

// missingUsersError are names that no user of the account has.
type missingUsersError struct{ names []string }

// Error names them.
func (e *missingUsersError) Error() string {
	return "the account has no user named " + strings.Join(e.names, ", ")
}

// tooManyError is more users than expected.
type tooManyError struct{ have, most int64 }

// Error gives both numbers.
func (e *tooManyError) Error() string {
	return fmt.Sprintf("%d users have a console password, and max_users = %d", e.have, e.most)
}

// prepare reads everything and settles what is to come of each user. Nothing is changed
// before all of it was read.
func (r *resets) prepare(ctx context.Context) error {
	callers, err := r.place.Account.Callers(ctx)
	if err != nil {
		return err
	}
	if r.client, err = r.place.Account.IAM(); err != nil {
		return err
	}
	r.say("Reading the password policy and the policies of the users of account %s.", r.place.Account.ID)
	judge, err := r.readPolicies(ctx)
	if err != nil {
		return err
	}
	if err := r.choose(ctx, judge.details); err != nil {
		return err
	}
	r.spare(callers)
	if err := r.readProfiles(ctx); err != nil {
		return err
	}
	for _, one := range r.users {
		switch {
		case one.outcome != wanted:
		case one.identity == nil:
			one.outcome, one.why = undecided, "IAM does not answer its policies yet"
		default:
			one.outcome, one.why = judge.judge(one.identity)
		}
	}
	return nil
}

// readPolicies reads what the judge needs. An account without a password policy grants
// nothing.
func (r *resets) readPolicies(ctx context.Context) (resetJudge, error) {
	rules, err := (&policyCalls{place: r.place, client: r.client}).Find(ctx)
	if err != nil && !errors.Is(err, account.ErrNotFound) {
		return resetJudge{}, err
	}
	granted := err == nil && rules.Change
	details, err := inventory.FreshDetails(ctx, r.place.Account)
	return resetJudge{account: r.place.Account, details: details, granted: granted}, err
}

// choose finds the users. One that is named and is not among those of the account may be
// new; that is asked.
func (r *resets) choose(ctx context.Context, details *inventory.Details) error {
	names := r.names
	if r.all {
		names = slices.Sorted(maps.Keys(details.Users))
	}
	var missing []string
	for _, name := range names {
		one := &candidate{name: name, identity: details.Users[name]}
		if one.identity == nil {
			_, err := r.client.GetUser(ctx, &iam.GetUserInput{UserName: &name})
			switch {
			case errors.Is(err, account.ErrNotFound):
				missing = append(missing, name)
			case err != nil:
				return err
			}
		}
		r.users = append(r.users, one)
	}
	if len(missing) > 0 {
		return &missingUsersError{missing}
	}
	r.tellUnknown(details)
	return nil
}

// tellUnknown says which exempt names are nobody's: such a name may be a slip, and exempts
// nobody.
func (r *resets) tellUnknown(details *inventory.Details) {
	have := slices.Collect(maps.Keys(details.Users))
	unknown := slices.DeleteFunc(slices.Clone(r.exempt), func(name string) bool {
		return slices.ContainsFunc(have, func(user string) bool { return strings.EqualFold(user, name) })
	})
	if len(unknown) > 0 {
		r.say("exempt_users has names that no user of the account has: %s.", strings.Join(unknown, ", "))
	}
}

// spare leaves out the caller and those who are exempt. Names in IAM differ by more than
// case.
func (r *resets) spare(callers []string) {
	among := func(list []string, text string) bool {
		return slices.ContainsFunc(list, func(other string) bool { return strings.EqualFold(other, text) })
	}
	for _, one := range r.users {
		switch {
		case one.identity != nil && among(callers, one.identity.ARN):
			one.outcome = isCaller
		case among(r.exempt, one.name):
			one.outcome = isExempt
		}
	}
}
