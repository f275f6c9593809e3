package history_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/iamguard/terraform-provider-iamguard/internal/events"
	"github.com/iamguard/terraform-provider-iamguard/internal/localaws"
	"github.com/iamguard/terraform-provider-iamguard/internal/providertest"
)

// removalNames are the names of the preset iam_removal.
func removalNames(tb testing.TB) []string {
	tb.Helper()
	members, ok := events.Catalog().Preset("iam_removal")
	if !ok {
		tb.Fatal("there is no preset iam_removal")
	}
	var names []string
	for _, event := range members {
		names = append(names, event.Name)
	}
	return names
}

// iamMix spreads events over the days before now.
func iamMix(stage *providertest.Stage, days float64) localaws.Mix {
	now := stage.Clock.Now()
	return localaws.Mix{
		From: now.Add(-time.Duration(days*24*float64(time.Hour)) + time.Minute), To: now.Add(-time.Second),
		Share: map[string]int{iamSource + ":ListUsers": 1, iamSource + ":GetRole": 3},
	}
}

// exactly is so many events of each name.
func exactly(names []string, count int) map[string]int {
	events := map[string]int{}
	for _, name := range names {
		events[iamSource+":"+name] = count
	}
	return events
}

func TestReadingPlan_quietAccountTakesOneCall(t *testing.T) {
	t.Parallel()
	stage := providertest.NewStage(t)
	stage.Seed(46, iamMix(stage, 7), 1)
	putRemovals(t, stage, 3)
	expect(t, read(t, stage, map[string]any{"presets": texts("iam_removal")}), map[string]any{
		"search.api_calls": 1, "search.strategy": "one_page", "event_count": 3, "complete": true,
	})
	// One more for each further event source and region.
	expect(t, read(t, stage, nil), map[string]any{"search.api_calls": 2, "event_count": 3, "complete": true})
	expect(t, read(t, stage, map[string]any{
		"presets": texts("iam_removal", "cloudtrail_tamper"), "regions": texts(iamRegion, "eu-west-1", providertest.Region),
	}), map[string]any{"search.api_calls": 4, "complete": true})
}

// A hundred thousand writes and thirty thousand IAM events a day.
func TestReadingPlan_busyAccount(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ most, events, calls int }{
		"at most 50 of each name": {most: 50, calls: 36},
		"one name at 400":         {most: 400, calls: 44},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			stage := providertest.NewStage(t)
			mix := iamMix(stage, 1)
			mix.Exactly = exactly(removalNames(t), 50)
			mix.Exactly[iamSource+":DetachRolePolicy"] = test.most
			stage.Seed(30000, mix, 1)
			mix.Share, mix.Exactly = map[string]int{"ec2.amazonaws.com:RunInstances": 1}, nil
			stage.Seed(100000, mix, 2)
			state := read(t, stage, map[string]any{"presets": texts("iam_removal"), "lookback": "1d", "max_events": 10000})
			expect(t, state, map[string]any{
				"event_count": 32*50 + test.most, "complete": true, "search.strategy": "by_name",
			})
			if calls, ok := member(t, state, "search.api_calls").(int64); !ok || calls > int64(test.calls) {
				t.Errorf("%d calls were made, want at most %d", calls, test.calls)
			}
		})
	}
}

// rhythms are ways in which events lie in time, 0 being the oldest.
func rhythms(random *rand.Rand) []func(float64) float64 {
	days, width := float64(1+random.IntN(12)), random.Float64()*0.2
	place := random.Float64()
	return []func(float64) float64{
		nil,
		func(u float64) float64 { return 1 - u*width },                                             // Only lately.
		func(u float64) float64 { return u * width },                                               // Only long ago.
		func(u float64) float64 { return math.Pow(u, 4) },                                          // Mostly long ago.
		func(u float64) float64 { return 1 - math.Pow(u, 6) },                                      // Mostly lately.
		func(u float64) float64 { return (math.Floor(u*days) + place*math.Mod(u*days, 1)) / days }, // A part of each day.
		func(u float64) float64 { return min(1, place+u*0.001) },                                   // One burst.
		func(u float64) float64 { // A burst just now, and few before.
			if u < 0.7 {
				return 1 - u*0.0005
			}
			return (u - 0.7) / 0.3
		},
	}
}

// Whatever the events are like, the plan costs at most twice the calls of the better
// of two ways: every page of the source, or every page of each name.
func TestReadingPlan_neverOverTwiceTheBetterWay(t *testing.T) {
	t.Parallel()
	all := removalNames(t)
	for seed := range uint64(200) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			random := rand.New(rand.NewPCG(seed, 7)) //nolint:gosec // Repeatable on purpose.
			stage := providertest.NewStage(t)
			names := slices.Clone(all)
			random.Shuffle(len(names), func(i, j int) { names[i], names[j] = names[j], names[i] })
			names = names[:1+random.IntN(len(names))]
			mix := iamMix(stage, 7)
			mix.Rhythm = rhythms(random)[random.IntN(8)]
			mix.Exactly = map[string]int{}
			total := int(math.Exp(random.Float64() * math.Log(5000)))
			byName, wanted := 0, 0
			for _, name := range names {
				count := int(math.Exp(random.Float64()*math.Log(120))) - 1
				mix.Exactly[iamSource+":"+name] = count
				byName += max(1, (count+49)/50)
				wanted += count
			}
			stage.Seed(total, mix, seed)
			better := min(byName, max(1, (total+wanted+49)/50))
			state := read(t, stage, map[string]any{"event_names": prefixed(names), "max_events": 10})
			expect(t, state, map[string]any{"event_count": wanted, "complete": true})
			if calls, ok := member(t, state, "search.api_calls").(int64); !ok || calls > int64(2*better) {
				t.Errorf("%d calls for %d names and %d events, where %d would do", calls, len(names), total+wanted, better)
			}
		})
	}
}

// prefixed are catalogue IDs: some names are those of other services too.
func prefixed(names []string) []any {
	var out []any
	for _, name := range names {
		out = append(out, "iam."+name)
	}
	return out
}

func TestReadingPlan_tenDataSourcesCostTheCallsOfOne(t *testing.T) {
	t.Parallel()
	stage := providertest.NewStage(t)
	mix := iamMix(stage, 7)
	mix.Exactly = exactly(removalNames(t), 9)
	stage.Seed(40000, mix, 1)
	server := stage.Server(t, nil)
	calls := func() int { return len(stage.Calls(localaws.Named("cloudtrail:LookupEvents"))) }
	ask := func(arguments map[string]any) map[string]any {
		state, diags := server.ReadData(t, riskyEvents, arguments)
		if state == nil {
			t.Error(providertest.Text(diags))
		}
		return state
	}
	var asked sync.WaitGroup
	spent := make([]int64, 10)
	for i := range spent {
		asked.Go(func() {
			state := ask(map[string]any{"presets": texts("iam_removal"), "max_events": 10})
			expect(t, state, map[string]any{"event_count": 33 * 9, "complete": true})
			spent[i], _ = member(t, state, "search.api_calls").(int64)
		})
	}
	asked.Wait()
	slices.Sort(spent)
	if first := calls(); int64(first) != spent[9] || spent[8] != 0 || first > 36 {
		t.Errorf("%d calls were made, of which the data sources say %v", first, spent)
	}
	before := calls()
	for _, inside := range []map[string]any{
		{"presets": texts("iam_removal"), "lookback": "2d"},
		{"event_names": texts("RemoveUserFromGroup", "iam.DeleteUser"), "lookback": "50h"},
		{"presets": texts("mfa_removal"), "end_time": stage.Clock.Now().Add(-time.Hour).UTC().Format(time.RFC3339), "lookback": "1d"},
	} {
		expect(t, ask(inside), map[string]any{"search.api_calls": 0, "search.strategy": "remembered", "complete": true})
	}
	if calls() != before {
		t.Errorf("%d calls were made for what was read already", calls()-before)
	}
	// A longer window reads only what is missing, and another name only itself.
	state := ask(map[string]any{"event_names": texts("RemoveUserFromGroup"), "lookback": "14d"})
	expect(t, state, map[string]any{"search.api_calls": 1, "event_count": 9, "search.strategy": "by_name"})
	expect(t, ask(map[string]any{"event_names": texts("RemoveUserFromGroup", "UpdateRole")}), map[string]any{"search.api_calls": 1})
	// What was young when it was read is read again later: events arrive late.
	if err := stage.Clock.Sleep(t.Context(), 20*time.Minute); err != nil {
		t.Fatal(err)
	}
	put(t, stage, removal(stage, "late", 25*time.Minute))
	state = ask(map[string]any{"event_names": texts("RemoveUserFromGroup"), "lookback": "1d"})
	expect(t, state, map[string]any{"search.api_calls": 1, "events.0.event_id": "late"})
	last := stage.Calls(localaws.Named("cloudtrail:LookupEvents"))
	if start, ok := last[len(last)-1].Params["StartTime"].(float64); !ok ||
		stage.Clock.Now().Sub(time.Unix(int64(start), 0)) > time.Hour {
		t.Errorf("more was read again than was young: from %v", start)
	}
}

// Too much to remember is forgotten as a whole, and then read again: never is time
// taken for read whose records are gone.
func TestReadingPlan_forgetsWholly(t *testing.T) {
	t.Parallel()
	stage := providertest.NewStage(t)
	mix := iamMix(stage, 7)
	mix.Exactly = map[string]int{iamSource + ":RemoveUserFromGroup": 8000}
	stage.Seed(0, mix, 1)
	server := stage.Server(t, nil)
	for range 2 {
		state, diags := server.ReadData(t, riskyEvents, map[string]any{"event_names": texts("RemoveUserFromGroup")})
		if state == nil {
			t.Fatal(providertest.Text(diags))
		}
		expect(t, state, map[string]any{"event_count": 8000, "search.api_calls": 160, "complete": true})
	}
}
