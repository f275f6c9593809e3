package history_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail/types"
	"github.com/aws/aws-sdk-go-v2/service/iam"

	"github.com/iamguard/terraform-provider-iamguard/internal/localaws"
	"github.com/iamguard/terraform-provider-iamguard/internal/providertest"
)

const removalImpact = "iamguard_removal_impact"

const (
	allowIAM = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iam:*","Resource":"*"}]}`
	allowS3  = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}]}`
	needMFA  = `{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"*","Resource":"*",` +
		`"Condition":{"BoolIfExists":{"aws:MultiFactorAuthPresent":"false"}}}]}`
	onlyS3 = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}`
)

// impactStage is an account in which alice has iam:*, and the group guarded denies work
// without MFA.
type impactStage struct {
	*providertest.Stage
	t   *testing.T
	iam *iam.Client
}

func newImpactStage(t *testing.T) impactStage {
	t.Helper()
	stage := providertest.NewStage(t)
	s := impactStage{stage, t, iam.NewFromConfig(stage.SDK(stage.Admin()))}
	s.does(s.iam.CreateUser(t.Context(), &iam.CreateUserInput{UserName: aws.String("alice")}))
	s.does(s.iam.PutUserPolicy(t.Context(), &iam.PutUserPolicyInput{
		UserName: aws.String("alice"), PolicyName: aws.String("work"), PolicyDocument: aws.String(allowIAM),
	}))
	s.does(s.iam.CreateGroup(t.Context(), &iam.CreateGroupInput{GroupName: aws.String("guarded")}))
	s.does(s.iam.AddUserToGroup(t.Context(), &iam.AddUserToGroupInput{
		GroupName: aws.String("guarded"), UserName: aws.String("alice"),
	}))
	s.does(s.iam.PutGroupPolicy(t.Context(), &iam.PutGroupPolicyInput{
		GroupName: aws.String("guarded"), PolicyName: aws.String("need-mfa"), PolicyDocument: aws.String(needMFA),
	}))
	return s
}

func (s impactStage) does(_ any, err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

// policy makes a managed policy.
func (s impactStage) policy(name, document string) string {
	s.t.Helper()
	out, err := s.iam.CreatePolicy(s.t.Context(), &iam.CreatePolicyInput{PolicyName: &name, PolicyDocument: &document})
	s.does(out, err)
	return aws.ToString(out.Policy.Arn)
}

// event is the ID of the newest event of a name.
func (s impactStage) event(name string) string {
	s.t.Helper()
	config := s.SDK(s.Admin())
	config.Region = iamRegion
	out, err := cloudtrail.NewFromConfig(config).LookupEvents(s.t.Context(), &cloudtrail.LookupEventsInput{
		LookupAttributes: []types.LookupAttribute{{AttributeKey: types.LookupAttributeKeyEventName, AttributeValue: &name}},
	})
	s.does(out, err)
	if len(out.Events) == 0 {
		s.t.Fatalf("there is no event %s", name)
	}
	return aws.ToString(out.Events[0].EventId)
}

// expect reads the data source and compares attributes.
func (s impactStage) expect(arguments, want map[string]any) map[string]any {
	s.t.Helper()
	state, diags := s.Server(s.t, nil).ReadData(s.t, removalImpact, arguments)
	if state == nil {
		s.t.Fatalf("reading failed: %s", providertest.Text(diags))
	}
	expect(s.t, state, want)
	return state
}

func (s impactStage) refused(arguments map[string]any, texts ...string) {
	s.t.Helper()
	state, diags := s.Server(s.t, nil).ReadData(s.t, removalImpact, arguments)
	if state != nil {
		s.t.Errorf("reading %v succeeded", arguments)
	}
	expectText(s.t, providertest.Text(diags), texts...)
}

// A user who leaves the group is free of its denial: told before the removal, after it,
// and by the event alone.
func TestImpact_leavingAGroup(t *testing.T) {
	t.Parallel()
	s := newImpactStage(t)
	critical := map[string]any{
		"grade": "critical", "as_of": "present", "sentences.0": "alice is no longer denied iam:* without MFA",
		"lost_denies.0":         "group guarded: inline policy need-mfa: Deny everything on * without MFA",
		"lost_mfa_conditions.0": "group guarded: inline policy need-mfa: Deny everything on * without MFA",
		"lost_allows":           "[]", "not_considered": "[]", "account_id": s.ID,
	}
	state := s.expect(map[string]any{"user": "alice", "group": "guarded"}, critical)
	if list, ok := state["regained_escalations"].([]any); !ok || len(list) < 10 {
		t.Errorf("the escalations are %v", state["regained_escalations"])
	}
	s.does(s.iam.RemoveUserFromGroup(t.Context(), &iam.RemoveUserFromGroupInput{
		GroupName: aws.String("guarded"), UserName: aws.String("alice"),
	}))
	s.expect(map[string]any{"user": "alice", "group": "guarded"}, critical)
	s.expect(map[string]any{"event_id": s.event("RemoveUserFromGroup")}, critical)
	// Another group denies the same: nothing is lost then.
	s.does(s.iam.PutUserPolicy(t.Context(), &iam.PutUserPolicyInput{
		UserName: aws.String("alice"), PolicyName: aws.String("own-need-mfa"), PolicyDocument: aws.String(needMFA),
	}))
	s.expect(map[string]any{"user": "alice", "group": "guarded"}, map[string]any{"grade": "info", "sentences": "[]"})
}

// What IAM has no more is taken from the records of the calls that wrote it, or from what
// the configuration declares.
func TestImpact_ofWhatIsGone(t *testing.T) {
	t.Parallel()
	s := newImpactStage(t)
	s.does(s.iam.DeleteGroupPolicy(t.Context(), &iam.DeleteGroupPolicyInput{
		GroupName: aws.String("guarded"), PolicyName: aws.String("need-mfa"),
	}))
	s.expect(map[string]any{"event_id": s.event("DeleteGroupPolicy")}, map[string]any{
		"grade": "critical", "as_of": "history", "sentences.0": "alice is no longer denied iam:* without MFA",
	})
	s.expect(
		map[string]any{"user": "alice", "group": "guarded", "declared_policies": texts(needMFA)},
		map[string]any{"grade": "critical", "as_of": "declared"},
	)
	arn := s.policy("need-mfa", needMFA)
	s.does(s.iam.AttachUserPolicy(t.Context(), &iam.AttachUserPolicyInput{UserName: aws.String("alice"), PolicyArn: &arn}))
	s.does(s.iam.DetachUserPolicy(t.Context(), &iam.DetachUserPolicyInput{UserName: aws.String("alice"), PolicyArn: &arn}))
	s.expect(map[string]any{"user": "alice", "policy_arn": arn}, map[string]any{"grade": "critical", "as_of": "present"})
	s.does(s.iam.DeletePolicy(t.Context(), &iam.DeletePolicyInput{PolicyArn: &arn}))
	s.expect(map[string]any{"event_id": s.event("DetachUserPolicy")}, map[string]any{"grade": "critical", "as_of": "history"})
	// Nobody knows what this one held.
	s.expect(map[string]any{"user": "alice", "policy_arn": "arn:aws:iam::" + s.ID + ":policy/lost"}, map[string]any{
		"grade":            "medium",
		"not_considered.0": "policy lost: IAM did not answer its document, and no record has it",
	})
	// The group is emptied and deleted.
	s.does(s.iam.PutGroupPolicy(t.Context(), &iam.PutGroupPolicyInput{
		GroupName: aws.String("guarded"), PolicyName: aws.String("need-mfa"), PolicyDocument: aws.String(needMFA),
	}))
	s.does(s.iam.RemoveUserFromGroup(t.Context(), &iam.RemoveUserFromGroupInput{
		GroupName: aws.String("guarded"), UserName: aws.String("alice"),
	}))
	s.does(s.iam.DeleteGroupPolicy(t.Context(), &iam.DeleteGroupPolicyInput{
		GroupName: aws.String("guarded"), PolicyName: aws.String("need-mfa"),
	}))
	s.does(s.iam.DeleteGroup(t.Context(), &iam.DeleteGroupInput{GroupName: aws.String("guarded")}))
	s.expect(map[string]any{"event_id": s.event("RemoveUserFromGroup")}, map[string]any{
		"grade": "critical", "as_of": "history", "sentences.0": "alice is no longer denied iam:* without MFA",
		"not_considered.0": "the group guarded is gone; what it held is known from records of what was taken from it",
	})
}

func TestImpact_boundaryAndPermissions(t *testing.T) {
	t.Parallel()
	s := newImpactStage(t)
	arn := s.policy("only-s3", onlyS3)
	s.does(s.iam.PutUserPermissionsBoundary(t.Context(), &iam.PutUserPermissionsBoundaryInput{
		UserName: aws.String("alice"), PermissionsBoundary: &arn,
	}))
	s.does(s.iam.RemoveUserFromGroup(t.Context(), &iam.RemoveUserFromGroupInput{
		GroupName: aws.String("guarded"), UserName: aws.String("alice"),
	}))
	s.expect(map[string]any{"user": "alice", "boundary_arn": arn}, map[string]any{
		"grade": "critical", "sentences.0": "alice is no longer kept from iam:* by the boundary",
	})
	s.does(s.iam.DeleteUserPermissionsBoundary(t.Context(), &iam.DeleteUserPermissionsBoundaryInput{UserName: aws.String("alice")}))
	s.expect(map[string]any{"event_id": s.event("DeleteUserPermissionsBoundary")}, map[string]any{"grade": "critical"})
	// A lost permission is a nuisance, not a danger.
	reading := s.policy("reading", allowS3)
	s.does(s.iam.AttachGroupPolicy(t.Context(), &iam.AttachGroupPolicyInput{GroupName: aws.String("guarded"), PolicyArn: &reading}))
	s.does(
		s.iam.AddUserToGroup(t.Context(), &iam.AddUserToGroupInput{GroupName: aws.String("guarded"), UserName: aws.String("alice")}),
	)
	s.expect(map[string]any{"group": "guarded", "policy_arn": reading}, map[string]any{
		"grade": "low", "lost_allows.0": "group guarded: policy reading: Allow s3:GetObject on *", "lost_denies": "[]",
	})
}

// The roles of a client ID: those that name it, and those that pin none.
func TestImpact_ofAClientID(t *testing.T) {
	t.Parallel()
	s := newImpactStage(t)
	provider := "arn:aws:iam::" + s.ID + ":oidc-provider/token.actions.githubusercontent.com"
	trust := func(condition string) string {
		return `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sts:AssumeRoleWithWebIdentity",` +
			`"Principal":{"Federated":"` + provider + `"}` + condition + `}]}`
	}
	for name, condition := range map[string]string{
		"deploy": `,"Condition":{"StringEquals":{"token.actions.githubusercontent.com:aud":"sts.amazonaws.com"}}`,
		"other":  `,"Condition":{"StringEquals":{"token.actions.githubusercontent.com:aud":"other"}}`,
		"open":   `,"Condition":{"StringLike":{"token.actions.githubusercontent.com:sub":"repo:acme/*"}}`,
	} {
		s.does(
			s.iam.CreateRole(t.Context(), &iam.CreateRoleInput{RoleName: &name, AssumeRolePolicyDocument: aws.String(trust(condition))}),
		)
	}
	s.expect(map[string]any{"provider_arn": provider, "client_id": "sts.amazonaws.com"}, map[string]any{
		"grade": "low", "broken_roles": "[deploy]", "unpinned_roles": "[open]",
		"sentences.0": "with sts.amazonaws.com nobody gets the role deploy, whose trust policy names it",
	})
	s.expect(map[string]any{"provider_arn": provider, "client_id": "unused"}, map[string]any{"grade": "info", "broken_roles": "[]"})
}

func TestImpact_refusals(t *testing.T) {
	t.Parallel()
	s := newImpactStage(t)
	server := s.Server(t, nil)
	for _, arguments := range []map[string]any{
		{},
		{"user": "alice"},
		{"client_id": "c"},
		{"event_id": "e", "user": "alice"},
		{"group": "guarded", "role": "r", "policy_arn": "a"},
	} {
		if diags := server.ValidateData(
			t,
			removalImpact,
			arguments,
		); !strings.Contains(
			providertest.Text(diags),
			"Unclear which removal is meant",
		) {
			t.Errorf("%v is accepted: %s", arguments, providertest.Text(diags))
		}
	}
	if diags := server.ValidateData(t, removalImpact, map[string]any{
		"user": "alice", "group": "guarded", "declared_policies": texts("{"),
	}); !strings.Contains(providertest.Text(diags), "Invalid declared policy") {
		t.Errorf("a document that is none is accepted: %s", providertest.Text(diags))
	}
	s.expect(map[string]any{"user": "nobody", "group": "guarded"}, map[string]any{
		"grade": "medium", "not_considered.0": "the user nobody is not in the account now",
	})
	s.refused(
		map[string]any{"event_id": "11111111-2222-4333-8444-555555555555"},
		"Unable to assess the removal",
		"there is no event",
	)
	s.refused(map[string]any{"event_id": s.event("CreateUser")}, "CreateUser: iamguard does not assess it",
		"its page lists what is assessed")
	restore := s.Inject(localaws.Fault{
		Service: "iam", Operation: "GetAccountAuthorizationDetails", Kind: localaws.Deny,
	})
	s.refused(map[string]any{"user": "alice", "group": "guarded"}, "Unable to assess the removal",
		"allow the action iam:GetAccountAuthorizationDetails")
	restore()
}

// A page that is denied is an error, however much was read before it.
func TestImpact_secondPageDenied(t *testing.T) {
	t.Parallel()
	s := newImpactStage(t)
	for i := range 110 {
		name := "user" + string(rune('a'+i/26)) + string(rune('a'+i%26))
		s.does(s.iam.CreateUser(t.Context(), &iam.CreateUserInput{UserName: &name}))
	}
	restore := s.Inject(localaws.Fault{
		Service: "iam", Operation: "GetAccountAuthorizationDetails", Kind: localaws.Deny,
		Match: func(call localaws.Call) bool { return strings.Contains(string(call.RawRequest), "Marker=") },
	})
	s.refused(map[string]any{"user": "alice", "group": "guarded"}, "allow the action iam:GetAccountAuthorizationDetails")
	restore()
	s.ResetCalls()
	s.expect(map[string]any{"user": "alice", "group": "guarded"}, map[string]any{"grade": "critical"})
	if pages := s.Calls(localaws.Named("iam:GetAccountAuthorizationDetails")); len(pages) != 2 {
		t.Errorf("the account was read with %d calls", len(pages))
	}
}

// assess_impact raises an event to the grade of what it took away, also one that would
// be below min_severity.
func TestRiskyEvents_assessImpact(t *testing.T) {
	t.Parallel()
	s := newImpactStage(t)
	mallory := iam.NewFromConfig(s.SDK(s.User("mallory")))
	s.does(mallory.RemoveUserFromGroup(t.Context(), &iam.RemoveUserFromGroupInput{
		GroupName: aws.String("guarded"), UserName: aws.String("alice"),
	}))
	arguments := map[string]any{"presets": texts("iam_removal"), "min_severity": "critical"}
	state := read(t, s.Stage, arguments)
	expect(t, state, map[string]any{"event_count": 0})
	arguments["assess_impact"] = true
	s.ResetCalls()
	state = read(t, s.Stage, arguments)
	expect(t, state, map[string]any{
		"event_count": 1, "events.0.severity": "critical", "counts_by_severity.critical": 1,
		"events.0.removal_impact.grade": "critical", "events.0.removal_impact.as_of": "present",
		"events.0.removal_impact.sentences.0": "alice is no longer denied iam:* without MFA",
	})
	reasons := member(t, state, "events.0.severity_reasons")
	expectText(t, fmt.Sprint(reasons), "What it took away makes it critical: alice is no longer denied iam:* without MFA")
	restore := s.Inject(localaws.Fault{Service: "iam", Operation: "GetAccountAuthorizationDetails", Kind: localaws.Deny})
	diags := refused(t, s.Stage, arguments)
	restore()
	expectText(t, providertest.Text(diags), "Unable to assess the impact of the recorded events",
		"allow the action iam:GetAccountAuthorizationDetails")
}

func TestImpact_permissions(t *testing.T) {
	t.Parallel()
	s := newImpactStage(t)
	s.does(s.iam.RemoveUserFromGroup(t.Context(), &iam.RemoveUserFromGroupInput{
		GroupName: aws.String("guarded"), UserName: aws.String("alice"),
	}))
	id := s.event("RemoveUserFromGroup")
	used := s.Used(func() { s.expect(map[string]any{"event_id": id}, map[string]any{"grade": "critical"}) })
	providertest.ExpectPermissions(t, "data-sources/iamguard_removal_impact", map[string][]string{"Plan": used})
}
