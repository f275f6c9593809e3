package password

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/iamguard/terraform-provider-iamguard/internal/account"
	"github.com/iamguard/terraform-provider-iamguard/internal/framework"
	"github.com/iamguard/terraform-provider-iamguard/internal/history"
)

// clockSkew is by how much the clocks of this machine and of AWS may differ.
const clockSkew = 2 * time.Minute

var (
	errWeakPassword = errors.New("the password does not meet the password policy of the account")
	errNoPassword   = errors.New("there is no password to set")
	errNotRestored  = errors.New("somebody deleted the console password, and restore_access = false")
)

// login is the console password of a user, or that there is none.
type login struct {
	Exists, Reset bool
}

// loginCalls are the calls for the console password of one user.
type loginCalls struct {
	place  framework.Place
	client *iam.Client
	user   string
	// password is the one to set, version what stands for it in the state; reset asks for
	// another one at the next sign-in.
	password string
	version  types.Int64
	reset    bool
	// restore allows to give a password back that somebody deleted.
	restore bool
	// Of an update: the password or its reset is another one than before.
	anew, resets bool
	// wrote: the reset is what was sent.
	wrote bool
	// creating: the profile is made for the first time, which reverses nothing.
	creating bool
}

// Find reads the profile. A user without one has lost it, and a user who is gone is
// account.ErrNotFound.
func (c *loginCalls) Find(ctx context.Context) (*login, error) {
	out, err := c.client.GetLoginProfile(ctx, &iam.GetLoginProfileInput{UserName: &c.user})
	if err == nil {
		return &login{Exists: true, Reset: out.LoginProfile.PasswordResetRequired}, nil
	}
	if !errors.Is(err, account.ErrNotFound) {
		return nil, err
	}
	if _, err := c.client.GetUser(ctx, &iam.GetUserInput{UserName: &c.user}); err != nil {
		return nil, err
	}
	return &login{}, nil
}

// Create sets the password of a user who has none.
func (c *loginCalls) Create(ctx context.Context) (*login, error) {
	c.creating = true
	if err := c.set(ctx); err != nil {
		return nil, err
	}
	return &login{Exists: true, Reset: c.reset}, nil
}

// set makes the profile, once it is certain that it may be.
func (c *loginCalls) set(ctx context.Context) error {
	if err := c.mayGive(ctx); err != nil {
		return err
	}
	if err := c.check(ctx); err != nil {
		return err
	}
	var counter account.Counter
	began := c.place.Account.Pool().Now()
	_, err := c.client.CreateLoginProfile(account.WithCounter(ctx, &counter), &iam.CreateLoginProfileInput{
		UserName: &c.user, Password: &c.password, PasswordResetRequired: c.reset,
	})
	c.anew = false
	if errors.Is(err, account.ErrAlreadyExists) && counter.Attempts() > 1 && c.madeSince(ctx, began) {
		return c.update(ctx, &c.password) // The answer to an earlier attempt was lost.
	}
	return c.quiet(err)
}

// quiet takes the password, and what it lacks, out of an error.
func (c *loginCalls) quiet(err error) error {
	if account.CodeIs(err, "PasswordPolicyViolation") {
		return fmt.Errorf("%w, or AWS's own rules where it has none", errWeakPassword)
	}
	return account.Redacted(err, c.password)
}

// madeSince tells whether the profile is no older than a time, by AWS's clock.
func (c *loginCalls) madeSince(ctx context.Context, began time.Time) bool {
	out, err := c.client.GetLoginProfile(ctx, &iam.GetLoginProfileInput{UserName: &c.user})
	return err == nil && !aws.ToTime(out.LoginProfile.CreateDate).Before(began.Add(-clockSkew))
}

func (c *loginCalls) update(ctx context.Context, password *string) error {
	_, err := c.client.UpdateLoginProfile(ctx, &iam.UpdateLoginProfileInput{
		UserName: &c.user, Password: password, PasswordResetRequired: aws.Bool(c.reset),
	})
	if err == nil {
		c.anew, c.wrote = false, true
	}
	return c.quiet(err)
}

// Configure gives a deleted password back, or sets what differs from the state.
func (c *loginCalls) Configure(ctx context.Context, have login) error {
	switch {
	case !have.Exists && c.creating:
		return nil // Not seen yet.
	case !have.Exists && !c.restore:
		return errNotRestored
	case !have.Exists:
		return c.set(ctx)
	case !c.anew && !c.resets:
		return nil
	}
	if !c.anew {
		return c.update(ctx, nil)
	}
	if err := c.check(ctx); err != nil {
		return err
	}
	return c.update(ctx, &c.password)
}

// mayGive refuses to give access to a user whom AWS has quarantined.
func (c *loginCalls) mayGive(ctx context.Context) error {
	policy, err := history.Quarantined(ctx, c.client, c.user)
	if err == nil && policy != "" {
		return fmt.Errorf("%w (%s)", history.ErrQuarantined, policy)
	}
	return err
}

// check holds the password against the live policy and says what the policy asks for,
// never what the password lacks.
func (c *loginCalls) check(ctx context.Context) error {
	if c.password == "" {
		return errNoPassword
	}
	policy, err := (&policyCalls{place: c.place, client: c.client}).Find(ctx)
	switch {
	case errors.Is(err, account.ErrNotFound):
		return nil // IAM itself judges by rules of its own.
	case err != nil:
		return err
	case policy.takes(c.password):
		return nil
	}
	return fmt.Errorf("%w, which asks for %s", errWeakPassword, policy.asksFor())
}

// takes tells whether a password meets the policy.
func (r rules) takes(password string) bool {
	has := func(is func(rune) bool) bool { return strings.ContainsFunc(password, is) }
	return int64(len([]rune(password))) >= r.Length &&
		(!r.Lower || has(unicode.IsLower)) && (!r.Upper || has(unicode.IsUpper)) && (!r.Numbers || has(unicode.IsDigit)) &&
		(!r.Symbols || strings.ContainsAny(password, passwordSymbols))
}

// passwordSymbols are those that count as symbols for IAM.
const passwordSymbols = "!@#$%^&*()_+-=[]{}|'"

func (r rules) asksFor() string {
	parts := []string{fmt.Sprintf("%d characters", r.Length)}
	for _, class := range []struct {
		asked bool
		name  string
	}{
		{r.Lower, "a lower-case letter"},
		{r.Upper, "an upper-case letter"},
		{r.Numbers, "a digit"},
		{r.Symbols, "a symbol of " + passwordSymbols},
	} {
		if class.asked {
			parts = append(parts, class.name)
		}
	}
	return strings.Join(parts, ", ")
}

// Differences names what differs from what is wanted. A password that the user has
// changed, and with it the reset, is none.
func (c *loginCalls) Differences(have login) []string {
	var names []string
	if !have.Exists {
		names = append(names, "exists")
	}
	if have.Exists && c.anew {
		names = append(names, "password_wo")
	}
	if have.Exists && (c.creating || c.resets || c.anew || c.wrote) && have.Reset != c.reset {
		names = append(names, "password_reset_required")
	}
	return names
}

// Remove deletes the profile; one that is gone is no error.
func (c *loginCalls) Remove(ctx context.Context) error {
	return c.place.Account.Pool().Retry(ctx, account.PropagationTimeout, busy, func() error {
		_, err := c.client.DeleteLoginProfile(ctx, &iam.DeleteLoginProfileInput{UserName: &c.user})
		if errors.Is(err, account.ErrNotFound) {
			return nil
		}
		return err
	})
}

// busy tells whether another change of the same user is under way.
func busy(err error) bool {
	return account.CodeIs(err, "EntityTemporarilyUnmodifiable") || errors.Is(err, account.ErrConflict)
}
