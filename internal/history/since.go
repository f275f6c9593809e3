package history

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/iamguard/terraform-provider-iamguard/internal/account"
	"github.com/iamguard/terraform-provider-iamguard/internal/events"
)

// Since finds the calls of some events of the catalogue, by ID, that succeeded in an
// account since a time: what changed after something was read. What could not be read
// comes as sentences; a call of the last minutes may not be there yet.
func Since(ctx context.Context, in *account.Account, ids []string, from time.Time) ([]events.Record, []string, error) {
	records, told, err := since(ctx, in, ids, from)
	return records, told.unread, err
}

// since is Since with all that the search tells.
func since(ctx context.Context, in *account.Account, ids []string, from time.Time) ([]events.Record, answer, error) {
	wanted := selection{}
	for _, id := range ids {
		event, known := events.Catalog().ByID(id)
		if !known {
			return nil, answer{}, errors.New("there is no event " + id)
		}
		wanted[id] = event
	}
	clock := in.Pool().Now()
	now := memoryOf(in.Pool()).now(clock)
	asked := search{
		accounts: []*account.Account{in}, wanted: wanted, now: clock,
		window: window{from: minTime(from, now.Add(-time.Second)).Truncate(time.Second), to: now},
	}
	var mu sync.Mutex
	found := map[string]events.Record{}
	told, err := asked.run(ctx, func(record recorded) {
		mu.Lock()
		defer mu.Unlock()
		if !record.Failed() {
			found[record.key()] = record.Record
		}
	})
	records := make([]events.Record, 0, len(found))
	for _, record := range found {
		records = append(records, record)
	}
	return records, told, err
}
