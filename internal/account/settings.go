package account

import (
	"time"

	"github.com/aws/aws-sdk-go-v2/aws/retry"
	awsbase "github.com/hashicorp/aws-sdk-go-base/v2"
)

// Settings is the provider configuration in plain Go types. The zero value is
// the configuration of a provider block without arguments.
type Settings struct {
	// Base holds the arguments that aws-sdk-go-base resolves: region, profile,
	// keys, shared files, roles to assume, proxies and retries.
	Base awsbase.Config
	// Endpoints maps an endpoint name (one of EndpointNames) to a URL.
	Endpoints map[string]string

	AllowedAccountIDs, ForbiddenAccountIDs []string
	// SkipRequestingAccountID leaves the account of the base credentials unknown.
	SkipRequestingAccountID bool

	// Accounts maps a name to the role that reaches that account.
	Accounts map[string]Role
	// AccountRoleName is the role that reaches any account of AllowedAccountIDs.
	AccountRoleName, AccountRoleExternalID string
	// EventRegions maps a service to the region that records its global events,
	// over the built-in table of partitions.
	EventRegions map[string]string

	// DefaultTags are merged below the tags of each resource.
	DefaultTags map[string]string

	// SkipAttribution leaves out looking up who made a change.
	SkipAttribution bool

	// Unknown names the provider arguments whose value Terraform does not know
	// yet; a single entry of accounts by UnknownAccountKey.
	Unknown map[string]bool
}

// UnknownAccountKey names an entry of accounts in Settings.Unknown.
func UnknownAccountKey(name string) string {
	return "accounts." + name
}

// Role says how to reach one account.
type Role struct {
	// ARN of the role to assume; its account is the account reached.
	ARN string
	// ExternalID and SessionName are sent with AssumeRole when not empty.
	ExternalID, SessionName string
	// Region is the default region of resources in that account.
	Region string
}

// Runtime holds what tests replace: the clock, the sleeper and the paces.
type Runtime struct {
	Clock func() time.Time
	Sleep Sleeper
	// Rates are calls a second by API; see DefaultRates.
	Rates Rates
	// Backoff is the SDK's delay between the attempts of one call; nil leaves it
	// to the retry mode.
	Backoff retry.BackoffDelayer
}

// withDefaults fills what is not set with the real clock, sleeper and rates.
func (r Runtime) withDefaults() Runtime {
	if r.Clock == nil {
		r.Clock = time.Now
	}
	if r.Sleep == nil {
		r.Sleep = sleepContext
	}
	if r.Rates == nil {
		r.Rates = DefaultRates()
	}
	return r
}
