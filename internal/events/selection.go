package events

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// SelectionError is a selection that means nothing.
type SelectionError struct {
	// Argument is to blame: "presets", "event_names" or "exclude_event_names".
	Argument string
	err      error
}

// Error is the end of a sentence.
func (e *SelectionError) Error() string { return e.err.Error() }

// Unwrap gives the catalogue's own error.
func (e *SelectionError) Unwrap() error { return e.err }

// Select adds presets and event names and takes the excluded names away; the events
// come sorted by ID, each once. A name that the catalogue does not have, and a
// selection without events, is a [*SelectionError] that gives the nearest name.
func (c *Catalogue) Select(presets, names, excluded []string) ([]Event, error) {
	chosen := map[string]Event{}
	for _, preset := range presets {
		members, ok := c.Preset(preset)
		if !ok {
			return nil, &SelectionError{"presets", fmt.Errorf("there is no preset %q; the nearest is %q, and all are: %s",
				preset, c.NearestPreset(preset), strings.Join(c.PresetNames(), ", "))}
		}
		for _, event := range members {
			chosen[event.ID] = event
		}
	}
	for _, name := range names {
		found, err := c.Resolve(name)
		if err != nil {
			return nil, &SelectionError{"event_names", err}
		}
		for _, event := range found {
			chosen[event.ID] = event
		}
	}
	for _, name := range excluded {
		found, err := c.Resolve(name)
		if err != nil {
			return nil, &SelectionError{"exclude_event_names", err}
		}
		for _, event := range found {
			delete(chosen, event.ID)
		}
	}
	if len(chosen) == 0 {
		return nil, &SelectionError{
			"exclude_event_names",
			errors.New("no event is left: everything that was selected is excluded again"),
		}
	}
	return slices.SortedFunc(maps.Values(chosen), func(a, b Event) int { return strings.Compare(a.ID, b.ID) }), nil
}
