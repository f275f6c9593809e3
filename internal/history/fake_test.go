package history_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"github.com/iamguard/terraform-provider-iamguard/internal/localaws"
	"github.com/iamguard/terraform-provider-iamguard/internal/providertest"
)

// cancelAfter is a context that ends while the call after the first n is answered.
func cancelAfter(tb testing.TB, stage *providertest.Stage, n int32) (context.Context, context.CancelFunc) {
	tb.Helper()
	ctx, cancel := context.WithCancel(tb.Context())
	var seen atomic.Int32
	stage.Inject(
		localaws.Fault{Service: "cloudtrail", Operation: "LookupEvents", Kind: localaws.Latency, Match: func(localaws.Call) bool {
			if seen.Add(1) > n {
				cancel()
			}
			return false
		}},
	)
	return ctx, cancel
}

// page is an answer of LookupEvents that the local AWS would not give.
type page struct {
	Events    []map[string]any `json:"Events"`
	NextToken string           `json:"NextToken,omitempty"`
}

func shown(id, text string) map[string]any {
	return map[string]any{"EventId": id, "EventTime": time.Now().Add(-time.Hour).Unix(), "CloudTrailEvent": text}
}

// readPages reads the data source from ready pages; the last one is repeated.
func readPages(t *testing.T, stage *providertest.Stage, arguments map[string]any, pages ...page) (map[string]any, string) {
	t.Helper()
	var asked atomic.Int32
	fake := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		next := min(int(asked.Add(1)), len(pages)) - 1
		if pages[next].Events == nil {
			pages[next].Events = []map[string]any{}
		}
		w.Header().Set("Content-Type", "application/x-amz-json-1.1")
		if err := json.NewEncoder(w).Encode(pages[next]); err != nil {
			t.Error(err)
		}
	}))
	t.Cleanup(fake.Close)
	endpoints := map[string]any{}
	for name, url := range stage.Endpoints() {
		endpoints[name] = url
	}
	endpoints["cloudtrail"] = fake.URL
	server := stage.Server(t, map[string]any{"endpoints": []any{endpoints}})
	state, diags := server.ReadData(t, riskyEvents, arguments)
	return state, providertest.Text(diags)
}

func TestRiskyEvents_unreadableEventsAreNoAllClear(t *testing.T) {
	t.Parallel()
	stage := providertest.NewStage(t)
	nameless, noSource := removal(stage, "nameless", time.Hour), removal(stage, "no-source", time.Hour)
	delete(nameless, "eventName")
	delete(noSource, "eventSource")
	for name, text := range map[string]string{
		"no JSON": "{", "no object": `["RemoveUserFromGroup"]`, "nothing": "", "trailing": "{} {}",
		"without a name": string(nameless.raw(t)), "without a source": string(noSource.raw(t)),
		"name of another type": string(removal(stage, "typed", time.Hour).with(map[string]any{"eventName": []any{1}}).raw(t)),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			state, text := readPages(t, stage, map[string]any{"event_names": texts("RemoveUserFromGroup", "iam.DeleteGroup")},
				page{Events: []map[string]any{shown("broken-1", text)}})
			expect(t, state, map[string]any{"complete": false, "event_count": 0})
			expectText(t, text, "not everything was read", "broken-1", stage.ID)
			expectText(t, fmt.Sprint(state["summary_markdown"]), "Not everything was read")
		})
	}
}

func TestRiskyEvents_pagesAtTheEdge(t *testing.T) {
	t.Parallel()
	stage := providertest.NewStage(t)
	one := shown("one", string(removal(stage, "one", time.Hour).raw(t)))
	two := shown("two", string(removal(stage, "two", 2*time.Hour).raw(t)))
	withoutID := removal(stage, "", 3*time.Hour)
	delete(withoutID, "eventID")
	arguments := map[string]any{"event_names": texts("RemoveUserFromGroup")}

	t.Run("duplicates count once", func(t *testing.T) {
		t.Parallel()
		state, _ := readPages(t, stage, arguments,
			page{Events: []map[string]any{one, two}, NextToken: "a"}, page{Events: []map[string]any{two}})
		expect(t, state, map[string]any{"event_count": 2, "complete": true, "search.api_calls": 2})
	})
	t.Run("an empty page is not the end", func(t *testing.T) {
		t.Parallel()
		state, _ := readPages(t, stage, arguments, page{NextToken: "a"}, page{NextToken: "b"},
			page{Events: []map[string]any{one}})
		expect(t, state, map[string]any{"event_count": 1, "complete": true, "search.api_calls": 3})
	})
	t.Run("an empty first page of a source is not the end", func(t *testing.T) {
		t.Parallel()
		state, _ := readPages(t, stage, map[string]any{"event_names": texts("RemoveUserFromGroup", "iam.DeleteGroup")},
			page{NextToken: "a"}, page{Events: []map[string]any{one}})
		expect(t, state, map[string]any{"event_count": 1, "complete": true, "search.strategy": "by_name"})
	})
	t.Run("an answer without a list is an error", func(t *testing.T) {
		t.Parallel()
		fake := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
		t.Cleanup(fake.Close)
		endpoints := map[string]any{}
		for name, url := range stage.Endpoints() {
			endpoints[name] = url
		}
		endpoints["cloudtrail"] = fake.URL
		state, diags := stage.Server(t, map[string]any{"endpoints": []any{endpoints}}).ReadData(t, riskyEvents, arguments)
		if state != nil {
			t.Error("an empty answer was taken for no events")
		}
		expectText(t, providertest.Text(diags), "no list of events")
	})
	t.Run("a repeated token is an error", func(t *testing.T) {
		t.Parallel()
		state, text := readPages(t, stage, arguments, page{Events: []map[string]any{one}, NextToken: "a"})
		if state != nil {
			t.Error("an endless search gave an answer")
		}
		expectText(t, text, "Unable to read the recorded events", "page token")
	})
	t.Run("the ID beside the record stands in", func(t *testing.T) {
		t.Parallel()
		state, _ := readPages(t, stage, arguments, page{Events: []map[string]any{
			shown("beside-1", string(withoutID.raw(t))), shown("beside-2", string(withoutID.raw(t))),
		}})
		expect(t, state, map[string]any{"event_count": 2, "events.0.event_id": "beside-1"})
	})
	t.Run("records without any ID are not taken for one", func(t *testing.T) {
		t.Parallel()
		other := withoutID.with(map[string]any{"sourceIPAddress": "203.0.113.8"})
		state, _ := readPages(t, stage, arguments, page{Events: []map[string]any{
			shown("", string(withoutID.raw(t))), shown("", string(other.raw(t))),
		}})
		expect(t, state, map[string]any{"event_count": 2})
	})
}
