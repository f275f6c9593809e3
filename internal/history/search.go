package history

import (
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

// answer is how far all lookups of a search came.
type answer struct {
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
	fixed, err := RecordingRegion(in, event)
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

// RecordingRegion is the one region that records an event, "" where any may: events of
// global services have one, and those of a home region have one that event_regions names.
func RecordingRegion(in *account.Account, event events.Event) (string, error) {
	switch {
	case event.Region.Rule.Global():
		return in.EventRegion(event.RegionService())
	case event.Region.Rule.Home():
		return in.Pool().HomeEventRegion(event.RegionService())
	}
	return "", nil
}

// run searches all accounts and regions side by side and hands over the records as
// they arrive, from several goroutines, some more than once. The first failure ends it.
func (s search) run(ctx context.Context, take func(recorded)) (answer, error) {
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
				now: s.now, memory: memoryOf(in.Pool()).of(in.ID, region), take: take,
			})
		}
	}
	var mu sync.Mutex
	merged := answer{strategy: strategyRemembered}
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
	merged.tidy()
	return merged, nil
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

// add joins the answer of one place.
func (a *answer) add(one *lookup, result found) {
	a.calls += result.calls
	a.unread = append(a.unread, result.unread...)
	a.regions = append(a.regions, one.region)
	a.strategy = dearest(a.strategy, one.strategy)
}

// tidy puts into an order what came in any.
func (a *answer) tidy() {
	slices.Sort(a.regions)
	a.regions = slices.Compact(a.regions)
	slices.Sort(a.unread)
	a.unread = slices.Compact(a.unread)
}
