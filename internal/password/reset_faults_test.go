package password_test

import (
	"net/http"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"

	"github.com/iamguard/terraform-provider-iamguard/internal/localaws"
	"github.com/iamguard/terraform-provider-iamguard/internal/providertest"
)

// Whatever cannot be read to its end, nothing is changed; the same is done once it can.
func TestRequireReset_denied(t *testing.T) {
	t.Parallel()
	for operation, nth := range map[string]int{
		"GetAccountPasswordPolicy": 1, "GetAccountAuthorizationDetails": 2, "GetLoginProfile": 3, "GetUser": 1,
	} {
		t.Run(operation, func(t *testing.T) {
			t.Parallel()
			s := newResetStage(t)
			names := people(101)
			s.person(names[:4]...)
			s.robot(names[4:]...)
			config := everybody(4)
			if operation == "GetUser" {
				config = users("person-000", "nobody")
			}
			restore := s.stage.Inject(localaws.Fault{Service: "iam", Operation: operation, Nth: nth, Count: 1000, Kind: localaws.Deny})
			providertest.ExpectTexts(
				t,
				s.refuses(config),
				"Unable to find out whose password may be reset",
				"AccessDenied",
				"Nothing is changed.",
				"allow the action iam:"+operation,
			)
			restore()
			s.expectReset(false, names[:4]...)
			s.succeeds(4, everybody(4))
		})
	}
}

// denyUpdate refuses the update of one user.
func denyUpdate(user string) localaws.Fault {
	return localaws.Fault{
		Service: "iam", Operation: "UpdateLoginProfile", Kind: localaws.Deny,
		Match: func(call localaws.Call) bool { return call.Params["UserName"] == user },
	}
}

// One user who cannot be changed does not keep the others from it; the error says who was
// done, who not, and that it may be done again.
func TestRequireReset_partial(t *testing.T) {
	t.Parallel()
	s := newResetStage(t)
	s.person("alice", "bob", "carol")
	restore := s.stage.Inject(denyUpdate("bob"))
	text, writes, diags := s.invoke(users("alice", "bob", "carol"))
	restore()
	if len(writes) != 3 || len(diags) != 1 {
		t.Errorf("%d writes, %d diagnostics", len(writes), len(diags))
	}
	providertest.ExpectTexts(
		t,
		providertest.Text(diags),
		"Unable to require another password of every user: Where: user bob, account "+s.stage.ID,
		"AWS said, to UpdateLoginProfile: AccessDenied",
		"Done: alice, carol. Not done: bob (AccessDenied).",
		"allow the action iam:UpdateLoginProfile on these users",
		"users who are done are left alone",
	)
	providertest.ExpectTexts(t, text, "User bob: not changed: AccessDenied.", "User carol: must choose another password",
		"2 users must choose another password at the next sign-in; 1 not changed: bob.")
	s.expectReset(true, "alice", "carol")
	s.expectReset(false, "bob")
	providertest.ExpectTexts(t, s.succeeds(1, users("alice", "bob", "carol")), "2 had to already: alice, carol")
}

// A lost answer and a user who is busy are no failures, and of one whose every answer is
// lost AWS is asked what became of it.
func TestRequireReset_lost(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]localaws.Fault{
		"once":  {Kind: localaws.LostAnswer, Nth: 1},
		"every": {Kind: localaws.LostAnswer},
		"busy":  {Kind: localaws.Refuse, Nth: 1, Code: "EntityTemporarilyUnmodifiable", Status: http.StatusConflict},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newResetStage(t)
			s.person("alice")
			fault.Service, fault.Operation = "iam", "UpdateLoginProfile"
			defer s.stage.Inject(fault)()
			text, writes, diags := s.invoke(users("alice"))
			if len(diags) > 0 || len(writes) < 2 {
				t.Errorf("%d writes: %s", len(writes), providertest.Text(diags))
			}
			providertest.ExpectTexts(t, text, "1 user must choose another password")
			s.expectReset(true, "alice")
		})
	}
}

// A password that was deleted between the reading and the change is none to reset, and
// credentials that end in between end everything.
func TestRequireReset_meanwhile(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		fault  localaws.Fault
		writes int
		texts  []string
	}{
		"deleted": {localaws.Fault{Kind: localaws.Refuse, Code: "NoSuchEntity", Status: http.StatusNotFound, Nth: 2}, 3, []string{
			"User bob: skipped, because it has no console password.", "2 users must choose another password",
		}},
		"expired": {localaws.Fault{
			Kind: localaws.Refuse, Code: "ExpiredToken", Status: http.StatusForbidden, Nth: 2, Count: 99,
		}, 2, []string{
			"Done: alice. Not done: bob (ExpiredToken), carol (not tried).", "renew the credentials, and invoke the action again",
			"1 user must choose another password", "2 not changed: bob, carol.",
		}},
		"broken": {localaws.Fault{Kind: localaws.ServerError, Nth: 1, Count: 4}, 6, []string{
			"Done: bob, carol. Not done: alice (InternalFailure).",
		}},
		"all denied": {localaws.Fault{Kind: localaws.Deny}, 3, []string{"No user was changed. Not done: alice (AccessDenied), bob"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newResetStage(t)
			s.person("alice", "bob", "carol")
			c.fault.Service, c.fault.Operation = "iam", "UpdateLoginProfile"
			defer s.stage.Inject(c.fault)()
			text, writes, diags := s.invoke(users("alice", "bob", "carol"))
			if len(writes) != c.writes {
				t.Errorf("%d writes, want %d", len(writes), c.writes)
			}
			providertest.ExpectTexts(t, text+"\n"+providertest.Text(diags), c.texts...)
		})
	}
}

// What AWS says is escaped, wherever it is repeated.
func TestRequireReset_escaped(t *testing.T) {
	t.Parallel()
	s := newResetStage(t)
	s.person("alice")
	s.does(s.admin().UpdateLoginProfile(t.Context(), &iam.UpdateLoginProfileInput{
		UserName: aws.String("alice"), PasswordResetRequired: aws.Bool(false),
	}))
	defer s.stage.Inject(localaws.Fault{
		Service: "iam", Operation: "UpdateLoginProfile", Kind: localaws.Refuse, Code: "Odd", Message: "a\u0085b\u202ec",
		Status: http.StatusBadRequest,
	})()
	_, _, diags := s.invoke(users("alice"))
	providertest.ExpectTexts(t, providertest.Text(diags), `a\u0085b\u202ec`, "Not done: alice (Odd).")
}
