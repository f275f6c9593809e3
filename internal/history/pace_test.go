package history_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/iamguard/terraform-provider-iamguard/internal/account"
	"github.com/iamguard/terraform-provider-iamguard/internal/localaws"
	"github.com/iamguard/terraform-provider-iamguard/internal/providertest"
)

// fastClock runs some times faster than the real one, so that concurrent calls keep
// the order and the distance that they would really have.
type fastClock struct {
	began  time.Time
	factor int64
}

func (c fastClock) Now() time.Time {
	return c.began.Add(time.Duration(int64(time.Since(c.began)) * c.factor))
}

func (c fastClock) Sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d / time.Duration(c.factor))
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

// At the real two calls a second, against a recorder that enforces them, a dozen
// names are read side by side from two accounts, and no call is throttled.
func TestRiskyEvents_realPaceIsNeverThrottled(t *testing.T) {
	t.Parallel()
	stage := providertest.NewStage(t)
	other := stage.Beside(t)
	clock := fastClock{began: time.Now(), factor: 3}
	for _, one := range []*providertest.Stage{stage, other} {
		one.SetClock(clock.Now)
		one.SetLookup(localaws.Lookup{Rate: 2})
		for i := range 120 {
			put(t, one, removal(one, fmt.Sprintf("%s-%d", one.ID, i), time.Hour+time.Duration(i)*time.Second))
		}
	}
	server := providertest.NewServer(t, account.Runtime{Clock: clock.Now, Sleep: clock.Sleep})
	arguments := stage.ProviderArguments(stage.Admin())
	arguments["accounts"] = map[string]any{"other": map[string]any{"role_arn": "arn:aws:iam::" + other.ID + ":role/audit"}}
	if diags := server.Configure(t, arguments); len(diags) > 0 {
		t.Fatal(providertest.Text(diags))
	}
	began := clock.Now()
	state, diags := server.ReadData(t, riskyEvents, map[string]any{
		"accounts": texts("other", stage.ID),
		"event_names": texts(
			"RemoveUserFromGroup",
			"iam.DeleteGroup",
			"iam.DeleteUser",
			"iam.DeleteRole",
			"DetachRolePolicy",
			"DetachUserPolicy",
			"DetachGroupPolicy",
			"DeleteRolePolicy",
			"DeleteUserPolicy",
			"DeleteGroupPolicy",
			"DeactivateMFADevice",
			"DeleteLoginProfile",
		),
	})
	if state == nil {
		t.Fatal(providertest.Text(diags))
	}
	expect(t, state, map[string]any{"event_count": 240, "complete": true, "truncated": true})
	longest := 0
	for _, one := range []*providertest.Stage{stage, other} {
		perRegion := map[string]int{}
		for _, call := range one.Calls(localaws.Named("cloudtrail:LookupEvents")) {
			if call.Throttled {
				t.Errorf("a call in %s was throttled", call.Region)
			}
			perRegion[call.Region]++
			longest = max(longest, perRegion[call.Region])
		}
	}
	took := clock.Now().Sub(began)
	if least := time.Duration(longest-1) * time.Second / 2; took < least {
		t.Errorf("%d calls of one region took %s, which is more than two a second", longest, took)
	}
}
