package history

import (
	"context"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cloudtrail/types"
	"github.com/hashicorp/terraform-plugin-framework/attr"

	"github.com/iamguard/terraform-provider-iamguard/internal/account"
	"github.com/iamguard/terraform-provider-iamguard/internal/events"
)

// ParsedEventTypes are the attributes of what parse_event returns.
func ParsedEventTypes() map[string]attr.Type { return parsedEventTypes() }

// Sift parses, grades and filters records, and returns how many are reported and
// how grave each is, by its ID.
func Sift(raws [][]byte, deployers ...string) (map[string]events.Severity, map[string][]string, error) {
	sieve := newSieve(filter{deployers: deployers, includeFailed: true}, len(raws))
	for _, raw := range raws {
		record, err := events.Parse(raw)
		if err != nil {
			return nil, nil, err
		}
		sieve.add(recorded{Record: record, text: string(raw), accountID: record.AccountID, region: record.Region})
	}
	found, err := sieve.finish()
	severities, reasons := map[string]events.Severity{}, map[string][]string{}
	for _, event := range found.shown {
		severities[event.EventID], reasons[event.EventID] = event.severity, event.reasons
	}
	return severities, reasons, err
}

// Question is what a sieve is asked, by the names of the arguments.
type Question struct {
	Principals, ExcludePrincipals, Deployers, Resources, Acknowledged []string

	MinSeverity   events.Severity
	IncludeFailed bool
	MaxEvents     int
}

func (q Question) filter() filter {
	return filter{
		principals: q.Principals, excluded: q.ExcludePrincipals, deployers: q.Deployers, resources: q.Resources,
		acknowledged: q.Acknowledged, minSeverity: q.MinSeverity, includeFailed: q.IncludeFailed,
	}
}

// Shown is an event as it is reported.
type Shown struct {
	ID, AccountID, Region, Text string

	Severity events.Severity
	Reasons  []string
}

// Sifted is what is reported.
type Sifted struct {
	Shown                   []Shown
	Total, Failed, Excluded int
	Counts                  map[events.Severity]int
	Fingerprint             string
}

// Stream reads events as pages of LookupEvents bring them.
type Stream struct{ sieve *sieve }

// NewStream is a stream for a question.
func NewStream(q Question) *Stream {
	return &Stream{sieve: newSieve(q.filter(), q.MaxEvents)}
}

// Place is a stream's lookup in an account and region.
func (s *Stream) Place(accountID, region string) *Place {
	wanted := selection{}
	for _, event := range events.Catalog().Events() {
		wanted[event.ID] = event
	}
	memory := &remembered{turn: make(chan struct{}, 1)}
	memory.forget()
	return &Place{&lookup{
		account: &account.Account{ID: accountID}, region: region, wanted: wanted, memory: memory, take: s.sieve.add,
	}}
}

// Place is a lookup without calls.
type Place struct{ lookup *lookup }

// Collect reads an event of a page.
func (p *Place) Collect(event types.Event) { p.lookup.collect(event) }

// Held is how many texts are held for the newest events, and how many because only
// later records decide on them.
func (s *Stream) Held() (newest, undecided int) {
	undecided = len(s.sieve.undecided.open)
	for _, one := range s.sieve.undecided.blocks {
		undecided += len(one.texts)
	}
	return len(s.sieve.newest.held), undecided
}

// Finish ends a stream.
func (s *Stream) Finish() (Sifted, error) {
	found, err := s.sieve.finish()
	out := Sifted{
		Total: found.total, Failed: found.failed, Excluded: found.excluded, Counts: found.counts, Fingerprint: found.fingerprint,
	}
	for _, one := range found.shown {
		out.Shown = append(out.Shown, Shown{
			ID: one.EventID, AccountID: one.accountID, Region: one.region, Text: one.text,
			Severity: one.severity, Reasons: slices.Clone(one.reasons),
		})
	}
	return out, err
}

// SearchNames counts the events of these IAM names in one region and window.
func SearchNames(ctx context.Context, in *account.Account, region string, names []string, from, to time.Time) (int, error) {
	for i := range names {
		names[i] = "iam." + names[i]
	}
	wanted, err := selectEvents(nil, names, nil)
	if err != nil {
		return 0, err
	}
	asked := search{
		accounts: []*account.Account{in}, regions: []string{region}, wanted: wanted, window: window{from, to}, now: to,
	}
	sieve := newSieve(filter{includeFailed: true}, 1)
	if _, err := asked.run(ctx, sieve.add); err != nil {
		return 0, err
	}
	found, err := sieve.finish()
	return found.total, err
}
