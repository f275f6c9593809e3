package history

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/iamguard/terraform-provider-iamguard/internal/events"
)

// graded is a record with its severity.
type graded struct {
	recorded
	severity events.Severity
	reasons  []string
	// impact is what the event took away; nil where that was not asked or cannot be told.
	impact *Impact
}

// sifted is what a sieve makes of the records.
type sifted struct {
	// shown are the newest of the events that are reported, and total is how many there are.
	shown  []graded
	total  int
	counts map[events.Severity]int
	// fingerprint is the beginning of the SHA-256 of the event IDs, 16 hexadecimal digits,
	// which change exactly when the set of events does.
	fingerprint string
	// failed counts attempts that had no effect and were left out; excluded
	// counts what an exclusion or an acknowledgement left out.
	failed, excluded int
}

// sieve grades and sifts records as they arrive, from several places at once and in
// any order. Of each event an entry stays. The text of its record stays only while the
// event can be one of the newest that are shown.
type sieve struct {
	filter filter
	// assesses says that removals will be weighed before the sieve is finished.
	assesses bool

	mu      sync.Mutex
	entries []entry
	byKey   map[eventKey]int
	newest  newest
	// undecided are texts of events of which only later records tell whether they are
	// among the newest.
	undecided archive
}

// newSieve is a sieve that shows at most limit events.
func newSieve(f filter, limit int) *sieve {
	return &sieve{filter: f, byKey: map[eventKey]int{}, newest: newest{limit: limit}}
}

// add takes a record. Of the copies of an event the most telling is judged.
func (s *sieve) add(record recorded) {
	severity, _ := s.filter.grade(record.Record)
	one := newEntry(record, severity, s.filter.judge(record.Record, severity))
	if s.assesses && !record.Failed() {
		one.lost = removalIn(record)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	i, known := s.byKey[one.key]
	switch {
	case !known:
		i = len(s.entries)
		s.byKey[one.key] = i
		s.entries = append(s.entries, one)
	case one.before(s.entries[i]):
		s.entries[i] = one
		if !one.shared {
			return // The same text was found in another place.
		}
	default:
		return
	}
	s.keep(one, held{entry: i, at: one.at, text: record.text})
}

// keep holds on to a text while its event can be shown.
func (s *sieve) keep(one entry, text held) {
	reported, lifted := one.verdict == verdictReported, s.liftable(one)
	switch {
	case !reported && !lifted, text.at.Before(s.newest.oldest()):
	case !reported, one.shared:
		s.undecided.add(text, s.newest.oldest())
	default:
		// What is as old as the oldest can be shown in its place, by its severity.
		if out, full := s.newest.add(text); full && !out.at.Before(s.newest.oldest()) {
			s.undecided.add(out, s.newest.oldest())
		}
	}
}

// liftable tells whether a burst, or what it took away, can make an event severe enough
// to be reported.
func (s *sieve) liftable(one entry) bool {
	return one.verdict == verdictMinor &&
		(one.lost != nil || one.removal && burstModifier().Apply(one.severity) >= s.filter.minSeverity)
}

// finish grades the events by what the same actor did besides, and counts and orders
// them.
func (s *sieve) finish() (sifted, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	raiseBursts(s.entries)
	out := sifted{counts: map[events.Severity]int{}}
	var reported []int
	for i := range s.entries {
		one := &s.entries[i]
		if one.verdict == verdictMinor && one.severity >= s.filter.minSeverity {
			one.verdict = verdictReported
		}
		switch one.verdict {
		case verdictExcluded:
			out.excluded++
		case verdictFailed:
			out.failed++
		case verdictReported:
			out.counts[one.severity]++
			reported = append(reported, i)
		case verdictIgnored, verdictMinor:
		}
	}
	out.total, out.fingerprint = len(reported), s.fingerprint(reported)
	slices.SortFunc(reported, func(a, b int) int { return s.entries[a].compare(s.entries[b]) })
	var err error
	out.shown, err = s.restore(reported[:min(len(reported), s.newest.limit)])
	return out, err
}

// restore reads the records of entries again.
func (s *sieve) restore(shown []int) ([]graded, error) {
	texts := make(map[int]string, len(shown))
	for _, i := range shown {
		texts[i] = ""
	}
	keep := func(one held) {
		if _, wanted := texts[one.entry]; wanted {
			texts[one.entry] = one.text
		}
	}
	if err := s.undecided.each(keep); err != nil {
		return nil, err
	}
	for _, one := range s.newest.held {
		keep(one)
	}
	denied := deniedAttempts(s.entries)
	out := make([]graded, len(shown))
	for n, i := range shown {
		one := s.entries[i]
		record, err := events.Parse([]byte(texts[i]))
		if err != nil {
			return nil, fmt.Errorf("read event %s again: %w", one.id, err)
		}
		record.EventID, record.EventTime = one.id, one.at
		place := one.place.Value()
		out[n].recorded = recorded{Record: record, text: texts[i], accountID: place.accountID, region: place.region}
		_, reasons := s.filter.grade(record)
		out[n].severity, out[n].impact = one.severity, one.impact
		out[n].reasons = slices.Concat(reasons, one.company(denied[one.actor]), one.weight())
	}
	return out, nil
}

func (s *sieve) fingerprint(reported []int) string {
	ids := make([]string, len(reported))
	for n, i := range reported {
		ids[n] = s.entries[i].id
	}
	slices.Sort(ids)
	sum := sha256.Sum256([]byte(strings.Join(ids, "\n")))
	return hex.EncodeToString(sum[:8])
}
