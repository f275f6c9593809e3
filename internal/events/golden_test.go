package events_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"github.com/iamguard/terraform-provider-iamguard/internal/events"
)

// golden is what a person reads in one record.
type golden struct {
	File  string `json:"file"`
	Line  int    `json:"line"`
	Event string `json:"event"`
	Actor struct {
		Type      string `json:"type"`
		Name      string `json:"name"`
		AccountID string `json:"account_id"`
		MFA       string `json:"mfa"`
		Via       string `json:"via"`
	} `json:"actor"`
	Outcome events.Outcome    `json:"outcome"`
	Target  map[string]string `json:"target"`
}

func TestParse_golden(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("testdata/golden.json")
	if err != nil {
		t.Fatal(err)
	}
	var want []golden
	if err := json.Unmarshal(text, &want); err != nil {
		t.Fatal(err)
	}
	text, err = os.ReadFile("testdata/records.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	records := bytes.Split(bytes.TrimSpace(text), []byte("\n"))
	if len(records) != len(want) || len(want) < 60 {
		t.Fatalf("%d records, %d expectations", len(records), len(want))
	}
	for i, expected := range want {
		t.Run(fmt.Sprintf("%s %d %s", expected.File, expected.Line, expected.Event), func(t *testing.T) {
			t.Parallel()
			got, err := events.Parse(records[i])
			if err != nil {
				t.Fatal(err)
			}
			compareGolden(t, got, expected)
		})
	}
}

func compareGolden(t *testing.T, got events.Record, want golden) {
	t.Helper()
	actor := want.Actor
	for _, field := range []struct{ name, got, want string }{
		{"event", got.Name, want.Event},
		{"actor type", got.Actor.Type, actor.Type},
		{"actor name", got.Actor.Name, actor.Name},
		{"actor account", got.Actor.AccountID, actor.AccountID},
		{"actor mfa", tri(got.Actor.MFA), actor.MFA},
		{"actor via", got.Actor.Via.String(), actor.Via},
		{"outcome", string(got.Outcome), string(want.Outcome)},
	} {
		if field.got != field.want {
			t.Errorf("%s: got %q, want %q", field.name, field.got, field.want)
		}
	}
	if !maps.Equal(got.Target, want.Target) {
		t.Errorf("target: got %v, want %v", got.Target, want.Target)
	}
}

// tri writes an answer that may be missing.
func tri(answer *bool) string {
	if answer == nil {
		return ""
	}
	return strconv.FormatBool(*answer)
}

// A bounded target holds the same entries every time, or plans would differ.
func TestParse_deterministic(t *testing.T) {
	t.Parallel()
	var parameters strings.Builder
	for i := range 100 {
		fmt.Fprintf(&parameters, `"x%dId":"1","o%d":{"aName":1,"bArn":["c"]},"p%d":"{",`, i, i, i)
	}
	parameters.WriteString(`"Username":"a","USERNAME":"b"}}`)
	raw := []byte(iamCall + `"eventName":"DeleteUser","requestParameters":{` + parameters.String())
	first, err := events.Parse(raw)
	if err != nil {
		t.Fatal(err)
	}
	for range 20 {
		again, err := events.Parse(raw)
		if err != nil || !reflect.DeepEqual(again, first) {
			t.Fatalf("got %v, then %v, %v", first, again, err)
		}
	}
}

// The two files hold 313 and 427 records; none may fail.
func TestParse_corpora(t *testing.T) {
	t.Parallel()
	for name, count := range map[string]int{"traildiscover.jsonl.gz": 313, "panther.jsonl.gz": 427} {
		records := corpus(t, name)
		if len(records) != count {
			t.Errorf("%s: %d records, want %d", name, len(records), count)
		}
		for i, raw := range records {
			record, err := events.Parse(raw)
			if err != nil {
				t.Errorf("%s:%d: %v", name, i+1, err)
				continue
			}
			if record.Name == "" || record.Source == "" || record.Actor.Name == "" {
				t.Errorf("%s:%d: no name, source or actor: %+v", name, i+1, record.Actor)
			}
			if record.Failed() != (record.ErrorCode != "") && record.Type != "AwsConsoleSignIn" {
				t.Errorf("%s:%d: outcome %s with code %q", name, i+1, record.Outcome, record.ErrorCode)
			}
		}
	}
}
