package password_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/iamguard/terraform-provider-iamguard/internal/localaws"
	"github.com/iamguard/terraform-provider-iamguard/internal/providertest"
)

const requireReset = "iamguard_require_password_reset"

// resetStage is an account whose password policy lets users change their passwords, and
// the provider in front of it.
type resetStage struct {
	account

	server *providertest.Server
}

func newResetStage(t *testing.T) *resetStage {
	t.Helper()
	stage := providertest.NewStage(t)
	s := &resetStage{at(t, stage), stage.Server(t, nil)}
	s.put(whole())
	return s
}

func (s *resetStage) admin() *iam.Client { return s.iam(s.stage.Admin()) }

// robot makes a user without a console password.
func (s *resetStage) robot(names ...string) {
	s.t.Helper()
	for _, name := range names {
		s.does(s.admin().CreateUser(s.t.Context(), &iam.CreateUserInput{UserName: &name}))
	}
}

// person makes a user with a console password.
func (s *resetStage) person(names ...string) {
	s.t.Helper()
	s.robot(names...)
	for _, name := range names {
		s.does(s.admin().CreateLoginProfile(s.t.Context(), &iam.CreateLoginProfileInput{
			UserName: &name, Password: aws.String(secret),
		}))
	}
}

// reset tells whether a user has to choose another password.
func (s *resetStage) reset(name string) bool {
	s.t.Helper()
	out, err := s.admin().GetLoginProfile(s.t.Context(), &iam.GetLoginProfileInput{UserName: &name})
	s.does(out, err)
	return out.LoginProfile.PasswordResetRequired
}

// expectReset compares who has to choose another password, and who not.
func (s *resetStage) expectReset(want bool, names ...string) {
	s.t.Helper()
	for _, name := range names {
		if s.reset(name) != want {
			s.t.Errorf("%s has to choose another password: %t, want %t", name, !want, want)
		}
	}
}

// inline puts a policy into a user.
func (s *resetStage) inline(user, statements string) {
	s.t.Helper()
	s.does(s.admin().PutUserPolicy(s.t.Context(), &iam.PutUserPolicyInput{
		UserName: &user, PolicyName: aws.String("inline"), PolicyDocument: aws.String(document(statements)),
	}))
}

// managed makes a managed policy and gives its ARN.
func (s *resetStage) managed(name, statements string) *string {
	s.t.Helper()
	out, err := s.admin().CreatePolicy(s.t.Context(), &iam.CreatePolicyInput{
		PolicyName: &name, PolicyDocument: aws.String(document(statements)),
	})
	s.does(out, err)
	return out.Policy.Arn
}

// group makes a group with a policy and a member.
func (s *resetStage) group(name, member, statements string) {
	s.t.Helper()
	s.does(s.admin().CreateGroup(s.t.Context(), &iam.CreateGroupInput{GroupName: &name}))
	s.does(s.admin().AttachGroupPolicy(s.t.Context(), &iam.AttachGroupPolicyInput{
		GroupName: &name, PolicyArn: s.managed(name+"-policy", statements),
	}))
	s.does(s.admin().AddUserToGroup(s.t.Context(), &iam.AddUserToGroupInput{GroupName: &name, UserName: &member}))
}

// bound gives alice a permissions boundary.
func (s *resetStage) bound(statements string) {
	s.t.Helper()
	s.does(s.admin().PutUserPermissionsBoundary(s.t.Context(), &iam.PutUserPermissionsBoundaryInput{
		UserName: aws.String("alice"), PermissionsBoundary: s.managed("bound-alice", statements),
	}))
}

func document(statements string) string {
	return `{"Version":"2012-10-17","Statement":[` + statements + `]}`
}

// nobodyMay takes the leave to change passwords away from everybody.
func (s *resetStage) nobodyMay() {
	s.t.Helper()
	rules := whole()
	rules.AllowUsersToChangePassword = false
	s.put(rules)
}

// invoke invokes the action and gives what it says, its writes, and its diagnostics.
func (s *resetStage) invoke(config map[string]any) (string, []localaws.Call, []*tfprotov6.Diagnostic) {
	s.t.Helper()
	s.stage.ResetCalls()
	progress, diags := s.server.InvokeAction(s.t, requireReset, config)
	text := strings.Join(progress, "\n")
	if said := text + providertest.Text(diags); strings.Contains(said, secret) {
		s.t.Errorf("a password is in the text:\n%s", said)
	}
	writes := s.stage.Mutations()
	for _, call := range writes {
		if call.Name() != "iam:UpdateLoginProfile" || strings.Contains(string(call.RawRequest), "Password=") {
			s.t.Errorf("%s was sent: %s", call.Name(), call.RawRequest)
		}
	}
	return text, writes, diags
}

// succeeds is invoke without any diagnostic and with a number of writes.
func (s *resetStage) succeeds(writes int, config map[string]any) string {
	s.t.Helper()
	text, sent, diags := s.invoke(config)
	if len(diags) > 0 || len(sent) != writes {
		s.t.Errorf("%d writes, want %d; %s\n%s", len(sent), writes, providertest.Text(diags), text)
	}
	return text
}

// refuses is invoke that fails without a write.
func (s *resetStage) refuses(config map[string]any) string {
	s.t.Helper()
	text, sent, diags := s.invoke(config)
	if !providertest.Errors(diags) || len(sent) > 0 {
		s.t.Errorf("%d writes, diagnostics %q", len(sent), providertest.Text(diags))
	}
	return text + "\n" + providertest.Text(diags)
}

// users are those named.
func users(names ...string) map[string]any {
	list := make([]any, len(names))
	for i, name := range names {
		list[i] = name
	}
	return map[string]any{"users": list}
}

// everybody is all with a limit.
func everybody(most int) map[string]any { return map[string]any{"all": true, "max_users": most} }

// with adds an argument.
func with(config map[string]any, name string, value any) map[string]any {
	config[name] = value
	return config
}

// people are names in their order.
func people(n int) []string {
	names := make([]string, n)
	for i := range names {
		names[i] = fmt.Sprintf("person-%03d", i)
	}
	return names
}
