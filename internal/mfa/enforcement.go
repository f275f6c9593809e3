package mfa

import (
	"slices"
	"strconv"
	"strings"

	"github.com/iamguard/terraform-provider-iamguard/internal/policy"
)

// maxPolicySize is how many characters IAM takes of a managed policy, without white space.
const maxPolicySize = 6144

// The condition keys by which a session is judged.
const (
	mfaPresent = "aws:MultiFactorAuthPresent"
	mfaAge     = "aws:MultiFactorAuthAge"
	userName   = "aws:username"
)

// The operators. BoolIfExists holds for long-term access keys too, whose context says
// nothing of MFA; Bool does not.
const (
	boolean         = "Bool"
	booleanIfExists = "BoolIfExists"
	greater         = "NumericGreaterThan"
	notNamed        = "StringNotEquals"
)

const (
	createDevice   = "iam:CreateVirtualMFADevice"
	changePassword = "iam:ChangePassword"
	deactivate     = "iam:DeactivateMFADevice"
	deleteDevice   = "iam:DeleteVirtualMFADevice"
)

var (
	// anywhere are self-service actions that IAM does not judge by a user or device.
	anywhere = []string{"iam:ListVirtualMFADevices", "sts:GetSessionToken"}
	// onOneself are self-service actions on one's own user.
	onOneself = []string{
		"iam:EnableMFADevice", "iam:GetMFADevice", "iam:GetUser", "iam:ListMFADevices", "iam:ResyncMFADevice",
	}
	// A first login needs the rules for a password, and to change one's own.
	firstLoginAnywhere  = []string{"iam:GetAccountPasswordPolicy"}
	firstLoginOnOneself = []string{changePassword, "iam:GetLoginProfile"}
	// removal are the actions that take one's own device away.
	removal = []string{deactivate, deleteDevice}
)

// enforcement is what the policy asks of its users.
type enforcement struct {
	firstLogin, selfRemoval, exemptKeys bool
	// maxAge is how many seconds a login with MFA counts; 0 is for ever.
	maxAge int64
	// extra are actions that are not denied; exempt are names of users who are denied nothing.
	extra, exempt []string
}

// anywhereActions and ownActions are the self-service that needs no MFA.
func (e enforcement) anywhereActions() []string {
	if e.firstLogin {
		return slices.Concat(anywhere, firstLoginAnywhere)
	}
	return anywhere
}

func (e enforcement) ownActions() []string {
	if e.firstLogin {
		return slices.Concat(onOneself, firstLoginOnOneself)
	}
	return onOneself
}

func (e enforcement) selfService() []string {
	return slices.Concat(e.anywhereActions(), e.ownActions(), []string{createDevice})
}

// text is the document as IAM gets it.
func (e enforcement) text(partition string) string {
	return e.document(partition).Normalised().String()
}

// document allows the self-service, so that a user without any other permission can
// enroll, and denies the rest to sessions without MFA, or with too old a one.
func (e enforcement) document(partition string) policy.Document {
	arn := "arn:" + partition + ":iam::*:"
	devices := []string{arn + "mfa/*"}
	// A user with a path has it in the ARN.
	oneself := []string{arn + "user/${aws:username}", arn + "user/*/${aws:username}"}
	statements := []policy.Statement{
		{Sid: "SelfService", Effect: policy.Allow, Action: e.anywhereActions(), Resource: []string{"*"}},
		{Sid: "NewDevice", Effect: policy.Allow, Action: []string{createDevice}, Resource: devices},
		{Sid: "Oneself", Effect: policy.Allow, Action: e.ownActions(), Resource: oneself},
	}
	if e.selfRemoval {
		statements = append(statements, policy.Statement{
			Sid: "RemoveWithMFA", Effect: policy.Allow, Action: removal, Resource: slices.Concat(devices, oneself),
			Condition: policy.Condition{boolean: {mfaPresent: {"true"}}},
		})
	}
	operator := booleanIfExists
	if e.exemptKeys {
		operator = boolean
	}
	statements = append(statements, e.denials("NoMFA", oneself, operator, mfaPresent, "false")...)
	if e.maxAge > 0 {
		// Where there is no age there was no MFA, which the denials above judge.
		statements = append(statements, e.denials("OldMFA", oneself, greater, mfaAge, strconv.FormatInt(e.maxAge, 10))...)
	}
	return policy.Document{Version: policy.Version2012, Statements: statements}
}

// denials are those of one condition: everything but the self-service, and the
// self-service on others, which another policy may allow.
func (e enforcement) denials(sid string, oneself []string, operator, key, value string) []policy.Statement {
	condition := func() policy.Condition {
		when := policy.Condition{operator: {key: {value}}}
		if len(e.exempt) > 0 {
			when[notNamed] = map[string][]string{userName: e.exempt}
		}
		return when
	}
	denied := []policy.Statement{{
		Sid: sid + "DenyRest", Effect: policy.Deny, NotAction: slices.Concat(e.selfService(), e.extra),
		Resource: []string{"*"}, Condition: condition(),
	}}
	onOthers := slices.DeleteFunc(slices.Clone(e.ownActions()), e.isExtra)
	if len(onOthers) == 0 {
		return denied
	}
	return append(denied, policy.Statement{
		Sid: sid + "DenyOthers", Effect: policy.Deny, Action: onOthers, NotResource: oneself, Condition: condition(),
	})
}

// isExtra tells whether an action is let through wherever it goes.
func (e enforcement) isExtra(action string) bool {
	return slices.ContainsFunc(e.extra, func(pattern string) bool { return matchesAction(pattern, action) })
}

// enforcementOf reads the arguments out of a document, as far as it has them.
func enforcementOf(text string) enforcement {
	var found enforcement
	document, err := policy.Parse(text)
	if err != nil {
		return enforcement{firstLogin: true}
	}
	for _, s := range document.Statements {
		if s.Effect == policy.Allow {
			found.firstLogin = found.firstLogin || names(s.Action, changePassword)
			found.selfRemoval = found.selfRemoval || names(s.Action, deactivate)
		}
	}
	for _, s := range document.Statements {
		if s.Effect != policy.Deny || len(s.NotAction) == 0 {
			continue
		}
		if len(condition(s, greater, mfaAge)) > 0 {
			found.maxAge, _ = strconv.ParseInt(condition(s, greater, mfaAge)[0], 10, 64)
		}
		if !deniesWithoutMFA(s) {
			continue
		}
		found.exemptKeys = len(condition(s, boolean, mfaPresent)) > 0
		found.exempt = condition(s, notNamed, userName)
		found.extra = slices.DeleteFunc(slices.Clone(s.NotAction), func(action string) bool {
			return names(found.selfService(), action)
		})
	}
	return found
}

// deniesWithoutMFA recognizes the statement that all is about.
func deniesWithoutMFA(s policy.Statement) bool {
	return s.Effect == policy.Deny && len(s.NotAction) > 0 &&
		slices.Contains(slices.Concat(condition(s, booleanIfExists, mfaPresent), condition(s, boolean, mfaPresent)), "false")
}

// condition are the values of a key under an operator. Neither tells upper from lower case.
func condition(s policy.Statement, operator, key string) []string {
	for name, keys := range s.Condition {
		if !strings.EqualFold(name, operator) {
			continue
		}
		for found, values := range keys {
			if strings.EqualFold(found, key) {
				return values
			}
		}
	}
	return nil
}

// names tells whether an action stands in a list; case does not count.
func names(list []string, action string) bool {
	return slices.ContainsFunc(list, func(other string) bool { return strings.EqualFold(other, action) })
}

func matchesAction(pattern, action string) bool {
	return policy.MatchWildcard(strings.ToLower(pattern), strings.ToLower(action))
}
