package history

import (
	"context"
	"errors"
	"fmt"
	"sync"

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

// The ways in which a place was searched.
const (
	// strategyOnePage: one page of the event source held all there was.
	strategyOnePage = "one_page"
	// strategyByName: one chain of pages for each event name.
	strategyByName = "by_name"
)

// errBudget ends a search that max_calls does not allow to go on.
var errBudget = errors.New("max_calls is used up")

// budget is what is left of max_calls; nil is without a limit.
type budget struct {
	mu   sync.Mutex
	left int64
}

func (b *budget) spend() error {
	if b == nil {
		return nil
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.left <= 0 {
		return errBudget
	}
	b.left--
	return nil
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

// run reads every event of the selection: for each event source one page of all
// its events, and where that is not all, one chain of pages for each name. A page
// that fails is an error, never a short answer; only max_calls ends a search with
// less, and says so.
func (l *lookup) run(ctx context.Context) (found, error) {
	counter := &account.Counter{}
	ctx = account.WithCounter(ctx, counter)
	l.found.records, l.strategy = map[string]recorded{}, strategyOnePage
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(lookupsInFlight)
	var chains []func() error
	for source, names := range l.wanted.bySource() {
		whole, err := l.onePage(ctx, source, len(names))
		if err != nil {
			return l.end(counter, err)
		}
		if whole {
			continue
		}
		l.strategy = strategyByName
		for _, name := range names {
			chains = append(chains, func() error { return l.chain(ctx, types.LookupAttributeKeyEventName, name) })
		}
	}
	for _, chain := range chains {
		group.Go(chain)
	}
	return l.end(counter, group.Wait())
}

func (l *lookup) end(counter *account.Counter, err error) (found, error) {
	l.found.calls = counter.Attempts()
	if errors.Is(err, errBudget) {
		l.found.unread = append(l.found.unread, fmt.Sprintf("account %s, region %s: %v", l.account.ID, l.region, err))
		err = nil
	}
	return l.found, err
}

// onePage reads the newest page of a source; whole says that there is no more. A
// source with one name is read by that name at once.
func (l *lookup) onePage(ctx context.Context, source string, names int) (whole bool, err error) {
	if names == 1 {
		return false, nil
	}
	if err := l.budget.spend(); err != nil {
		return false, err
	}
	page, err := l.page(ctx, types.LookupAttributeKeyEventSource, source, nil)
	if err != nil {
		return false, err
	}
	l.collect(page.Events)
	return page.NextToken == nil, nil
}

// chain reads all pages of one attribute value.
func (l *lookup) chain(ctx context.Context, key types.LookupAttributeKey, value string) error {
	var token *string
	for {
		if err := l.budget.spend(); err != nil {
			return err
		}
		page, err := l.page(ctx, key, value, token)
		if err != nil {
			return err
		}
		l.collect(page.Events)
		if page.NextToken == nil {
			return nil
		}
		token = page.NextToken
	}
}

func (l *lookup) page(
	ctx context.Context, key types.LookupAttributeKey, value string, token *string,
) (*cloudtrail.LookupEventsOutput, error) {
	return l.account.CloudTrail(l.region).LookupEvents(ctx, &cloudtrail.LookupEventsInput{
		LookupAttributes: []types.LookupAttribute{{AttributeKey: key, AttributeValue: aws.String(value)}},
		StartTime:        aws.Time(l.window.from), EndTime: aws.Time(l.window.to),
		MaxResults: aws.Int32(pageSize), NextToken: token,
	})
}

// collect keeps the events of the selection, each once. An event that cannot be
// read is remembered as such: it could be any.
func (l *lookup) collect(page []types.Event) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, event := range page {
		text := aws.ToString(event.CloudTrailEvent)
		record, err := events.Parse([]byte(text))
		if err != nil {
			l.found.unread = append(l.found.unread, fmt.Sprintf("event %s: %v", aws.ToString(event.EventId), err))
			continue
		}
		if record.Name == "" && record.Category != "Insight" {
			l.found.unread = append(l.found.unread, fmt.Sprintf("event %s: it has no readable name", aws.ToString(event.EventId)))
		}
		if !l.wanted.holds(record) {
			continue
		}
		if record.EventID == "" {
			record.EventID = aws.ToString(event.EventId)
		}
		if record.EventTime.IsZero() {
			record.EventTime = aws.ToTime(event.EventTime).UTC()
		}
		l.found.records[record.EventID] = recorded{Record: record, text: text, accountID: l.account.ID, region: l.region}
	}
}
