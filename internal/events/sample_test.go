package events_test

import (
	"slices"
	"testing"

	"github.com/iamguard/terraform-provider-iamguard/internal/events"
)

// Each event's sample matches the pattern of that event and of no other source.
func TestCatalogue_Matching(t *testing.T) {
	t.Parallel()
	all := events.Catalog().Events()
	for _, event := range all {
		pattern, err := events.ParsePattern([]byte(events.ComposePattern([]events.Event{event}, events.PatternOptions{
			ExcludePrincipals: []string{"arn:aws:sts::*:assumed-role/deploy/*"},
		})))
		if err != nil {
			t.Fatal(err)
		}
		matching := events.Catalog().Matching(pattern, "111122223333", "us-east-1")
		if len(matching) != 1 || matching[0].ID != event.ID {
			t.Errorf("the pattern of %s matches %v", event.ID, matching)
		}
		if found, err := pattern.Match(event.Sample("", "us-east-1")); err != nil || !found {
			t.Errorf("the sample of %s does not match: %v", event.ID, err)
		}
	}
	everything, err := events.ParsePattern([]byte(`{"detail-type":["AWS API Call via CloudTrail"]}`))
	if err != nil {
		t.Fatal(err)
	}
	matching := events.Catalog().Matching(everything, "", "")
	if len(matching) != len(all) || !slices.IsSortedFunc(matching, func(a, b events.Event) int {
		if a.ID < b.ID {
			return -1
		}
		return 1
	}) {
		t.Errorf("%d of %d events match everything", len(matching), len(all))
	}
}

func TestSamePattern(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		a, b string
		same bool
	}{
		"text":         {`{"source":["a"]}`, `{"source":["a"]}`, true},
		"blanks":       {`{"source":["a"]}`, `{ "source" : [ "a" ] }`, true},
		"names":        {`{"a":["1"],"b":["2"]}`, `{"b":["2"],"a":["1"]}`, true},
		"alternatives": {`{"a":["1","2"]}`, `{"a":["2","1"]}`, true},
		"said twice":   {`{"a":["1","1"]}`, `{"a":["1"]}`, true},
		"anything-but": {`{"a":[{"anything-but":["x","y"]}]}`, `{"a":[{"anything-but":["y","x"]}]}`, true},
		"either":       {`{"$or":[{"a":["1"]},{"b":["2"]}]}`, `{"$or":[{"b":["2"]},{"a":["1"]}]}`, true},
		"narrowed":     {`{"a":["1","2"]}`, `{"a":["1"]}`, false},
		"another kind": {`{"a":["1"]}`, `{"a":[1]}`, false},
		"numeric":      {`{"a":[{"numeric":[">",1,"<",5]}]}`, `{"a":[{"numeric":["<",1,">",5]}]}`, false},
		"elsewhere":    {`{"a":{"b":["1"]}}`, `{"a":["1"],"b":["1"]}`, false},
		"no JSON":      {`{`, `{}`, false},
		"nor here":     {`{}`, `{`, false},
	} {
		if got := events.SamePattern(c.a, c.b); got != c.same {
			t.Errorf("%s: %t, want %t", name, got, c.same)
		}
	}
}
