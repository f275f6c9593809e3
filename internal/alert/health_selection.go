package alert

import (
	"encoding/json"

	"github.com/iamguard/terraform-provider-iamguard/internal/events"
)

// healthSelection are the events of the catalogue that a rule is about.
type healthSelection struct {
	events []events.Event
	// bySource: the pattern names no event of the catalogue, and these are all events of
	// the sources that it names.
	bySource bool
}

// healthSelected finds the events that a pattern can match, whoever makes the call and
// with whatever parameters: only the fields that name an event count. It errs towards
// more events, so that none is left unchecked.
func healthSelected(text, accountID, region string) healthSelection {
	for _, names := range []bool{true, false} {
		keep := map[string]bool{"source": true, "detail-type": true, "detail.eventSource": true, "detail.eventName": names}
		if found := healthMatching(healthRelaxed(text, keep), accountID, region); len(found) > 0 {
			return healthSelection{events: found, bySource: !names}
		}
	}
	return healthSelection{}
}

// healthMatching are the events that a relaxed pattern matches; one without fields matches all.
func healthMatching(fields map[string]any, accountID, region string) []events.Event {
	if len(fields) == 0 {
		return events.Catalog().Events()
	}
	text, err := json.Marshal(fields)
	if err != nil {
		return nil
	}
	pattern, err := events.ParsePattern(text)
	if err != nil {
		return nil
	}
	return events.Catalog().Matching(pattern, accountID, region)
}

// healthRelaxed keeps some fields of a pattern.
func healthRelaxed(text string, keep map[string]bool) map[string]any {
	var fields map[string]any
	if json.Unmarshal([]byte(text), &fields) != nil {
		return nil
	}
	return healthKeep(fields, "", keep)
}

func healthKeep(fields map[string]any, path string, keep map[string]bool) map[string]any {
	kept := map[string]any{}
	for name, value := range fields {
		switch inner := value.(type) {
		case map[string]any:
			if nested := healthKeep(inner, path+name+".", keep); len(nested) > 0 {
				kept[name] = nested
			}
		case []any:
			if name == "$or" {
				if either := healthKeepEither(inner, path, keep); either != nil {
					kept[name] = either
				}
				continue
			}
			if keep[path+name] {
				kept[name] = inner
			}
		}
	}
	return kept
}

// healthKeepEither keeps alternatives, unless one of them says nothing any more and so
// matches everything.
func healthKeepEither(alternatives []any, path string, keep map[string]bool) []any {
	var kept []any
	for _, one := range alternatives {
		fields, ok := one.(map[string]any)
		if !ok {
			return nil
		}
		nested := healthKeep(fields, path, keep)
		if len(nested) == 0 {
			return nil
		}
		kept = append(kept, nested)
	}
	return kept
}

// samples are events as EventBridge delivers them, as they come in the region of the rule.
func (s healthSelection) samples(accountID, region string) [][]byte {
	samples := make([][]byte, len(s.events))
	for i, event := range s.events {
		samples[i] = event.Sample(accountID, region)
	}
	return samples
}
