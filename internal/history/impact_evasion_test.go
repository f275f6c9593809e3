package history_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"

	"github.com/iamguard/terraform-provider-iamguard/internal/localaws"
	"github.com/iamguard/terraform-provider-iamguard/internal/providertest"
)

const noIAM = `{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"iam:*","Resource":"*"}]}`

const harmless = `{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"s3:NoSuch","Resource":"*"}]}`

func (s impactStage) leavesGroup() {
	s.t.Helper()
	s.does(s.iam.RemoveUserFromGroup(s.t.Context(), &iam.RemoveUserFromGroupInput{
		GroupName: aws.String("guarded"), UserName: aws.String("alice"),
	}))
}

// hour lets an hour pass, so that records stand in their order.
func (s impactStage) hour() {
	s.t.Helper()
	if err := s.Clock.Sleep(s.t.Context(), 60*60*1e9); err != nil {
		s.t.Fatal(err)
	}
}

// What is declared stands for what went, also while the group still has it.
func TestImpact_declaredOfAGroup(t *testing.T) {
	t.Parallel()
	s := newImpactStage(t)
	arn := s.policy("need-mfa", needMFA)
	s.does(s.iam.DeleteGroupPolicy(t.Context(), &iam.DeleteGroupPolicyInput{
		GroupName: aws.String("guarded"), PolicyName: aws.String("need-mfa"),
	}))
	s.does(s.iam.AttachGroupPolicy(t.Context(), &iam.AttachGroupPolicyInput{GroupName: aws.String("guarded"), PolicyArn: &arn}))
	arguments := map[string]any{"group": "guarded", "policy_arn": arn}
	s.expect(arguments, map[string]any{"grade": "critical"})
	arguments["declared_policies"] = texts(needMFA)
	s.expect(arguments, map[string]any{"grade": "critical", "as_of": "declared"})
}

// A group that was stripped before or after, or renamed with an empty one in its place,
// does not make the removal harmless.
func TestImpact_strippedGroups(t *testing.T) {
	t.Parallel()
	s := newImpactStage(t)
	s.does(s.iam.DeleteGroupPolicy(t.Context(), &iam.DeleteGroupPolicyInput{
		GroupName: aws.String("guarded"), PolicyName: aws.String("need-mfa"),
	}))
	s.leavesGroup()
	s.expect(map[string]any{"event_id": s.event("DeleteGroupPolicy")}, map[string]any{
		"grade": "critical", "sentences.0": "alice is no longer denied iam:* without MFA",
	})
	s.expect(map[string]any{"event_id": s.event("RemoveUserFromGroup")}, map[string]any{
		"grade":            "medium",
		"not_considered.0": "the group guarded holds no policy now; what was taken from it before shows as events of its own",
	})
}

func TestImpact_renamedGroup(t *testing.T) {
	t.Parallel()
	s := newImpactStage(t)
	s.leavesGroup()
	s.does(s.iam.UpdateGroup(t.Context(), &iam.UpdateGroupInput{GroupName: aws.String("guarded"), NewGroupName: aws.String("old")}))
	critical := map[string]any{"grade": "critical", "not_considered.0": "the group guarded is called old now"}
	s.expect(map[string]any{"event_id": s.event("RemoveUserFromGroup")}, critical)
}

// A document that was written after the removal says nothing of what was removed.
func TestImpact_writtenAgain(t *testing.T) {
	t.Parallel()
	s := newImpactStage(t)
	put := func(document string) {
		s.does(s.iam.PutUserPolicy(t.Context(), &iam.PutUserPolicyInput{
			UserName: aws.String("alice"), PolicyName: aws.String("guard"), PolicyDocument: &document,
		}))
	}
	put(noIAM)
	s.hour()
	s.does(s.iam.DeleteUserPolicy(t.Context(), &iam.DeleteUserPolicyInput{
		UserName: aws.String("alice"), PolicyName: aws.String("guard"),
	}))
	s.hour()
	put(harmless)
	s.expect(map[string]any{"event_id": s.event("DeleteUserPolicy")}, map[string]any{"grade": "critical", "as_of": "history"})
}

// Which version of a policy that is gone was the default is known only where no other
// one was made so since.
func TestImpact_otherDefaultVersion(t *testing.T) {
	t.Parallel()
	s := newImpactStage(t)
	arn := s.policy("guard", noIAM)
	s.hour()
	s.does(s.iam.CreatePolicyVersion(t.Context(), &iam.CreatePolicyVersionInput{
		PolicyArn: &arn, PolicyDocument: aws.String(harmless), SetAsDefault: true,
	}))
	s.hour()
	s.does(
		s.iam.SetDefaultPolicyVersion(t.Context(), &iam.SetDefaultPolicyVersionInput{PolicyArn: &arn, VersionId: aws.String("v1")}),
	)
	s.does(s.iam.AttachUserPolicy(t.Context(), &iam.AttachUserPolicyInput{UserName: aws.String("alice"), PolicyArn: &arn}))
	s.hour()
	s.does(s.iam.DetachUserPolicy(t.Context(), &iam.DetachUserPolicyInput{UserName: aws.String("alice"), PolicyArn: &arn}))
	s.does(s.iam.DeletePolicyVersion(t.Context(), &iam.DeletePolicyVersionInput{PolicyArn: &arn, VersionId: aws.String("v2")}))
	s.does(s.iam.DeletePolicy(t.Context(), &iam.DeletePolicyInput{PolicyArn: &arn}))
	s.expect(map[string]any{"event_id": s.event("DetachUserPolicy")}, map[string]any{
		"grade": "medium", "not_considered.0": "policy guard: IAM did not answer its document, and no record has it",
	})
}

// The tags of a role's session are not those of the role; and audiences are compared as
// their operators do.
func TestImpact_rolesAndOperators(t *testing.T) {
	t.Parallel()
	s := newImpactStage(t)
	provider := "arn:aws:iam::" + s.ID + ":oidc-provider/id.example.com"
	trust := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sts:AssumeRoleWithWebIdentity",` +
		`"Principal":{"Federated":"` + provider + `"},"Condition":{"StringEqualsIgnoreCase":{"id.example.com:aud":"MyApp"}}}]}`
	s.does(s.iam.CreateRole(t.Context(), &iam.CreateRoleInput{RoleName: aws.String("deploy"), AssumeRolePolicyDocument: &trust}))
	s.expect(
		map[string]any{"provider_arn": provider, "client_id": "myapp"},
		map[string]any{"grade": "low", "broken_roles": "[deploy]"},
	)
	s.does(s.iam.PutRolePolicy(t.Context(), &iam.PutRolePolicyInput{
		RoleName: aws.String("deploy"), PolicyName: aws.String("all"), PolicyDocument: aws.String(allowIAM),
	}))
	arn := s.policy("contractors", `{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"iam:*","Resource":"*",`+
		`"Condition":{"StringEquals":{"aws:PrincipalTag/kind":"contractor"}}}]}`)
	state := s.expect(map[string]any{"role": "deploy", "policy_arn": arn}, map[string]any{})
	if grade := state["grade"]; grade == "info" || grade == "low" {
		t.Errorf("the grade is %v", grade)
	}
}

// What cannot be told at first is asked again, and counts of CloudTrail are those of all
// look-ups.
func TestRiskyEvents_countsAssessments(t *testing.T) {
	t.Parallel()
	s := newImpactStage(t)
	s.does(s.iam.DeleteGroupPolicy(t.Context(), &iam.DeleteGroupPolicyInput{
		GroupName: aws.String("guarded"), PolicyName: aws.String("need-mfa"),
	}))
	// read compares api_calls with what the recorder saw.
	state := read(t, s.Stage, map[string]any{"presets": texts("iam_removal"), "assess_impact": true})
	expect(t, state, map[string]any{"events.0.removal_impact.grade": "critical", "events.0.removal_impact.as_of": "history"})
	restore := s.Inject(localaws.Fault{Service: "cloudtrail", Operation: "LookupEvents", Kind: localaws.Deny, Nth: 2, Count: 100})
	diags := refused(t, s.Stage, map[string]any{"presets": texts("iam_removal"), "assess_impact": true})
	restore()
	expectText(t, providertest.Text(diags), "cloudtrail:LookupEvents")
}
