package history_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/iamguard/terraform-provider-iamguard/internal/localaws"
	"github.com/iamguard/terraform-provider-iamguard/internal/providertest"
)

// Each call of each way back is refused once, and then its answer is lost once. What was
// refused is told with its action; what was lost was done, and is not done twice. Reads that
// answer for a while what was there before the call are waited for.
func TestUndo_faults(t *testing.T) {
	t.Parallel()
	for id, c := range undoCases() {
		for k, write := range c.writes {
			t.Run(fmt.Sprintf("%s call %d", id, k+1), func(t *testing.T) {
				t.Parallel()
				s, event := c.removed(t, id)
				server, action := s.deployer(), strings.Split(write, ":")
				restore := s.Inject(localaws.Fault{Service: action[0], Operation: action[1], Nth: 1, Kind: localaws.Deny})
				said, diags := server.invoke(confirming(event))
				restore()
				if !providertest.Errors(diags) || c.is(s) {
					t.Errorf("%s is refused, and the event is undone: %s", write, said)
				}
				expectText(t, said, "Unable to undo the event", "allow the action "+write, event)
				expectNoText(t, said, " is undone (")
				restore = s.Inject(localaws.Fault{Service: action[0], Operation: action[1], Nth: 1, Kind: localaws.LostAnswer})
				expectText(t, server.undoes(confirming(event)), " is undone (")
				restore()
				if !c.is(s) {
					t.Error("it is not as it was before")
				}
				if k == 0 {
					c.remove(s)
					s.staleReads(s.event(id))
				}
			})
		}
	}
}

func (s *undoStage) staleReads(event string) {
	s.t.Helper()
	defer s.Inject(localaws.Fault{Kind: localaws.StaleReads, Count: 3, Match: func(call localaws.Call) bool {
		return call.Service != "sts" && call.Operation != "LookupEvents"
	}})()
	before := s.Clock.Slept()
	expectText(s.t, s.deployer().undoes(confirming(event)), " is undone (")
	if slept := s.Clock.Slept() - before; slept == 0 || slept > time.Minute {
		s.t.Errorf("waited for %s", slept)
	}
}

// A read that never shows the change ends the wait with an error that does not deny the call.
func TestUndo_neverSeen(t *testing.T) {
	t.Parallel()
	s, event := undoIAMCases["iam.RemoveUserFromGroup"].removed(t, "iam.RemoveUserFromGroup")
	defer s.Inject(localaws.Fault{Service: "iam", Operation: "ListGroupsForUser", Count: 1000, Kind: localaws.StaleReads})()
	said, diags := s.deployer().invoke(confirming(event))
	if !providertest.Errors(diags) {
		t.Errorf("nothing failed:\n%s", said)
	}
	expectText(t, said, "AWS took the call and does not show what it changed")
	expectNoText(t, said, " is undone (")
}

// Throttling and another change under way are waited for.
func TestUndo_busy(t *testing.T) {
	t.Parallel()
	c := undoIAMCases["iam.RemoveUserFromGroup"]
	for name, fault := range map[string]localaws.Fault{
		"throttled": {Operation: "AddUserToGroup", Nth: 1, Kind: localaws.Throttle},
		"busy": {
			Operation: "AddUserToGroup", Nth: 1, Kind: localaws.Refuse, Code: "ConcurrentModification", Status: http.StatusConflict,
		},
		"server": {Operation: "AddUserToGroup", Nth: 1, Kind: localaws.ServerError},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, event := c.removed(t, "iam.RemoveUserFromGroup")
			fault.Service = "iam"
			defer s.Inject(fault)()
			s.deployer().undoes(confirming(event))
			if !c.is(s) {
				t.Error("the user is not in the group")
			}
		})
	}
}

// What is denied is named with its action, and nothing is written.
func TestUndo_denied(t *testing.T) {
	t.Parallel()
	c := undoIAMCases["iam.RemoveUserFromGroup"]
	s, event := c.removed(t, "iam.RemoveUserFromGroup")
	for _, action := range []string{
		"cloudtrail:LookupEvents", "iam:ListGroupsForUser", "iam:ListAttachedUserPolicies", "iam:AddUserToGroup",
	} {
		service, operation, _ := strings.Cut(action, ":")
		restore := s.Inject(localaws.Fault{Service: service, Operation: operation, Kind: localaws.Deny})
		said, diags := s.deployer().invoke(confirming(event))
		restore()
		if !providertest.Errors(diags) || c.is(s) {
			t.Errorf("%s is denied, and the event is undone:\n%s", action, said)
		}
		expectText(t, said, "allow the action "+action, s.ID)
	}
}

// An assignment that IAM Identity Center cannot make is an error with its reason.
func TestUndo_assignmentFails(t *testing.T) {
	t.Parallel()
	c := undoOtherCases["sso.DeleteAccountAssignment"]
	s, event := c.removed(t, "sso.DeleteAccountAssignment")
	s.FailAssignments("Received a 404 status error: Not supported\nfor this account")
	said, diags := s.deployer().invoke(confirming(event))
	if !providertest.Errors(diags) || c.is(s) {
		t.Errorf("the event is undone:\n%s", said)
	}
	expectText(t, said, "could not make the assignment", `Not supported\u000afor this account`)
	s.FailAssignments("")
	s.deployer().undoes(confirming(event))
	if !c.is(s) {
		t.Error("there is no assignment")
	}
}

// An assignment is not made twice where the answer to the first request is lost.
func TestUndo_assignmentIsOne(t *testing.T) {
	t.Parallel()
	s, event := undoOtherCases["sso.DeleteAccountAssignment"].removed(t, "sso.DeleteAccountAssignment")
	defer s.Inject(localaws.Fault{Operation: "CreateAccountAssignment", Nth: 1, Kind: localaws.LostAnswer})()
	s.deployer().undoes(confirming(event))
	if s.assignments() != 1 {
		t.Errorf("there are %d assignments", s.assignments())
	}
}
