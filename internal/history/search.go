package history

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

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
	regions  []string
	wanted   selection
	window   window
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

// plan says which events to look for in which region of an account.
func (s search) plan(in *account.Account) (map[string]selection, error) {
	plan := map[string]selection{}
	add := func(region string, event events.Event) {
		if plan[region] == nil {
			plan[region] = selection{}
		}
		plan[region][event.ID] = event
	}
	missing := map[string][]string{}
	for _, id := range s.wanted.ids() {
		event := s.wanted[id]
		fixed, err := fixedRegion(in, event)
		if err != nil {
			return nil, err
		}
		switch {
		case fixed != "" && len(s.regions) > 0 && !slices.Contains(s.regions, fixed):
			missing[fixed] = append(missing[fixed], event.Name)
		case fixed != "":
			add(fixed, event)
		case len(s.regions) > 0:
			for _, region := range s.regions {
				add(region, event)
			}
		default:
			region, err := in.Region()
			if err != nil {
				return nil, err
			}
			add(region, event)
		}
	}
	for _, region := range slices.Sorted(maps.Keys(missing)) {
		return nil, &unrecordedError{names: missing[region], region: region}
	}
	return plan, nil
}

// fixedRegion is the one region that records an event, "" where any may.
func fixedRegion(in *account.Account, event events.Event) (string, error) {
	switch {
	case event.Region.Rule.Global():
		return in.EventRegion(event.RegionService())
	case event.Region.Rule.Home():
		return in.Pool().HomeEventRegion(event.RegionService()), nil
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
			lookups = append(lookups, &lookup{account: in, region: region, wanted: plan[region], window: s.window, budget: limit})
		}
	}
	var mu sync.Mutex
	merged := merger{seen: map[string]bool{}}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(accountsInFlight)
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

// merger joins the answers of several places. The copies that two accounts have
// of one call share an ID and count once.
type merger struct {
	answer
	seen map[string]bool
}

func (m *merger) add(one *lookup, result found) {
	m.calls += result.calls
	m.unread = append(m.unread, result.unread...)
	if !slices.Contains(m.regions, one.region) {
		m.regions = append(m.regions, one.region)
	}
	if m.strategy != strategyByName {
		m.strategy = one.strategy
	}
	m.records = slices.AppendSeq(m.records, maps.Values(result.records))
}

// finish sorts newest first and drops what is there twice.
func (m *merger) finish() answer {
	slices.SortFunc(m.records, func(a, b recorded) int {
		return cmp.Or(b.EventTime.Compare(a.EventTime), cmp.Compare(a.EventID, b.EventID), cmp.Compare(a.accountID, b.accountID))
	})
	m.records = slices.DeleteFunc(m.records, func(r recorded) bool {
		key := cmp.Or(r.SharedEventID, r.EventID)
		again := m.seen[key]
		m.seen[key] = true
		return again
	})
	slices.Sort(m.regions)
	slices.Sort(m.unread)
	return m.answer
}
