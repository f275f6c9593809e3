package account_test

import (
	"context"
	"strings"
	"testing"
	"time"

	awsbase "github.com/hashicorp/aws-sdk-go-base/v2"

	"github.com/iamguard/terraform-provider-iamguard/internal/account"
	"github.com/iamguard/terraform-provider-iamguard/internal/localaws"
)

const region = "eu-central-1"

// clock passes all waiting at once and remembers how long it was.
type clock struct {
	began time.Time
	slept []time.Duration
}

func (c *clock) now() time.Time {
	now := c.began
	for _, d := range c.slept {
		now = now.Add(d)
	}
	return now
}

func (c *clock) sleep(ctx context.Context, d time.Duration) error {
	c.slept = append(c.slept, d)
	return ctx.Err()
}

type noBackoff struct{}

func (noBackoff) BackoffDelay(int, error) (time.Duration, error) { return 0, nil }

// runtimeOf never waits.
func runtimeOf() account.Runtime {
	c := &clock{began: time.Now()}
	return account.Runtime{Clock: c.now, Sleep: c.sleep, Rates: account.Rates{}, Backoff: noBackoff{}}
}

// server is the local AWS and one account of it.
func server(tb testing.TB) *localaws.Account {
	tb.Helper()
	return localaws.Shared(tb).NewAccount(tb, region)
}

// settings are a provider block with the keys of a principal.
func settings(tb testing.TB, as localaws.Principal) account.Settings {
	tb.Helper()
	endpoints := map[string]string{}
	for _, name := range account.EndpointNames() {
		endpoints[name] = localaws.Shared(tb).URL()
	}
	return account.Settings{
		Base: awsbase.Config{
			AccessKey: as.AccessKeyID, SecretKey: as.SecretAccessKey, Token: as.SessionToken, Region: region, MaxRetries: 3,
			SuppressDebugLog: true,
		},
		Endpoints: endpoints,
		Unknown:   map[string]bool{},
	}
}

// pool is settings with changes.
func pool(tb testing.TB, as localaws.Principal, change func(*account.Settings)) *account.Pool {
	tb.Helper()
	s := settings(tb, as)
	if change != nil {
		change(&s)
	}
	return account.NewPool(s, runtimeOf())
}

func roleIn(in *localaws.Account) account.Role {
	return account.Role{ARN: "arn:aws:iam::" + in.ID + ":role/audit"}
}

// count is how often an account was called by an operation such as "sts:AssumeRole".
func count(in *localaws.Account, name string) int {
	return len(in.Calls(localaws.Named(name)))
}

func expectText(tb testing.TB, text string, parts ...string) {
	tb.Helper()
	for _, part := range parts {
		if !strings.Contains(text, part) {
			tb.Errorf("%q is missing in:\n%s", part, text)
		}
	}
}
