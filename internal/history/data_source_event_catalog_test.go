package history_test

import (
	"fmt"
	"testing"

	"github.com/iamguard/terraform-provider-iamguard/internal/account"
	"github.com/iamguard/terraform-provider-iamguard/internal/events"
	"github.com/iamguard/terraform-provider-iamguard/internal/providertest"
)

const eventCatalog = "iamguard_event_catalog"

// catalogIDs are the IDs of what the data source lists. The provider is not even
// configured.
func catalogIDs(t *testing.T, arguments map[string]any) ([]string, map[string]any) {
	t.Helper()
	state, diags := providertest.NewServer(t, account.Runtime{}).ReadData(t, eventCatalog, arguments)
	if state == nil {
		t.Fatal(providertest.Text(diags))
	}
	list, ok := state["events"].([]any)
	if !ok {
		t.Fatalf("the events are %v", state["events"])
	}
	out := make([]string, len(list))
	for i := range list {
		out[i] = fmt.Sprint(member(t, state, fmt.Sprintf("events.%d.id", i)))
	}
	return out, state
}

func TestEventCatalog(t *testing.T) {
	t.Parallel()
	all, _ := catalogIDs(t, nil)
	if want := events.Catalog().IDs(); fmt.Sprint(all) != fmt.Sprint(want) {
		t.Errorf("%d events, want %d", len(all), len(want))
	}
	removals, _ := catalogIDs(t, map[string]any{"presets": texts("iam_removal")})
	if len(removals) != 33 {
		t.Errorf("%d events of iam_removal", len(removals))
	}
	several, _ := catalogIDs(t, map[string]any{"presets": texts("mfa_removal"), "event_names": texts("DeleteUser")})
	if len(several) != 5 {
		t.Errorf("got %v", several)
	}
	one, state := catalogIDs(t, map[string]any{"event_names": texts("iam.RemoveUserFromGroup")})
	if len(one) != 1 {
		t.Fatalf("got %v", one)
	}
	expect(t, state, map[string]any{
		"events.0.event_name": "RemoveUserFromGroup", "events.0.event_source": iamSource, "events.0.severity": "medium",
		"events.0.denied_attempt_severity": "low", "events.0.direction": "depends", "events.0.region_rule": "partition_global",
		"events.0.target_fields": texts("groupName", "userName"), "events.0.mitre_techniques": texts("T1098", "T1531"),
		"events.0.presets": texts("iam_all", "iam_removal", "membership_removal"),
	})
	expectText(t, fmt.Sprint(member(t, state, "events.0.recorded_in")), iamRegion)
	expectText(t, fmt.Sprint(member(t, state, "events.0.severity_reason")), "Group membership")
	expectText(t, fmt.Sprint(member(t, state, "events.0.remediation")), "add it back")
}

func TestEventCatalog_unknownNames(t *testing.T) {
	t.Parallel()
	server := providertest.NewServer(t, account.Runtime{})
	for _, test := range []struct {
		arguments map[string]any
		want      []string
	}{
		{map[string]any{"presets": texts("iam_removals")}, []string{"presets", `the nearest is "iam_removal"`}},
		{map[string]any{"event_names": texts("DeleteUsr")}, []string{"event_names", `"DeleteUser"`}},
		{map[string]any{"event_names": texts("Delete\x1b[2JUser")}, []string{"event_names"}},
		{map[string]any{"event_names": []any{}}, []string{"event_names"}},
	} {
		diags := server.ValidateData(t, eventCatalog, test.arguments)
		if !providertest.Errors(diags) {
			t.Errorf("%v is accepted", test.arguments)
		}
		expectText(t, providertest.Text(diags), test.want...)
		expectNoText(t, providertest.Text(diags), "\x1b")
	}
	if diags := server.ValidateData(t, eventCatalog, map[string]any{"presets": providertest.Unknown}); providertest.Errors(diags) {
		t.Errorf("an unknown value is refused: %s", providertest.Text(diags))
	}
}
