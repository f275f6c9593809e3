package password_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"

	"github.com/iamguard/terraform-provider-iamguard/internal/localaws"
	"github.com/iamguard/terraform-provider-iamguard/internal/providertest"
)

// Named users have to choose another password, each by one call without a password; a
// second time nothing is sent.
func TestRequireReset_named(t *testing.T) {
	t.Parallel()
	s := newResetStage(t)
	s.person("alice", "bob", "carol")
	s.robot("robot")
	text := s.succeeds(2, users("alice", "bob", "robot"))
	s.expectReset(true, "alice", "bob")
	s.expectReset(false, "carol")
	providertest.ExpectTexts(t, text, "Asking for the console passwords of 3 users.",
		"User alice: must choose another password at the next sign-in.",
		"User robot: skipped, because it has no console password.")
	lines := strings.Split(text, "\n")
	if last := lines[len(lines)-1]; last !=
		"2 users must choose another password at the next sign-in; 1 skipped: without a console password (robot)." {
		t.Errorf("the last line is %q", last)
	}
	text = s.succeeds(0, users("alice", "bob", "robot"))
	providertest.ExpectTexts(t, text, "User alice: has to choose another password already, nothing is sent.",
		"0 users must choose another password at the next sign-in; 2 had to already: alice, bob; 1 skipped")
	// Whoever chose one meanwhile can be asked again.
	s.does(s.admin().UpdateLoginProfile(t.Context(), &iam.UpdateLoginProfileInput{
		UserName: aws.String("bob"), Password: aws.String(another), PasswordResetRequired: aws.Bool(false),
	}))
	providertest.ExpectTexts(
		t,
		s.succeeds(1, users("alice", "bob")),
		"1 user must choose another password",
		"1 had to already: alice",
	)
	s.expectReset(true, "bob")
	providertest.ExpectTexts(t, s.succeeds(0, users()), "0 users must choose another password at the next sign-in.")
}

// Everybody is everybody with a console password, and no more of them than expected.
func TestRequireReset_all(t *testing.T) {
	t.Parallel()
	s := newResetStage(t)
	s.stage.LimitPages(2)
	s.person(people(5)...)
	s.robot("robot-1", "robot-2")
	for _, exempt := range [][]any{nil, {"person-000", "person-001"}} {
		said := s.refuses(with(everybody(4), "exempt_users", exempt))
		providertest.ExpectTexts(
			t,
			said,
			"Unable to reset the passwords of so many users",
			"5 users have a console password, and max_users = 4",
			"Nothing is changed.",
			"set max_users = 5",
		)
	}
	s.expectReset(false, people(5)...)
	text := s.succeeds(4, with(everybody(5), "exempt_users", []any{"Person-003", "nobody"}))
	providertest.ExpectTexts(
		t,
		text,
		"Asking for the console passwords of 7 users.",
		"exempt_users has names that no user of the account has: nobody.",
		"User person-003: skipped, because it is exempt.",
		"4 users must choose another password at the next sign-in; 3 skipped: exempt (person-003), without a console password "+
			"(robot-1, robot-2).",
	)
	s.expectReset(true, "person-000", "person-001", "person-002", "person-004")
	s.expectReset(false, "person-003")
	s.succeeds(0, with(everybody(5), "exempt_users", []any{"person-003"}))
}

// The caller is skipped: the user itself, also behind a role of the same account that the
// provider assumes, and nobody else of that name.
func TestRequireReset_caller(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		role, abroad bool
		skipped      bool
	}{
		"user": {skipped: true}, "behind a role": {role: true, skipped: true}, "of another account": {role: true, abroad: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newResetStage(t)
			s.person("alice", "bob")
			caller := s.stage.User("alice")
			if c.abroad {
				caller = s.stage.Beside(t).User("alice")
			}
			arguments, config := s.stage.ProviderArguments(caller), users("alice", "bob")
			if c.role {
				arguments["accounts"] = map[string]any{"own": map[string]any{
					"role_arn": "arn:aws:iam::" + s.stage.ID + ":role/deployer",
				}}
				config["account"] = "own"
			}
			s.server = providertest.NewServer(t, s.stage.Runtime())
			if diags := s.server.Configure(t, arguments); providertest.Errors(diags) {
				t.Fatal(providertest.Text(diags))
			}
			if !c.skipped {
				s.succeeds(2, config)
				return
			}
			providertest.ExpectTexts(t, s.succeeds(1, config), "User alice: skipped, because the calls are made by this user.",
				"1 user must choose another password at the next sign-in; 1 skipped: the caller (alice).")
			s.expectReset(false, "alice")
			s.expectReset(true, "bob")
		})
	}
}

// Where nobody is asked who the caller is, it could be anybody.
func TestRequireReset_unverified(t *testing.T) {
	t.Parallel()
	s := newResetStage(t)
	s.person("alice")
	s.server = s.stage.Server(t, map[string]any{"skip_requesting_account_id": true})
	providertest.ExpectTexts(t, s.refuses(users("alice")), "Unable to tell which user the caller is", "Nothing is changed.",
		"run Terraform without skip_requesting_account_id")
}

// A name that nobody has is an error before anything is changed; all of them are named.
func TestRequireReset_missing(t *testing.T) {
	t.Parallel()
	s := newResetStage(t)
	s.person("alice")
	said := s.refuses(users("alice", "nobody", "nowhere"))
	providertest.ExpectTexts(
		t,
		said,
		"Unable to find every user whose password to reset",
		"the account has no user named nobody, nowhere",
		"Nothing is changed.",
		"correct or remove the 2 names in users",
	)
	s.expectReset(false, "alice")
}

// A user who is newer than what IAM answers of the account is no missing one, but of such
// a one nothing is known.
func TestRequireReset_new(t *testing.T) {
	t.Parallel()
	s := newResetStage(t)
	s.person("alice")
	restore := s.stage.Inject(localaws.Fault{
		Service: "iam", Operation: "GetAccountAuthorizationDetails", Kind: localaws.StaleReads, Count: 1,
	})
	defer restore()
	s.succeeds(1, users("alice"))
	s.person("newcomer")
	providertest.ExpectTexts(t, s.succeeds(0, users("newcomer")),
		"User newcomer: skipped, because it is undecided whether it could change the password at the next sign-in: "+
			"IAM does not answer its policies yet.", "1 skipped: undecided (newcomer).")
}

// What needs no AWS is checked before; what is not known yet is no error.
func TestRequireReset_plan(t *testing.T) {
	t.Parallel()
	s := newResetStage(t)
	s.person("alice")
	s.stage.ResetCalls()
	for text, config := range map[string]map[string]any{
		"Unable to tell whose passwords to reset":                  {},
		"Name the users, or set all = true":                        {"all": false},
		"users and all = true exclude each other":                  {"all": true, "users": []any{"alice"}},
		"all = true needs max_users":                               {"all": true},
		"max_users is for all = true":                              {"users": []any{"alice"}, "max_users": 1},
		"must be at least 1":                                       everybody(0),
		"must be the name of an IAM user":                          users("a b"),
		"exempt_users[Value(\"a/b\")]":                             with(users("alice"), "exempt_users", []any{"a/b"}),
		`Unknown account "nowhere"`:                                with(users("alice"), "account", "nowhere"),
		"Unable to reset the passwords of named users and of all:": with(everybody(1), "users", []any{}),
	} {
		diags := s.server.PlanAction(t, requireReset, config)
		if !providertest.Errors(diags) || !strings.Contains(providertest.Text(diags), text) {
			t.Errorf("%v: %q is missing in %s", config, text, providertest.Text(diags))
		}
	}
	unknown := providertest.Unknown
	for _, config := range []map[string]any{
		users("alice"), everybody(1), with(users("alice"), "all", false),
		{"users": unknown},
		{"all": unknown},
		{"users": unknown, "all": true},
		{"all": true, "max_users": unknown},
		{"users": []any{unknown}},
		{"users": []any{"alice"}, "max_users": unknown},
		{"users": unknown, "max_users": 2},
		{"users": unknown, "all": unknown, "max_users": unknown, "exempt_users": unknown, "account": unknown},
	} {
		if diags := s.server.PlanAction(t, requireReset, config); len(diags) > 0 {
			t.Errorf("%v: %s", config, providertest.Text(diags))
		}
	}
	if writes := s.stage.Mutations(); len(writes) > 0 {
		t.Errorf("a plan makes %d writes", len(writes))
	}
	s.expectReset(false, "alice")
}

// Two hundred users cost one read of the account, a hundred entities a page, one call each
// to learn who has a password, and one each to reset it.
func TestRequireReset_size(t *testing.T) {
	t.Parallel()
	s := newResetStage(t)
	names := people(200)
	s.person(names[:150]...)
	s.robot(names[150:]...)
	restore := s.stage.Inject(localaws.Fault{Service: "iam", Operation: "GetLoginProfile", Kind: localaws.Latency, Latency: 5e6})
	text := s.succeeds(150, everybody(150))
	restore()
	counts := map[string]int{}
	for _, call := range s.stage.Calls() {
		counts[call.Name()]++
	}
	want := map[string]int{
		"iam:GetAccountPasswordPolicy": 1, "iam:GetAccountAuthorizationDetails": 2, "iam:GetLoginProfile": 200,
		"iam:UpdateLoginProfile": 150, "sts:GetCallerIdentity": counts["sts:GetCallerIdentity"],
	}
	for name, count := range counts {
		if count != want[name] {
			t.Errorf("%s: %d calls, want %d", name, count, want[name])
		}
	}
	if most := s.stage.MaxInFlight(); most < 3 || most > 8 {
		t.Errorf("%d calls at once", most)
	}
	providertest.ExpectTexts(
		t,
		text,
		"Asked for 100 of 200.",
		"150 users must choose another password at the next sign-in; 50 skipped: "+
			"without a console password (person-150, ",
		"person-169 and 30 more).",
	)
	t.Logf("calls for 200 users: %v", counts)
}

// TestRequireResetPermissions records which IAM actions the action needs.
func TestRequireResetPermissions(t *testing.T) {
	t.Parallel()
	s := newResetStage(t)
	s.person("alice")
	invoking := s.stage.Used(func() {
		s.server.InvokeAction(t, requireReset, users("alice"))
		s.server.InvokeAction(t, requireReset, users("nobody"))
	})
	if !slices.Contains(invoking, "iam:UpdateLoginProfile") {
		t.Errorf("nothing was done: %v", invoking)
	}
	providertest.ExpectPermissions(t, "actions/"+requireReset, map[string][]string{"Apply": invoking})
}
