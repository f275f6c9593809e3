package password

import (
	"fmt"
	"strings"

	"github.com/iamguard/terraform-provider-iamguard/internal/account"
	"github.com/iamguard/terraform-provider-iamguard/internal/inventory"
	"github.com/iamguard/terraform-provider-iamguard/internal/policy"
)

// changePassword is what the sign-in does for a user who has to choose another password.
const changePassword = "iam:ChangePassword"

// accountGrant is what allow_users_to_change_password gives every user of an account: no
// policy of anybody shows it, and a Deny of one wins. It is asked of the own user only.
// See https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_passwords_enable-user-change.html
var accountGrant = policy.NewSource("the password policy of the account", policy.Document{
	Version:    policy.Version2012,
	Statements: []policy.Statement{{Effect: policy.Allow, Action: []string{changePassword}, Resource: []string{"*"}}},
})

// resetJudge tells who could change the password when the next sign-in asks for that.
type resetJudge struct {
	account *account.Account
	details *inventory.Details
	// granted: the password policy of the account lets every user change the own one.
	granted bool
}

// judge is wanted for a user who surely can. Whoever surely cannot, and of whom it is not
// known, would be or might be locked out.
func (j resetJudge) judge(user *inventory.Identity) (outcome, string) {
	grants, unread := j.details.Grants(user)
	if j.granted {
		grants.Policies = append(grants.Policies, accountGrant)
	}
	verdict := grants.Decide(j.request(user, policy.PlainSession))
	switch {
	case verdict.Decision == policy.ExplicitlyDenied:
		why := fmt.Sprintf("%s denies %s", labelOfDeny(verdict), changePassword)
		if grants.Decide(j.request(user, policy.MFASession)).Decision == policy.Allowed {
			why += " to a sign-in without MFA"
		}
		return mayNot, why
	case len(unread) > 0:
		return undecided, "what bears on it could not be read: " + strings.Join(unread, "; ")
	case verdict.Decision == policy.Allowed:
		return wanted, ""
	case verdict.Decision == policy.Undecided:
		return undecided, fmt.Sprintf("whether it may call %s depends on %s", changePassword, strings.Join(verdict.Unknown, ", "))
	case grants.Boundary == nil:
		return mayNot, fmt.Sprintf("no policy allows %s to it", changePassword)
	case j.granted:
		return undecided, fmt.Sprintf("its %s does not allow %s, and AWS does not say whether that limits what the password "+
			"policy of the account allows", grants.Boundary.Label, changePassword)
	}
	unbound := policy.Grants{Policies: grants.Policies}
	if unbound.Decide(j.request(user, policy.PlainSession)).Decision == policy.Allowed {
		return mayNot, fmt.Sprintf("its %s does not allow %s", grants.Boundary.Label, changePassword)
	}
	return mayNot, fmt.Sprintf("no policy allows %s to it", changePassword)
}

// request is that of a sign-in. It is one without MFA: the password is changed before
// anything else is done, and most policies that enforce MFA forget it. Whatever is not
// known of it here, such as the address, leaves the answer open.
func (j resetJudge) request(user *inventory.Identity, session policy.Session) policy.Request {
	known := policy.Context{
		Values: map[string][]string{
			"aws:username": {user.Name}, "aws:userid": {user.ID}, "aws:PrincipalArn": {user.ARN},
			"aws:PrincipalAccount": {j.account.ID}, "aws:PrincipalType": {"User"},
			// The console and IAM are reached by TLS only.
			"aws:SecureTransport": {"true"},
		},
		Absent: []string{"aws:PrincipalTag/*"},
	}
	for key, value := range user.Tags {
		known.Values["aws:PrincipalTag/"+key] = []string{value}
	}
	return policy.Request{Action: changePassword, Resource: user.ARN, Context: known.With(session.Context())}
}

// labelOfDeny names the policy that refuses.
func labelOfDeny(verdict policy.Verdict) string {
	for _, match := range verdict.Matched {
		if match.Statement.Effect == policy.Deny && match.Applies == policy.Yes {
			return match.Label
		}
	}
	return "a policy"
}
