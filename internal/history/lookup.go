package history

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail/types"

	"github.com/iamguard/terraform-provider-iamguard/internal/account"
	"github.com/iamguard/terraform-provider-iamguard/internal/events"
)

// errOutOfCalls ends a search within max_calls.
var errOutOfCalls = errors.New("max_calls is used up")

// budget is what is left of max_calls; nil is without a limit.
type budget struct {
	mu   sync.Mutex
	left int64
}

func (b *budget) spend() bool {
	if b == nil {
		return true
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.left--
	return b.left >= 0
}

// lookup searches one account and region for a selection in a window.
type lookup struct {
	account *account.Account
	region  string
	wanted  selection
	window  window
	// now is when the search began.
	now     time.Time
	budget  *budget
	memory  *remembered
	counter account.Counter
	// take is handed every record of the selection, some more than once.
	take func(recorded)

	mu       sync.Mutex
	found    found
	strategy string
}

// found is how far a lookup came.
type found struct {
	// unread are reasons why the answer is not complete.
	unread []string
	calls  int64
}

// recorded is a record with the text it was read from.
type recorded struct {
	events.Record

	text string
	// at is the time under which CloudTrail lists it.
	at time.Time
	// accountID and region are where it was found.
	accountID, region string
}

// key tells records apart; the copies of a shared event are different records.
func (r recorded) key() string {
	return cmp.Or(r.EventID, r.text)
}

// run finds every event of the selection: what is remembered, and what has to be
// read. A page that fails is an error, never a short answer; only max_calls ends a
// search with less, and says so.
func (l *lookup) run(ctx context.Context) (found, error) {
	if err := take(ctx, l.memory.turn); err != nil {
		return found{}, err
	}
	defer l.memory.give()
	l.strategy = strategyRemembered
	l.memory.recall(l.window, l.offer, l.missed)
	err := l.search(account.WithCounter(ctx, &l.counter))
	l.found.calls = l.counter.Attempts()
	if errors.Is(err, errOutOfCalls) {
		err = nil
		l.missed(fmt.Sprintf("account %s, region %s: max_calls is used up", l.account.ID, l.region))
	}
	return l.found, err
}

// next reads and collects the next page, or fails with errOutOfCalls.
func (l *lookup) next(ctx context.Context, c *chain) (told page, err error) {
	if !l.budget.spend() {
		return page{}, errOutOfCalls
	}
	answer, told, err := ask(ctx, l.account, l.region, c)
	if err != nil {
		return page{}, err
	}
	for _, event := range answer {
		l.collect(event)
	}
	l.memory.note(c.by, told.window, l.now)
	return told, nil
}

// missed remembers why the answer is not complete.
func (l *lookup) missed(reason string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.found.unread = append(l.found.unread, reason)
}

// unreadable reports an event that cannot be read: it could be any.
func (l *lookup) unreadable(event types.Event, reason string) {
	reason = fmt.Sprintf("event %s: %s", aws.ToString(event.EventId), reason)
	l.memory.miss(aws.ToTime(event.EventTime), reason)
	l.missed(reason)
}

// collect reads an event of a page. Those of the catalogue are remembered, wanted
// now or not.
func (l *lookup) collect(event types.Event) {
	read, err := toRecorded(event, l.account.ID, l.region)
	if err != nil {
		l.unreadable(event, err.Error())
		return
	}
	if unreadable(read.Record, "eventName") || unreadable(read.Record, "eventSource") {
		l.unreadable(event, "it does not tell which call it records")
	}
	if _, catalogued := read.Event(); catalogued {
		l.memory.keep(read)
		l.offer(read)
	}
}

// offer hands on a record of the selection.
func (l *lookup) offer(record recorded) {
	if l.wanted.holds(record.Record) {
		l.take(record)
	}
}
