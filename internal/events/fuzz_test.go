package events_test

import (
	"bytes"
	"encoding/json"
	"reflect"
	"slices"
	"testing"

	"github.com/iamguard/terraform-provider-iamguard/internal/events"
)

// FuzzParse holds the reader to encoding/json: it accepts the same texts whose
// top level is an object, and reads the same names and parameters from them.
func FuzzParse(f *testing.F) {
	for _, raw := range append(corpus(f, "traildiscover.jsonl.gz"), corpus(f, "panther.jsonl.gz")...) {
		f.Add(raw)
	}
	for _, odd := range oddities {
		f.Add([]byte(odd.record))
	}
	for _, parameters := range []string{
		`{"advancedEventSelectors":[{"fieldSelectors":[{"field":"eventCategory","equals":["Management"]}]}]}`,
		`{"eventSelectors":[{"includeManagementEvents":"false"}],"omitted":true}`, `{"trailName":null}`,
	} {
		f.Add([]byte(by("cloudtrail", "PutEventSelectors", parameters)))
	}
	f.Add([]byte(iamBy(service, "UpdateAssumeRolePolicy", `{"policyDocument":"`+fullTrust+`"}`)))
	f.Add([]byte(iamBy(longTerm, "UpdateAccountPasswordPolicy", `{"minimumPasswordLength":"8"}`)))
	f.Fuzz(func(t *testing.T, raw []byte) {
		record, err := events.Parse(raw)
		var reference map[string]any
		decoder := json.NewDecoder(bytes.NewReader(raw))
		decoder.UseNumber()
		valid := json.Valid(raw) && decoder.Decode(&reference) == nil && reference != nil
		if valid != (err == nil) && !tooDeep(raw) {
			t.Fatalf("valid %v, but error %v", valid, err)
		}
		if err != nil || !valid {
			return
		}
		if name, ok := reference["eventName"].(string); ok && name != record.Name {
			t.Errorf("eventName %q, want %q", record.Name, name)
		}
		parameters, ok := reference["requestParameters"].(map[string]any)
		if ok && len(record.Unreadable) == 0 && !reflect.DeepEqual(parameters, record.RequestParameters) {
			t.Errorf("requestParameters %v, want %v", record.RequestParameters, parameters)
		}
		if record.EventTime.IsZero() && !slices.ContainsFunc(record.Unreadable, func(what string) bool {
			return len(what) > 9 && what[:9] == "eventTime"
		}) {
			t.Error("no time, and nothing says so")
		}
		severity, reasons := events.Grade(record)
		again, reasonsAgain := events.Grade(record)
		if severity.String() == "" || len(reasons) == 0 || severity != again || !slices.Equal(reasons, reasonsAgain) {
			t.Errorf("grade %v, %v, then %v, %v", severity, reasons, again, reasonsAgain)
		}
		event, known := record.Event()
		if known && !record.Failed() && !record.ParametersReadable() && severity < event.Severity {
			t.Errorf("grade %v of a record that is not whole", severity)
		}
		_ = record.Actor.Via.String()
	})
}

// tooDeep says whether encoding/json gives up on the nesting, at 10,000.
func tooDeep(raw []byte) bool {
	return bytes.Count(raw, []byte("["))+bytes.Count(raw, []byte("{")) > 9000
}
