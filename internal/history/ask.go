package history

import (
	"cmp"
	"context"
	"errors"
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

// attribute is what LookupEvents is asked for: all events of a source, or all of a name.
type attribute struct {
	key   types.LookupAttributeKey
	value string
	// every says that all records were remembered, not only those of the catalogue.
	every bool
}

func ofSource(source string) attribute {
	return attribute{key: types.LookupAttributeKeyEventSource, value: source}
}

func ofName(name string) attribute {
	return attribute{key: types.LookupAttributeKeyEventName, value: name}
}

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

// ask reads the next page of a chain.
func ask(ctx context.Context, in *account.Account, region string, c *chain) (found []types.Event, told page, err error) {
	answer, err := in.CloudTrail(region).LookupEvents(ctx, &cloudtrail.LookupEventsInput{
		LookupAttributes: []types.LookupAttribute{{AttributeKey: c.by.key, AttributeValue: aws.String(c.by.value)}},
		StartTime:        aws.Time(c.window.from), EndTime: aws.Time(c.window.to),
		MaxResults: aws.Int32(pageSize), NextToken: c.token,
	})
	switch {
	case err != nil:
		return nil, page{}, err
	case answer.Events == nil:
		return nil, page{}, errNoList
	case answer.NextToken != nil && aws.ToString(answer.NextToken) == aws.ToString(c.token):
		return nil, page{}, errRepeatedToken
	}
	told = page{window: window{from: c.window.from, to: c.read}, events: len(answer.Events)}
	if answer.NextToken != nil {
		told.from = olderEnd(answer.Events, c.read)
	}
	c.token, c.read, c.over = answer.NextToken, told.from, answer.NextToken == nil
	return answer.Events, told, nil
}

// toRecorded reads an event. Where its record lacks ID or time, those beside it stand in.
func toRecorded(event types.Event, accountID, region string) (recorded, error) {
	text := aws.ToString(event.CloudTrailEvent)
	record, err := events.Parse([]byte(text))
	if err != nil {
		return recorded{}, err
	}
	record.EventID = cmp.Or(record.EventID, aws.ToString(event.EventId))
	if record.EventTime.IsZero() {
		record.EventTime = aws.ToTime(event.EventTime).UTC()
	}
	return recorded{
		Record: record, text: text, at: aws.ToTime(event.EventTime).UTC(),
		accountID: cmp.Or(accountID, record.AccountID), region: region,
	}, nil
}

// olderEnd is down to when a page that is not the last one has everything: its
// oldest second may go on on the next page.
func olderEnd(page []types.Event, end time.Time) time.Time {
	if len(page) == 0 {
		return end
	}
	oldest := aws.ToTime(page[len(page)-1].EventTime).UTC().Truncate(time.Second).Add(time.Second)
	return minTime(oldest, end)
}
