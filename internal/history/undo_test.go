package history_test

import (
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/iamguard/terraform-provider-iamguard/internal/events"
	"github.com/iamguard/terraform-provider-iamguard/internal/history"
	"github.com/iamguard/terraform-provider-iamguard/internal/providertest"
)

// undoCases are all events that can be undone.
func undoCases() map[string]undoCase {
	all := maps.Clone(undoIAMCases)
	maps.Copy(all, undoOtherCases)
	return all
}

// What the catalogue marks as restorable is what can be undone, and all of it is tried here.
func TestUndo_isWhatTheCatalogueMarks(t *testing.T) {
	t.Parallel()
	var marked []string
	for _, event := range events.Catalog().Events() {
		if event.Remediation.RestorableFromRecord {
			marked = append(marked, event.ID)
		}
	}
	slices.Sort(marked)
	if undone := history.UndoableEvents(); !slices.Equal(undone, marked) {
		t.Errorf("undone can be %v, the catalogue marks %v", undone, marked)
	}
	if tried := slices.Sorted(maps.Keys(undoCases())); !slices.Equal(tried, marked) {
		t.Errorf("tried are %v, the catalogue marks %v", tried, marked)
	}
}

// Every event is undone by the calls that were shown, as the server itself says, and a
// second time nothing is written. What all of it needs is on the page.
func TestUndo(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	used, tried := map[string]bool{}, 0
	t.Run("events", func(t *testing.T) {
		for id, c := range undoCases() {
			t.Run(id, func(t *testing.T) {
				t.Parallel()
				actions := c.undoneTwice(t, id)
				mu.Lock()
				defer mu.Unlock()
				tried++
				for _, action := range actions {
					used[action] = true
				}
			})
		}
	})
	if tried == len(undoCases()) && !t.Failed() {
		providertest.ExpectPermissions(t, "actions/"+undoRemoval, map[string][]string{"Apply": slices.Sorted(maps.Keys(used))})
	}
}

// undoneTwice undoes an event, and gives the IAM actions that it took.
func (c undoCase) undoneTwice(t *testing.T, id string) []string {
	t.Helper()
	s, event := c.removed(t, id)
	who, config := s.Admin(), map[string]any{"event_id": event}
	// A session of IAM Identity Center is given no assignment back, for it could be its own.
	if strings.HasPrefix(id, "sso.") && id != "sso.DeleteAccountAssignment" {
		who = s.AssumedRole("AWSReservedSSO_Deploy_0123456789abcdef", "bob")
	}
	server := s.as(who)
	if !c.free {
		server.refuses(config, "Unable to undo the event without a confirmation", "may give access", "The inverse call: aws ", event)
		config = confirming(event)
	}
	s.ResetCalls()
	said := server.undoes(config)
	if wrote := s.writes(); !slices.Equal(wrote, c.writes) {
		t.Errorf("written was %v, want %v", wrote, c.writes)
	}
	var actions []string
	for _, call := range s.Calls() {
		if call.Service != "sts" {
			actions = append(actions, call.Action())
		}
	}
	if !c.is(s) {
		t.Error("it is not as it was before")
	}
	expectText(t, said, s.words(c.says)...)
	expectText(t, said, "by user/mallory at ", " is undone (")
	s.ResetCalls()
	expectText(t, server.undoes(config), "is undone already", "Nothing is changed.")
	s.wroteNothing()
	return actions
}
