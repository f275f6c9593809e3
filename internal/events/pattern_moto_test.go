package events_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os/exec"
	"strings"
	"testing"

	"github.com/iamguard/terraform-provider-iamguard/internal/events"
	"github.com/iamguard/terraform-provider-iamguard/internal/localaws"
)

// judge is moto's own matcher, written by others: it answers one line for each pair.
const judge = `
import json, sys
from moto.events.models import EventPattern
for line in sys.stdin:
    pair = json.loads(line)
    print("true" if EventPattern(None, json.loads(pair["pattern"])).matches_event(json.loads(pair["event"])) else "false")
`

type pair struct {
	Pattern string `json:"pattern"`
	Event   string `json:"event"`
}

// motoJudges asks moto about pairs of pattern and event.
func motoJudges(tb testing.TB, pairs []pair) []bool {
	tb.Helper()
	python, err := localaws.MotoPython(tb.Context())
	if err != nil {
		tb.Fatal(err)
	}
	var input bytes.Buffer
	encoder := json.NewEncoder(&input)
	for _, one := range pairs {
		if err := encoder.Encode(one); err != nil {
			tb.Fatal(err)
		}
	}
	cmd := exec.CommandContext(tb.Context(), python, "-c", judge)
	cmd.Stdin = &input
	output, err := cmd.Output()
	if err != nil {
		tb.Fatalf("asking moto: %v", err)
	}
	var verdicts []bool
	for line := range strings.Lines(string(output)) {
		verdicts = append(verdicts, strings.TrimSpace(line) == "true")
	}
	if len(verdicts) != len(pairs) {
		tb.Fatalf("moto judged %d of %d pairs", len(verdicts), len(pairs))
	}
	return verdicts
}

func matches(tb testing.TB, one pair) bool {
	tb.Helper()
	pattern, err := events.ParsePattern([]byte(one.Pattern))
	if err != nil {
		tb.Fatalf("%s: %v", one.Pattern, err)
	}
	got, err := pattern.Match([]byte(one.Event))
	if err != nil {
		tb.Fatalf("%s: %v", one.Event, err)
	}
	return got
}

func TestPattern_motoAgrees(t *testing.T) {
	t.Parallel()
	var pairs []pair
	for _, test := range patternCases {
		pairs = append(pairs, pair{test.pattern, test.event})
	}
	for i, verdict := range motoJudges(t, pairs) {
		test := patternCases[i]
		if agrees := verdict == test.want; agrees != (test.motoDiffers == "") {
			t.Errorf("%s: moto says %t, AWS documents %t (listed as different: %q)", test.name, verdict, test.want, test.motoDiffers)
		}
	}
}

// enveloped is the event that EventBridge makes of a record.
func enveloped(tb testing.TB, record []byte) string {
	tb.Helper()
	var detail map[string]any
	if err := json.Unmarshal(record, &detail); err != nil {
		tb.Fatal(err)
	}
	source, _ := detail["eventSource"].(string)
	label, _, _ := strings.Cut(source, ".")
	text, err := json.Marshal(map[string]any{
		"version": "0", "id": "1", "detail-type": "AWS API Call via CloudTrail", "source": "aws." + label,
		"account": "111122223333", "region": detail["awsRegion"], "resources": []any{}, "detail": detail,
	})
	if err != nil {
		tb.Fatal(err)
	}
	return string(text)
}

// Every record of the corpora, against patterns made from what the records hold.
func TestPattern_motoAgreesOnRealRecords(t *testing.T) {
	t.Parallel()
	records := append(corpus(t, "traildiscover.jsonl.gz"), corpus(t, "panther.jsonl.gz")...)
	random := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // Repeatable on purpose.
	var pairs []pair
	for i, record := range records {
		event := enveloped(t, record)
		for range 4 {
			// Half of the patterns are made from another record, so that both answers occur.
			other := records[(i+random.IntN(2)*random.IntN(len(records)))%len(records)]
			pairs = append(pairs, pair{patternOf(t, other, random), event})
		}
	}
	yes := 0
	for i, verdict := range motoJudges(t, pairs) {
		if got := matches(t, pairs[i]); got != verdict {
			t.Errorf("%s\n%s\nmoto says %t", pairs[i].Pattern, pairs[i].Event, verdict)
		}
		if verdict {
			yes++
		}
	}
	if yes < len(pairs)/10 || yes > len(pairs)*9/10 {
		t.Errorf("%d of %d match: the pairs prove little", yes, len(pairs))
	}
}

// patternOf makes a pattern of a few fields of a record with random operators.
func patternOf(tb testing.TB, record []byte, random *rand.Rand) string {
	tb.Helper()
	var detail map[string]any
	if err := json.Unmarshal(record, &detail); err != nil {
		tb.Fatal(err)
	}
	fields := map[string]any{}
	for _, name := range []string{"eventName", "eventSource", "errorCode", "sourceIPAddress", "userAgent"} {
		value, ok := detail[name].(string)
		if random.IntN(3) == 0 {
			fields[name] = []any{conditionOf(value, ok, random)}
		}
	}
	if identity, ok := detail["userIdentity"].(map[string]any); ok && random.IntN(2) == 0 {
		arn, has := identity["arn"].(string)
		fields["userIdentity"] = map[string]any{"arn": []any{map[string]any{"exists": false}, conditionOf(arn, has, random)}}
	}
	if len(fields) == 0 {
		fields["eventName"] = []any{detail["eventName"]}
	}
	if detail["eventName"] == nil {
		fields["eventName"] = []any{map[string]any{"exists": false}}
	}
	pattern := map[string]any{"detail": fields}
	if random.IntN(4) == 0 {
		pattern = map[string]any{"$or": []any{pattern, map[string]any{"source": []any{"aws.none"}}}}
	}
	text, err := json.Marshal(pattern)
	if err != nil {
		tb.Fatal(err)
	}
	return string(text)
}

func conditionOf(value string, present bool, random *rand.Rand) any {
	if !present || value == "" {
		return map[string]any{"exists": random.IntN(2) == 0}
	}
	half := value[:(len(value)+1)/2]
	switch random.IntN(8) {
	case 0:
		return map[string]any{"prefix": half}
	case 1:
		return map[string]any{"suffix": value[len(value)/2:]}
	case 2:
		return map[string]any{"anything-but": []any{value, "other"}}
	case 3:
		return map[string]any{"anything-but": map[string]any{"prefix": half}}
	case 4:
		return map[string]any{"equals-ignore-case": strings.ToUpper(value)}
	case 5:
		return map[string]any{"wildcard": strings.NewReplacer(`\`, `\\`, "*", `\*`).Replace(half) + "*"}
	case 6:
		return map[string]any{"cidr": fmt.Sprintf("%d.0.0.0/8", random.IntN(224))}
	}
	return value
}
