package localaws

import (
	"net/http"
	"strconv"
	"strings"
	"sync"
	"unicode"
)

// logins are the console passwords of an account and whether they have to be changed, by user. Moto keeps no reset, and
// takes an update without a password for a deletion.
type logins struct {
	mu     sync.Mutex
	byUser map[string]console
}

type console struct {
	password string
	reset    bool
}

// loginHandlers correct the login profiles of moto.
var loginHandlers = map[string]handler{
	"iam:CreateLoginProfile": (*exchange).putLogin,
	"iam:UpdateLoginProfile": (*exchange).putLogin,
}

// putLogin holds a new password against the policy of the account, and sends the old one where only the reset changes.
// See https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateLoginProfile.html
func (x *exchange) putLogin() (*answer, error) {
	user, form := x.form.Get("UserName"), cloneForm(x.form)
	held := &x.account.extras.logins
	held.mu.Lock()
	defer held.mu.Unlock()
	now := held.byUser[user]
	if sent := form.Get("Password"); sent != "" {
		if err := x.checkPassword(sent); err != nil {
			return nil, err
		}
		now.password = sent
	} else if now.password != "" {
		form.Set("Password", now.password)
	}
	if reset := form.Get("PasswordResetRequired"); reset != "" || x.call.Operation == "CreateLoginProfile" {
		now.reset = reset == "true"
	}
	a, err := x.withForm(form).forward()
	if err != nil || a.status != http.StatusOK {
		return a, err
	}
	if held.byUser == nil {
		held.byUser = map[string]console{}
	}
	held.byUser[user] = now
	return x.showReset(a, now.reset)
}

func (x *exchange) getLogin() (*answer, error) {
	a, err := x.forwardForOwnUser()
	if err != nil || a.status != http.StatusOK {
		return a, err
	}
	held := &x.account.extras.logins
	held.mu.Lock()
	defer held.mu.Unlock()
	return x.showReset(a, held.byUser[x.form.Get("UserName")].reset)
}

// showReset tells whether the password has to be changed.
func (x *exchange) showReset(a *answer, reset bool) (*answer, error) {
	tree, err := parseXML(a.body)
	if err != nil {
		return nil, err
	}
	profile := tree.find(x.call.Operation+"Result", "LoginProfile")
	if profile == nil {
		return a, nil
	}
	for i, child := range profile.children {
		if child.name == "PasswordResetRequired" {
			profile.children = append(profile.children[:i], profile.children[i+1:]...)
			break
		}
	}
	profile.children = append(profile.children, leaf("PasswordResetRequired", strconv.FormatBool(reset)))
	return &answer{status: a.status, header: a.header, body: tree.render()}, nil
}

// checkPassword refuses what the policy of the account, or without one AWS's own rules, do not take.
// See https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_passwords_account-policy.html
func (x *exchange) checkPassword(password string) error {
	least, classes := 8, []string{}
	policy, err := x.askIAM("GetAccountPasswordPolicy")
	if err != nil {
		return err
	}
	if policy != nil {
		if least, err = strconv.Atoi(policy.textAt("PasswordPolicy", "MinimumPasswordLength")); err != nil {
			return err
		}
		for _, class := range []string{"LowercaseCharacters", "UppercaseCharacters", "Numbers", "Symbols"} {
			if policy.textAt("PasswordPolicy", "Require"+class) == "true" {
				classes = append(classes, class)
			}
		}
	}
	has := map[string]bool{
		"LowercaseCharacters": strings.ContainsFunc(password, unicode.IsLower),
		"UppercaseCharacters": strings.ContainsFunc(password, unicode.IsUpper),
		"Numbers":             strings.ContainsFunc(password, unicode.IsDigit),
		"Symbols":             strings.ContainsAny(password, "!@#$%^&*()_+-=[]{}|'"),
	}
	kept := len([]rune(password)) >= least
	for _, class := range classes {
		kept = kept && has[class]
	}
	if !kept {
		return fail(http.StatusBadRequest, "PasswordPolicyViolation", "Password does not conform to the account password policy.")
	}
	return nil
}
