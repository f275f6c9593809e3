package mfa_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"

	"github.com/iamguard/terraform-provider-iamguard/internal/localaws"
	"github.com/iamguard/terraform-provider-iamguard/internal/providertest"
)

const (
	breaks    = "Access keys would stop working"
	locksOut  = "Caller would be locked out"
	uncovered = "users with a password or an active access key who are not covered"
)

// useKey gives a user an access key, and uses it.
func useKey(t *testing.T, stage *providertest.Stage, name string) string {
	t.Helper()
	made := does[iam.CreateAccessKeyOutput](
		t,
	)(
		client(stage).CreateAccessKey(t.Context(), &iam.CreateAccessKeyInput{UserName: &name}),
	)
	own := iam.NewFromConfig(stage.SDK(localaws.Principal{
		AccessKeyID: aws.ToString(made.AccessKey.AccessKeyId), SecretAccessKey: aws.ToString(made.AccessKey.SecretAccessKey),
	}))
	does[iam.GetUserOutput](t)(own.GetUser(t.Context(), &iam.GetUserInput{UserName: &name}))
	return aws.ToString(made.AccessKey.AccessKeyId)
}

func password(t *testing.T, stage *providertest.Stage, name string) {
	t.Helper()
	does[iam.CreateLoginProfileOutput](t)(client(stage).CreateLoginProfile(t.Context(), &iam.CreateLoginProfileInput{
		UserName: &name, Password: aws.String("Correct-horse-7-battery"),
	}))
}

// A plan that takes a key in use away is an error that names the user, until it is
// accepted, exempt, or the key is not in use.
func TestMFAEnforcement_keyBreakage(t *testing.T) {
	t.Parallel()
	stage := populated(t)
	useKey(t, stage, "alice")
	useKey(t, stage, "carol")
	plan := func(arguments string) (bool, string) {
		cli := ready(t, stage, stage.Config(body(arguments)))
		code, out := cli.Run(t, "plan")
		return code == 0, out
	}
	today := time.Now().UTC().Format(time.DateOnly)
	ok, out := plan(people)
	expect(t, !ok, out, breaks, "- alice: access key 1, used "+today, `accept_key_breakage = ["alice"]`, "require-mfa")
	never(t, out, "bob:", "carol:")
	ok, out = plan(full)
	expect(t, !ok, out, "- alice:", "- carol:", `accept_key_breakage = ["alice", "carol"]`)
	ok, out = plan(full + "  accept_key_breakage = [\"carol\"]\n")
	expect(t, !ok, out, "- alice:")
	never(t, out, "- carol:")
	for _, arguments := range []string{
		full + "  accept_key_breakage = [\"alice\", \"carol\"]\n",
		people + "  exempt_users = [\"alice\"]\n",
		full + "  exempt_access_keys = true\n",
		"  groups = [\"strangers\"]\n",
	} {
		ok, out = plan(arguments)
		expect(t, ok, out)
		never(t, out, breaks)
	}
}

// The report tells for what and where a key was used last; an inactive key, and one that
// was not used for long, break nothing.
func TestMFAEnforcement_keysNotInUse(t *testing.T) {
	t.Parallel()
	stage := populated(t)
	id := useKey(t, stage, "alice")
	does[iam.UpdateAccessKeyOutput](t)(client(stage).UpdateAccessKey(t.Context(), &iam.UpdateAccessKeyInput{
		AccessKeyId: &id, UserName: aws.String("alice"), Status: "Inactive",
	}))
	cli := ready(t, stage, stage.Config(body(people)))
	never(t, cli.Must(t, "plan"), breaks)

	stage = populated(t)
	useKey(t, stage, "alice")
	if err := stage.Clock.Sleep(t.Context(), 89*24*time.Hour); err != nil {
		t.Fatal(err)
	}
	cli = ready(t, stage, stage.Config(body(people)))
	code, out := cli.Run(t, "plan")
	expect(t, code != 0, out, breaks)
	if err := stage.Clock.Sleep(t.Context(), 2*24*time.Hour); err != nil {
		t.Fatal(err)
	}
	cli = ready(t, stage, stage.Config(body(people)))
	never(t, cli.Must(t, "plan"), breaks)
}

// Who is bound already has nothing more to lose: a key that fetches sessions with MFA is
// in use, and must not stop the plans after the first. Who comes anew is judged.
func TestMFAEnforcement_keysOfTheBound(t *testing.T) {
	t.Parallel()
	stage := populated(t)
	useKey(t, stage, "alice")
	cli := applied(t, stage, stage.Config(body(people+"  accept_key_breakage = [\"alice\"]\n")))
	cli.Write(t, stage.Config(body(people+"  max_mfa_age_seconds = 3600\n")))
	cli.Apply(t)
	cli.ExpectNoChange(t)
	useKey(t, stage, "carol")
	if err := stage.Clock.Sleep(t.Context(), 5*time.Hour); err != nil {
		t.Fatal(err)
	}
	cli.Write(t, stage.Config(body(full)))
	code, out := cli.Run(t, "plan")
	expect(t, code != 0, out, breaks, "- carol:")
	never(t, out, "- alice:")
	// Without the policy in force nobody is bound: healing it is judged anew.
	cli.Write(t, stage.Config(body(people)))
	does[iam.CreatePolicyVersionOutput](t)(client(stage).CreatePolicyVersion(t.Context(), &iam.CreatePolicyVersionInput{
		PolicyArn: aws.String(arnOf(stage)), PolicyDocument: aws.String(adminPolicy), SetAsDefault: true,
	}))
	code, out = cli.Run(t, "plan")
	expect(t, code != 0, out, breaks, "- alice:")
}

// A policy that let keys through, or let them do more, bound nobody whose key breaks now.
func TestMFAEnforcement_keysNoLongerExempt(t *testing.T) {
	t.Parallel()
	for name, looser := range map[string]string{
		"keys exempt": "  exempt_access_keys = true\n",
		"user exempt": "  exempt_users = [\"alice\"]\n",
		"more to do":  "  extra_allowed_actions = [\"s3:*\"]\n  accept_key_breakage = [\"alice\"]\n",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			stage := populated(t)
			useKey(t, stage, "alice")
			cli := applied(t, stage, stage.Config(body(people+looser)))
			cli.ExpectNoChange(t)
			cli.Write(t, stage.Config(body(people)))
			code, out := cli.Run(t, "plan")
			expect(t, code != 0, out, breaks, "- alice:")
		})
	}
}

// Users who can act and whom nothing here binds are named, the first fifty of them.
func TestMFAEnforcement_uncovered(t *testing.T) {
	t.Parallel()
	stage := populated(t)
	password(t, stage, "alice")
	password(t, stage, "carol")
	cli := ready(t, stage, stage.Config(body("  groups = [\"people\", \"unmade\"]\n")))
	out := cli.Must(t, "plan")
	expect(t, true, out, uncovered+": 1", ": carol.", "credential report of")
	never(t, out, "alice", "root_account")
	for _, arguments := range []string{full, people + "  exempt_users = [\"carol\"]\n"} {
		cli.Write(t, stage.Config(body(arguments)))
		never(t, cli.Must(t, "plan"), uncovered)
	}
}

func TestMFAEnforcement_uncoveredMany(t *testing.T) {
	t.Parallel()
	stage := populated(t)
	stage.SeedInventory(2000, 1)
	out := ready(t, stage, stage.Config(body(people))).Must(t, "plan")
	expect(t, true, out, uncovered, " more.")
}

// A user who runs Terraform is not bound by accident; a role cannot be.
func TestMFAEnforcement_selfLockout(t *testing.T) {
	t.Parallel()
	stage := populated(t)
	c, ctx := client(stage), t.Context()
	does[iam.CreateUserOutput](t)(c.CreateUser(ctx, &iam.CreateUserInput{UserName: aws.String("deployer")}))
	cli := ready(t, stage, stage.Config(body("  users = [\"deployer\"]\n")))
	code, out := cli.Run(t, "plan")
	expect(t, code != 0, out, locksOut, `the IAM user "deployer"`, "refuse_self_lockout = false")
	join(t, stage, "deployer")
	cli.Write(t, stage.Config(body(people)))
	code, out = cli.Run(t, "apply", "-auto-approve")
	expect(t, code != 0, out, locksOut)
	for _, arguments := range []string{
		"  exempt_users = [\"deployer\"]\n", "  refuse_self_lockout = false\n", "  exempt_access_keys = true\n",
	} {
		cli.Write(t, stage.Config(body(people+arguments)))
		never(t, cli.Must(t, "plan"), locksOut)
	}
	cli.Write(t, stage.Provider(stage.AssumedRole("deployer", "deployer"))+body(people))
	never(t, cli.Must(t, "plan"), locksOut)
	if names := policiesLeft(t, stage); len(names) > 0 {
		t.Errorf("a refused plan left %v", names)
	}
}

// What cannot be read is said, and nothing is told that would need it.
func TestMFAEnforcement_unreadable(t *testing.T) {
	t.Parallel()
	for operation, said := range map[string]string{
		"GetCredentialReport": "The credential report cannot be read", "GetGroup": "The group people cannot be read",
	} {
		t.Run(operation, func(t *testing.T) {
			t.Parallel()
			stage := populated(t)
			password(t, stage, "carol")
			useKey(t, stage, "alice")
			cli := ready(t, stage, stage.Config(body(people)))
			stage.Inject(localaws.Fault{Service: "iam", Operation: operation, Kind: localaws.Deny})
			out := cli.Must(t, "plan")
			expect(t, true, out, "cannot tell whose access keys would stop working, nor who is not covered", said, "iam:"+operation)
			never(t, out, uncovered)
		})
	}
}

// The report tells for which service and where a key was used last.
func TestMFAEnforcement_keyUses(t *testing.T) {
	t.Parallel()
	stage := providertest.NewStage(t)
	stage.SeedInventory(600, 1)
	listed := does[iam.ListUsersOutput](t)(client(stage).ListUsers(t.Context(), &iam.ListUsersInput{}))
	var names []string
	for _, user := range listed.Users {
		names = append(names, fmt.Sprintf("%q", aws.ToString(user.UserName)))
	}
	cli := ready(t, stage, stage.Config(body("  users = ["+strings.Join(names, ", ")+"]\n")))
	code, out := cli.Run(t, "plan")
	expect(t, code != 0, out, breaks)
	if !regexp.MustCompile(`access key [12], used \d{4}-\d\d-\d\d for \w+ in us-east-1`).MatchString(flat(out)) {
		t.Errorf("the use of keys is not told:\n%s", out)
	}
}

// The members of a group are read to the last page; where one is denied nothing is said of them.
func TestMFAEnforcement_manyMembers(t *testing.T) {
	t.Parallel()
	stage := populated(t)
	for i := range 100 {
		name := fmt.Sprintf("member-%03d", i)
		does[iam.CreateUserOutput](t)(client(stage).CreateUser(t.Context(), &iam.CreateUserInput{UserName: &name}))
		join(t, stage, name)
	}
	useKey(t, stage, "member-099")
	cli := ready(t, stage, stage.Config(body(people)))
	code, out := cli.Run(t, "plan")
	expect(t, code != 0, out, breaks, "- member-099:")
	stage.Inject(localaws.Fault{Service: "iam", Operation: "GetGroup", Nth: 2, Kind: localaws.Deny})
	out = cli.Must(t, "plan")
	expect(t, true, out, "The group people cannot be read")
	never(t, out, uncovered)
}

// A user who is younger than the report is not given an all-clear.
func TestMFAEnforcement_youngUser(t *testing.T) {
	t.Parallel()
	stage := populated(t)
	cli := ready(t, stage, stage.Config(body(people)))
	cli.Must(t, "plan")
	does[iam.CreateUserOutput](t)(client(stage).CreateUser(t.Context(), &iam.CreateUserInput{UserName: aws.String("newcomer")}))
	join(t, stage, "newcomer")
	expect(t, true, cli.Must(t, "plan"), "bound users whose access keys cannot be judged yet: 1", "does not know newcomer")
}

// A plan reads the report and each group once, and a refresh writes nothing.
func TestMFAEnforcement_budget(t *testing.T) {
	t.Parallel()
	stage := populated(t)
	cli := applied(t, stage, stage.Config(body(full)))
	stage.ResetCalls()
	cli.ExpectNoChange(t)
	counts := map[string]int{}
	for _, made := range stage.Calls(func(c localaws.Call) bool { return c.Service == "iam" }) {
		counts[made.Operation]++
	}
	want := "map[GetCredentialReport:1 GetGroup:1 GetPolicy:1 GetPolicyVersion:1 ListEntitiesForPolicy:1]"
	if got := fmt.Sprint(counts); got != want {
		t.Errorf("a plan calls %s, want %s", got, want)
	}
	if mutations := stage.Mutations(); len(mutations) > 0 {
		t.Errorf("a plan without changes wrote %v", mutations)
	}
}
