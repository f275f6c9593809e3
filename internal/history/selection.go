package history

import (
	"slices"

	"github.com/iamguard/terraform-provider-iamguard/internal/events"
)

// DefaultPresets are searched for when nothing is named.
func DefaultPresets() []string {
	return []string{"iam_removal", "iam_weakening", "cloudtrail_tamper"}
}

// selection is a set of catalogued events, by ID.
type selection map[string]events.Event

// selectEvents is what presets and names select from the catalogue, without the
// excluded names. The error is an [*events.SelectionError].
func selectEvents(presets, names, excluded []string) (selection, error) {
	found, err := events.Catalog().Select(presets, names, excluded)
	if err != nil {
		return nil, err
	}
	chosen := make(selection, len(found))
	for _, event := range found {
		chosen[event.ID] = event
	}
	return chosen, nil
}

// ids are the catalogue IDs, sorted.
func (s selection) ids() []string {
	ids := make([]string, 0, len(s))
	for id := range s {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return ids
}

// bySource groups the event names by the source that records them.
func (s selection) bySource() map[string][]string {
	sources := map[string][]string{}
	for _, id := range s.ids() {
		event := s[id]
		sources[event.Source] = append(sources[event.Source], event.Name)
	}
	return sources
}

// holds tells whether a record is one of the selection.
func (s selection) holds(record events.Record) bool {
	event, ok := record.Event()
	if !ok {
		return false
	}
	_, chosen := s[event.ID]
	return chosen
}
