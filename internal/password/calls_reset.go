package password

import (
	"context"
	"errors"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"golang.org/x/sync/errgroup"

	"github.com/iamguard/terraform-provider-iamguard/internal/account"
)

const (
	// resetsAtOnce is how many login profiles are read side by side.
	resetsAtOnce = 8
	// resetsTold is after how many of them that is said.
	resetsTold = 100
)

// readProfiles asks who has a console password; of all users even where they are left
// out, because the limit is on what the account has.
func (r *resets) readProfiles(ctx context.Context) error {
	asked := r.users
	if !r.all {
		asked = slices.DeleteFunc(slices.Clone(r.users), func(one *candidate) bool { return one.outcome != wanted })
	}
	r.say("Asking for the console passwords of %s.", countUsers(len(asked)))
	read := 0
	for batch := range slices.Chunk(asked, resetsTold) {
		group, ctx := errgroup.WithContext(ctx)
		group.SetLimit(resetsAtOnce)
		for _, one := range batch {
			group.Go(func() error { return r.readProfile(ctx, one) })
		}
		if err := group.Wait(); err != nil {
			return err
		}
		if read += len(batch); read < len(asked) {
			r.say("Asked for %d of %d.", read, len(asked))
		}
	}
	if !r.all {
		return nil
	}
	have := int64(0)
	for _, one := range r.users {
		if one.password {
			have++
		}
	}
	if have > r.most {
		return &tooManyError{have, r.most}
	}
	return nil
}

func (r *resets) readProfile(ctx context.Context, one *candidate) error {
	out, err := r.client.GetLoginProfile(ctx, &iam.GetLoginProfileInput{UserName: &one.name})
	if err != nil && !errors.Is(err, account.ErrNotFound) {
		return err
	}
	one.password = err == nil
	switch {
	case one.outcome != wanted:
	case !one.password:
		one.outcome = noPassword
	case out.LoginProfile.PasswordResetRequired:
		one.outcome = already
	}
	return nil
}

// require changes one user after the other, and goes on where one fails. Where the
// credentials or the time are at an end, so is everything.
func (r *resets) require(ctx context.Context) {
	ended := false
	for _, one := range r.users {
		switch {
		case one.outcome != wanted:
		case ended:
			one.outcome, one.why = failed, "not tried"
		default:
			r.requireOf(ctx, one)
		}
		ended = ended || ctx.Err() != nil || errors.Is(one.err, account.ErrCredentials)
		r.say("%s", one.line())
	}
}

// requireOf sends no password: AWS keeps the one that the user has.
func (r *resets) requireOf(ctx context.Context, one *candidate) {
	err := r.place.Account.Pool().Retry(ctx, account.PropagationTimeout, busy, func() error {
		_, err := r.client.UpdateLoginProfile(ctx, &iam.UpdateLoginProfileInput{
			UserName: &one.name, PasswordResetRequired: aws.Bool(true),
		})
		return err
	})
	one.outcome, one.err = done, err
	switch {
	case err == nil:
		return
	case errors.Is(err, account.ErrNotFound):
		one.outcome, one.err = noPassword, nil // Deleted meanwhile.
		return
	case !errors.Is(err, account.ErrDenied):
		// The answer to an attempt that was carried out may be lost.
		out, readErr := r.client.GetLoginProfile(ctx, &iam.GetLoginProfileInput{UserName: &one.name})
		if readErr == nil && out.LoginProfile.PasswordResetRequired {
			one.err = nil
			return
		}
	}
	one.outcome, one.why = failed, whyFailed(err)
}
