package history_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/iamguard/terraform-provider-iamguard/internal/localaws"
	"github.com/iamguard/terraform-provider-iamguard/internal/providertest"
)

// putRemovals puts n removals into the log, the newest an hour ago, each a minute
// older than the one before.
func putRemovals(tb testing.TB, stage *providertest.Stage, n int) {
	tb.Helper()
	for i := range n {
		put(tb, stage, removal(stage, fmt.Sprintf("removal-%03d", i), time.Hour+time.Duration(i)*time.Minute))
	}
}

func TestRiskyEvents_readsEveryPageOfOneName(t *testing.T) {
	t.Parallel()
	stage := providertest.NewStage(t)
	putRemovals(t, stage, 120)
	state := read(t, stage, map[string]any{"event_names": texts("RemoveUserFromGroup")})
	expect(t, state, map[string]any{
		"event_count": 120, "complete": true, "truncated": false, "search.api_calls": 3, "search.strategy": "by_name",
		"events.0.event_id": "removal-000", "events.119.event_id": "removal-119", "counts_by_severity.critical": 120,
	})
}

// span is the window of a request, in seconds.
type span struct{ from, to float64 }

// windowOf is the window of a request as it was sent.
func windowOf(tb testing.TB, call localaws.Call) span {
	tb.Helper()
	var sent struct{ StartTime, EndTime float64 }
	if err := json.Unmarshal(call.RawRequest, &sent); err != nil || sent.StartTime == 0 || sent.EndTime == 0 {
		tb.Fatalf("no window in %s: %v", call.RawRequest, err)
	}
	return span{sent.StartTime, sent.EndTime}
}

func TestRiskyEvents_windowIsFrozenOverAllPages(t *testing.T) {
	t.Parallel()
	stage := providertest.NewStage(t)
	putRemovals(t, stage, 160)
	// The clock moves between two pages, so a window taken from it for each page would differ.
	stage.Inject(
		localaws.Fault{Service: "cloudtrail", Operation: "LookupEvents", Kind: localaws.Latency, Match: func(localaws.Call) bool {
			return stage.Clock.Sleep(t.Context(), 10*time.Second) != nil
		}},
	)
	read(
		t,
		stage,
		map[string]any{"event_names": texts("RemoveUserFromGroup", "iam.DeleteGroup", "iam.DeleteUser", "iam.DeleteRole")},
	)
	calls := stage.Calls(localaws.Named("cloudtrail:LookupEvents"))
	if len(calls) < 5 {
		t.Fatalf("only %d calls were made", len(calls))
	}
	first := windowOf(t, calls[0])
	for _, call := range calls {
		got := windowOf(t, call)
		if call.Params["NextToken"] == nil && (got.from < first.from || got.to > first.to) {
			t.Errorf("a page was asked for %v, outside of %v", got, first)
		}
		if call.ErrorCode != "" { // A token with another window than its own is refused.
			t.Errorf("a page was refused: %s", call.ErrorCode)
		}
		if !bytes.Contains(call.RawRequest, []byte(`"MaxResults":50`)) {
			t.Errorf("a page was not asked for at its full size: %s", call.RawRequest)
		}
	}
}

func TestRiskyEvents_strategies(t *testing.T) {
	t.Parallel()
	names := texts("RemoveUserFromGroup", "iam.DeleteGroup", "iam.DeleteUser", "iam.DeleteRole")
	reads := func(stage *providertest.Stage, n int, every time.Duration) {
		for i := range n {
			put(t, stage, removal(stage, fmt.Sprintf("read-%d", i), 2*time.Hour+time.Duration(i)*every).
				with(map[string]any{"eventName": "ListUsers", "readOnly": true}))
		}
	}
	for name, test := range map[string]struct {
		reads    int
		every    time.Duration
		strategy string
		calls    int
	}{
		"one page holds all of the source":     {10, time.Minute, "one_page", 1},
		"a full page that is the last one":     {48, time.Minute, "one_page", 1},
		"few pages of the source":              {120, time.Hour, "by_source", 3},
		"a busy source is read by name":        {2000, 4 * time.Minute, "by_name", 6},
		"a source busier just now than before": {120, 10 * time.Second, "by_source", 4},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			stage := providertest.NewStage(t)
			put(t, stage, removal(stage, "first", time.Hour), removal(stage, "last", 6*24*time.Hour))
			reads(stage, test.reads, test.every)
			state := read(t, stage, map[string]any{"event_names": names})
			expect(t, state, map[string]any{
				"event_count": 2, "complete": true, "search.strategy": test.strategy, "search.api_calls": test.calls,
			})
		})
	}
}

// Where the guess of the number of pages was wrong, the names are read after all.
func TestRiskyEvents_wrongGuessLosesNothing(t *testing.T) {
	t.Parallel()
	stage := providertest.NewStage(t)
	put(t, stage, removal(stage, "last", 6*24*time.Hour))
	for i := range 49 {
		put(
			t,
			stage,
			removal(stage, fmt.Sprintf("slow-%d", i),
				time.Duration(i+1)*time.Hour).with(map[string]any{"eventName": "ListUsers"}),
		)
	}
	for i := range 400 {
		put(t, stage, removal(stage, fmt.Sprintf("fast-%d", i), 5*24*time.Hour+time.Duration(i)*time.Second).
			with(map[string]any{"eventName": "ListUsers"}))
	}
	state := read(t, stage, map[string]any{"event_names": texts("RemoveUserFromGroup", "iam.DeleteGroup", "iam.DeleteUser")})
	expect(t, state, map[string]any{"event_count": 1, "complete": true, "search.strategy": "by_name", "search.api_calls": 6})
}

func TestRiskyEvents_deniedOnPageTwo(t *testing.T) {
	t.Parallel()
	stage := providertest.NewStage(t)
	putRemovals(t, stage, 60)
	stage.Inject(localaws.Fault{Service: "cloudtrail", Operation: "LookupEvents", Nth: 2, Kind: localaws.Deny})
	text := providertest.Text(refused(t, stage, map[string]any{"event_names": texts("RemoveUserFromGroup")}))
	expectText(t, text, "Unable to read the recorded events", "cloudtrail:LookupEvents", stage.ID, iamRegion, "request ID")
}

func TestRiskyEvents_retriedAttemptsAreCounted(t *testing.T) {
	t.Parallel()
	stage := providertest.NewStage(t)
	putRemovals(t, stage, 60)
	stage.Inject(localaws.Fault{Service: "cloudtrail", Operation: "LookupEvents", Nth: 1, Kind: localaws.ServerError})
	stage.Inject(localaws.Fault{Service: "cloudtrail", Operation: "LookupEvents", Nth: 3, Kind: localaws.Throttle})
	state := read(t, stage, map[string]any{"event_names": texts("RemoveUserFromGroup")})
	expect(t, state, map[string]any{"event_count": 60, "search.api_calls": 4})
}

func TestRiskyEvents_maxCalls(t *testing.T) {
	t.Parallel()
	stage := providertest.NewStage(t)
	putRemovals(t, stage, 120)
	var first string
	for range 3 {
		state, diags := stage.Server(t, nil).ReadData(t, riskyEvents, map[string]any{
			"event_names": texts("RemoveUserFromGroup", "iam.DeleteGroup", "iam.DeleteUser", "cloudtrail.StopLogging"),
			"max_calls":   2,
		})
		if state == nil {
			t.Fatal(providertest.Text(diags))
		}
		expect(t, state, map[string]any{"complete": false, "truncated": false, "search.api_calls": 2})
		expectText(t, providertest.Text(diags), "not everything was read", "max_calls is used up", stage.ID)
		expectText(t, fmt.Sprint(state["summary_markdown"]), "Not everything was read")
		if first == "" {
			first = ids(t, state)
		}
		if again := ids(t, state); again != first {
			t.Error("the same search found something else")
		}
	}
	state := read(t, stage, map[string]any{"event_names": texts("RemoveUserFromGroup"), "max_calls": 3})
	expect(t, state, map[string]any{"complete": true, "event_count": 120})
}

func TestRiskyEvents_canceled(t *testing.T) {
	t.Parallel()
	stage := providertest.NewStage(t)
	ctx, cancel := cancelAfter(t, stage, 1)
	defer cancel()
	putRemovals(t, stage, 120)
	state, diags := stage.Server(t, nil).
		ReadDataWith(ctx, t, riskyEvents, map[string]any{"event_names": texts("RemoveUserFromGroup")})
	if state != nil {
		t.Fatal("a search that was canceled gave an answer")
	}
	expectText(t, providertest.Text(diags), "Unable to read the recorded events", "canceled")
}
