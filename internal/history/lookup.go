package history

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail/types"

	"github.com/iamguard/terraform-provider-iamguard/internal/account"
	"github.com/iamguard/terraform-provider-iamguard/internal/events"
)

// pageSize is the most that LookupEvents answers at once.
const pageSize = 50

// errRepeatedToken would make a search endless, or lose what a new token leads to.
var errRepeatedToken = errors.New("CloudTrail answered the page token that it was asked with")

// errNoList is an answer without even an empty list, as a broken proxy gives: taken
// for "no events" it would be a false all-clear.
var errNoList = errors.New("the answer of CloudTrail holds no list of events")

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

	mu       sync.Mutex
	found    found
	strategy string
}

// found is what a search has collected.
type found struct {
	records map[string]recorded
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
	if err := l.memory.take(ctx); err != nil {
		return found{}, err
	}
	defer l.memory.give()
	l.found.records, l.strategy = map[string]recorded{}, strategyRemembered
	l.memory.recall(l.window, l.offer, l.missed)
	err := l.search(account.WithCounter(ctx, &l.counter))
	l.found.calls = l.counter.Attempts()
	if errors.Is(err, errOutOfCalls) {
		err = nil
		l.missed(fmt.Sprintf("account %s, region %s: max_calls is used up", l.account.ID, l.region))
	}
	return l.found, err
}

// attribute is what LookupEvents is asked for: all events of a source, or all of a name.
type attribute struct {
	key   types.LookupAttributeKey
	value string
}

func ofSource(source string) attribute {
	return attribute{types.LookupAttributeKeyEventSource, source}
}

func ofName(name string) attribute { return attribute{types.LookupAttributeKeyEventName, name} }

// chain is a question and how far its pages were read, from the newest on.
type chain struct {
	by     attribute
	window window
	// token leads to the next page; nil before the first.
	token *string
	// read is the older end of what was read, the newer end of the window at first.
	read time.Time
	over bool
}

// page is what one page told: the time it covers, and how many events that time has.
type page struct {
	window
	events int
}

// next reads and collects the next page, or fails with errOutOfCalls.
func (l *lookup) next(ctx context.Context, c *chain) (told page, err error) {
	if !l.budget.spend() {
		return page{}, errOutOfCalls
	}
	answer, err := l.account.CloudTrail(l.region).LookupEvents(ctx, &cloudtrail.LookupEventsInput{
		LookupAttributes: []types.LookupAttribute{{AttributeKey: c.by.key, AttributeValue: aws.String(c.by.value)}},
		StartTime:        aws.Time(c.window.from), EndTime: aws.Time(c.window.to),
		MaxResults: aws.Int32(pageSize), NextToken: c.token,
	})
	if err != nil {
		return page{}, err
	}
	switch {
	case answer.Events == nil:
		return page{}, errNoList
	case answer.NextToken != nil && aws.ToString(answer.NextToken) == aws.ToString(c.token):
		return page{}, errRepeatedToken
	}
	for _, event := range answer.Events {
		l.collect(event)
	}
	told = page{window: window{from: c.window.from, to: c.read}, events: len(answer.Events)}
	if answer.NextToken != nil {
		told.from = olderEnd(answer.Events, c.read)
	}
	c.token, c.read, c.over = answer.NextToken, told.from, answer.NextToken == nil
	l.memory.note(c.by, told.window, l.now)
	return told, nil
}

// olderEnd is down to when a page that is not the last one has everything: its
// oldest second may go on on the next page.
func olderEnd(events []types.Event, end time.Time) time.Time {
	if len(events) == 0 {
		return end
	}
	oldest := aws.ToTime(events[len(events)-1].EventTime).UTC().Truncate(time.Second).Add(time.Second)
	return minTime(oldest, end)
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
	text := aws.ToString(event.CloudTrailEvent)
	record, err := events.Parse([]byte(text))
	if err != nil {
		l.unreadable(event, err.Error())
		return
	}
	if unreadable(record, "eventName") || unreadable(record, "eventSource") {
		l.unreadable(event, "it does not tell which call it records")
	}
	if _, catalogued := record.Event(); !catalogued {
		return
	}
	record.EventID = cmp.Or(record.EventID, aws.ToString(event.EventId))
	if record.EventTime.IsZero() {
		record.EventTime = aws.ToTime(event.EventTime).UTC()
	}
	read := recorded{
		Record: record, text: text, at: aws.ToTime(event.EventTime).UTC(),
		accountID: cmp.Or(l.account.ID, record.AccountID), region: l.region,
	}
	l.memory.keep(read)
	l.offer(read)
}

// offer keeps a record of the selection, once.
func (l *lookup) offer(record recorded) {
	if !l.wanted.holds(record.Record) {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.found.records[record.key()] = record
}
