package history

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/iamguard/terraform-provider-iamguard/internal/account"
	"github.com/iamguard/terraform-provider-iamguard/internal/events"
)

// accountsInFlight bounds the accounts that are searched side by side.
const accountsInFlight = 10

// search is one question to one or several accounts.
type search struct {
	accounts []*account.Account
	// regions is empty for those that the selection needs.
	regions []string
	wanted  selection
	window  window
	// now is when the question is asked.
	now      time.Time
	maxCalls int64
}

// answer is what all lookups of a search found.
type answer struct {
	records  []recorded
	regions  []string
	strategy string
	calls    int64
	unread   []string
}

// unrecordedError is an event that none of the searched regions records.
type unrecordedError struct {
	names  []string
	region string
}

func (e *unrecordedError) Error() string {
	return fmt.Sprintf("none of the regions records %s: they are recorded in %s", strings.Join(e.names, ", "), e.region)
}

// foreignRegionError is a region that the account's partition does not have.
type foreignRegionError struct{ region, partition string }

func (e *foreignRegionError) Error() string {
	return fmt.Sprintf("%q is not a region of the partition %q", e.region, e.partition)
}

// plan says which events to look for in which region of an account.
func (s search) plan(in *account.Account) (map[string]selection, error) {
	for _, region := range s.regions {
		if partition, err := account.PartitionOf(region); err == nil && partition != in.Partition {
			return nil, &foreignRegionError{region: region, partition: in.Partition}
		}
	}
	plan, missing := map[string]selection{}, map[string][]string{}
	for _, id := range s.wanted.ids() {
		event := s.wanted[id]
		regions, err := s.regionsOf(in, event)
		if err != nil {
			return nil, err
		}
		for _, region := range regions {
			if len(s.regions) > 0 && !slices.Contains(s.regions, region) {
				missing[region] = append(missing[region], event.Name)
				continue
			}
			if plan[region] == nil {
				plan[region] = selection{}
			}
			plan[region][event.ID] = event
		}
	}
	for _, region := range slices.Sorted(maps.Keys(missing)) {
		return nil, &unrecordedError{names: missing[region], region: region}
	}
	return plan, nil
}

// regionsOf are the regions that can hold an event: the one that records it, or
// those that were asked for, or that of the provider.
func (s search) regionsOf(in *account.Account, event events.Event) ([]string, error) {
	fixed, err := fixedRegion(in, event)
	switch {
	case err != nil:
		return nil, err
	case fixed != "":
		return []string{fixed}, nil
	case len(s.regions) > 0:
		return s.regions, nil
	}
	region, err := in.Region()
	return []string{region}, err
}

// fixedRegion is the one region that records an event, "" where any may.
func fixedRegion(in *account.Account, event events.Event) (string, error) {
	switch {
	case event.Region.Rule.Global():
		return in.EventRegion(event.RegionService())
	case event.Region.Rule.Home():
		return in.Pool().HomeEventRegion(event.RegionService())
	}
	return "", nil
}

// run searches all accounts and regions side by side. The first failure ends it.
func (s search) run(ctx context.Context) (answer, error) {
	var limit *budget
	if s.maxCalls > 0 {
		limit = &budget{left: s.maxCalls}
	}
	var lookups []*lookup
	for _, in := range s.accounts {
		plan, err := s.plan(in)
		if err != nil {
			return answer{}, err
		}
		for _, region := range slices.Sorted(maps.Keys(plan)) {
			lookups = append(lookups, &lookup{
				account: in, region: region, wanted: plan[region], window: s.window, budget: limit,
				now: s.now, memory: memoryOf(in.Pool()).of(in.ID, region),
			})
		}
	}
	var mu sync.Mutex
	merged := merger{answer: answer{strategy: strategyRemembered}}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(accountsInFlight)
	if limit != nil {
		group.SetLimit(1)
	}
	for _, one := range lookups {
		group.Go(func() error {
			result, err := one.run(ctx)
			if err != nil {
				return &placeError{accountID: one.account.ID, region: one.region, account: one.account, err: err}
			}
			mu.Lock()
			defer mu.Unlock()
			merged.add(one, result)
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return answer{}, err
	}
	return merged.finish(), nil
}

// placeError says in which account and region a lookup failed.
type placeError struct {
	accountID, region string
	account           *account.Account
	err               error
}

func (e *placeError) Error() string {
	return fmt.Sprintf("account %s, region %s: %v", e.accountID, e.region, e.err)
}

func (e *placeError) Unwrap() error { return e.err }

// merger joins the answers of several places.
type merger struct{ answer }

func (m *merger) add(one *lookup, result found) {
	m.calls += result.calls
	m.unread = append(m.unread, result.unread...)
	if !slices.Contains(m.regions, one.region) {
		m.regions = append(m.regions, one.region)
	}
	m.strategy = dearest(m.strategy, one.strategy)
	m.records = slices.AppendSeq(m.records, maps.Values(result.records))
}

// finish keeps one record of each event and sorts them, newest first. The copies
// that two accounts have of one call share an ID and count once; the one kept is
// that which tells most of the actor, since one of them often names only an account.
func (m *merger) finish() answer {
	best := map[string]recorded{}
	for _, record := range m.records {
		key := cmp.Or(record.SharedEventID, record.EventID, record.text)
		if kept, ok := best[key]; !ok || telling(record, kept) < 0 {
			best[key] = record
		}
	}
	m.records = slices.SortedFunc(maps.Values(best), func(a, b recorded) int {
		return cmp.Or(b.EventTime.Compare(a.EventTime), compareIDs(a, b))
	})
	slices.Sort(m.regions)
	slices.Sort(m.unread)
	m.unread = slices.Compact(m.unread)
	return m.answer
}

// telling orders copies of one event, the most telling first.
func telling(a, b recorded) int {
	known := func(r recorded) int {
		n := len(r.Target)
		if r.Actor.ARN != "" {
			n += 1000
		}
		return n
	}
	return cmp.Or(cmp.Compare(known(b), known(a)), compareIDs(a, b))
}

func compareIDs(a, b recorded) int {
	return cmp.Or(cmp.Compare(a.EventID, b.EventID), cmp.Compare(a.accountID, b.accountID), cmp.Compare(a.region, b.region))
}
