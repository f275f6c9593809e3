package localaws_test

import (
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/aws/smithy-go"

	"github.com/iamguard/terraform-provider-iamguard/internal/localaws"
)

func (b *bench) getAlice(t *testing.T) error {
	t.Helper()
	_, err := b.iam.GetUser(t.Context(), &iam.GetUserInput{UserName: aws.String("alice")})
	return err
}

func TestFault_answers(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		fault    localaws.Fault
		code     string
		status   int
		recorded bool
	}{
		"throttle":     {localaws.Fault{Kind: localaws.Throttle}, "Throttling", 400, true},
		"server error": {localaws.Fault{Kind: localaws.ServerError}, "InternalFailure", 500, true},
		"deny":         {localaws.Fault{Kind: localaws.Deny}, "AccessDenied", 403, true},
		"refuse": {
			localaws.Fault{Kind: localaws.Refuse, Code: "LimitExceeded", Message: "too many", Status: 409},
			"LimitExceeded", 409, true,
		},
		"reset": {localaws.Fault{Kind: localaws.Reset}, "", 0, false},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			c.fault.Service, c.fault.Operation, c.fault.Count = "iam", "CreateUser", 1
			b.Inject(c.fault)
			_, err := b.iam.CreateUser(t.Context(), &iam.CreateUserInput{UserName: aws.String("alice")})
			if c.code != "" {
				wantCode(t, err, c.code)
			} else if err == nil {
				t.Error("want an error")
			}
			calls := b.Calls()
			throttled := c.code == "Throttling"
			if len(calls) != 1 || calls[0].Status != c.status || !calls[0].Injected || calls[0].Throttled != throttled {
				t.Errorf("calls: %+v", calls)
			}
			if got := len(b.Records()) == 1; got != c.recorded {
				t.Errorf("recorded %v, want %v", got, c.recorded)
			}
			wantCode(t, b.getAlice(t), "NoSuchEntity")
			b.createUsers(t, "alice")
		})
	}
}

func TestFault_denyRecord(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	remove := b.Inject(localaws.Fault{Kind: localaws.Deny, Match: func(c localaws.Call) bool { return !c.ReadOnly }})
	_, err := b.iam.DeleteGroup(t.Context(), &iam.DeleteGroupInput{GroupName: aws.String("admins")})
	wantCode(t, err, "AccessDenied")
	r := b.lastRecord(t, "DeleteGroup")
	want := "User: arn:aws:iam::" + b.ID + ":user/deployer is not authorized to perform: iam:DeleteGroup" +
		" on resource: group admins" +
		" because no identity-based policy allows the iam:DeleteGroup action"
	if r["requestParameters"] != nil || r["errorCode"] != "AccessDenied" || r["errorMessage"] != want {
		t.Errorf("recorded %+v", r)
	}
	remove()
	b.createUsers(t, "alice")
}

func TestFault_nth(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.Inject(localaws.Fault{Kind: localaws.ServerError, Nth: 2, Match: func(c localaws.Call) bool { return !c.ReadOnly }})
	var failed []string
	for _, name := range []string{"a", "b", "c"} {
		if _, err := b.iam.CreateUser(t.Context(), &iam.CreateUserInput{UserName: aws.String(name)}); err != nil {
			failed = append(failed, name)
		}
	}
	if len(failed) != 1 || failed[0] != "b" {
		t.Errorf("failed: %v, want b", failed)
	}
}

func TestFault_lostAnswer(t *testing.T) {
	t.Parallel()
	for name, status := range map[string]int{"reset": 0, "500": 500} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			b.Inject(localaws.Fault{Kind: localaws.LostAnswer, Operation: "CreateUser", Nth: 1, Status: status})
			_, err := b.iam.CreateUser(t.Context(), &iam.CreateUserInput{UserName: aws.String("alice")})
			var api smithy.APIError
			if err == nil || errors.As(err, &api) != (status == 500) {
				t.Errorf("got %v", err)
			}
			if err := b.getAlice(t); err != nil {
				t.Errorf("the call was not carried out: %v", err)
			}
			if r := b.lastRecord(t, "CreateUser"); r["errorCode"] != nil {
				t.Errorf("recorded %+v", r)
			}
		})
	}
}

func TestFault_reads(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	remove := b.Inject(localaws.Fault{Kind: localaws.NotFoundReads, Service: "iam", Count: 2})
	b.createUsers(t, "alice")
	for range 2 {
		wantCode(t, b.getAlice(t), "NoSuchEntity")
	}
	if err := b.getAlice(t); err != nil {
		t.Error(err)
	}
	remove()

	b.Inject(localaws.Fault{Kind: localaws.StaleReads, Service: "iam", Operation: "ListUsers"})
	list := func() int {
		return len(do(t, b.iam.ListUsers, &iam.ListUsersInput{}).Users)
	}
	before := list()
	b.createUsers(t, "bob")
	if stale, fresh := list(), list(); before != 1 || stale != 1 || fresh != 2 {
		t.Errorf("got %d, then %d, then %d users; want 1, 1, 2", before, stale, fresh)
	}
}

func TestFault_latencyShowsConcurrency(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.createUsers(t, "alice")
	b.ResetCalls()
	b.Inject(localaws.Fault{Kind: localaws.Latency, Latency: 100 * time.Millisecond})
	start := time.Now()
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			if err := b.getAlice(t); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if n := b.MaxInFlight(); n < 3 {
		t.Errorf("saw %d calls in flight, want at least 3", n)
	}
	if took := time.Since(start); took < 100*time.Millisecond {
		t.Errorf("took %s", took)
	}
}

func TestUnknownCall_failsByName(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	_, err := b.iam.SetSecurityTokenServicePreferences(t.Context(), &iam.SetSecurityTokenServicePreferencesInput{
		GlobalEndpointTokenVersion: types.GlobalEndpointTokenVersionV2Token,
	})
	wantCode(t, err, "LocalAWSUnknownCall")
	if got := b.Unknown(); len(got) != 1 || got[0] != "iam:SetSecurityTokenServicePreferences" {
		t.Errorf("unknown: %v", got)
	}
	b.ForgiveUnknown("iam:SetSecurityTokenServicePreferences")
}
