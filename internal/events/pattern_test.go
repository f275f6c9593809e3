package events_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/iamguard/terraform-provider-iamguard/internal/events"
)

// patternCase is a pattern and an event, and whether they match as AWS documents it.
type patternCase struct {
	name, pattern, event string
	want                 bool
	// motoDiffers is why moto judges otherwise, with the page of AWS that decides.
	motoDiffers string
}

const (
	operatorsPage = "https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html"
	bestPage      = "https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-patterns.html"
	rulerPage     = "https://github.com/aws/event-ruler#readme"
)

// patternCases are all operators with what they match and what they do not.
var patternCases = []patternCase{
	{"a text", `{"a":["x"]}`, `{"a":"x"}`, true, ""},
	{"another text", `{"a":["x"]}`, `{"a":"y"}`, false, ""},
	{"case counts", `{"a":["x"]}`, `{"a":"X"}`, false, ""},
	{"one of several", `{"a":["x","y"]}`, `{"a":"y"}`, true, ""},
	{"absent", `{"a":["x"]}`, `{"b":"x"}`, false, ""},
	{"null", `{"a":[null]}`, `{"a":null}`, true, ""},
	{"null is not absent", `{"a":[null]}`, `{}`, false, ""},
	{"null is no text", `{"a":["null"]}`, `{"a":null}`, false, ""},
	{"empty text", `{"a":[""]}`, `{"a":""}`, true, ""},
	{"true", `{"a":[true]}`, `{"a":true}`, true, ""},
	{"true is no text", `{"a":["true"]}`, `{"a":true}`, false, ""},
	{"a number", `{"a":[7]}`, `{"a":7}`, true, ""},
	{"a number is no text", `{"a":[7]}`, `{"a":"7"}`, false, ""},
	{
		"a number written otherwise", `{"a":[300]}`, `{"a":3.0e2}`, false,
		"numbers are compared as they are written: " + bestPage,
	},
	{"an element of a list", `{"a":["x"]}`, `{"a":["y","x"]}`, true, ""},
	{"no element of a list", `{"a":["x"]}`, `{"a":["y","z"]}`, false, ""},
	{"nested", `{"a":{"b":["x"]}}`, `{"a":{"b":"x","c":1}}`, true, ""},
	{"both fields", `{"a":["x"],"b":["y"]}`, `{"a":"x","b":"y"}`, true, ""},
	{"one field of two", `{"a":["x"],"b":["y"]}`, `{"a":"x","b":"z"}`, false, ""},
	{
		"in one element of a list", `{"a":{"b":["x"],"c":["y"]}}`, `{"a":[{"b":"x","c":"y"}]}`, true,
		"fields of objects in lists are matched: " + rulerPage,
	},
	{"in two elements of a list", `{"a":{"b":["x"],"c":["y"]}}`, `{"a":[{"b":"x"},{"c":"y"}]}`, false, ""},
	{"prefix", `{"a":[{"prefix":"ab"}]}`, `{"a":"abc"}`, true, ""},
	{"no prefix", `{"a":[{"prefix":"b"}]}`, `{"a":"abc"}`, false, ""},
	{"prefix of a number", `{"a":[{"prefix":"1"}]}`, `{"a":12}`, false, ""},
	{"prefix in any case", `{"a":[{"prefix":{"equals-ignore-case":"AB"}}]}`, `{"a":"abc"}`, true, ""},
	{"suffix", `{"a":[{"suffix":"bc"}]}`, `{"a":"abc"}`, true, ""},
	{"no suffix", `{"a":[{"suffix":"ab"}]}`, `{"a":"abc"}`, false, ""},
	{"suffix in any case", `{"a":[{"suffix":{"equals-ignore-case":"BC"}}]}`, `{"a":"abc"}`, true, ""},
	{"equals-ignore-case", `{"a":[{"equals-ignore-case":"aLiCe"}]}`, `{"a":"Alice"}`, true, ""},
	{"not equal in any case", `{"a":[{"equals-ignore-case":"alice"}]}`, `{"a":"Alicia"}`, false, ""},
	{"anything-but", `{"a":[{"anything-but":"x"}]}`, `{"a":"y"}`, true, ""},
	{"anything-but that", `{"a":[{"anything-but":"x"}]}`, `{"a":"x"}`, false, ""},
	{"anything-but and absent", `{"a":[{"anything-but":"x"}]}`, `{}`, false, ""},
	{"anything-but and null", `{"a":[{"anything-but":"x"}]}`, `{"a":null}`, true, ""},
	{"anything-but a list", `{"a":[{"anything-but":["x","y"]}]}`, `{"a":"y"}`, false, ""},
	{"anything-but a number", `{"a":[{"anything-but":5}]}`, `{"a":6}`, true, ""},
	{"anything-but a prefix", `{"a":[{"anything-but":{"prefix":"x"}}]}`, `{"a":"xy"}`, false, ""},
	{"anything-but another prefix", `{"a":[{"anything-but":{"prefix":"x"}}]}`, `{"a":"yx"}`, true, ""},
	{"anything-but prefixes", `{"a":[{"anything-but":{"prefix":["x","y"]}}]}`, `{"a":"yx"}`, false, ""},
	{"anything-but a suffix", `{"a":[{"anything-but":{"suffix":"x"}}]}`, `{"a":"yx"}`, false, ""},
	{"anything-but in any case", `{"a":[{"anything-but":{"equals-ignore-case":["X"]}}]}`, `{"a":"x"}`, false, ""},
	{"anything-but a wildcard", `{"a":[{"anything-but":{"wildcard":"*/lib/*"}}]}`, `{"a":"a/lib/b"}`, false, ""},
	{"anything-but another wildcard", `{"a":[{"anything-but":{"wildcard":"*/lib/*"}}]}`, `{"a":"a/bin/b"}`, true, ""},
	{"anything-but in a list", `{"a":[{"anything-but":"x"}]}`, `{"a":["x","y"]}`, true, ""},
	{"or absent", `{"a":[{"exists":false},{"anything-but":"x"}]}`, `{}`, true, ""},
	{"or another", `{"a":[{"exists":false},{"anything-but":"x"}]}`, `{"a":"y"}`, true, ""},
	{"neither", `{"a":[{"exists":false},{"anything-but":"x"}]}`, `{"a":"x"}`, false, ""},
	{"exists", `{"a":[{"exists":true}]}`, `{"a":"x"}`, true, ""},
	{"exists as null", `{"a":[{"exists":true}]}`, `{"a":null}`, true, ""},
	{"exists as empty", `{"a":[{"exists":false}]}`, `{"a":""}`, false, ""},
	{"does not exist", `{"a":[{"exists":true}]}`, `{}`, false, ""},
	{"is not to exist", `{"a":[{"exists":false}]}`, `{"b":1}`, true, ""},
	{"exists below", `{"a":{"b":[{"exists":false}]}}`, `{"c":1}`, true, ""},
	{"exists on an object", `{"a":[{"exists":true}]}`, `{"a":{"b":1}}`, false, ""},
	{"numeric", `{"a":[{"numeric":[">",0,"<=",5]}]}`, `{"a":5}`, true, ""},
	{"numeric outside", `{"a":[{"numeric":[">",0,"<=",5]}]}`, `{"a":5.5}`, false, ""},
	{"numeric equal", `{"a":[{"numeric":["=",3.0e2]}]}`, `{"a":300}`, true, ""},
	{"numeric of a text", `{"a":[{"numeric":["<",5]}]}`, `{"a":"3"}`, false, ""},
	{"wildcard", `{"a":[{"wildcard":"arn:*:role/*-admin"}]}`, `{"a":"arn:aws:iam::1:role/x-admin"}`, true, ""},
	{"wildcard of nothing", `{"a":[{"wildcard":"x*"}]}`, `{"a":"x"}`, true, ""},
	{"no wildcard", `{"a":[{"wildcard":"x*z"}]}`, `{"a":"xyzzyx"}`, false, ""},
	{"wildcard ends do not overlap", `{"a":[{"wildcard":"aba*aba"}]}`, `{"a":"aba"}`, false, ""},
	{"an escaped asterisk", `{"a":[{"wildcard":"x\\*y"}]}`, `{"a":"x*y"}`, true, ""},
	{"an escaped asterisk only", `{"a":[{"wildcard":"x\\*y"}]}`, `{"a":"xzy"}`, false, ""},
	{"cidr", `{"a":[{"cidr":"10.0.0.0/24"}]}`, `{"a":"10.0.0.255"}`, true, ""},
	{"outside of cidr", `{"a":[{"cidr":"10.0.0.0/24"}]}`, `{"a":"10.0.1.0"}`, false, ""},
	{"cidr of version 6", `{"a":[{"cidr":"2001:db8::/32"}]}`, `{"a":"2001:db8::1"}`, true, ""},
	{"cidr of a host name", `{"a":[{"cidr":"0.0.0.0/0"}]}`, `{"a":"iam.amazonaws.com"}`, false, ""},
	{"or", `{"$or":[{"a":["x"]},{"b":["y"]}]}`, `{"b":"y"}`, true, ""},
	{"none of or", `{"$or":[{"a":["x"]},{"b":["y"]}]}`, `{"a":"y","b":"x"}`, false, ""},
	{"or beside a field", `{"c":["z"],"$or":[{"a":["x"]},{"b":["y"]}]}`, `{"a":"x","c":"q"}`, false, ""},
	{"nested or", `{"d":{"$or":[{"a":["x"]},{"b":[{"prefix":"y"}]}]}}`, `{"d":{"b":"yy"}}`, true, ""},
	{"or in or", `{"$or":[{"a":["x"]},{"$or":[{"b":["y"]},{"c":["z"]}]}]}`, `{"c":"z"}`, true, ""},
}

func TestPattern_operators(t *testing.T) {
	t.Parallel()
	for _, test := range patternCases {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			pattern, err := events.ParsePattern([]byte(test.pattern))
			if err != nil {
				t.Fatal(err)
			}
			if got, err := pattern.Match([]byte(test.event)); err != nil || got != test.want {
				t.Errorf("%s on %s: %t %v, want %t", test.pattern, test.event, got, err, test.want)
			}
		})
	}
}

func TestParsePattern_refuses(t *testing.T) {
	t.Parallel()
	for text, reason := range map[string]string{
		``: "EOF", `[]`: "not a JSON object", `{}`: "no fields", `{"a":["x"]} {}`: "text after", `{"a":"x"}`: "a: want a list",
		`{"a":[]}`: "a: an empty list", `{"a":{}}`: "a: an empty object", `{"a":{"b":7}}`: "a.b: want a list",
		`{"a":[["x"]]}`: "a list in a list", `{"a":[{"regex":"x"}]}`: `a[0]: the operator "regex" is not known`,
		`{"a":[{"prefix":"x","suffix":"y"}]}`: "want one operator", `{"a":[{"prefix":""}]}`: "prefix: want a text",
		`{"a":[{"prefix":7}]}`: "prefix: want a text", `{"a":[{"exists":"true"}]}`: "exists: want true or false",
		`{"a":[{"numeric":["<"]}]}`: "numeric: want", `{"a":[{"numeric":["!=",5]}]}`: `numeric: want one of "="`,
		`{"a":[{"numeric":["<",6e9]}]}`: "not between", `{"a":[{"cidr":"10.0.0.1"}]}`: "cidr: want a range",
		`{"a":[{"wildcard":"a**b"}]}`: "two asterisks", `{"a":[{"wildcard":"a\\b"}]}`: "a backslash stands",
		`{"a":[{"anything-but":[]}]}`: "anything-but: the list is empty", `{"a":[{"anything-but":[true]}]}`: "want texts or numbers",
		`{"a":[{"anything-but":{"numeric":["<",5]}}]}`: `"numeric" is not known here`,
		`{"$or":[{"a":["x"]}]}`:                        "$or: want a list of two", `{"$or":[{"a":["x"]},{}]}`: "$or[1]: want a pattern",
	} {
		t.Run(text, func(t *testing.T) {
			t.Parallel()
			if _, err := events.ParsePattern([]byte(text)); err == nil || !strings.Contains(err.Error(), reason) {
				t.Errorf("the error is %v, want %q", err, reason)
			}
		})
	}
}

func FuzzPattern(f *testing.F) {
	for _, test := range patternCases {
		f.Add(test.pattern, test.event)
	}
	f.Fuzz(func(t *testing.T, text, event string) {
		pattern, err := events.ParsePattern([]byte(text))
		if err != nil {
			return
		}
		matches, err := pattern.Match([]byte(event))
		if err == nil && !json.Valid([]byte(event)) {
			t.Error("text that is no JSON was matched")
		}
		size, err := events.PatternSize([]byte(text))
		if err != nil || size == 0 {
			t.Errorf("a pattern that matches (%t) has size %d: %v", matches, size, err)
		}
	})
}
