package account_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/iam"

	"github.com/iamguard/terraform-provider-iamguard/internal/account"
	"github.com/iamguard/terraform-provider-iamguard/internal/localaws"
)

// paced is an account at the real rates on an injected clock.
func paced(t *testing.T) (*localaws.Account, *account.Account, *clock) {
	t.Helper()
	base := server(t)
	c := &clock{began: time.Now()}
	base.SetClock(c.now)
	p := account.NewPool(settings(t, base.Admin()), account.Runtime{Clock: c.now, Sleep: c.sleep, Backoff: noBackoff{}})
	reached, err := p.Account(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	c.slept = nil
	return base, reached, c
}

func lookUp(t *testing.T, in *account.Account, where string) {
	t.Helper()
	if _, err := in.CloudTrail(where).LookupEvents(t.Context(), &cloudtrail.LookupEventsInput{}); err != nil {
		t.Fatal(err)
	}
}

func TestPace_tokens(t *testing.T) {
	t.Parallel()
	base, reached, c := paced(t)
	base.SetLookup(localaws.Lookup{Rate: 2})
	const half = 500 * time.Millisecond
	for range 4 {
		lookUp(t, reached, region)
	}
	if want := []time.Duration{half, half, half}; !slices.Equal(c.slept, want) {
		t.Errorf("four calls waited %v, want %v", c.slept, want)
	}
	lookUp(t, reached, "eu-west-1")
	if len(c.slept) != 3 {
		t.Error("another region waits for this one")
	}
	for range 10 {
		if _, err := reached.CloudTrail(region).DescribeTrails(t.Context(), &cloudtrail.DescribeTrailsInput{}); err != nil {
			t.Fatal(err)
		}
	}
	if len(c.slept) != 3 {
		t.Error("reading trails waits for looking up events")
	}
	client, err := reached.IAM()
	if err != nil {
		t.Fatal(err)
	}
	for range 10 {
		if _, err := client.ListUsers(t.Context(), &iam.ListUsersInput{}); err != nil {
			t.Fatal(err)
		}
	}
	if len(c.slept) != 3 {
		t.Error("calls without a documented rate wait")
	}
	for _, call := range base.Calls() {
		if call.Throttled {
			t.Errorf("%s was throttled", call.Name())
		}
	}
}

func TestPace_tokensComeBack(t *testing.T) {
	t.Parallel()
	_, reached, c := paced(t)
	lookUp(t, reached, region)
	c.slept = append(c.slept, 400*time.Millisecond) // Time that passes for another reason.
	lookUp(t, reached, region)
	if want := []time.Duration{400 * time.Millisecond, 100 * time.Millisecond}; !slices.EqualFunc(c.slept, want, roughly) {
		t.Errorf("waited %v, want %v", c.slept, want)
	}
	c.slept = append(c.slept, time.Minute) // An hour of rest is still one call at once.
	lookUp(t, reached, region)
	lookUp(t, reached, region)
	if last := c.slept[len(c.slept)-1]; !roughly(last, 500*time.Millisecond) {
		t.Errorf("after a rest the second call waited %v", last)
	}
}

func roughly(a, b time.Duration) bool {
	return (a - b).Abs() < time.Millisecond
}

func TestPace_retriedAttemptsWaitToo(t *testing.T) {
	t.Parallel()
	base, reached, c := paced(t)
	base.Inject(localaws.Fault{Service: "cloudtrail", Operation: "LookupEvents", Nth: 1, Count: 2, Kind: localaws.ServerError})
	counter := &account.Counter{}
	if _, err := reached.CloudTrail(region).
		LookupEvents(account.WithCounter(t.Context(), counter), &cloudtrail.LookupEventsInput{}); err != nil {
		t.Fatal(err)
	}
	if len(c.slept) != 2 || counter.Attempts() != 3 || count(base, "cloudtrail:LookupEvents") != 3 {
		t.Errorf("waited %v for %d attempts, %d seen", c.slept, counter.Attempts(), count(base, "cloudtrail:LookupEvents"))
	}
}

// All accounts and all names of one account share one limiter.
func TestPace_oneLimiterAnAccount(t *testing.T) {
	t.Parallel()
	base, other := server(t), server(t)
	c := &clock{began: time.Now()}
	s := settings(t, base.Admin())
	s.Accounts = map[string]account.Role{"self": roleIn(base), "other": roleIn(other)}
	p := account.NewPool(s, account.Runtime{Clock: c.now, Sleep: c.sleep, Backoff: noBackoff{}})
	for _, selection := range []string{"", "self", "other"} {
		reached, err := p.Account(t.Context(), selection)
		if err != nil {
			t.Fatal(err)
		}
		lookUp(t, reached, region)
	}
	if len(c.slept) != 1 {
		t.Errorf("waited %v: two of three calls went to one account", c.slept)
	}
}

func TestPace_endsWithTheContext(t *testing.T) {
	t.Parallel()
	_, reached, _ := paced(t)
	lookUp(t, reached, region)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := reached.CloudTrail(region).LookupEvents(ctx, &cloudtrail.LookupEventsInput{})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("a canceled wait says %v", err)
	}
}

func TestDefaultRates(t *testing.T) {
	t.Parallel()
	want := map[string]float64{"cloudtrail:LookupEvents": 2, "cloudtrail:read": 10, "cloudtrail:write": 1}
	rates := account.DefaultRates()
	for bucket, limit := range want {
		if got := float64(rates[bucket].Limit); got != limit {
			t.Errorf("%s goes at %v a second, AWS allows %v", bucket, got, limit)
		}
	}
	if len(rates) != len(want) {
		t.Errorf("the rates are %v", rates)
	}
}
