package history_test

import (
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"

	"github.com/iamguard/terraform-provider-iamguard/internal/history"
	"github.com/iamguard/terraform-provider-iamguard/internal/localaws"
	"github.com/iamguard/terraform-provider-iamguard/internal/providertest"
)

// An event is looked for in the account that is named, and undone there.
func TestUndo_anotherAccount(t *testing.T) {
	t.Parallel()
	one := undoIAMCases["iam.RemoveUserFromGroup"]
	s, event := one.removed(t, "iam.RemoveUserFromGroup")
	home := &undoStage{s.Beside(t), t, map[string]string{}}
	server := providertest.NewServer(t, home.Runtime())
	arguments := home.ProviderArguments(home.Admin())
	arguments["accounts"] = map[string]any{"prod": map[string]any{"role_arn": s.arn("role/deployer")}}
	if diags := server.Configure(t, arguments); providertest.Errors(diags) {
		t.Fatal(providertest.Text(diags))
	}
	away := &undoServer{server, home}
	away.refuses(confirming(event), "there is no event "+event+" in account "+home.ID)
	config := confirming(event)
	config["account"] = "prod"
	away.undoes(config)
	if home.wroteNothing(); !one.is(s) {
		t.Error("the user is not in the group")
	}
}

// Where nobody may be asked whose account it is, nothing is undone.
func TestUndo_unknownAccount(t *testing.T) {
	t.Parallel()
	s, event := undoIAMCases["iam.RemoveUserFromGroup"].removed(t, "iam.RemoveUserFromGroup")
	blind := &undoServer{s.Server(t, map[string]any{"skip_requesting_account_id": true}), s}
	blind.refuses(confirming(event), "Unable to tell whose account the event is of", "skip_requesting_account_id")
}

// A provider without a region looks where global services are recorded, and a region of
// event_regions is looked into too.
func TestUndo_regions(t *testing.T) {
	t.Parallel()
	s := groupless(t)
	put(t, s.Stage, removal(s.Stage, undoID, time.Hour))
	arguments := s.ProviderArguments(s.Admin())
	arguments["event_regions"] = map[string]any{"sso": "eu-west-3"}
	server := providertest.NewServer(t, s.Runtime())
	if diags := server.Configure(t, arguments); providertest.Errors(diags) {
		t.Fatal(providertest.Text(diags))
	}
	(&undoServer{server, s}).refuses(confirming(undoOtherID), "in us-east-1, "+providertest.Region+", eu-west-3, recorded")
	var asked []string
	for _, call := range s.Calls(localaws.Named("cloudtrail:LookupEvents")) {
		asked = append(asked, call.Region)
	}
	if strings.Join(asked, " ") != "us-east-1 "+providertest.Region+" eu-west-3" {
		t.Errorf("asked was in %v", asked)
	}
	s.ResetCalls()
	(&undoServer{server, s}).undoes(confirming(undoID))
	if asked := s.Calls(localaws.Named("cloudtrail:LookupEvents")); len(asked) != 1 {
		t.Errorf("asked was %d times", len(asked))
	}
}

// A rule of another bus is found by the name of the bus and by its ARN, as it was disabled, and
// a trail by its ARN.
func TestUndo_namesAndARNs(t *testing.T) {
	t.Parallel()
	s := newUndoStage(t)
	bus := aws.ToString(must[*eventbridge.CreateEventBusOutput](t)(s.rules().CreateEventBus(t.Context(),
		&eventbridge.CreateEventBusInput{Name: aws.String("guard")})).EventBusArn)
	s.does(s.rules().PutRule(t.Context(), &eventbridge.PutRuleInput{
		Name: aws.String("removals"), EventBusName: aws.String("guard"), EventPattern: aws.String(`{"source":["aws.iam"]}`),
	}))
	for _, name := range []string{"guard", bus} {
		s.does(s.rules().DisableRule(t.Context(), &eventbridge.DisableRuleInput{Name: aws.String("removals"), EventBusName: &name}))
		said := s.deployer().undoes(map[string]any{"event_id": s.event("events.DisableRule"), "region": providertest.Region})
		if !s.ruleOn("guard") {
			t.Errorf("the rule of the bus %s is off", name)
		}
		expectText(t, said, "--event-bus-name "+name+undoEndsWith)
	}
	s.newTrail()
	s.log(true)
	trail := "arn:aws:cloudtrail:" + providertest.Region + ":" + s.ID + ":trail/main"
	s.does(s.trails().StopLogging(t.Context(), &cloudtrail.StopLoggingInput{Name: &trail}))
	s.deployer().undoes(map[string]any{"event_id": s.event("cloudtrail.StopLogging")})
	if !undoOtherCases["cloudtrail.StopLogging"].is(s) {
		t.Error("the trail does not log")
	}
}

// What a record says cannot move the cursor, end a line or start a command.
func TestUndo_escapes(t *testing.T) {
	t.Parallel()
	s := groupless(t)
	put(t, s.Stage, removal(s.Stage, undoID, time.Hour).with(map[string]any{
		"requestParameters": map[string]any{
			"groupName": "admins\n\x1b[2K",
			"userName":  "alice'; rm -rf ~ #",
		},
		"sourceIPAddress": "\u202e7",
		"userIdentity":    map[string]any{"type": "IAMUser", "userName": "mal\nlory", "accessKeyId": "AKIAMALLORY000000001"},
	}))
	said, diags := s.deployer().invoke(confirming(undoID))
	if !providertest.Errors(diags) {
		t.Errorf("there is such a user:\n%s", said)
	}
	expectText(t, said, `admins\u000a\u001b[2K`, `--user-name 'alice'\''; rm -rf ~ #'`, `\u202e7`, `user/"mal\u000alory"`)
	expectNoText(t, said, "\x1b", "\u202e", "mal\nlory", "AKIAMALLORY000000001")
	for text, want := range map[string]string{
		"alice": "alice", "a b": "'a b'", "$(x)": "'$(x)'", "": "''", "it's": `'it'\''s'`, "a,b=c/d@e+f": "a,b=c/d@e+f",
	} {
		if got := history.ShellWord(text); got != want {
			t.Errorf("%q is %s in a shell", text, got)
		}
	}
}

// An access key that a refused record names is shown by its last characters.
func TestUndo_keysInShort(t *testing.T) {
	t.Parallel()
	s := groupless(t)
	put(t, s.Stage, removal(s.Stage, undoID, time.Hour).with(map[string]any{
		"eventName": "DeleteAccessKey", "requestParameters": map[string]any{"userName": "alice", "accessKeyId": "AKIAALICE00000000042"},
	}))
	said, _ := s.deployer().invoke(confirming(undoID))
	expectText(t, said, "accessKeyId=…0042", "the record does not suffice")
	expectNoText(t, said, "AKIAALICE00000000042")
}
