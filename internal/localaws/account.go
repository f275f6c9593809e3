package localaws

import (
	"slices"
	"sync"
	"time"
)

// Account is one AWS account: its own records, calls, faults and limits. Everything else about it is kept by moto.
type Account struct {
	// ID has 12 digits.
	ID string
	// Region is where Config and Env call.
	Region string

	server *Server
	log    *recordLog

	mu          sync.Mutex
	principals  map[string]Principal
	calls       []Call
	unknown     []string
	faults      []*injected
	clock       func() time.Time
	inFlight    int
	maxInFlight int

	trails     *trails
	deliveries *deliveries
	extras     *iamExtras
	center     center
	oidc       oidcProviders
	// confirmed are the subscriptions to topics that wait for their confirmation, or waited.
	confirmed map[string]bool

	population *population
	pages      pager
	report     credentialReport
}

func newAccount(s *Server, id, region string) *Account {
	a := &Account{ID: id, Region: region, server: s, principals: map[string]Principal{}, clock: s.options.Clock}
	a.log = newRecordLog(s.options.Lookup)
	a.trails = newTrails()
	a.deliveries = newDeliveries()
	a.extras = newIAMExtras()
	return a
}

// SetClock makes the account's records and its 90 days follow another clock.
func (a *Account) SetClock(now func() time.Time) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.clock = now
}

func (a *Account) now() time.Time {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.clock().UTC()
}

// SetLookup changes the limits of LookupEvents for this account.
func (a *Account) SetLookup(l Lookup) { a.log.setLookup(l) }

// Call is one call as it was seen on the wire.
type Call struct {
	Time time.Time
	// Account and Region are where the call went, Region as it was signed.
	Account, Region string
	// Service is the prefix of the IAM action ("iam", "cloudtrail", "s3"), Operation the name in the API.
	Service, Operation string
	// Params are the parameters under the names of the API; for S3 Bucket, Key, the query and the headers that matter.
	Params map[string]any
	// RawRequest is the body.
	RawRequest []byte
	// Status is the HTTP status of the answer, 0 when the connection was reset.
	Status int
	// ErrorCode is empty when the call succeeded.
	ErrorCode string
	ReadOnly  bool
	// Principal is the ARN of the caller, UserAgent what it calls itself.
	Principal, UserAgent string
	// Throttled means refused for its rate, by the limit of LookupEvents or by a fault.
	Throttled bool
	// Injected means that a fault decided the answer.
	Injected bool
}

// Name is service:Operation.
func (c Call) Name() string { return c.Service + ":" + c.Operation }

// Calls are the calls of this account in the order in which they were answered, those for which every filter holds.
func (a *Account) Calls(filters ...func(Call) bool) []Call {
	a.mu.Lock()
	defer a.mu.Unlock()
	var kept []Call
	for _, c := range a.calls {
		keep := true
		for _, filter := range filters {
			keep = keep && filter(c)
		}
		if keep {
			kept = append(kept, c)
		}
	}
	return kept
}

// Named keeps calls of one operation, written "iam:GetUser".
func Named(name string) func(Call) bool { return func(c Call) bool { return c.Name() == name } }

// Mutations are the calls that are not read-only, failed ones too.
func (a *Account) Mutations() []Call {
	return a.Calls(func(c Call) bool { return !c.ReadOnly })
}

// ResetCalls forgets the calls and MaxInFlight, not the records.
func (a *Account) ResetCalls() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.calls, a.maxInFlight = nil, a.inFlight
}

// MaxInFlight is how many calls were under way at once at most. With a latency fault it shows what runs concurrently.
func (a *Account) MaxInFlight() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.maxInFlight
}

// Unknown are the calls that neither moto nor the recorder knew, each once.
func (a *Account) Unknown() []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.Clone(a.unknown)
}

// ForgiveUnknown takes a call that a test made on purpose off the list that fails it.
func (a *Account) ForgiveUnknown(name string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.unknown = slices.DeleteFunc(a.unknown, func(u string) bool { return u == name })
}

func (a *Account) noteUnknown(name string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if !slices.Contains(a.unknown, name) {
		a.unknown = append(a.unknown, name)
	}
}

func (a *Account) enter() (leave func()) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.inFlight++
	a.maxInFlight = max(a.maxInFlight, a.inFlight)
	return func() {
		a.mu.Lock()
		defer a.mu.Unlock()
		a.inFlight--
	}
}

func (a *Account) note(c Call) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.calls = append(a.calls, c)
}
