package history_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/iamguard/terraform-provider-iamguard/internal/localaws"
	"github.com/iamguard/terraform-provider-iamguard/internal/providertest"
)

// regionsAsked are the regions that LookupEvents was called in.
func regionsAsked(stage *providertest.Stage) map[string]int {
	asked := map[string]int{}
	for _, call := range stage.Calls(localaws.Named("cloudtrail:LookupEvents")) {
		asked[call.Region]++
	}
	return asked
}

func TestRiskyEvents_defaultRegions(t *testing.T) {
	t.Parallel()
	stage := providertest.NewStage(t)
	stop := removal(stage, "stop", time.Hour).with(map[string]any{
		"eventName": "StopLogging", "eventSource": "cloudtrail.amazonaws.com", "awsRegion": providertest.Region,
		"requestParameters": map[string]any{"name": "main"},
	})
	put(
		t,
		stage,
		removal(stage, "iam", 2*time.Hour),
		stop,
		stop.with(map[string]any{"eventID": "elsewhere", "awsRegion": "eu-west-1"}),
	)
	state := read(t, stage, nil)
	expect(t, state, map[string]any{
		"event_count":         2,
		"search.regions":      []any{providertest.Region, iamRegion},
		"account_id":          stage.ID,
		"events.0.event_id":   "stop",
		"events.0.aws_region": providertest.Region,
		"events.1.event_id":   "iam",
		"events.1.aws_region": iamRegion,
	})
	if asked := regionsAsked(stage); len(asked) != 2 {
		t.Errorf("the regions asked are %v", asked)
	}

	state = read(t, stage, map[string]any{"event_names": texts("StopLogging"), "regions": texts("eu-west-1",
		providertest.Region)})
	expect(t, state, map[string]any{"event_count": 2, "search.regions": []any{providertest.Region, "eu-west-1"}})
}

func TestRiskyEvents_eventRegions(t *testing.T) {
	t.Parallel()
	stage := providertest.NewStage(t)
	const sso = "DeletePermissionSet"
	inside := removal(stage, "home", time.Hour).with(map[string]any{
		"eventName": sso, "eventSource": "sso.amazonaws.com", "awsRegion": "eu-north-1", "requestParameters": map[string]any{},
	})
	put(t, stage, inside, removal(stage, "iam", time.Hour).with(map[string]any{"awsRegion": "us-west-2"}))
	names := map[string]any{"event_names": texts(sso, "RemoveUserFromGroup")}

	expect(t, read(t, stage, names), map[string]any{"event_count": 0, "search.regions": []any{providertest.Region, iamRegion}})

	server := stage.Server(t, map[string]any{"event_regions": map[string]any{"sso": "eu-north-1", "iam": "us-west-2"}})
	state, diags := server.ReadData(t, riskyEvents, names)
	if state == nil {
		t.Fatal(providertest.Text(diags))
	}
	expect(t, state, map[string]any{"event_count": 2, "search.regions": []any{"eu-north-1", "us-west-2"}})

	server = stage.Server(t, map[string]any{"event_regions": providertest.Unknown})
	for _, name := range []string{sso, "RemoveUserFromGroup"} {
		state, diags = server.ReadData(t, riskyEvents, map[string]any{"event_names": texts(name)})
		if state != nil {
			t.Errorf("%s was searched in a region that is not known yet", name)
		}
		expectText(t, providertest.Text(diags), `"event_regions" is not known until apply`)
	}
}

func TestRiskyEvents_severalAccounts(t *testing.T) {
	t.Parallel()
	stage := providertest.NewStage(t)
	first, second := stage.Beside(t), stage.Beside(t)
	role := func(in *providertest.Stage) map[string]any {
		return map[string]any{"role_arn": "arn:aws:iam::" + in.ID + ":role/audit"}
	}
	put(t, stage, removal(stage, "own", 3*time.Hour))
	put(t, first, removal(first, "first", 2*time.Hour))
	put(t, second, removal(second, "second", time.Hour))
	server := stage.Server(t, map[string]any{"accounts": map[string]any{"one": role(first), "two": role(second)}})
	arguments := map[string]any{
		"event_names": texts("RemoveUserFromGroup"),
		"accounts":    texts("one", second.ID, stage.ID, "two", first.ID),
	}
	state, diags := server.ReadData(t, riskyEvents, arguments)
	if state == nil {
		t.Fatal(providertest.Text(diags))
	}
	expect(t, state, map[string]any{
		"event_count": 3, "account_id": nil, "search.api_calls": 3, "events.0.account_id": second.ID,
		"events.1.account_id": first.ID, "events.2.account_id": stage.ID,
	})
	if got := ids(t, state); got != "second first own" {
		t.Errorf("the events are %s", got)
	}
	for _, one := range []*providertest.Stage{first, second, stage} {
		if asked := regionsAsked(one); asked[iamRegion] != 1 || len(asked) != 1 {
			t.Errorf("account %s was asked %v", one.ID, asked)
		}
	}
	if assumed := stage.Calls(localaws.Named("sts:AssumeRole")); len(assumed) != 2 {
		t.Errorf("%d roles were assumed, want 2", len(assumed))
	}
	state, _ = server.ReadData(t, riskyEvents, map[string]any{"event_names": texts("RemoveUserFromGroup"), "account": "two"})
	expect(t, state, map[string]any{"event_count": 1, "account_id": second.ID})

	_, diags = server.ReadData(t, riskyEvents, map[string]any{"accounts": texts("three")})
	expectText(t, providertest.Text(diags), `AttributeName("accounts")`, `"three"`, "one, two")
	_, diags = server.ReadData(t, riskyEvents, map[string]any{"account": "three"})
	expectText(t, providertest.Text(diags), `AttributeName("account")`, `"three"`, "one, two")
}

// One of the two copies of a call between accounts names only the account of the
// caller; a filter by principal must see the other one, whichever account it is in.
func TestRiskyEvents_sharedEventCountsOnce(t *testing.T) {
	t.Parallel()
	for _, poorID := range []string{"0-poor", "z-poor"} {
		t.Run(poorID, func(t *testing.T) {
			t.Parallel()
			stage := providertest.NewStage(t)
			other := stage.Beside(t)
			put(t, stage, removal(stage, "m-rich", time.Hour).with(map[string]any{"sharedEventID": "shared"}))
			put(t, other, removal(other, poorID, time.Hour).with(map[string]any{
				"sharedEventID": "shared",
				"userIdentity": map[string]any{
					"type": "AWSAccount", "accountId": stage.ID,
					"principalId": "AIDAMALLORY000000001",
				},
			}))
			server := stage.Server(t, map[string]any{"accounts": map[string]any{
				"other": map[string]any{"role_arn": "arn:aws:iam::" + other.ID + ":role/audit"},
			}})
			state, diags := server.ReadData(t, riskyEvents, map[string]any{
				"event_names": texts("RemoveUserFromGroup"), "accounts": texts("other", stage.ID),
				"principals": texts("*:user/mallory"),
			})
			if state == nil {
				t.Fatal(providertest.Text(diags))
			}
			expect(t, state, map[string]any{"event_count": 1, "events.0.event_id": "m-rich"})
		})
	}
}

func TestRiskyEvents_planErrors(t *testing.T) {
	t.Parallel()
	stage := providertest.NewStage(t)
	now := stage.Clock.Now().UTC()
	at := func(d time.Duration) string { return now.Add(d).Format(time.RFC3339) }
	const day = 24 * time.Hour
	for name, test := range map[string]struct {
		arguments map[string]any
		attribute string
		parts     []string
	}{
		"lookback too long":      {map[string]any{"lookback": "91d"}, "lookback", []string{"90 days"}},
		"lookback without sense": {map[string]any{"lookback": "1w"}, "lookback", nil},
		"lookback overflows":     {map[string]any{"lookback": "99999999999999999999d"}, "lookback", []string{"90 days"}},
		"lookback before the 90 days": {
			map[string]any{"lookback": "30d", "end_time": at(-80 * day)},
			"lookback",
			[]string{"90 days"},
		},
		"account that is null": {map[string]any{"accounts": []any{nil}}, "accounts", []string{"null"}},
		"region that is null":  {map[string]any{"regions": []any{"us-east-1", nil}}, "regions", []string{"null"}},
		"lookback and start":   {map[string]any{"lookback": "1d", "start_time": at(-day)}, "lookback", nil},
		"start no time":        {map[string]any{"start_time": "yesterday"}, "start_time", []string{"RFC 3339"}},
		"end no time":          {map[string]any{"end_time": "now"}, "end_time", []string{"RFC 3339"}},
		"start is end": {
			map[string]any{"start_time": at(-day), "end_time": at(-day)},
			"start_time",
			[]string{"not before"},
		},
		"start after end": {
			map[string]any{"start_time": at(-day), "end_time": at(-2 * day)},
			"start_time",
			[]string{"not before"},
		},
		"start too old": {map[string]any{"start_time": at(-91 * day)}, "start_time", []string{"90 days"}},
		"start in the future": {
			map[string]any{"start_time": at(day), "end_time": at(2 * day)},
			"start_time",
			[]string{"not over yet"},
		},
		"window too long": {
			map[string]any{"start_time": at(-80 * day), "end_time": at(20 * day)},
			"start_time",
			[]string{"90 days"},
		},
		"unknown event": {
			map[string]any{"event_names": texts("RemoveUserFromGrup")},
			"event_names",
			[]string{`"RemoveUserFromGroup"`},
		},
		"unknown excluded": {
			map[string]any{"exclude_event_names": texts("StopLoging")},
			"exclude_event_names",
			[]string{`"StopLogging"`},
		},
		"unknown preset": {map[string]any{"presets": texts("iam_remova")}, "presets", []string{
			`"iam_removal"`,
			"cloudtrail_tamper",
		}},
		"all excluded": {map[string]any{
			"event_names":         texts("StopLogging"),
			"exclude_event_names": texts("StopLogging"),
		}, "exclude_event_names", []string{"No event is left"}},
		"not recorded there": {map[string]any{"regions": texts(providertest.Region)}, "regions", []string{iamRegion}},
		"no region":          {map[string]any{"regions": texts("Frankfurt")}, "regions", nil},
		"region of another partition": {
			map[string]any{"regions": texts("cn-north-1"), "event_names": texts("StopLogging")},
			"regions",
			[]string{`"aws"`},
		},
		"account and accounts": {map[string]any{"account": stage.ID, "accounts": texts(stage.ID)}, "accounts", nil},
		"unknown severity":     {map[string]any{"min_severity": "huge"}, "min_severity", nil},
		"unknown redaction":    {map[string]any{"redact": texts("name")}, "redact", nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			diags := refused(t, stage, test.arguments)
			if got := diags[0].Attribute.String(); !strings.HasPrefix(got, fmt.Sprintf("AttributeName(%q)", test.attribute)) {
				t.Errorf("the error is on %s, want %s", got, test.attribute)
			}
			expectText(t, providertest.Text(diags), test.parts...)
		})
	}
	if calls := stage.Calls(localaws.Named("cloudtrail:LookupEvents")); len(calls) > 0 {
		t.Errorf("%d calls were made for configurations that are wrong", len(calls))
	}
}

// A value that is not known yet is never wrong.
func TestRiskyEvents_unknownArgumentsAreNoErrors(t *testing.T) {
	t.Parallel()
	stage := providertest.NewStage(t)
	server := stage.Server(t, nil)
	for _, name := range []string{
		"account", "accounts", "regions", "presets", "event_names", "exclude_event_names", "min_severity", "lookback",
		"start_time",
		"end_time", "principals", "exclude_principals", "deployers", "resources", "include_failed", "acknowledged_event_ids",
		"max_events", "max_calls", "include_records", "redact",
	} {
		if diags := server.ValidateData(t, riskyEvents, map[string]any{name: providertest.Unknown}); len(diags) > 0 {
			t.Errorf("%s: %s", name, providertest.Text(diags))
		}
	}
}
