package events

import (
	"cmp"
	"slices"
)

// Sample is the event that EventBridge would make of a successful call, with all that
// it must have to be tried on a pattern. Actor and parameters are left out, so it says
// which calls a pattern can match and nothing of whose.
func (e Event) Sample(accountID, region string) []byte {
	return []byte(compact(e.sample(accountID, region)))
}

func (e Event) sample(accountID, region string) map[string]any {
	return map[string]any{
		"version": "0", "id": "00000000-0000-0000-0000-000000000000", "detail-type": detailType,
		"source": e.EventBridgeSource, "account": cmp.Or(accountID, "000000000000"), "time": "2026-01-01T00:00:00Z",
		"region": region, "resources": []any{},
		"detail": map[string]any{
			"eventVersion": "1.11", "eventSource": e.Source, "eventName": e.Name, "awsRegion": region,
			"eventTime": "2026-01-01T00:00:00Z", "eventType": "AwsApiCall", "readOnly": false, "managementEvent": true,
		},
	}
}

// Matching are the events of the catalogue whose samples a pattern matches, sorted by
// ID. A pattern that asks for an actor or for parameters may match more.
func (c *Catalogue) Matching(pattern *Pattern, accountID, region string) []Event {
	var matching []Event
	for _, event := range c.events {
		if pattern.root.match(event.sample(accountID, region)) {
			matching = append(matching, event)
		}
	}
	slices.SortFunc(matching, func(a, b Event) int { return cmp.Compare(a.ID, b.ID) })
	return matching
}
