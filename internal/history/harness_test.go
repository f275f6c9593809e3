package history_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/iamguard/terraform-provider-iamguard/internal/localaws"
	"github.com/iamguard/terraform-provider-iamguard/internal/providertest"
)

const (
	riskyEvents = "iamguard_risky_events"
	iamRegion   = "us-east-1"
	iamSource   = "iam.amazonaws.com"
)

// record is a CloudTrail record; a test changes what it is about.
type record map[string]any

// removal is a user taken out of a group by mallory, this long ago.
func removal(stage *providertest.Stage, id string, ago time.Duration) record {
	return record{
		"eventVersion": "1.11", "eventID": id, "eventName": "RemoveUserFromGroup", "eventSource": iamSource,
		"eventTime": stage.Clock.Now().Add(-ago).UTC().Format(time.RFC3339), "awsRegion": iamRegion,
		"eventType": "AwsApiCall", "eventCategory": "Management", "managementEvent": true, "readOnly": false,
		"recipientAccountId": stage.ID, "sourceIPAddress": "203.0.113.7", "userAgent": "curl/8.5.0",
		"requestParameters": map[string]any{"groupName": "admins", "userName": "alice"},
		"userIdentity": map[string]any{
			"type": "IAMUser", "userName": "mallory", "principalId": "AIDAMALLORY000000001", "accountId": stage.ID,
			"arn": "arn:aws:iam::" + stage.ID + ":user/mallory", "accessKeyId": "AKIAMALLORY000000001",
		},
	}
}

func (r record) with(changes map[string]any) record {
	changed := maps.Clone(r)
	maps.Copy(changed, changes)
	return changed
}

func (r record) raw(tb testing.TB) json.RawMessage {
	tb.Helper()
	text, err := json.Marshal(r)
	if err != nil {
		tb.Fatal(err)
	}
	return text
}

func put(tb testing.TB, stage *providertest.Stage, records ...record) {
	tb.Helper()
	for _, one := range records {
		if err := stage.PutRecord(one.raw(tb)); err != nil {
			tb.Fatal(err)
		}
	}
}

// read reads the data source, which has to succeed, and compares api_calls with
// what the recorder saw.
func read(tb testing.TB, stage *providertest.Stage, arguments map[string]any) map[string]any {
	tb.Helper()
	before := len(stage.Calls(localaws.Named("cloudtrail:LookupEvents")))
	state, diags := stage.Server(tb, nil).ReadData(tb, riskyEvents, arguments)
	if state == nil {
		tb.Fatalf("reading failed: %s", providertest.Text(diags))
	}
	sent := len(stage.Calls(localaws.Named("cloudtrail:LookupEvents"))) - before
	if got := member(tb, state, "search.api_calls"); got != int64(sent) {
		tb.Errorf("api_calls is %v, and the recorder saw %d", got, sent)
	}
	return state
}

// refused reads the data source, which has to fail, and gives back what it said.
func refused(tb testing.TB, stage *providertest.Stage, arguments map[string]any) []*tfprotov6.Diagnostic {
	tb.Helper()
	state, diags := stage.Server(tb, nil).ReadData(tb, riskyEvents, arguments)
	if state != nil {
		tb.Fatalf("reading succeeded with %v", arguments)
	}
	return diags
}

// member is state.a.b.c for the path "a.b.c"; a number is an index.
func member(tb testing.TB, state any, path string) any {
	tb.Helper()
	for step := range strings.SplitSeq(path, ".") {
		switch typed := state.(type) {
		case map[string]any:
			state = typed[step]
		case []any:
			var index int
			if _, err := fmt.Sscan(step, &index); err != nil || index >= len(typed) {
				tb.Fatalf("there is no %s in a list of %d", path, len(typed))
			}
			state = typed[index]
		default:
			tb.Fatalf("there is no %s", path)
		}
	}
	return state
}

func expect(tb testing.TB, state map[string]any, want map[string]any) {
	tb.Helper()
	for path, value := range want {
		if number, ok := value.(int); ok {
			value = int64(number)
		}
		if got := member(tb, state, path); fmt.Sprint(got) != fmt.Sprint(value) {
			tb.Errorf("%s is %v, want %v", path, got, value)
		}
	}
}

// ids are the event IDs in the order of the answer.
func ids(tb testing.TB, state map[string]any) string {
	tb.Helper()
	var out []string
	list, ok := state["events"].([]any)
	if !ok {
		tb.Fatalf("the events are %v", state["events"])
	}
	for i := range list {
		out = append(out, fmt.Sprint(member(tb, state, fmt.Sprintf("events.%d.event_id", i))))
	}
	return strings.Join(out, " ")
}

func texts(values ...string) []any {
	out := make([]any, len(values))
	for i, value := range values {
		out[i] = value
	}
	return out
}

func expectText(tb testing.TB, text string, parts ...string) {
	tb.Helper()
	for _, part := range parts {
		if !strings.Contains(text, part) {
			tb.Errorf("%q is missing in:\n%s", part, text)
		}
	}
}

func expectNoText(tb testing.TB, text string, parts ...string) {
	tb.Helper()
	for _, part := range parts {
		if strings.Contains(text, part) {
			tb.Errorf("%q is in:\n%s", part, text)
		}
	}
}
