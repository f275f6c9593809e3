package membership_test

import (
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
	groupAddress  = "iamguard_group_membership.test"
	clientAddress = "iamguard_oidc_client_ids.test"
)

// world is one test's account.
type world struct {
	*providertest.Stage

	t testing.TB
}

func begin(tb testing.TB) world {
	tb.Helper()
	return world{providertest.NewStage(tb), tb}
}

func (w world) iam(as localaws.Principal) *iam.Client { return iam.NewFromConfig(w.SDK(as)) }

func (w world) does(_ any, err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// users makes users.
func (w world) users(names ...string) {
	w.t.Helper()
	for _, name := range names {
		w.does(w.iam(w.Admin()).CreateUser(w.t.Context(), &iam.CreateUserInput{UserName: &name}))
	}
}

// group makes the group mfa with these members.
func (w world) group(members ...string) {
	w.t.Helper()
	w.does(w.iam(w.Admin()).CreateGroup(w.t.Context(), &iam.CreateGroupInput{GroupName: aws.String("mfa")}))
	for _, name := range members {
		w.joins(w.Admin(), name)
	}
}

func (w world) joins(by localaws.Principal, user string) {
	w.t.Helper()
	w.does(w.iam(by).AddUserToGroup(w.t.Context(), &iam.AddUserToGroupInput{GroupName: aws.String("mfa"), UserName: &user}))
}

func (w world) leaves(by localaws.Principal, user string) {
	w.t.Helper()
	w.does(w.iam(by).RemoveUserFromGroup(w.t.Context(), &iam.RemoveUserFromGroupInput{
		GroupName: aws.String("mfa"), UserName: &user,
	}))
}

// members are those of the group, as AWS says, sorted.
func (w world) members() string {
	w.t.Helper()
	out, err := w.iam(w.Admin()).GetGroup(w.t.Context(), &iam.GetGroupInput{GroupName: aws.String("mfa")})
	if err != nil {
		w.t.Fatal(err)
	}
	var names []string
	for _, user := range out.Users {
		names = append(names, aws.ToString(user.UserName))
	}
	slices.Sort(names)
	return strings.Join(names, " ")
}

// expectMembers asserts who is in the group.
func (w world) expectMembers(want string) {
	w.t.Helper()
	if got := w.members(); got != want {
		w.t.Errorf("the members are %q, want %q", got, want)
	}
}

func groupConfig(arguments string) string {
	return "resource \"iamguard_group_membership\" \"test\" {\n  group = \"mfa\"\n" + arguments + "\n}\n"
}

// ready is Terraform with a configuration, before its first apply.
func (w world) ready(config string) *providertest.CLI {
	w.t.Helper()
	t, ok := w.t.(*testing.T)
	if !ok {
		w.t.Fatal("no test")
	}
	cli := w.CLI(t)
	cli.Write(t, w.Config(config))
	cli.Must(t, "init")
	return cli
}

// later lets an hour pass, so that what follows is not of the apply.
func (w world) later() {
	w.t.Helper()
	if err := w.Clock.Sleep(w.t.Context(), time.Hour); err != nil {
		w.t.Fatal(err)
	}
}

// quarantines attaches a policy as AWS does to users whose key it found in public.
func (w world) quarantines(user string) (release func()) {
	w.t.Helper()
	client := w.iam(w.Admin())
	out, err := client.CreatePolicy(w.t.Context(), &iam.CreatePolicyInput{
		PolicyName:     aws.String("AWSCompromisedKeyQuarantineV3"),
		PolicyDocument: aws.String(`{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"iam:*","Resource":"*"}]}`),
	})
	w.does(out, err)
	w.does(client.AttachUserPolicy(w.t.Context(), &iam.AttachUserPolicyInput{UserName: &user, PolicyArn: out.Policy.Arn}))
	return func() {
		w.t.Helper()
		w.does(client.DetachUserPolicy(w.t.Context(), &iam.DetachUserPolicyInput{UserName: &user, PolicyArn: out.Policy.Arn}))
	}
}

// writes counts the calls of one operation.
func (w world) writes(operation string) int {
	return len(w.Calls(localaws.Named("iam:" + operation)))
}

// quarantinesAgain attaches the quarantine policy that is there, and releasesAll detaches it.
func (w world) quarantinesAgain(user string) {
	w.t.Helper()
	w.does(w.iam(w.Admin()).AttachUserPolicy(w.t.Context(), &iam.AttachUserPolicyInput{
		UserName: &user, PolicyArn: aws.String("arn:aws:iam::" + w.ID + ":policy/AWSCompromisedKeyQuarantineV3"),
	}))
}

func (w world) releasesAll(user string) {
	w.t.Helper()
	w.does(w.iam(w.Admin()).DetachUserPolicy(w.t.Context(), &iam.DetachUserPolicyInput{
		UserName: &user, PolicyArn: aws.String("arn:aws:iam::" + w.ID + ":policy/AWSCompromisedKeyQuarantineV3"),
	}))
}
