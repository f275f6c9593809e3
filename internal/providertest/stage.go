package providertest

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"

	"github.com/iamguard/terraform-provider-iamguard/internal/account"
	"github.com/iamguard/terraform-provider-iamguard/internal/localaws"
	"github.com/iamguard/terraform-provider-iamguard/internal/provider"
)

// Region is the provider's region in tests. It is not the one that records IAM,
// because a test in us-east-1 hides every region fault.
const Region = "eu-central-1"

// Stage is one test's account, its clock, and the provider in front of it.
type Stage struct {
	*localaws.Account
	Clock *Clock
	url   string
}

// NewStage takes a new account of the test binary's local AWS.
func NewStage(tb testing.TB) *Stage {
	tb.Helper()
	server := localaws.Shared(tb)
	stage := &Stage{Account: server.NewAccount(tb, Region), Clock: &Clock{}, url: server.URL()}
	stage.SetClock(stage.Clock.Now)
	return stage
}

// Beside is another account on the same server and clock.
func (s *Stage) Beside(tb testing.TB) *Stage {
	tb.Helper()
	other := &Stage{Account: localaws.Shared(tb).NewAccount(tb, Region), Clock: s.Clock, url: s.url}
	other.SetClock(s.Clock.Now)
	return other
}

// Clock is the real clock plus all that was slept.
type Clock struct {
	mu    sync.Mutex
	slept time.Duration
}

// Now is the time on this clock.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return time.Now().Add(c.slept)
}

// Sleep moves the clock and returns at once.
func (c *Clock) Sleep(ctx context.Context, d time.Duration) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.slept += d
	return ctx.Err()
}

// Slept is how far sleeping has moved the clock.
func (c *Clock) Slept() time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.slept
}

// noBackoff lets the SDK repeat a call at once.
type noBackoff struct{}

func (noBackoff) BackoffDelay(int, error) (time.Duration, error) { return 0, nil }

// Runtime is the provider's runtime on the stage's clock, at the speed of the
// local AWS.
func (s *Stage) Runtime() account.Runtime {
	return account.Runtime{
		Clock: s.Clock.Now, Sleep: s.Clock.Sleep, Rates: account.UniformRates(200, 20), Backoff: noBackoff{},
	}
}

// Factories serve the provider in this process.
func (s *Stage) Factories() map[string]func() (tfprotov6.ProviderServer, error) {
	return map[string]func() (tfprotov6.ProviderServer, error){
		"iamguard": providerserver.NewProtocol6WithError(provider.New("test", s.Runtime())()),
	}
}

// Test runs steps with the provider of this stage.
func (s *Stage) Test(t *testing.T, steps ...resource.TestStep) {
	t.Helper()
	resource.UnitTest(t, resource.TestCase{ProtoV6ProviderFactories: s.Factories(), Steps: steps})
}

// Provider is a provider block for this stage as one of its principals, with
// extra arguments of that block.
func (s *Stage) Provider(as localaws.Principal, extra ...string) string {
	return s.ProviderIn(Region, as, extra...)
}

// ProviderIn is Provider with another region; "" leaves it out.
func (s *Stage) ProviderIn(region string, as localaws.Principal, extra ...string) string {
	lines := []string{
		`provider "iamguard" {`,
		fmt.Sprintf("  access_key = %q\n  secret_key = %q", as.AccessKeyID, as.SecretAccessKey),
		"  max_retries = 3",
	}
	if as.SessionToken != "" {
		lines = append(lines, fmt.Sprintf("  token = %q", as.SessionToken))
	}
	if region != "" {
		lines = append(lines, fmt.Sprintf("  region = %q", region))
	}
	lines = append(lines, extra...)
	lines = append(lines, "  endpoints {")
	endpoints := s.Endpoints()
	for _, name := range slices.Sorted(maps.Keys(endpoints)) {
		lines = append(lines, fmt.Sprintf("    %s = %q", name, endpoints[name]))
	}
	return strings.Join(append(lines, "  }", "}", ""), "\n")
}

// Endpoints sends every service to the local AWS.
func (s *Stage) Endpoints() map[string]string {
	endpoints := map[string]string{}
	for _, name := range account.EndpointNames() {
		endpoints[name] = s.url
	}
	return endpoints
}

// SDK is an SDK configuration of one of the stage's principals.
func (s *Stage) SDK(as localaws.Principal) aws.Config {
	return s.Account.Config(as)
}

// Config is a whole configuration: the provider as the stage's admin, and body.
func (s *Stage) Config(body string) string {
	return s.Provider(s.Admin()) + body
}
