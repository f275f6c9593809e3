package localaws_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail/types"

	"github.com/iamguard/terraform-provider-iamguard/internal/localaws"
)

// ready makes a record of a removal at a time.
func ready(id, at, user string) json.RawMessage {
	return json.RawMessage(`{"eventVersion":"1.08","eventID":"` + id + `","eventTime":"` + at + `","awsRegion":"us-east-1",` +
		`"eventSource":"iam.amazonaws.com","eventName":"DeleteUser","requestParameters":{"userName":"` + user + `"},` +
		`"userIdentity":{"type":"IAMUser","userName":"mallory","accessKeyId":"AKIAOTHER"}}`)
}

func by(key types.LookupAttributeKey, value string) []types.LookupAttribute {
	return []types.LookupAttribute{{AttributeKey: key, AttributeValue: aws.String(value)}}
}

func ids(out *cloudtrail.LookupEventsOutput) string {
	var all []string
	for _, e := range out.Events {
		all = append(all, *e.EventId)
	}
	return strings.Join(all, " ")
}

// lookupBench has five removals, one a day from yesterday backwards, and one of 100 days ago.
func lookupBench(t *testing.T) (b *bench, now time.Time) {
	t.Helper()
	b = newBench(t)
	now = time.Date(2026, 8, 1, 12, 0, 0, 0, time.UTC)
	b.SetClock(func() time.Time { return now })
	for i, days := range []int{100, 5, 4, 3, 2, 1} {
		at := now.AddDate(0, 0, -days).Format(time.RFC3339)
		if err := b.PutRecord(ready(fmt.Sprintf("e%d", days), at, fmt.Sprintf("u%d", i%2))); err != nil {
			t.Fatal(err)
		}
	}
	return as(b.Account, b.as, "us-east-1"), now
}

func TestLookup_attributesAndTimes(t *testing.T) {
	t.Parallel()
	b, now := lookupBench(t)
	ago := func(days int) *time.Time { return aws.Time(now.AddDate(0, 0, -days)) }
	cases := map[string]struct {
		in   cloudtrail.LookupEventsInput
		want string
	}{
		"all, newest first": {
			cloudtrail.LookupEventsInput{LookupAttributes: by(types.LookupAttributeKeyEventName, "DeleteUser")}, "e1 e2 e3 e4 e5",
		},
		"by resource name": {
			cloudtrail.LookupEventsInput{LookupAttributes: by(types.LookupAttributeKeyResourceName, "u1")}, "e1 e3 e5",
		},
		"by resource type": {
			cloudtrail.LookupEventsInput{LookupAttributes: by(types.LookupAttributeKeyResourceType, "AWS::IAM::User")},
			"e1 e2 e3 e4 e5",
		},
		"by user name": {
			cloudtrail.LookupEventsInput{LookupAttributes: by(types.LookupAttributeKeyUsername, "mallory")}, "e1 e2 e3 e4 e5",
		},
		"by key": {
			cloudtrail.LookupEventsInput{LookupAttributes: by(types.LookupAttributeKeyAccessKeyId, "AKIAOTHER")},
			"e1 e2 e3 e4 e5",
		},
		"by ID": {cloudtrail.LookupEventsInput{LookupAttributes: by(types.LookupAttributeKeyEventId, "e3")}, "e3"},
		"exactly, not partly": {
			cloudtrail.LookupEventsInput{LookupAttributes: by(types.LookupAttributeKeyResourceName, "u")}, "",
		},
		"a range": {
			cloudtrail.LookupEventsInput{
				StartTime: ago(4), EndTime: ago(2), LookupAttributes: by(types.LookupAttributeKeyEventName, "DeleteUser"),
			}, "e2 e3 e4",
		},
		"not beyond 90 days": {
			cloudtrail.LookupEventsInput{
				StartTime: ago(200), LookupAttributes: by(types.LookupAttributeKeyEventName, "DeleteUser"),
			}, "e1 e2 e3 e4 e5",
		},
		"insights are none": {cloudtrail.LookupEventsInput{EventCategory: types.EventCategoryInsight}, ""},
	}
	for name, c := range cases {
		out, err := b.trails.LookupEvents(t.Context(), &c.in)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		} else if got := ids(out); got != c.want {
			t.Errorf("%s: got %q, want %q", name, got, c.want)
		}
	}
	reads, err := b.trails.LookupEvents(t.Context(), &cloudtrail.LookupEventsInput{
		LookupAttributes: by(types.LookupAttributeKeyReadOnly, "true"),
	})
	if err != nil || len(reads.Events) == 0 {
		t.Fatalf("reads: got %+v, %v", reads, err)
	}
	if newest := reads.Events[0]; *newest.EventName != "LookupEvents" || *newest.ReadOnly != "true" {
		t.Errorf("the newest read is %s, readOnly %s", *newest.EventName, *newest.ReadOnly)
	}
	missing := do(t, b.trails.LookupEvents, &cloudtrail.LookupEventsInput{
		LookupAttributes: by(types.LookupAttributeKeyEventId, "e1"),
	})
	if missing.Events[0].ReadOnly != nil {
		t.Error("a record without readOnly got one")
	}
}

func TestLookup_refuses(t *testing.T) {
	t.Parallel()
	b, now := lookupBench(t)
	ago := func(days int) *time.Time { return aws.Time(now.AddDate(0, 0, -days)) }
	two := append(by(types.LookupAttributeKeyEventName, "DeleteUser"), by(types.LookupAttributeKeyUsername, "mallory")...)
	for code, inputs := range map[string][]cloudtrail.LookupEventsInput{
		"InvalidLookupAttributesException": {
			{LookupAttributes: two},
			{LookupAttributes: by("Region", "us-east-1")},
			{LookupAttributes: by(types.LookupAttributeKeyUsername, strings.Repeat("a", 2001))},
			{LookupAttributes: by(types.LookupAttributeKeyUsername, strings.Repeat("_", 1001))},
			{LookupAttributes: by(types.LookupAttributeKeyUsername, "x"), EventCategory: types.EventCategoryInsight},
		},
		"InvalidTimeRangeException": {
			{StartTime: ago(1), EndTime: ago(2)},
			{StartTime: ago(100), EndTime: ago(95)},
		},
		"InvalidMaxResultsException":    {{MaxResults: aws.Int32(0)}, {MaxResults: aws.Int32(51)}},
		"InvalidEventCategoryException": {{EventCategory: "management"}},
		"InvalidNextTokenException":     {{NextToken: aws.String("made up")}},
	} {
		for _, in := range inputs {
			_, err := b.trails.LookupEvents(t.Context(), &in)
			wantCode(t, err, code)
		}
	}
}

func TestLookup_pages(t *testing.T) {
	t.Parallel()
	b, now := lookupBench(t)
	ctx := t.Context()
	in := cloudtrail.LookupEventsInput{
		LookupAttributes: by(types.LookupAttributeKeyEventName, "DeleteUser"), MaxResults: aws.Int32(2), EndTime: aws.Time(now),
	}
	first := do(t, b.trails.LookupEvents, &in)
	in.NextToken = first.NextToken

	changed := in
	changed.EndTime = aws.Time(now.Add(time.Second))
	_, err := b.trails.LookupEvents(ctx, &changed)
	wantCode(t, err, "InvalidNextTokenException")
	changed = in
	changed.MaxResults = aws.Int32(3)
	_, err = b.trails.LookupEvents(ctx, &changed)
	wantCode(t, err, "InvalidNextTokenException")
	away := as(b.Account, b.as, region)
	_, err = away.trails.LookupEvents(ctx, &in)
	wantCode(t, err, "InvalidNextTokenException")
	fresh := newBench(t)
	fresh.SetClock(func() time.Time { return now })
	other := as(fresh.Account, fresh.as, "us-east-1")
	_, err = other.trails.LookupEvents(ctx, &in)
	wantCode(t, err, "InvalidNextTokenException")

	second := do(t, b.trails.LookupEvents, &in)
	in.NextToken = second.NextToken
	third := do(t, b.trails.LookupEvents, &in)
	if got := ids(first) + "|" + ids(second) + "|" + ids(third); got != "e1 e2|e3 e4|e5" || third.NextToken != nil {
		t.Errorf("got %s, token %v", got, third.NextToken)
	}
}

func TestLookup_defaultPage(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	at := time.Now().UTC().Format(time.RFC3339)
	for i := range 60 {
		if err := b.PutRecord(ready(fmt.Sprint(i), at, "u")); err != nil {
			t.Fatal(err)
		}
	}
	b = as(b.Account, b.as, "us-east-1")
	var got int
	pages := cloudtrail.NewLookupEventsPaginator(b.trails, &cloudtrail.LookupEventsInput{
		LookupAttributes: by(types.LookupAttributeKeyEventName, "DeleteUser"),
	})
	for pages.HasMorePages() {
		page := must[*cloudtrail.LookupEventsOutput](t)(pages.NextPage(t.Context()))
		if got == 0 && len(page.Events) != 50 {
			t.Errorf("the first page has %d events, want 50", len(page.Events))
		}
		got += len(page.Events)
	}
	if got != 60 {
		t.Errorf("got %d events, want 60", got)
	}
}

func TestLookup_rateAndDelay(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	ctx := t.Context()
	now := time.Date(2026, 8, 1, 12, 0, 0, 0, time.UTC)
	b.SetClock(func() time.Time { return now })
	b.SetLookup(localaws.Lookup{Delay: 5 * time.Minute})
	away := as(b.Account, b.as, "us-east-1")
	look := func(c *bench) (*cloudtrail.LookupEventsOutput, error) {
		return c.trails.LookupEvents(ctx, &cloudtrail.LookupEventsInput{
			LookupAttributes: by(types.LookupAttributeKeyEventName, "CreateUser"),
		})
	}
	b.createUsers(t, "alice")
	for range 2 {
		if out := must[*cloudtrail.LookupEventsOutput](t)(look(away)); len(out.Events) != 0 {
			t.Error("the event is visible at once")
		}
	}
	_, err := look(away)
	wantCode(t, err, "ThrottlingException")
	if _, err := look(b); err != nil {
		t.Errorf("the other region has a rate of its own: %v", err)
	}
	calls := b.Calls(func(c localaws.Call) bool { return c.Throttled })
	if len(calls) != 1 || calls[0].Status != 400 {
		t.Errorf("throttled calls: %+v", calls)
	}
	now = now.Add(6 * time.Minute)
	if out := must[*cloudtrail.LookupEventsOutput](t)(look(away)); len(out.Events) != 1 {
		t.Error("the event is not visible after the delay")
	}
}
