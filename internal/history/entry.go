package history

import (
	"cmp"
	"crypto/sha256"
	"strings"
	"time"
	"unique"

	"github.com/iamguard/terraform-provider-iamguard/internal/events"
)

// entry is what stays of each event of a search: about 150 bytes, and nothing that
// holds on to the text of its record.
type entry struct {
	key  eventKey
	id   string
	at   time.Time
	name unique.Handle[string]
	// actor is who acted, as a burst counts actors; nobody where that is not known.
	actor    unique.Handle[string]
	place    unique.Handle[placeKey]
	severity events.Severity
	// known is how much the copy tells; burst is of how many removals it is one, 0 if
	// of too few.
	known, burst int32
	verdict      verdict
	// shared events have copies that can tell something else.
	shared, removal, denied bool
	// raised is whether the burst moved its severity.
	raised bool
	// lost is what the event took away, and impact what that means; both are nil unless
	// that is asked.
	lost   *Removal
	impact *Impact
}

// eventKey tells events apart: the copies that two accounts have of one call have the
// same.
type eventKey [16]byte

func keyOf(record recorded) eventKey {
	sum := sha256.Sum256([]byte(cmp.Or(record.SharedEventID, record.EventID, record.text)))
	return eventKey(sum[:16])
}

var nobody = unique.Make("")

func newEntry(record recorded, severity events.Severity, sorted verdict) entry {
	event, _ := record.Event()
	actor := unique.Make(actorKey(record.Record))
	return entry{
		key: keyOf(record), id: strings.Clone(record.EventID), at: record.EventTime, name: unique.Make(record.Name), actor: actor,
		place: unique.Make(placeKey{record.accountID, record.region}), known: telling(record),
		severity: severity, verdict: sorted,
		shared: record.SharedEventID != "", denied: record.Denied() && actor != nobody,
		removal: event.RemovalVerb && !record.Failed() && !record.EventTime.IsZero() && actor != nobody,
	}
}

// actorKey is the role whose session acted, or the principal; "" for an actor
// without any ARN, who could be several.
func actorKey(record events.Record) string {
	return cmp.Or(record.Identity.Issuer.ARN, record.Actor.ARN)
}

// telling is how much a copy says of the event, first of all who acted: one of the
// copies of a call between accounts often names only an account.
func telling(record recorded) int32 {
	n := int32(len(record.Target))
	if record.Actor.ARN != "" {
		n += 1000
	}
	return n
}

// before orders the copies of one event: the one to keep and judge comes first.
func (e entry) before(other entry) bool {
	return cmp.Or(cmp.Compare(other.known, e.known), e.compareIDs(other)) < 0
}

// compare orders events as they are reported: the newest first, and those of the same
// second, which is all that times tell, by severity.
func (e entry) compare(other entry) int {
	if order := other.at.Compare(e.at); order != 0 {
		return order
	}
	return cmp.Or(cmp.Compare(other.severity, e.severity), cmp.Compare(e.name.Value(), other.name.Value()), e.compareIDs(other))
}

func (e entry) compareIDs(other entry) int {
	here, there := e.place.Value(), other.place.Value()
	return cmp.Or(cmp.Compare(e.id, other.id), cmp.Compare(here.accountID, there.accountID), cmp.Compare(here.region, there.region),
		cmp.Compare(string(e.key[:]), string(other.key[:])))
}
