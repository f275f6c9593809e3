package accesskey_test

import (
	"fmt"
	"testing"

	"github.com/iamguard/terraform-provider-iamguard/internal/localaws"
	"github.com/iamguard/terraform-provider-iamguard/internal/providertest"
)

// Six thousand keys cost at most ten calls, and one for each key that counts.
func TestKeys_many(t *testing.T) {
	t.Parallel()
	const flagged = 25
	s := newKeyStage(t)
	for i := range flagged {
		s.holder(fmt.Sprintf("old-%02d", i))
	}
	s.later(800 * day)
	s.SeedInventory(15_000, 1)
	server := s.Server(t, nil)
	s.ResetCalls()
	state := read(t, server, keysType, map[string]any{"older_than_days": 760, "unused_days": 90})
	caller := s.Admin().ARN
	calls := s.Calls(func(call localaws.Call) bool { return call.Principal == caller })
	keys, _ := state["keys"].([]any)
	if len(keys) != flagged || len(calls) > 10+flagged || state["complete"] != true {
		t.Errorf("%d keys in %d calls; not considered: %v", len(keys), len(calls), state["not_considered"])
	}
	report := read(t, server, "iamguard_credential_report", nil)
	users, _ := report["users"].([]any)
	all := 0
	for _, one := range users {
		user, _ := one.(map[string]any)
		held, _ := user["access_keys"].([]any)
		all += len(held)
	}
	t.Logf("%d users with %d keys, %d of them flagged, in %d calls", len(users), all, len(keys), len(calls))
	if len(users) < 5000 || all < 6000 {
		t.Errorf("only %d users with %d keys", len(users), all)
	}
}

func TestKeysPermissions(t *testing.T) {
	t.Parallel()
	s := newKeyStage(t)
	s.holder("alice")
	used := s.Used(func() {
		s.readKeys(nil)
		s.readKeys(map[string]any{"users": []any{"alice"}})
	})
	used = append([]string{"cloudtrail:LookupEvents"}, used...)
	providertest.ExpectPermissions(t, "data-sources/"+keysType, map[string][]string{"Plan": used})
}
