package events_test

import (
	"testing"

	"github.com/iamguard/terraform-provider-iamguard/internal/events"
)

func TestParticiple(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"StopLogging": "stopped", "StartLogging": "started", "UpdateTrail": "updated", "PutEventSelectors": "put",
		"DetachRolePolicy": "detached", "RemoveTags": "removed", "UntagPolicy": "untagged", "SetDefaultPolicyVersion": "set",
		"Delete": "deleted", "": "changed", "LeaveOrganization": "left",
	} {
		if got := events.Participle(name); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
	// Every catalogued call reads as a word.
	for _, event := range events.Catalog().Events() {
		if got := events.Participle(event.Name); len(got) < 3 {
			t.Errorf("%s: %q", event.Name, got)
		}
	}
}
