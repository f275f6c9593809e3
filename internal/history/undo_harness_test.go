package history_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail/types"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/organizations"
	"github.com/aws/aws-sdk-go-v2/service/ssoadmin"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/iamguard/terraform-provider-iamguard/internal/events"
	"github.com/iamguard/terraform-provider-iamguard/internal/localaws"
	"github.com/iamguard/terraform-provider-iamguard/internal/providertest"
)

const undoRemoval = "iamguard_undo_removal"

// undoStage is an account in which mallory removes things.
type undoStage struct {
	*providertest.Stage
	t *testing.T
	// ids are those that AWS gives objects, by what they are.
	ids map[string]string
}

func newUndoStage(t *testing.T) *undoStage {
	t.Helper()
	return &undoStage{providertest.NewStage(t), t, map[string]string{}}
}

// must is the answer of a call that has to succeed.
func must[T any](t *testing.T) func(out T, err error) T {
	t.Helper()
	return func(out T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
}

func (s *undoStage) does(_ any, err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

func (s *undoStage) mallory() localaws.Principal { return s.User("mallory") }

// The clients of somebody who is not the provider.
func (s *undoStage) iam() *iam.Client { return iam.NewFromConfig(s.SDK(s.mallory())) }

func (s *undoStage) trails() *cloudtrail.Client { return cloudtrail.NewFromConfig(s.SDK(s.mallory())) }

func (s *undoStage) rules() *eventbridge.Client { return eventbridge.NewFromConfig(s.SDK(s.mallory())) }
func (s *undoStage) keys() *kms.Client          { return kms.NewFromConfig(s.SDK(s.mallory())) }
func (s *undoStage) center() *ssoadmin.Client   { return ssoadmin.NewFromConfig(s.SDK(s.mallory())) }

func (s *undoStage) members() *organizations.Client {
	return organizations.NewFromConfig(s.SDK(s.mallory()))
}
func (s *undoStage) arn(resource string) string { return "arn:aws:iam::" + s.ID + ":" + resource }
func (s *undoStage) as(who localaws.Principal) *undoServer {
	s.t.Helper()
	server := providertest.NewServer(s.t, s.Runtime())
	if diags := server.Configure(s.t, s.ProviderArguments(who)); providertest.Errors(diags) {
		s.t.Fatal(providertest.Text(diags))
	}
	return &undoServer{server, s}
}

// undoServer is the provider, configured as somebody.
type undoServer struct {
	*providertest.Server
	stage *undoStage
}

// deployer is the provider as the stage's admin.
func (s *undoStage) deployer() *undoServer {
	s.t.Helper()
	return s.as(s.Admin())
}

// answered is the provider to which ready pages are the answer of CloudTrail.
func (s *undoStage) answered(pages ...page) *undoServer {
	s.t.Helper()
	endpoints := map[string]any{}
	for name, url := range s.Endpoints() {
		endpoints[name] = url
	}
	endpoints["cloudtrail"] = fakePages(s.t, pages)
	return &undoServer{s.Server(s.t, map[string]any{"endpoints": []any{endpoints}}), s}
}

// fakePages is a server that answers with ready pages; the last one is repeated.
func fakePages(t *testing.T, pages []page) string {
	t.Helper()
	var asked atomic.Int32
	fake := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		answer := pages[min(int(asked.Add(1)), len(pages))-1]
		if answer.Events == nil {
			answer.Events = []map[string]any{}
		}
		w.Header().Set("Content-Type", "application/x-amz-json-1.1")
		if err := json.NewEncoder(w).Encode(answer); err != nil {
			t.Error(err)
		}
	}))
	t.Cleanup(fake.Close)
	return fake.URL
}

// invoke undoes an event; what it says comes as one text.
func (s *undoServer) invoke(config map[string]any) (said string, diags []*tfprotov6.Diagnostic) {
	s.stage.t.Helper()
	progress, diags := s.InvokeAction(s.stage.t, undoRemoval, config)
	return strings.Join(progress, "\n") + "\n" + providertest.Text(diags), diags
}

// undoes has to succeed without a diagnostic.
func (s *undoServer) undoes(config map[string]any) string {
	s.stage.t.Helper()
	said, diags := s.invoke(config)
	if len(diags) > 0 {
		s.stage.t.Fatalf("the event is not undone:\n%s", said)
	}
	return said
}

// refuses has to fail with texts, and without any call that changes something.
func (s *undoServer) refuses(config map[string]any, texts ...string) {
	s.stage.t.Helper()
	s.stage.ResetCalls()
	said, diags := s.invoke(config)
	if !providertest.Errors(diags) {
		s.stage.t.Errorf("the event is undone:\n%s", said)
	}
	expectText(s.stage.t, said, texts...)
	s.stage.wroteNothing()
}

// writes are the names of the calls that change something.
func (s *undoStage) writes() []string {
	var names []string
	for _, call := range s.Mutations() {
		names = append(names, call.Name())
	}
	return names
}

func (s *undoStage) wroteNothing() {
	s.t.Helper()
	if names := s.writes(); len(names) > 0 {
		s.t.Errorf("written was %v", names)
	}
}

// event is the ID of the newest event of a name by mallory, as CloudTrail itself has it.
func (s *undoStage) event(catalogued string) string {
	s.t.Helper()
	event, known := events.Catalog().ByID(catalogued)
	if !known {
		s.t.Fatalf("there is no event %s", catalogued)
	}
	region := providertest.Region
	if event.Region.Rule.Global() {
		region = iamRegion
	}
	found := must[*cloudtrail.LookupEventsOutput](s.t)(s.trails().LookupEvents(s.t.Context(), &cloudtrail.LookupEventsInput{
		LookupAttributes: []types.LookupAttribute{{
			AttributeKey: types.LookupAttributeKeyEventName, AttributeValue: aws.String(event.Name),
		}},
	}, func(o *cloudtrail.Options) { o.Region = region }))
	for _, one := range found.Events {
		if aws.ToString(one.Username) == "mallory" {
			return aws.ToString(one.EventId)
		}
	}
	s.t.Fatalf("there is no event of %s", catalogued)
	return ""
}

// confirming is the configuration with its confirmation.
func confirming(id string) map[string]any {
	return map[string]any{"event_id": id, "confirm_restores_access": id}
}

// undoCase is a way from a state and back to it.
type undoCase struct {
	// before makes the state, remove ends it, and is tells whether it is there.
	before, remove func(*undoStage)
	is             func(*undoStage) bool
	// says are words of the inverse call; {name} stands for an ID of the stage.
	says []string
	// writes are the calls of the way back.
	writes []string
	// free needs no confirmation.
	free bool
}

// removed is a stage on which a case was removed, and the ID of its event.
func (c undoCase) removed(t *testing.T, id string) (*undoStage, string) {
	t.Helper()
	s := newUndoStage(t)
	c.before(s)
	if !c.is(s) {
		t.Fatal("the state is not what it should be before")
	}
	c.remove(s)
	if c.is(s) {
		t.Fatal("nothing was removed")
	}
	event := s.event(id)
	s.ResetCalls()
	return s, event
}

// words are those of a text with the IDs of the stage.
func (s *undoStage) words(texts []string) []string {
	pairs := []string{"{account}", s.ID}
	for name, id := range s.ids {
		pairs = append(pairs, "{"+name+"}", id)
	}
	out := slices.Clone(texts)
	for i := range out {
		out[i] = strings.NewReplacer(pairs...).Replace(out[i])
	}
	return out
}

// newPolicy makes a managed policy.
func (s *undoStage) newPolicy(name string) string {
	s.t.Helper()
	made := must[*iam.CreatePolicyOutput](s.t)(s.iam().CreatePolicy(s.t.Context(), &iam.CreatePolicyInput{
		PolicyName: &name, PolicyDocument: aws.String(
			`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:ListAllMyBuckets","Resource":"*"}]}`),
	}))
	return aws.ToString(made.Policy.Arn)
}

func (s *undoStage) newUser(name string) {
	s.t.Helper()
	s.does(s.iam().CreateUser(s.t.Context(), &iam.CreateUserInput{UserName: &name}))
}

func (s *undoStage) newGroup(name string, members ...string) {
	s.t.Helper()
	s.does(s.iam().CreateGroup(s.t.Context(), &iam.CreateGroupInput{GroupName: &name}))
	for _, user := range members {
		s.does(s.iam().AddUserToGroup(s.t.Context(), &iam.AddUserToGroupInput{GroupName: &name, UserName: &user}))
	}
}

func (s *undoStage) newRole(name string) {
	s.t.Helper()
	s.does(s.iam().CreateRole(s.t.Context(), &iam.CreateRoleInput{RoleName: &name, AssumeRolePolicyDocument: aws.String(
		`{"Statement":[{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}]}`,
	)}))
}

// attachToAlice attaches a policy of the account, or one of AWS.
func (s *undoStage) attachToAlice(policy string) {
	s.t.Helper()
	s.does(s.iam().AttachUserPolicy(s.t.Context(), &iam.AttachUserPolicyInput{UserName: aws.String("alice"), PolicyArn: &policy}))
}

func (s *undoStage) detachFromAlice(policy string) {
	s.t.Helper()
	s.does(s.iam().DetachUserPolicy(s.t.Context(), &iam.DetachUserPolicyInput{UserName: aws.String("alice"), PolicyArn: &policy}))
}

func (s *undoStage) takeOutOf(group string) {
	s.t.Helper()
	s.does(
		s.iam().RemoveUserFromGroup(s.t.Context(), &iam.RemoveUserFromGroupInput{UserName: aws.String("alice"), GroupName: &group}),
	)
}

// isAdmin tells whether alice is in the group admins, as the server itself says.
func (s *undoStage) isAdmin() bool {
	s.t.Helper()
	found := must[*iam.GetGroupOutput](s.t)(s.iam().GetGroup(s.t.Context(), &iam.GetGroupInput{GroupName: aws.String("admins")}))
	return slices.Contains(userNames(found), "alice")
}

func userNames(group *iam.GetGroupOutput) []string {
	var names []string
	for _, user := range group.Users {
		names = append(names, aws.ToString(user.UserName))
	}
	return names
}

// aliceHas tells whether a policy is attached to alice.
func (s *undoStage) aliceHas(policy string) bool {
	s.t.Helper()
	found := must[*iam.ListAttachedUserPoliciesOutput](s.t)(s.iam().ListAttachedUserPolicies(s.t.Context(),
		&iam.ListAttachedUserPoliciesInput{UserName: aws.String("alice")}))
	for _, one := range found.AttachedPolicies {
		if aws.ToString(one.PolicyArn) == policy {
			return true
		}
	}
	return false
}
