package history

import (
	"context"
	"sync"
	"time"

	"github.com/iamguard/terraform-provider-iamguard/internal/account"
)

const (
	// freshFor is how long an answer counts as of now. Within it, questions share
	// one end of their windows; after it, what is younger than the delivery delay
	// is read again, because events may have arrived since.
	freshFor = time.Minute
	// memoryLimit bounds the text of the records that a place remembers, in bytes.
	memoryLimit = 4 << 20
)

// memory is what this process has read, by account and region: it saves the calls
// of a question that another one has asked already. There is one in each pool.
type memory struct {
	mu     sync.Mutex
	asOf   time.Time
	places map[placeKey]*remembered
}

type placeKey struct{ accountID, region string }

func memoryOf(pool *account.Pool) *memory {
	return account.Kept(pool, func() *memory { return &memory{places: map[placeKey]*remembered{}} })
}

// now is the end of windows that reach to the present. Questions that come soon
// after one another share it, or each would have a second of its own to read.
func (m *memory) now(clock time.Time) time.Time {
	m.mu.Lock()
	defer m.mu.Unlock()
	if age := clock.Sub(m.asOf); age < 0 || age > freshFor {
		m.asOf = clock.Truncate(time.Second)
	}
	return m.asOf
}

// of is what is remembered of one account and region.
func (m *memory) of(accountID, region string) *remembered {
	m.mu.Lock()
	defer m.mu.Unlock()
	key := placeKey{accountID, region}
	kept, ok := m.places[key]
	if !ok {
		kept = &remembered{turn: make(chan struct{}, 1), asking: make(chan struct{}, 1)}
		kept.forget()
		m.places[key] = kept
	}
	return kept
}

// remembered is what was read of one account and region.
type remembered struct {
	// turn is held while a question reads: one that comes meanwhile finds most of
	// its answer here then, and the rate of calls is one for both.
	turn chan struct{}
	// asking is held while an investigation reads, for the same reason; it does not
	// wait for a question, which may take minutes.
	asking chan struct{}

	mu       sync.Mutex
	readings map[attribute][]reading
	records  map[string]recorded
	holes    []hole
	size     int
}

// reading is a window that was read to its last event, and when that was.
type reading struct {
	window
	at time.Time
}

// hole is an event that could not be read: an answer that holds its time is not
// complete.
type hole struct {
	at     time.Time
	reason string
}

// take waits for a turn.
func take(ctx context.Context, turn chan struct{}) error {
	select {
	case turn <- struct{}{}:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// give ends the turn. What is too much to remember is forgotten as a whole, for
// time that was read without its records would be a false all-clear.
func (r *remembered) give() {
	r.mu.Lock()
	if r.size > memoryLimit {
		r.forget()
	}
	r.mu.Unlock()
	<-r.turn
}

func (r *remembered) forget() {
	r.readings, r.records, r.holes, r.size = map[attribute][]reading{}, map[string]recorded{}, nil, 0
}

// read is the time that was read under an attribute and still counts now.
func (r *remembered) read(by attribute, now time.Time) coverage {
	r.mu.Lock()
	defer r.mu.Unlock()
	var covered coverage
	for _, one := range r.readings[by] {
		if now.Sub(one.at) > freshFor {
			one.to = minTime(one.to, one.at.Add(-deliveryDelay))
		}
		covered = covered.add(one.window)
	}
	return covered
}

// note remembers that a window was read under an attribute.
func (r *remembered) note(by attribute, w window, at time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.noteLocked(by, w, at)
}

func (r *remembered) noteLocked(by attribute, w window, at time.Time) {
	for i, one := range r.readings[by] {
		if one.at.Equal(at) && !one.from.After(w.to) && !one.to.Before(w.from) {
			r.readings[by][i].window = one.hull(w)
			return
		}
	}
	r.readings[by] = append(r.readings[by], reading{window: w, at: at})
}

// keepAll remembers all records of a call in a window, and that it was read: both
// or neither, for a question may forget everything in between.
func (r *remembered) keepAll(records []recorded, by attribute, w window, at time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	all := true
	for _, record := range records {
		all = r.keepLocked(record) && all
	}
	if all {
		r.noteLocked(by, w, at)
	}
}

// keep remembers a record, while there is room.
func (r *remembered) keep(record recorded) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.keepLocked(record)
}

// keepLocked tells whether the record is remembered now.
func (r *remembered) keepLocked(record recorded) bool {
	key := record.key()
	if _, known := r.records[key]; known {
		return true
	}
	if r.size > memoryLimit {
		return false
	}
	r.records[key] = record
	r.size += len(record.text)
	return true
}

// miss remembers an event that could not be read.
func (r *remembered) miss(at time.Time, reason string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.holes = append(r.holes, hole{at: at, reason: reason})
	r.size += len(reason)
}

// recall hands over what is remembered of a window.
func (r *remembered) recall(w window, found func(recorded), missed func(string)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, record := range r.records {
		if w.holds(record.at) {
			found(record)
		}
	}
	for _, one := range r.holes {
		if w.holds(one.at) {
			missed(one.reason)
		}
	}
}

// holds tells whether a time lies in the window.
func (w window) holds(at time.Time) bool {
	return !at.Before(w.from) && !at.After(w.to)
}

func maxTime(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

func minTime(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}
