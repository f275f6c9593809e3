package history_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	keytypes "github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/iamguard/terraform-provider-iamguard/internal/events"
	"github.com/iamguard/terraform-provider-iamguard/internal/history"
	"github.com/iamguard/terraform-provider-iamguard/internal/localaws"
)

// A key that was disabled before somebody scheduled its deletion is not enabled without a
// confirmation, and neither is the trusted access of a service.
func TestUndo_confirmsWhatIsEnabled(t *testing.T) {
	t.Parallel()
	one := undoOtherCases["kms.ScheduleKeyDeletion"]
	s := newUndoStage(t)
	one.before(s)
	s.does(s.keys().DisableKey(t.Context(), &kms.DisableKeyInput{KeyId: s.id("key")}))
	one.remove(s)
	event := s.event("kms.ScheduleKeyDeletion")
	s.deployer().refuses(map[string]any{"event_id": event}, "without a confirmation", "where somebody had disabled it before",
		"aws kms enable-key --key-id")
	if state := s.keyState(); state != keytypes.KeyStatePendingDeletion {
		t.Errorf("the key is %s", state)
	}
	s.deployer().undoes(confirming(event))
	if !one.is(s) {
		t.Error("the key is not enabled")
	}

	one = undoOtherCases["organizations.DisableAWSServiceAccess"]
	s, event = one.removed(t, "organizations.DisableAWSServiceAccess")
	s.deployer().refuses(map[string]any{"event_id": event}, "without a confirmation", "its powers over the organization")
	if one.is(s) {
		t.Error("the service has access again")
	}
}

// An assignment is not given back by a session that may be of the person who had it: of the
// same permission set, or of another one, whose person cannot be told from an ID.
func TestUndo_assignmentOfTheCaller(t *testing.T) {
	t.Parallel()
	one := undoOtherCases["sso.DeleteAccountAssignment"]
	s, event := one.removed(t, "sso.DeleteAccountAssignment")
	for role, why := range map[string]string{
		"AWSReservedSSO_Audit_0123456789abcdef":   "may give access to the permission set Audit",
		"AWSReservedSSO_Auditor_0123456789abcdef": "it cannot be told whether the principal person-1",
	} {
		s.as(s.AssumedRole(role, "alice")).refuses(confirming(event), "Unable to undo the event", why, "undo it", "The inverse call: ")
		if one.is(s) {
			t.Errorf("%s has given it back", role)
		}
	}
	restore := s.Inject(localaws.Fault{Service: "sso", Operation: "DescribePermissionSet", Kind: localaws.Deny})
	s.as(roleR(s)).undoes(confirming(event))
	restore()
	if !one.is(s) {
		t.Error("nobody else can undo it either")
	}
}

// What the second call of a way back gives counts as what the first one gives.
func TestUndo_everyCallOfTheWayBack(t *testing.T) {
	t.Parallel()
	for inverse, want := range map[string]string{
		"StartLogging": "no", "AttachUserPolicy": "yes", "StartLogging, then AttachUserPolicy": "yes",
	} {
		event := events.Event{ID: "iam.None", Source: "iam.amazonaws.com", Direction: events.DirectionDestroys}
		event.Remediation.Inverse = inverse
		if got := history.Confirmation(event); got != want {
			t.Errorf("%s needs a confirmation: %s", inverse, got)
		}
	}
}
