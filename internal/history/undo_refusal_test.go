package history_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"

	"github.com/iamguard/terraform-provider-iamguard/internal/localaws"
	"github.com/iamguard/terraform-provider-iamguard/internal/providertest"
)

const (
	undoID      = "0a1b2c3d-0000-4000-8000-0123456789ab"
	undoOtherID = "0a1b2c3d-0000-4000-8000-ba9876543210"
)

// groupless is a stage on which alice is in no group, so that a record that should be
// refused would have an effect.
func groupless(t *testing.T) *undoStage {
	t.Helper()
	s := newUndoStage(t)
	s.newUser("alice")
	s.newGroup("admins")
	return s
}

// Records that are no reason to call anything are refused, each with its reason. The record
// that nothing is wrong with is undone on the same stage: the calls would be seen.
func TestUndo_refusesRecords(t *testing.T) {
	t.Parallel()
	s := groupless(t)
	server, n := s.deployer(), 0
	for name, c := range map[string]struct {
		change map[string]any
		texts  []string
	}{
		"denied": {map[string]any{"errorCode": "AccessDenied", "errorMessage": "no", "requestParameters": nil}, []string{
			"RemoveUserFromGroup was denied (AccessDenied) and changed nothing",
		}},
		"failed": {map[string]any{"errorCode": "NoSuchEntityException"}, []string{"failed (NoSuchEntityException)"}},
		"another account": {map[string]any{"recipientAccountId": "999988887777"}, []string{
			"of account 999988887777 and not of account",
		}},
		"no account":            {map[string]any{"recipientAccountId": nil, "userIdentity": nil}, []string{"account (not recorded)"}},
		"another region inside": {map[string]any{"awsRegion": "eu-west-1"}, []string{"there is no event"}},
		"not catalogued":        {map[string]any{"eventName": "GetUser"}, []string{"GetUser of iam.amazonaws.com is not in the cat"}},
		"another source":        {map[string]any{"eventSource": "evil.amazonaws.com"}, []string{"is not in the catalogue"}},
		"no way back": {map[string]any{"eventName": "DeleteGroupPolicy"}, []string{
			"the record does not suffice: the catalogue has no call that undoes DeleteGroupPolicy from its record",
			"read what the policy held",
		}},
		"no parameters": {map[string]any{"requestParameters": nil}, []string{"requestParameters.groupName: it is not there"}},
		"no user": {map[string]any{"requestParameters": map[string]any{"groupName": "admins"}}, []string{
			"requestParameters.userName: it is not there",
		}},
		"empty user": {map[string]any{"requestParameters": map[string]any{"groupName": "admins", "userName": ""}}, []string{
			"requestParameters.userName: it is not there",
		}},
		"hidden": {
			map[string]any{"requestParameters": map[string]any{"groupName": "admins", "userName": "HIDDEN_DUE_TO_SECURITY_REASONS"}},
			[]string{"requestParameters.userName: AWS has hidden it"},
		},
		"cut": {
			map[string]any{"requestParameters": map[string]any{"groupName": "admins", "userName": "alice", "omitted": true}},
			[]string{"requestParameters: CloudTrail has left it out or cut it"},
		},
		"cut document": {
			map[string]any{"requestParameters": map[string]any{"groupName": "admins", "userName": "alice", "policy": `{"Version":`}},
			[]string{"requestParameters.policy: CloudTrail has left it out or cut it"},
		},
		"list": {map[string]any{"requestParameters": map[string]any{"groupName": "admins", "userName": []any{"alice"}}}, []string{
			"requestParameters.userName: it is no text",
		}},
		"twice": {
			map[string]any{"requestParameters": map[string]any{"groupName": "admins", "userName": "alice", "UserName": "bob"}},
			[]string{"requestParameters.userName: it is there more than once"},
		},
		"unreadable time": {map[string]any{"sharedEventID": "x", "errorCode": "", "eventSource": "iam.amazonaws.com\n"}, []string{
			"is not in the catalogue", `iam.amazonaws.com\u000a`,
		}},
	} {
		n++
		id := fmt.Sprintf("%s%02d", undoID[:34], n)
		put(t, s.Stage, removal(s.Stage, id, time.Hour).with(c.change))
		t.Log(name)
		server.refuses(confirming(id), c.texts...)
	}
	put(t, s.Stage, removal(s.Stage, undoID, time.Hour))
	server.undoes(confirming(undoID))
	if !s.isAdmin() {
		t.Error("the sound record is not undone")
	}
}

// An event that is not found is never taken for one that needs nothing.
func TestUndo_notFound(t *testing.T) {
	t.Parallel()
	s := groupless(t)
	put(t, s.Stage, removal(s.Stage, undoOtherID, time.Hour), removal(s.Stage, undoID, 91*24*time.Hour))
	server := s.deployer()
	server.refuses(confirming(undoID), "Unable to find the event to undo", "in us-east-1, "+providertest.Region, "account "+s.ID,
		"recorded between ", "try again in a quarter of an hour", "older than 90 days is never found")
	server.refuses(map[string]any{"event_id": undoOtherID, "confirm_restores_access": undoOtherID, "region": "eu-west-1"},
		"in eu-west-1, recorded between")
	if asked := s.Calls(localaws.Named("cloudtrail:LookupEvents")); len(asked) != 1 || asked[0].Region != "eu-west-1" {
		t.Errorf("asked was %v", asked)
	}
	server.undoes(map[string]any{"event_id": undoOtherID, "confirm_restores_access": undoOtherID, "region": iamRegion})
}

// One region that does not answer is an error: the event may be there.
func TestUndo_silentRegion(t *testing.T) {
	t.Parallel()
	s := groupless(t)
	put(t, s.Stage, removal(s.Stage, undoID, time.Hour).with(map[string]any{"awsRegion": providertest.Region}))
	defer s.Inject(localaws.Fault{Service: "cloudtrail", Kind: localaws.Deny, Match: func(call localaws.Call) bool {
		return call.Region == iamRegion
	}})()
	s.deployer().
		refuses(confirming(undoID), "Unable to find the event to undo", "region us-east-1", "allow the action cloudtrail:LookupEvents")
}

// What AWS answers is judged by the clock, by the ID and by the text, whatever it was asked.
func TestUndo_refusesAnswers(t *testing.T) {
	t.Parallel()
	s := groupless(t)
	for name, c := range map[string]struct {
		answer []page
		texts  []string
	}{
		"older than 90 days": {s.shows(removal(s.Stage, undoID, 2161*time.Hour)), []string{"more than 90 days ago"}},
		"in the future":      {s.shows(removal(s.Stage, undoID, -time.Hour)), []string{"which is in the future"}},
		"no time": {
			[]page{{Events: []map[string]any{{"EventId": undoID, "CloudTrailEvent": string(removal(s.Stage, undoID, time.Hour).with(
				map[string]any{"eventTime": "soon"}).raw(t))}}}}, []string{"no eventTime"},
		},
		"another event": {s.shows(removal(s.Stage, undoOtherID, time.Hour)), []string{"there is no event " + undoID}},
		"another region": {
			s.shows(removal(s.Stage, undoID, time.Hour).with(map[string]any{"awsRegion": "eu-west-1"})),
			[]string{"the record says the region eu-west-1, and was found in us-east-1"},
		},
		"two records": {
			s.shows(removal(s.Stage, undoID, time.Hour), removal(s.Stage, undoID, 2*time.Hour)), []string{"2 records that differ"},
		},
		"no record": {[]page{{Events: []map[string]any{shown(undoID, `["no"]`)}}}, []string{"cannot be read"}},
		"endless":   {[]page{{NextToken: "a"}}, []string{"answered the page token that it was asked with"}},
	} {
		t.Log(name)
		s.answered(c.answer...).refuses(confirming(undoID), c.texts...)
	}
	one := shown(undoID, string(removal(s.Stage, undoID, time.Hour).raw(t)))
	s.answered(page{NextToken: "a"}, page{Events: []map[string]any{one, one}}).undoes(confirming(undoID))
	if !s.isAdmin() {
		t.Error("the event that is on the second page, twice, is not undone")
	}
}

// shows is one page with records, each under the ID that is asked for.
func (s *undoStage) shows(records ...record) []page {
	s.t.Helper()
	var one page
	for _, record := range records {
		one.Events = append(one.Events, shown(undoID, string(record.raw(s.t))))
	}
	return []page{one}
}

// The arguments are checked before anything is asked, and a record is none of them.
func TestUndo_arguments(t *testing.T) {
	t.Parallel()
	s := groupless(t)
	put(t, s.Stage, removal(s.Stage, undoID, time.Hour))
	server := s.deployer()
	for text, config := range map[string]map[string]any{
		"must be the ID of an event":     {"event_id": "RemoveUserFromGroup"},
		"five groups":                    {"event_id": strings.ToUpper(undoID)},
		"confirmation of another event":  {"event_id": undoID, "confirm_restores_access": undoOtherID},
		"belongs to no known":            {"event_id": undoID, "region": "nowhere"},
		"not a region of the partition":  {"event_id": undoID, "region": "cn-north-1"},
		`Unknown account "nowhere"`:      {"event_id": undoID, "account": "nowhere"},
		"set confirm_restores_access = ": {"event_id": undoID},
	} {
		server.refuses(config, text)
	}
	var names []string
	for _, attribute := range server.Schemas.ActionSchemas[undoRemoval].Schema.Block.Attributes {
		names = append(names, attribute.Name)
	}
	slices.Sort(names)
	if !slices.Equal(names, []string{"account", "confirm_restores_access", "event_id", "region"}) {
		t.Errorf("the arguments are %v", names)
	}
	if diags := server.PlanAction(t, undoRemoval, map[string]any{
		"event_id": providertest.Unknown, "confirm_restores_access": providertest.Unknown, "region": providertest.Unknown,
		"account": providertest.Unknown,
	}); len(diags) > 0 {
		t.Errorf("what is not known yet is an error: %s", providertest.Text(diags))
	}
	s.ResetCalls()
	if diags := server.PlanAction(t, undoRemoval, confirming(undoID)); len(diags) > 0 || len(s.Calls()) > 0 {
		t.Errorf("a plan asks %v: %s", s.Calls(), providertest.Text(diags))
	}
}

// What the record names can be gone, or something else since.
func TestUndo_changedSince(t *testing.T) {
	t.Parallel()
	for id, c := range map[string]struct {
		since func(*undoStage)
		texts []string
	}{
		"iam.RemoveUserFromGroup": {func(s *undoStage) {
			s.does(s.iam().UpdateUser(s.t.Context(), &iam.UpdateUserInput{UserName: aws.String("alice"), NewUserName: aws.String("eve")}))
		}, []string{"NoSuchEntity", "is gone, or has another name since"}},
		"iam.DetachUserPolicy": {func(s *undoStage) {
			s.does(s.iam().DeletePolicy(s.t.Context(), &iam.DeletePolicyInput{PolicyArn: aws.String(s.arn("policy/p"))}))
		}, []string{"NoSuchEntity", "is gone, or has another name since"}},
		"iam.RemoveRoleFromInstanceProfile": {func(s *undoStage) { s.newRole("other"); s.profileRole("other", true) }, []string{
			"the instance profile has another role since: other",
		}},
		"iam.DeleteAccountAlias": {func(s *undoStage) { s.setAlias("b" + s.ID) }, []string{"the account has another alias since: b"}},
		"organizations.MoveAccount": {func(s *undoStage) { s.move("other", "root") }, []string{
			"somebody has moved the account since", "find out who moved it",
		}},
		"kms.DisableKey": {func(s *undoStage) {
			undoOtherCases["kms.ScheduleKeyDeletion"].remove(s)
		}, []string{"the key waits for its deletion since", "undo the event ScheduleKeyDeletion"}},
	} {
		t.Run(id, func(t *testing.T) {
			t.Parallel()
			one := undoCases()[id]
			s, event := one.removed(t, id)
			c.since(s)
			s.ResetCalls()
			said, diags := s.deployer().invoke(confirming(event))
			if !providertest.Errors(diags) {
				t.Errorf("the event is undone:\n%s", said)
			}
			expectText(t, said, c.texts...)
			for _, call := range s.Mutations() {
				if call.ErrorCode == "" {
					t.Errorf("%s was carried out", call.Name())
				}
			}
		})
	}
}
