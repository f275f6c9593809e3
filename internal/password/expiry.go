package password

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/iamguard/terraform-provider-iamguard/internal/framework"
	"github.com/iamguard/terraform-provider-iamguard/internal/inventory"
)

const day = 24 * time.Hour

// judgeAge lists the users whose passwords are past an age that a plan introduces or
// lowers. With hard_expiry they would be locked out, which is an error unless they are
// accepted by name.
func (r *Resource) judgeAge(ctx context.Context, in framework.Place, live rules, plan model, diags *diag.Diagnostics) {
	want, label := plan.toAWS(), plan.object(in).Label
	if want.Expiry && !want.Change {
		framework.Warn(diags, label, "users are locked out when their password expires",
			"With hard_expiry = true and allow_users_to_change_password = false nobody can set a new password in time.")
	}
	if !expiresMore(live, want) || !framework.WhollyKnown(ctx, plan.Expiring) {
		return
	}
	report, err := inventory.ReadCredentialReport(ctx, in.Account, 0, true)
	if err != nil && want.Expiry && plan.Expiring.IsNull() {
		framework.Fail(diags, framework.Failure{
			Summary: "Unable to tell whom the password policy would lock out", Place: in, Err: err,
			Advice: "allow the role that plans to read the credential report, or set accept_expiring_users, to an empty set if " +
				"nobody is affected.",
		})
		return
	}
	if err != nil {
		framework.Warn(diags, label, "cannot tell whose passwords are past the new age", framework.Said(err))
		return
	}
	past := pastAge(report, time.Duration(want.Age)*day, r.Pool.Now())
	made := report.Generated.Format(time.RFC3339)
	if !want.Expiry {
		if len(past) > 0 {
			framework.Warn(diags, label, fmt.Sprintf("%d users have to change their password at once", len(past)),
				fmt.Sprintf("Passwords older than %d days: %s (report of %s).", want.Age, named(past), made))
		}
		return
	}
	accepted := framework.Texts(plan.Expiring.Elements())
	locked := slices.DeleteFunc(past, func(user string) bool { return slices.Contains(accepted, user) })
	if len(locked) > 0 {
		diags.AddAttributeError(path.Root("accept_expiring_users"), "Users would be locked out by the password policy", fmt.Sprintf(
			"Passwords older than %d days: %s (report of %s). With hard_expiry = true they could not sign in any more.\n\nWhat to do: "+
				"let them change their passwords first, or name them in accept_expiring_users.", want.Age, named(locked), made))
	}
}

// expiresMore tells whether a policy makes passwords expire that another one did not.
func expiresMore(live, want rules) bool {
	lowered := live.Age == 0 || want.Age < live.Age
	return want.Age > 0 && (lowered || want.Expiry && !live.Expiry)
}

// pastAge are the users with a password that is older than an age.
func pastAge(report *inventory.CredentialReport, age time.Duration, now time.Time) []string {
	var past []string
	for _, user := range report.Users {
		if user.Password != nil && *user.Password && !user.PasswordChanged.IsZero() && now.Sub(user.PasswordChanged) > age {
			past = append(past, user.Name)
		}
	}
	slices.Sort(past)
	return past
}

// named lists names, the first fifty of them.
func named(names []string) string {
	const most = 50
	shown := make([]string, 0, most)
	for _, name := range names[:min(len(names), most)] {
		shown = append(shown, framework.Escape(name))
	}
	text := strings.Join(shown, ", ")
	if more := len(names) - most; more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}
