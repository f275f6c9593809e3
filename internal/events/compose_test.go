package events_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/iamguard/terraform-provider-iamguard/internal/events"
)

func preset(tb testing.TB, names ...string) []events.Event {
	tb.Helper()
	var selected []events.Event
	for _, name := range names {
		members, ok := events.Catalog().Preset(name)
		if !ok {
			tb.Fatalf("there is no preset %s", name)
		}
		selected = append(selected, members...)
	}
	return selected
}

// callOf is the event that EventBridge makes of a call; changes replace members of the detail.
func callOf(tb testing.TB, event events.Event, changes map[string]any) string {
	tb.Helper()
	detail := map[string]any{
		"eventSource": event.Source, "eventName": event.Name, "eventID": "1",
		"userIdentity": map[string]any{"type": "IAMUser", "arn": "arn:aws:iam::111122223333:user/mallory"},
	}
	maps.Copy(detail, changes)
	text, err := json.Marshal(map[string]any{
		"source": event.EventBridgeSource, "detail-type": "AWS API Call via CloudTrail", "detail": detail,
	})
	if err != nil {
		tb.Fatal(err)
	}
	return string(text)
}

func expectMatch(tb testing.TB, pattern, event string, want bool) {
	tb.Helper()
	if got := matches(tb, pair{pattern, event}); got != want {
		tb.Errorf("%s on %s: %t, want %t", pattern, event, got, want)
	}
}

func TestComposePattern_matchesItsEventsAndNoOthers(t *testing.T) {
	t.Parallel()
	for _, name := range events.Catalog().PresetNames() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			selected := preset(t, name)
			pattern := events.ComposePattern(selected, events.PatternOptions{})
			for _, event := range events.Catalog().Events() {
				wanted := slices.ContainsFunc(selected, func(one events.Event) bool { return one.ID == event.ID })
				expectMatch(t, pattern, callOf(t, event, nil), wanted)
			}
			one := selected[0]
			expectMatch(t, pattern, callOf(t, one, map[string]any{"errorCode": "AccessDenied"}), false)
			expectMatch(t, pattern, callOf(t, one, map[string]any{"userIdentity": map[string]any{"type": "AWSService"}}), true)
			failed := events.ComposePattern(selected, events.PatternOptions{IncludeFailed: true})
			expectMatch(t, failed, callOf(t, one, map[string]any{"errorCode": "AccessDenied"}), true)
			for source, part := range events.ComposePatterns(selected, events.PatternOptions{}) {
				if !strings.Contains(part, source) {
					t.Errorf("the pattern of %s is %s", source, part)
				}
			}
		})
	}
}

// An exclusion spares who has no ARN, and who does something critical.
func TestComposePattern_excludePrincipals(t *testing.T) {
	t.Parallel()
	deploy := map[string]any{"userIdentity": map[string]any{"arn": "arn:aws:sts::111122223333:assumed-role/deploy/ci"}}
	service := map[string]any{"userIdentity": map[string]any{"type": "AWSService"}}
	options := events.PatternOptions{ExcludePrincipals: []string{"arn:aws:sts::*:assumed-role/deploy/*"}}
	for _, selected := range [][]events.Event{
		preset(t, "iam_removal"), preset(t, "cloudtrail_tamper"), preset(t, "iam_removal", "cloudtrail_tamper"),
	} {
		pattern := events.ComposePattern(selected, options)
		for _, event := range selected {
			expectMatch(t, pattern, callOf(t, event, nil), true)
			expectMatch(t, pattern, callOf(t, event, service), true)
			expectMatch(t, pattern, callOf(t, event, deploy), event.Severity == events.SeverityCritical)
		}
	}
}

func TestComposePattern_sizes(t *testing.T) {
	t.Parallel()
	var arns []string
	for i := range 5 {
		arn := fmt.Sprintf("arn:aws:sts::*:assumed-role/deploy-%d-", i)
		arns = append(arns, arn+strings.Repeat("x", 49-len(arn))+"*")
	}
	for name, test := range map[string]struct {
		preset  string
		exclude []string
		most    int
	}{
		"removals": {"iam_removal", nil, 1000}, "all of IAM": {"iam_all", nil, 1700},
		"all of IAM with five exclusions": {"iam_all", arns, 2048},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			pattern := events.ComposePattern(preset(t, test.preset), events.PatternOptions{ExcludePrincipals: test.exclude})
			if size, err := events.PatternSize([]byte(pattern)); err != nil || size > test.most {
				t.Errorf("%d characters, want at most %d: %v", size, test.most, err)
			}
		})
	}
}

// moto agrees on composed patterns too.
func TestComposePattern_motoAgrees(t *testing.T) {
	t.Parallel()
	var pairs []pair
	options := events.PatternOptions{ExcludePrincipals: []string{"arn:aws:sts::*:assumed-role/deploy/*"}}
	deploy := map[string]any{"userIdentity": map[string]any{"arn": "arn:aws:sts::111122223333:assumed-role/deploy/ci"}}
	pattern := events.ComposePattern(preset(t, "iam_removal", "cloudtrail_tamper", "organization_guardrails"), options)
	for _, event := range events.Catalog().Events() {
		pairs = append(pairs, pair{pattern, callOf(t, event, nil)}, pair{pattern, callOf(t, event, deploy)})
	}
	for i, verdict := range motoJudges(t, pairs) {
		if got := matches(t, pairs[i]); got != verdict {
			t.Errorf("%s: %t, moto says %t", pairs[i].Event, got, verdict)
		}
	}
}
