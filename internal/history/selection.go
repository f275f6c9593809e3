package history

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/iamguard/terraform-provider-iamguard/internal/events"
)

// DefaultPresets are searched for when nothing is named.
func DefaultPresets() []string {
	return []string{"iam_removal", "iam_weakening", "cloudtrail_tamper"}
}

// selection is a set of catalogued events, by ID.
type selection map[string]events.Event

// selectionError is a selection that means nothing, and the argument to blame.
type selectionError struct {
	argument string
	err      error
}

// Error is the end of a sentence.
func (e *selectionError) Error() string { return e.err.Error() }

// Unwrap gives the catalogue's own error.
func (e *selectionError) Unwrap() error { return e.err }

// selectEvents adds presets and event names and takes the excluded names away. A
// name that the catalogue does not have is an error that gives the nearest one.
func selectEvents(presets, names, excluded []string) (selection, error) {
	chosen := selection{}
	for _, preset := range presets {
		members, ok := events.Catalog().Preset(preset)
		if !ok {
			return nil, &selectionError{"presets", fmt.Errorf("there is no preset %q; the nearest is %q, and all are: %s",
				preset, events.Catalog().NearestPreset(preset), strings.Join(events.Catalog().PresetNames(), ", "))}
		}
		for _, event := range members {
			chosen[event.ID] = event
		}
	}
	for _, name := range names {
		found, err := events.Catalog().Resolve(name)
		if err != nil {
			return nil, &selectionError{"event_names", err}
		}
		for _, event := range found {
			chosen[event.ID] = event
		}
	}
	for _, name := range excluded {
		found, err := events.Catalog().Resolve(name)
		if err != nil {
			return nil, &selectionError{"exclude_event_names", err}
		}
		for _, event := range found {
			delete(chosen, event.ID)
		}
	}
	if len(chosen) == 0 {
		return nil, &selectionError{
			"exclude_event_names",
			errors.New("no event is left: everything that was selected is excluded again"),
		}
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
