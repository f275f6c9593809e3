package history

import (
	"maps"
	"slices"

	"github.com/iamguard/terraform-provider-iamguard/internal/events"
)

// UndoableEvents are the IDs of the events that have a way back.
func UndoableEvents() []string { return slices.Sorted(maps.Keys(inverses)) }

// Confirmation tells whether undoing an event needs a confirmation.
func Confirmation(event events.Event) string {
	way := inverses[event.ID]
	switch {
	case mayGrant(event, way) != "":
		return "yes"
	case way.grants != nil:
		return "if the policy allows anything"
	}
	return "no"
}

// Allows tells whether a document of Organizations may hold a statement that allows.
func Allows(document string) bool { return allows(document) }

// ShellWord is a value of a record in a command.
func ShellWord(text string) string { return shellWord(text) }
