package events_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/iamguard/terraform-provider-iamguard/internal/events"
)

// The reader accepts what encoding/json accepts, read or skipped.
func TestParse_syntax(t *testing.T) {
	t.Parallel()
	for _, value := range []string{
		"0", "-0", "01", "-", "1.", ".5", "1.5", "1e", "1e5", "1E+5", "1e-", "1e-07", "+1", "tru", "true", "nul", "NaN",
		"", "1 2", `"`, `"\u12"`, `"\u12g4"`, `"\u12aF"`, `"\q"`, `"\"`, `"\n"`, "\"\n\"", "\"\x7f\xff\"",
		"[", "[]", "[ ]", "[1,]", "[,1]", "[1 2]", "[}", "{]", "[[[", "\x00",
		"{", "{}", "{ }", `{"a"}`, `{"a":}`, `{"a":1,}`, `{"a":1 "b":2}`, `{"a":[{"b":{}}]}`, `{1:2}`, `{"a" 1}`,
	} {
		for _, key := range []string{
			"skipped", "requestParameters", "userAgent", "readOnly", "userIdentity", "responseElements",
		} {
			raw := []byte(`{"` + key + `":` + value + `}`)
			if _, err := events.Parse(raw); (err == nil) != json.Valid(raw) {
				t.Errorf("%q: error %v, but valid %v", raw, err, json.Valid(raw))
			}
		}
	}
}

// A key is found twice however many others there are.
func TestParse_manyKeys(t *testing.T) {
	t.Parallel()
	var keys strings.Builder
	for i := range 1000 {
		fmt.Fprintf(&keys, `"k%d":1,`, i)
	}
	record, err := events.Parse([]byte("{" + keys.String() + `"errorCode":"AccessDenied","errorCode":""}`))
	if err != nil || !slices.Contains(record.Unreadable, "errorCode: given twice") {
		t.Errorf("unreadable %v, %v", record.Unreadable, err)
	}
}
