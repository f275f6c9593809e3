package accesskey_test

import (
	"strings"
	"testing"

	"github.com/iamguard/terraform-provider-iamguard/internal/localaws"
	"github.com/iamguard/terraform-provider-iamguard/internal/providertest"
)

const deactivateKey = "iamguard_deactivate_access_key"

func deactivating(user string, key pair) map[string]any {
	return map[string]any{"user": user, "access_key_id": key.AccessKeyId}
}

// hidesKey fails the test where a text has the whole ID of a key.
func hidesKey(t *testing.T, text string, key pair) {
	t.Helper()
	if strings.Contains(text, key.AccessKeyId) {
		t.Errorf("the ID is shown:\n%s", text)
	}
}

// A key is deactivated, the other one of the user is not, and a second time nothing is sent.
func TestDeactivate(t *testing.T) {
	t.Parallel()
	s := newKeyStage(t)
	key, other := s.make(), s.make()
	server := s.Server(t, nil)
	progress, diags := server.InvokeAction(t, deactivateKey, deactivating(keyUser, key))
	if have := s.keys(); len(diags) > 0 || have[key.AccessKeyId] != "Inactive" || have[other.AccessKeyId] != "Active" {
		t.Fatalf("the keys are %v: %s", have, providertest.Text(diags))
	}
	said := strings.Join(progress, "\n")
	shown := "access key " + short(key.AccessKeyId) + " of the user ci"
	providertest.ExpectTexts(t, said, "Deactivating the "+shown+".", "The "+shown+" is inactive.")
	hidesKey(t, said, key)
	s.ResetCalls()
	progress, diags = server.InvokeAction(t, deactivateKey, deactivating(keyUser, key))
	if len(diags) > 0 || len(s.Mutations()) > 0 {
		t.Errorf("the key was deactivated again: %s", providertest.Text(diags))
	}
	providertest.ExpectTexts(t, strings.Join(progress, "\n"), "is inactive already. Nothing is changed.")
}

// A lost answer is no failure.
func TestDeactivate_lost(t *testing.T) {
	t.Parallel()
	s := newKeyStage(t)
	key := s.make()
	defer s.Inject(localaws.Fault{Service: "iam", Operation: "UpdateAccessKey", Kind: localaws.LostAnswer, Nth: 1})()
	_, diags := s.Server(t, nil).InvokeAction(t, deactivateKey, deactivating(keyUser, key))
	if len(diags) > 0 || s.keys()[key.AccessKeyId] != "Inactive" {
		t.Errorf("the keys are %v: %s", s.keys(), providertest.Text(diags))
	}
}

// The caller's keys are refused: those of the user itself, also behind a role of the same
// account that the provider assumes, and of nobody else of that name.
func TestDeactivate_caller(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ role, abroad bool }{
		"user": {}, "behind a role": {role: true}, "of another account": {role: true, abroad: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newKeyStage(t)
			key := s.make()
			caller, config := s.User(keyUser), deactivating(strings.ToUpper(keyUser), key)
			if c.abroad {
				caller, config = s.Beside(t).User(keyUser), deactivating(keyUser, key)
			}
			arguments := s.ProviderArguments(caller)
			if c.role {
				arguments["accounts"] = map[string]any{"own": map[string]any{"role_arn": "arn:aws:iam::" + s.ID + ":role/deployer"}}
				config["account"] = "own"
			}
			server := providertest.NewServer(t, s.Runtime())
			if diags := server.Configure(t, arguments); providertest.Errors(diags) {
				t.Fatal(providertest.Text(diags))
			}
			_, diags := server.InvokeAction(t, deactivateKey, config)
			if c.abroad {
				if len(diags) > 0 || s.keys()[key.AccessKeyId] != "Inactive" {
					t.Errorf("the keys are %v: %s", s.keys(), providertest.Text(diags))
				}
				return
			}
			providertest.ExpectTexts(t, providertest.Text(diags), "Unable to deactivate an access key of the caller",
				"The calls are made by this user", "Nothing is changed.")
			hidesKey(t, providertest.Text(diags), key)
			if s.keys()[key.AccessKeyId] != "Active" {
				t.Error("the key is not active")
			}
		})
	}
}

// What cannot be done is told with what to do, changes nothing, and shows no whole ID.
func TestDeactivate_errors(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(*keyStage, map[string]any)
		extra  map[string]any
		texts  []string
	}{
		"key of another": {change: func(s *keyStage, config map[string]any) {
			s.holder("alice")
			config["user"] = "alice"
		}, texts: []string{"the user has no access key of this ID", "the key is of another user"}},
		"unknown user": {change: func(_ *keyStage, config map[string]any) { config["user"] = "nobody" }, texts: []string{
			"Unable to deactivate the access key", "NoSuchEntity", "check the name of the user",
		}},
		"denied": {change: func(s *keyStage, _ map[string]any) {
			s.Inject(localaws.Fault{Service: "iam", Operation: "UpdateAccessKey", Kind: localaws.Deny})
		}, texts: []string{"Unable to deactivate the access key", "allow the action iam:UpdateAccessKey"}},
		"list denied": {change: func(s *keyStage, _ map[string]any) {
			s.Inject(localaws.Fault{Service: "iam", Operation: "ListAccessKeys", Kind: localaws.Deny})
		}, texts: []string{"allow the action iam:ListAccessKeys"}},
		"unverified": {extra: map[string]any{"skip_requesting_account_id": true}, texts: []string{
			"Unable to tell whose access key the caller has", "Nothing is changed.", "without skip_requesting_account_id",
		}},
		"no ID": {change: func(_ *keyStage, config map[string]any) { config["access_key_id"] = "AKIA" }, texts: []string{
			"must be the ID",
		}},
		"unknown account": {change: func(_ *keyStage, config map[string]any) { config["account"] = "nowhere" }, texts: []string{
			`Unknown account "nowhere"`,
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newKeyStage(t)
			key := s.make()
			config := deactivating(keyUser, key)
			if c.change != nil {
				c.change(s, config)
			}
			progress, diags := s.Server(t, c.extra).InvokeAction(t, deactivateKey, config)
			said := strings.Join(progress, "\n") + providertest.Text(diags)
			providertest.ExpectTexts(t, said, c.texts...)
			hidesKey(t, said, key)
			if !providertest.Errors(diags) || s.Secret(key.AccessKeyId) == "" {
				t.Errorf("no error, or the key is not active: %s", said)
			}
		})
	}
}

// A plan changes nothing, and takes what is not known yet.
func TestDeactivate_plan(t *testing.T) {
	t.Parallel()
	s := newKeyStage(t)
	key := s.make()
	server := s.Server(t, nil)
	s.ResetCalls()
	for _, config := range []map[string]any{deactivating(keyUser, key), {
		"user": providertest.Unknown, "access_key_id": providertest.Unknown, "account": providertest.Unknown,
	}} {
		if diags := server.PlanAction(t, deactivateKey, config); len(diags) > 0 {
			t.Error(providertest.Text(diags))
		}
	}
	if len(s.Mutations()) > 0 {
		t.Error("a plan deactivates the key")
	}
}

func TestDeactivatePermissions(t *testing.T) {
	t.Parallel()
	s := newKeyStage(t)
	config := deactivating(keyUser, s.make())
	server := s.Server(t, nil)
	invoking := s.Used(func() { server.InvokeAction(t, deactivateKey, config) })
	providertest.ExpectPermissions(t, "actions/"+deactivateKey, map[string][]string{"Apply": invoking})
}
