package alert

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/iamguard/terraform-provider-iamguard/internal/account"
	"github.com/iamguard/terraform-provider-iamguard/internal/events"
	"github.com/iamguard/terraform-provider-iamguard/internal/history"
)

// homes are events by the one region that records them, "" where the region in which
// the call is made does.
type homes map[string][]events.Event

// homesOf asks the partition of an account.
func homesOf(selected []events.Event, in *account.Account) (homes, error) {
	found := homes{}
	for _, event := range selected {
		region, err := history.RecordingRegion(in, event)
		if err != nil {
			return nil, err
		}
		found[region] = append(found[region], event)
	}
	return found, nil
}

// mixed says which events need which region where no one region has all, as the end
// of a sentence; "" where one has.
func (h homes) mixed() string {
	if len(h) < 2 {
		return ""
	}
	var parts []string
	for _, region := range slices.Sorted(maps.Keys(h)) {
		where := "EventBridge has in " + region + " only"
		if region == "" {
			where = "EventBridge has in the region of each call"
		}
		parts = append(parts, fmt.Sprintf("%s, which %s", named(h[region]), where))
	}
	return strings.Join(parts, "; and ")
}

// region is the one that the events need, "" where any would do.
func (h homes) region() string {
	for region := range h {
		if len(h) == 1 {
			return region
		}
	}
	return ""
}

// regionOf is the region that a rule on the events goes to when none is named.
func (h homes) regionOf(in *account.Account) (string, error) {
	if region := h.region(); region != "" {
		return region, nil
	}
	return in.Region()
}

// outside are the events that a rule in a region never sees.
func (h homes) outside(region string) []events.Event {
	var unseen []events.Event
	for _, home := range slices.Sorted(maps.Keys(h)) {
		if home != "" && home != region {
			unseen = append(unseen, h[home]...)
		}
	}
	return unseen
}

// named lists up to five events and counts the others.
func named(selected []events.Event) string {
	const shown = 5
	names := make([]string, 0, shown)
	for _, event := range selected[:min(len(selected), shown)] {
		names = append(names, event.Name)
	}
	if more := len(selected) - shown; more > 0 {
		return fmt.Sprintf("%s and %d more", strings.Join(names, ", "), more)
	}
	return strings.Join(names, ", ")
}
