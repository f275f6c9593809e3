package password

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/iamguard/terraform-provider-iamguard/internal/account"
	"github.com/iamguard/terraform-provider-iamguard/internal/framework"
)

// resetsNamed is how many users the last line names for each reason; each has a line of
// its own before.
const resetsNamed = 20

// skips are the reasons to leave a user alone, in the order in which the last line has
// them: what it says, and what the line of the user says.
var skips = []struct {
	outcome   outcome
	sum, line string
}{
	{isCaller, "the caller", "skipped, because the calls are made by this user"},
	{isExempt, "exempt", "skipped, because it is exempt"},
	{noPassword, "without a console password", "skipped, because it has no console password"},
	{mayNot, "could not change the password", "skipped, because it could not change the password at the next sign-in"},
	{undecided, "undecided", "skipped, because it is undecided whether it could change the password at the next sign-in"},
}

// line says what came of one user.
func (c *candidate) line() string {
	text := ""
	switch c.outcome {
	case done:
		text = "must choose another password at the next sign-in"
	case already:
		text = "has to choose another password already, nothing is sent"
	case failed:
		text = "not changed"
	default:
		for _, skip := range skips {
			if skip.outcome == c.outcome {
				text = skip.line
			}
		}
	}
	if c.why != "" {
		text += ": " + c.why
	}
	return fmt.Sprintf("User %s: %s.", c.name, strings.TrimSuffix(text, "."))
}

// with are the names of the users of an outcome.
func (r *resets) with(wanted outcome) []string {
	var names []string
	for _, one := range r.users {
		if one.outcome == wanted {
			names = append(names, one.name)
		}
	}
	return names
}

// sums says how many users there are of each outcome.
func (r *resets) sums() string {
	text := countUsers(len(r.with(done))) + " must choose another password at the next sign-in"
	if before := r.with(already); len(before) > 0 {
		text += fmt.Sprintf("; %d had to already: %s", len(before), fewNames(before))
	}
	skipped, reasons := 0, []string{}
	for _, skip := range skips {
		if names := r.with(skip.outcome); len(names) > 0 {
			skipped += len(names)
			reasons = append(reasons, skip.sum+" ("+fewNames(names)+")")
		}
	}
	if skipped > 0 {
		text += fmt.Sprintf("; %d skipped: %s", skipped, strings.Join(reasons, ", "))
	}
	if not := r.with(failed); len(not) > 0 {
		text += fmt.Sprintf("; %d not changed: %s", len(not), fewNames(not))
	}
	return text + "."
}

// report ends with the sums, or with an error that says who was done and who not.
func (r *resets) report(diags *diag.Diagnostics) {
	if len(r.with(mayNot)) > 0 {
		r.say("Users can change their passwords where the password policy of the account has allow_users_to_change_password = true, "+
			"or a policy allows %s on their own user, and no policy denies it to a sign-in without MFA.", changePassword)
	}
	r.say("%s", r.sums())
	at := slices.IndexFunc(r.users, func(one *candidate) bool { return one.outcome == failed })
	if at < 0 {
		return
	}
	var not []string
	for _, one := range r.users {
		if one.outcome == failed {
			not = append(not, fmt.Sprintf("%s (%s)", one.name, one.why))
		}
	}
	did := "No user was changed."
	if names := r.with(done); len(names) > 0 {
		did = "Done: " + strings.Join(names, ", ") + "."
	}
	framework.Fail(diags, framework.Failure{
		Summary: "Unable to require another password of every user", Object: "user " + r.users[at].name, Place: r.place,
		Err: r.users[at].err, Advice: adviceOfFailed(r.users[at].err),
		Outcome: framework.Escape(fmt.Sprintf("%s Not done: %s.", did, strings.Join(not, ", "))),
	})
}

// adviceOfFailed says what to do, and that it may be done again.
func adviceOfFailed(err error) string {
	again := "invoke the action again: users who are done are left alone."
	failure := account.AsError(err)
	switch {
	case errors.Is(err, account.ErrDenied) && failure != nil:
		return fmt.Sprintf("allow the action %s on these users to the role that runs Terraform (an organization policy can deny it "+
			"too), and %s", failure.Action(), again)
	case errors.Is(err, account.ErrCredentials):
		return "renew the credentials, and " + again
	}
	return again
}

// failBefore says why nothing was changed at all.
func (r *resets) failBefore(diags *diag.Diagnostics, err error) {
	const unchanged = "Nothing is changed."
	missing, isMissing := errors.AsType[*missingUsersError](err)
	tooMany, isTooMany := errors.AsType[*tooManyError](err)
	switch {
	case isMissing:
		framework.Fail(diags, framework.Failure{
			Summary: "Unable to find every user whose password to reset", Place: r.place, Err: err, Outcome: unchanged,
			Advice: fmt.Sprintf("correct or remove %s in users.", countNames(len(missing.names))),
		})
	case isTooMany:
		framework.Fail(diags, framework.Failure{
			Summary: "Unable to reset the passwords of so many users", Place: r.place, Err: err, Outcome: unchanged,
			Advice: fmt.Sprintf("make sure that all of them are meant, and set max_users = %d; or name the users.", tooMany.have),
		})
	default:
		framework.Fail(diags, framework.Failure{
			Summary: "Unable to find out whose password may be reset", Place: r.place, Err: err, Outcome: unchanged,
		})
	}
}

// whyFailed is the error of one user among others.
func whyFailed(err error) string {
	if failure := account.AsError(err); failure != nil && failure.Code != "" {
		return failure.Code
	}
	return err.Error()
}

func countUsers(n int) string {
	if n == 1 {
		return "1 user"
	}
	return fmt.Sprintf("%d users", n)
}

func countNames(n int) string {
	if n == 1 {
		return "the name"
	}
	return fmt.Sprintf("the %d names", n)
}

// fewNames are the first names, and how many more there are.
func fewNames(names []string) string {
	if more := len(names) - resetsNamed; more > 0 {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:resetsNamed], ", "), more)
	}
	return strings.Join(names, ", ")
}
