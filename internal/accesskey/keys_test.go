package accesskey_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"github.com/iamguard/terraform-provider-iamguard/internal/localaws"
	"github.com/iamguard/terraform-provider-iamguard/internal/providertest"
)

const keysType = "iamguard_access_keys"

// holder makes a user with a key, and gives the key.
func (s *keyStage) holder(name string) pair {
	s.t.Helper()
	client := s.iam(s.Admin())
	s.does(client.CreateUser(s.t.Context(), &iam.CreateUserInput{UserName: &name}))
	return s.another(name)
}

func (s *keyStage) another(name string) pair {
	s.t.Helper()
	out, err := s.iam(s.Admin()).CreateAccessKey(s.t.Context(), &iam.CreateAccessKeyInput{UserName: &name})
	if err != nil {
		s.t.Fatal(err)
	}
	return pair{AccessKeyId: *out.AccessKey.AccessKeyId, SecretAccessKey: *out.AccessKey.SecretAccessKey}
}

// call signs with a key.
func (s *keyStage) call(with pair) {
	s.t.Helper()
	s.does(s.iam(localaws.Principal{
		AccessKeyID: with.AccessKeyId, SecretAccessKey: with.SecretAccessKey, AccountID: s.ID,
	}).ListUsers(s.t.Context(), &iam.ListUsersInput{}))
}

// readKeys reads the data source by a provider that has read nothing yet: its keys by ID.
func (s *keyStage) readKeys(arguments map[string]any) (map[string]map[string]any, map[string]any) {
	s.t.Helper()
	t, ok := s.t.(*testing.T)
	if !ok {
		s.t.Fatal("no test")
	}
	state := read(t, s.Server(t, nil), keysType, arguments)
	keys, found := map[string]map[string]any{}, state["keys"].([]any) //nolint:forcetypeassert,errcheck // It panics in a test.
	for _, one := range found {
		key, _ := one.(map[string]any)
		keys[fmt.Sprint(key["access_key_id"])] = key
	}
	return keys, state
}

// has asserts which keys are in an answer, and that it is complete.
func (s *keyStage) has(arguments map[string]any, want ...pair) map[string]map[string]any {
	s.t.Helper()
	keys, state := s.readKeys(arguments)
	for _, one := range want {
		if keys[one.AccessKeyId] == nil {
			s.t.Errorf("%v: the key %s is missing", arguments, one.AccessKeyId)
		}
	}
	if len(keys) != len(want) || state["complete"] != true || state["account_id"] != s.ID {
		s.t.Errorf("%v: %d keys, want %d; not considered: %v", arguments, len(keys), len(want), state["not_considered"])
	}
	return keys
}

// Keys are old by their creation, and unused since their last use, else their creation;
// with and without the report.
func TestKeys(t *testing.T) {
	t.Parallel()
	s := newKeyStage(t)
	idle, busy := s.holder("idle"), s.holder("busy")
	s.later(100 * day)
	s.call(busy)
	fresh := s.another("idle")
	for _, users := range []any{nil, []any{"idle", "busy", keyUser}} {
		with := func(filters map[string]any) map[string]any {
			filters["users"] = users
			return filters
		}
		keys := s.has(with(map[string]any{}), idle, busy, fresh)
		one := keys[idle.AccessKeyId]
		if one["user"] != "idle" || one["status"] != "Active" || one["last_used_date"] != nil || one["last_used_known"] != false ||
			one["last_used_service"] != nil || fmt.Sprint(one["age_days"]) != "100" {
			t.Errorf("the idle key is %v", one)
		}
		s.has(with(map[string]any{"older_than_days": 90}), idle, busy)
		s.has(with(map[string]any{"older_than_days": 101}))
	}
	named := map[string]any{"users": []any{"idle", "busy"}, "unused_days": 45}
	s.has(named, idle)
	keys := s.has(map[string]any{"users": []any{"busy"}}, busy)
	one := keys[busy.AccessKeyId]
	if one["last_used_service"] != "iam" || one["last_used_known"] != true || one["source"] != "live" {
		t.Errorf("the busy key is %v", one)
	}
	s.later(50 * day)
	s.has(map[string]any{"users": []any{"idle", "busy"}, "unused_days": 45, "older_than_days": 120}, idle, busy)
	s.has(map[string]any{"unused_days": 45, "older_than_days": 120, "users": []any{"busy"}}, busy)
}

// What changed after the report: a key that was made, one that is inactive, users who are
// gone or have another name.
func TestKeys_changedSince(t *testing.T) {
	t.Parallel()
	s := newKeyStage(t)
	kept, dropped, moved := s.holder("kept"), s.holder("dropped"), s.holder("old")
	s.later(100 * day)
	s.has(nil, kept, dropped, moved)
	s.later(time.Hour)
	client := s.iam(s.Admin())
	s.does(client.DeleteAccessKey(t.Context(), &iam.DeleteAccessKeyInput{
		UserName: aws.String("dropped"), AccessKeyId: &dropped.AccessKeyId,
	}))
	s.does(client.DeleteUser(t.Context(), &iam.DeleteUserInput{UserName: aws.String("dropped")}))
	s.does(client.UpdateUser(t.Context(), &iam.UpdateUserInput{UserName: aws.String("old"), NewUserName: aws.String("renamed")}))
	s.does(client.UpdateAccessKey(t.Context(), &iam.UpdateAccessKeyInput{
		UserName: aws.String("kept"), AccessKeyId: &kept.AccessKeyId, Status: types.StatusTypeInactive,
	}))
	newcomer := s.holder("newcomer")
	keys := s.has(nil, kept, moved, newcomer)
	if keys[kept.AccessKeyId]["status"] != "Inactive" || keys[kept.AccessKeyId]["source"] != "report" ||
		keys[newcomer.AccessKeyId]["source"] != "live" || keys[moved.AccessKeyId]["user"] != "renamed" {
		t.Errorf("the keys are %v", keys)
	}
	s.has(map[string]any{"older_than_days": 1}, kept, moved)

	defer s.Inject(localaws.Fault{Service: "cloudtrail", Operation: "LookupEvents", Kind: localaws.Deny})()
	_, state := s.readKeys(nil)
	providertest.ExpectTexts(t, fmt.Sprint(state["not_considered"]), "cloudtrail:LookupEvents is denied", "The user old is gone")
	if state["complete"] != false || state["covered_to"] != state["report_time"] {
		t.Errorf("complete %v, covered to %v, report of %v", state["complete"], state["covered_to"], state["report_time"])
	}
	_, state = s.readKeys(map[string]any{"users": []any{"nobody", "kept"}})
	if state["complete"] != false || fmt.Sprint(state["not_considered"]) != "[There is no user nobody.]" ||
		state["report_time"] != nil {
		t.Errorf("a user who does not exist: %v", state)
	}
}

// What is denied is an error, also on a later page.
func TestKeys_denied(t *testing.T) {
	t.Parallel()
	s := newKeyStage(t)
	s.holder("alice")
	for operation, arguments := range map[string]map[string]any{
		"GetCredentialReport": nil, "ListAccessKeys": nil, "GetAccessKeyLastUsed": {"users": []any{"alice"}},
	} {
		restore := s.Inject(localaws.Fault{Service: "iam", Operation: operation, Kind: localaws.Deny})
		_, diags := s.Server(t, nil).ReadData(t, keysType, arguments)
		restore()
		providertest.ExpectTexts(t, providertest.Text(diags), "Unable to read the access keys", "allow the action iam:"+operation)
	}
	s.another("alice")
	s.LimitPages(1)
	if keys, _ := s.readKeys(nil); len(keys) != 2 {
		t.Errorf("two pages have %d keys", len(keys))
	}
	defer s.Inject(localaws.Fault{Service: "iam", Operation: "ListAccessKeys", Kind: localaws.Deny, Nth: 2})()
	_, diags := s.Server(t, nil).ReadData(t, keysType, nil)
	providertest.ExpectTexts(t, providertest.Text(diags), "allow the action iam:ListAccessKeys")
	for _, wrong := range []map[string]any{
		{"users": []any{}}, {"users": []any{"a b"}}, {"older_than_days": 0}, {"unused_days": 4000},
	} {
		if !providertest.Errors(s.Server(t, nil).ValidateData(t, keysType, wrong)) {
			t.Errorf("%v is taken", wrong)
		}
	}
}
