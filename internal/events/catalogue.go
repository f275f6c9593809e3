package events

import (
	"embed"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"sync"
)

//go:embed data/catalog.json data/presets.json
var data embed.FS

// Catalogue is the set of risky events and the presets that select from them.
// It never changes, so it is safe for concurrent use.
type Catalogue struct {
	events      []Event
	byKey       map[eventKey]*Event
	byID        map[string]*Event
	byName      map[string][]Event
	presets     map[string][]string
	presetNames []string
	modifiers   map[string]Modifier
	applied     []Modifier
}

// eventKey identifies an event in records.
type eventKey struct{ source, name string }

// catalogue decodes the embedded files on first use.
var catalogue = sync.OnceValue(func() *Catalogue {
	c, err := decodeCatalogue()
	if err != nil {
		panic("events: embedded catalogue: " + err.Error())
	}
	return c
})

// Catalog returns the catalogue. The first call decodes it, a few
// milliseconds; it panics if the embedded files are not as this package wrote
// them, which a test excludes.
func Catalog() *Catalogue { return catalogue() }

// decodeCatalogue reads both files and builds the indexes.
func decodeCatalogue() (*Catalogue, error) {
	var file struct {
		Events    []Event    `json:"events"`
		Modifiers []Modifier `json:"modifiers"`
	}
	if err := decodeFile("data/catalog.json", &file); err != nil {
		return nil, err
	}
	var selections struct {
		Presets map[string]struct {
			Events []string `json:"events"`
		} `json:"presets"`
	}
	if err := decodeFile("data/presets.json", &selections); err != nil {
		return nil, err
	}
	c := &Catalogue{
		events:      file.Events,
		byKey:       make(map[eventKey]*Event, len(file.Events)),
		byID:        make(map[string]*Event, len(file.Events)),
		byName:      make(map[string][]Event, len(file.Events)),
		presets:     make(map[string][]string, len(selections.Presets)),
		presetNames: slices.Sorted(maps.Keys(selections.Presets)),
	}
	if err := c.indexModifiers(file.Modifiers); err != nil {
		return nil, err
	}
	for i := range c.events {
		event := &c.events[i]
		event.markRequired()
		c.byKey[eventKey{event.Source, event.Name}] = event
		c.byID[event.ID] = event
		c.byName[event.Name] = append(c.byName[event.Name], *event)
	}
	for name, preset := range selections.Presets {
		for _, id := range preset.Events {
			if c.byID[id] == nil {
				return nil, fmt.Errorf("preset %s: no event %s", name, id)
			}
		}
		c.presets[name] = preset.Events
	}
	return c, nil
}

// decodeFile decodes one embedded file.
func decodeFile(name string, into any) error {
	text, err := data.ReadFile(name)
	if err != nil {
		return fmt.Errorf("read %s: %w", name, err)
	}
	if err := json.Unmarshal(text, into); err != nil {
		return fmt.Errorf("decode %s: %w", name, err)
	}
	return nil
}

// Events returns all events in the order of the file: by service, the most
// telling first.
func (c *Catalogue) Events() []Event { return slices.Clone(c.events) }

// Lookup finds the event of a record by eventSource and eventName, both
// compared exactly.
func (c *Catalogue) Lookup(source, name string) (Event, bool) {
	if event := c.byKey[eventKey{source, name}]; event != nil {
		return *event, true
	}
	return Event{}, false
}

// ByName returns the events called name, one for each source that has it
// (DeleteUser: three), or nil.
func (c *Catalogue) ByName(name string) []Event { return slices.Clone(c.byName[name]) }

// ByID returns the event with a catalogue ID such as "iam.DeleteUser".
func (c *Catalogue) ByID(id string) (Event, bool) {
	if event := c.byID[id]; event != nil {
		return *event, true
	}
	return Event{}, false
}

// Names returns the event names, sorted, each once.
func (c *Catalogue) Names() []string { return slices.Sorted(maps.Keys(c.byName)) }

// IDs returns the catalogue IDs, sorted.
func (c *Catalogue) IDs() []string { return slices.Sorted(maps.Keys(c.byID)) }

// Preset returns the events of a preset in its own order; false when there is
// no such preset.
func (c *Catalogue) Preset(name string) ([]Event, bool) {
	ids, ok := c.presets[name]
	if !ok {
		return nil, false
	}
	list := make([]Event, 0, len(ids))
	for _, id := range ids {
		list = append(list, *c.byID[id])
	}
	return list, true
}

// PresetNames returns the names of the presets, sorted.
func (c *Catalogue) PresetNames() []string { return slices.Clone(c.presetNames) }

// Resolve finds the events a user means by an event name, which any source may
// carry ("DeleteUser"), or by a catalogue ID ("iam.DeleteUser"). An unknown
// one is an [*UnknownEventError].
func (c *Catalogue) Resolve(name string) ([]Event, error) {
	if event, ok := c.ByID(name); ok {
		return []Event{event}, nil
	}
	if list := c.ByName(name); list != nil {
		return list, nil
	}
	return nil, &UnknownEventError{Name: name, Nearest: c.Nearest(name)}
}

// UnknownEventError says that the catalogue has no such event.
type UnknownEventError struct {
	// Name is what was asked for.
	Name string
	// Nearest is the most similar name or ID, empty when nothing is similar.
	Nearest string
}

// Error names the unknown event and the nearest known one.
func (e *UnknownEventError) Error() string {
	if e.Nearest == "" {
		return fmt.Sprintf("no event %q in the catalogue of risky events", e.Name)
	}
	return fmt.Sprintf("no event %q in the catalogue of risky events; the nearest name is %q", e.Name, e.Nearest)
}
