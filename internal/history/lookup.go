package history

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail/types"
	"golang.org/x/sync/errgroup"

	"github.com/iamguard/terraform-provider-iamguard/internal/account"
	"github.com/iamguard/terraform-provider-iamguard/internal/events"
)

const (
	// pageSize is the most that LookupEvents answers at once.
	pageSize = 50
	// lookupsInFlight bounds the chains of pages that are read side by side; the
	// limiter of the account and region paces their calls.
	lookupsInFlight = 8
)

// The ways in which a place was searched, from the cheapest to the dearest.
const (
	// strategyOnePage: one page of each event source held all there was.
	strategyOnePage = "one_page"
	// strategyBySource: all pages of an event source were read.
	strategyBySource = "by_source"
	// strategyByName: one chain of pages for each event name.
	strategyByName = "by_name"
)

// strategies in the order of their cost.
var strategies = []string{strategyOnePage, strategyBySource, strategyByName}

// dearest is the more expensive of two strategies, which is the one to report.
func dearest(a, b string) string {
	return strategies[max(slices.Index(strategies, a), slices.Index(strategies, b))]
}

// errRepeatedToken would make a search endless, or lose what a new token leads to.
var errRepeatedToken = errors.New("CloudTrail answered the page token that it was asked with")

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
	account  *account.Account
	region   string
	wanted   selection
	window   window
	budget   *budget
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
	// accountID and region are where it was found.
	accountID, region string
}

// run reads every event of the selection: for each event source its newest page,
// the other pages of the source where they are few, and else one chain of pages
// for each name. A page that fails is an error, never a short answer; only
// max_calls ends a search with less, and says so.
func (l *lookup) run(ctx context.Context) (found, error) {
	counter := &account.Counter{}
	ctx = account.WithCounter(ctx, counter)
	l.found.records, l.strategy = map[string]recorded{}, strategyOnePage
	err := l.search(ctx)
	l.found.calls = counter.Attempts()
	return l.found, err
}

func (l *lookup) search(ctx context.Context) error {
	chains := map[string]bool{}
	sources := l.wanted.bySource()
	for _, source := range slices.Sorted(maps.Keys(sources)) {
		names := sources[source]
		whole, err := l.wholeSource(ctx, source, len(names))
		if err != nil {
			return err
		}
		for _, name := range names {
			chains[name] = chains[name] || !whole
		}
	}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(lookupsInFlight)
	if l.budget != nil {
		group.SetLimit(1) // What a few calls find is the same in every plan.
	}
	for _, name := range slices.Sorted(maps.Keys(chains)) {
		if chains[name] {
			l.strategy = strategyByName
			group.Go(func() error {
				_, err := l.chain(ctx, lookupBy(types.LookupAttributeKeyEventName, name), nil, 0)
				return err
			})
		}
	}
	return group.Wait()
}

// wholeSource reads the newest page of a source, and the others if that takes no
// more calls than its names would; whole says that nothing is left to read. A
// source with one name is read by that name at once.
func (l *lookup) wholeSource(ctx context.Context, source string, names int) (whole bool, err error) {
	if names == 1 {
		return false, nil
	}
	by := lookupBy(types.LookupAttributeKeyEventSource, source)
	page, err := l.page(ctx, by, nil)
	switch {
	case err != nil || page == nil:
		return false, err
	case page.NextToken == nil:
		return true, nil
	case l.pagesLeft(page.Events) > names:
		return false, nil
	}
	l.strategy = dearest(l.strategy, strategyBySource)
	return l.chain(ctx, by, page.NextToken, names)
}

// pagesLeft guesses from the newest page, whose events are the newest of the
// window, how many more there are.
func (l *lookup) pagesLeft(page []types.Event) int {
	const many = 1 << 20
	if len(page) == 0 {
		return many
	}
	covered := l.window.to.Sub(aws.ToTime(page[len(page)-1].EventTime))
	if covered < time.Second {
		return many
	}
	return int(min(l.window.to.Sub(l.window.from)/covered, many))
}

// chain reads all pages of one attribute value, or at most limit of them if that
// is not 0; whole says that none is left.
func (l *lookup) chain(ctx context.Context, by types.LookupAttribute, token *string, limit int) (whole bool, err error) {
	for read := 0; limit == 0 || read < limit; read++ {
		page, err := l.page(ctx, by, token)
		switch {
		case err != nil || page == nil:
			return false, err
		case page.NextToken == nil:
			return true, nil
		case aws.ToString(page.NextToken) == aws.ToString(token):
			return false, errRepeatedToken
		}
		token = page.NextToken
	}
	return false, nil
}

func lookupBy(key types.LookupAttributeKey, value string) types.LookupAttribute {
	return types.LookupAttribute{AttributeKey: key, AttributeValue: aws.String(value)}
}

// page reads and collects one page. It is nil where max_calls is used up, which is
// remembered; calls under way still end, since they are paid for.
func (l *lookup) page(ctx context.Context, by types.LookupAttribute, token *string) (*cloudtrail.LookupEventsOutput, error) {
	if !l.budget.spend() {
		l.missed(fmt.Sprintf("account %s, region %s: max_calls is used up", l.account.ID, l.region))
		return nil, nil //nolint:nilnil // No page and no failure: the search ends here, and says that it is not complete.
	}
	page, err := l.account.CloudTrail(l.region).LookupEvents(ctx, &cloudtrail.LookupEventsInput{
		LookupAttributes: []types.LookupAttribute{by},
		StartTime:        aws.Time(l.window.from), EndTime: aws.Time(l.window.to),
		MaxResults: aws.Int32(pageSize), NextToken: token,
	})
	if err != nil {
		return nil, err
	}
	for _, event := range page.Events {
		l.collect(event)
	}
	return page, nil
}

// missed remembers why the answer is not complete.
func (l *lookup) missed(reason string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.found.unread = append(l.found.unread, reason)
}

// collect keeps an event of the selection, once. An event that cannot be read is
// remembered as such: it could be any.
func (l *lookup) collect(event types.Event) {
	text := aws.ToString(event.CloudTrailEvent)
	record, err := events.Parse([]byte(text))
	if err != nil {
		l.missed(fmt.Sprintf("event %s: %v", aws.ToString(event.EventId), err))
		return
	}
	if unreadable(record, "eventName") || unreadable(record, "eventSource") {
		l.missed(fmt.Sprintf("event %s: it does not tell which call it records", aws.ToString(event.EventId)))
	}
	if !l.wanted.holds(record) {
		return
	}
	record.EventID = cmp.Or(record.EventID, aws.ToString(event.EventId))
	if record.EventTime.IsZero() {
		record.EventTime = aws.ToTime(event.EventTime).UTC()
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.found.records[cmp.Or(record.EventID, text)] = recorded{
		Record: record, text: text, accountID: cmp.Or(l.account.ID, record.AccountID), region: l.region,
	}
}
