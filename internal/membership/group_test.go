package membership_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"

	"github.com/iamguard/terraform-provider-iamguard/internal/localaws"
	"github.com/iamguard/terraform-provider-iamguard/internal/providertest"
)

func TestGroup_lifecycle(t *testing.T) {
	t.Parallel()
	w := begin(t)
	w.users("alice", "bob", "carol")
	w.group("alice")
	cli := w.ready(groupConfig(`users = ["alice", "bob"]`))
	cli.Apply(t)
	cli.ExpectNoChange(t)
	w.expectMembers("alice bob")
	w.ResetCalls()
	cli.Write(t, w.Config(groupConfig(`users = ["bob", "carol"]`)))
	cli.Apply(t)
	cli.ExpectNoChange(t)
	w.expectMembers("bob carol")
	var order []string
	for _, call := range w.Calls(func(call localaws.Call) bool { return !call.ReadOnly && call.Service == "iam" }) {
		order = append(order, call.Operation)
	}
	if got := strings.Join(order, " "); got != "AddUserToGroup RemoveUserFromGroup" {
		t.Errorf("the calls are %s", got)
	}
	cli.Must(t, "destroy", "-auto-approve")
	w.expectMembers("bob carol")
}

// Every kind of drift shows as exactly that and heals.
func TestGroup_drift(t *testing.T) {
	t.Parallel()
	w := begin(t)
	w.users("alice", "bob", "mallory2")
	w.group()
	config := w.Config(groupConfig(`users = ["alice", "bob"]`))
	mallory := w.User("mallory")
	drifts := func(change func(), from ...any) resource.TestStep {
		return resource.TestStep{
			PreConfig: change, Config: config,
			ConfigPlanChecks: resource.ConfigPlanChecks{
				PreApply:             []plancheck.PlanCheck{providertest.ExpectDrift(groupAddress, map[string]any{"users": from})},
				PostApplyPostRefresh: []plancheck.PlanCheck{plancheck.ExpectEmptyPlan()},
			},
		}
	}
	w.Test(
		t,
		resource.TestStep{Config: config},
		drifts(func() { w.leaves(mallory, "alice") }, "bob"),
		drifts(func() { w.joins(mallory, "mallory2") }, "alice", "bob", "mallory2"),
		drifts(func() { w.leaves(mallory, "alice"); w.leaves(mallory, "bob") }, []any{}...),
	)
	w.expectMembers("alice bob")
}

// A removal is told with its actor and user, and as access that apply gives back; with
// restore_access = false, under quarantine, or when it came after the plan, it is not.
func TestGroup_restoration(t *testing.T) {
	t.Parallel()
	w := begin(t)
	w.users("alice", "bob")
	w.group()
	cli := w.ready(groupConfig(`users = ["alice", "bob"]`))
	cli.Apply(t)
	w.later()
	w.leaves(w.User("mallory"), "alice")
	label := `Group membership "mfa" (` + w.ID + `)`
	providertest.ExpectTexts(
		t, cli.Must(t, "plan"), label+": RemoveUserFromGroup by user/mallory, ", "on alice", "+ \"alice\"",
		label+": apply puts alice back into the group", "That reverses: RemoveUserFromGroup by user/mallory",
	)
	cli.Write(t, w.Config(groupConfig("users = [\"alice\", \"bob\"]\nrestore_access = false")))
	providertest.ExpectTexts(
		t,
		cli.Fails(t, "plan"),
		"The users are not put back into the group",
		"Somebody removed alice from the group mfa",
		"RemoveUserFromGroup by user/mallory",
	)
	cli.Write(t, w.Config(groupConfig(`users = ["alice", "bob"]`)))
	release := w.quarantines("alice")
	providertest.ExpectTexts(t, cli.Fails(t, "plan"), "A quarantined user is given nothing back", "AWSCompromisedKeyQuarantineV3")
	release()
	cli.Must(t, "plan", "-out", "saved")
	w.quarantinesAgain("alice")
	w.ResetCalls()
	providertest.ExpectTexts(t, cli.Fails(t, "apply", "saved"), "AWSCompromisedKeyQuarantineV3")
	if w.writes("AddUserToGroup") > 0 {
		t.Error("a quarantined user was put back")
	}
	w.expectMembers("bob")
	w.releasesAll("alice")
	cli.Apply(t)
	cli.ExpectNoChange(t)
	w.expectMembers("alice bob")
	// Terraform makes a plan before it destroys, and that fails too, unless it is left out.
	w.leaves(w.User("mallory"), "alice")
	w.quarantinesAgain("alice")
	providertest.ExpectTexts(t, cli.Fails(t, "destroy", "-auto-approve"), "A quarantined user is given nothing back")
	cli.Must(t, "destroy", "-auto-approve", "-refresh=false")
}

// What somebody removes between plan and apply is not given back unseen.
func TestGroup_removedAfterThePlan(t *testing.T) {
	t.Parallel()
	w := begin(t)
	w.users("alice", "bob", "carol")
	w.group()
	cli := w.ready(groupConfig(`users = ["alice", "bob"]`))
	cli.Apply(t)
	cli.Write(t, w.Config(groupConfig(`users = ["alice", "bob", "carol"]`)))
	cli.Must(t, "plan", "-out", "saved")
	w.leaves(w.User("mallory"), "alice")
	providertest.ExpectTexts(t, cli.Fails(t, "apply", "saved"), "Unable to update the group membership",
		"somebody took out what the plan did not say would be given back: alice", "run plan again")
	w.expectMembers("bob")
	providertest.ExpectTexts(t, cli.Must(t, "plan"), "apply puts alice back")
	cli.Apply(t)
	w.expectMembers("alice bob carol")
}

func TestGroup_foreignMembers(t *testing.T) {
	t.Parallel()
	w := begin(t)
	w.users("alice", "trent", "mallory2")
	w.group("trent", "mallory2")
	cli := w.ready(groupConfig(`users = ["alice"]`))
	providertest.ExpectTexts(t, cli.Fails(t, "apply", "-auto-approve"), "Unable to create the group membership",
		"this group membership already exists", "what to remove (mallory2, trent)", "adopt_existing = true")
	w.expectMembers("mallory2 trent")
	cli.Write(t, w.Config(groupConfig("users = [\"alice\"]\nadopt_existing = true\nmax_removals = 1")))
	providertest.ExpectTexts(t, cli.Fails(t, "apply", "-auto-approve"), "Too many users would be removed from the group")
	w.expectMembers("mallory2 trent")
	cli.Write(t, w.Config(groupConfig("users = [\"alice\"]\nadopt_existing = true")))
	providertest.ExpectTexts(
		t,
		cli.Must(t, "plan"),
		"an existing group membership will be adopted",
		"what to remove (mallory2, trent)",
	)
	cli.Apply(t)
	cli.ExpectNoChange(t)
	w.expectMembers("alice")
}

func TestGroup_notExclusive(t *testing.T) {
	t.Parallel()
	w := begin(t)
	w.users("alice", "bob", "trent")
	w.group("trent")
	cli := w.ready(groupConfig("users = [\"alice\", \"bob\"]\nexclusive = false\non_destroy = \"remove\""))
	cli.Apply(t)
	cli.ExpectNoChange(t)
	w.expectMembers("alice bob trent")
	w.leaves(w.User("mallory"), "bob")
	providertest.ExpectTexts(t, cli.Must(t, "plan"), "apply puts bob back")
	cli.Apply(t)
	cli.Write(t, w.Config(groupConfig("users = [\"alice\"]\nexclusive = false\non_destroy = \"remove\"")))
	cli.Apply(t)
	cli.ExpectNoChange(t)
	w.expectMembers("alice trent")
	cli.Write(t, w.Config(groupConfig("users = [\"alice\"]\non_destroy = \"remove\"")))
	providertest.ExpectTexts(t, cli.Must(t, "plan"), "apply removes trent")
	cli.Apply(t)
	w.expectMembers("alice")
	cli.Must(t, "destroy", "-auto-approve")
	w.expectMembers("")
}

func TestGroup_removalLimits(t *testing.T) {
	t.Parallel()
	w := begin(t)
	names := []string{"a1", "a2", "a3", "a4", "a5", "a6", "a7"}
	w.users(names...)
	w.group()
	cli := w.ready(groupConfig(`users = ["` + strings.Join(names, `", "`) + `"]`))
	cli.Apply(t)
	cli.Write(t, w.Config(groupConfig(`users = ["a1"]`)))
	providertest.ExpectTexts(t, cli.Fails(t, "plan"), "Too many users would be removed from the group",
		"The plan removes 6 users, and max_removals is 5: a2, a3, a4, a5, a6, a7.")
	cli.Write(t, w.Config(groupConfig("users = [\"a1\"]\nmax_removals = 6")))
	cli.Apply(t)
	w.expectMembers("a1")
	cli.Write(t, w.Config(groupConfig(`users = []`)))
	providertest.ExpectTexts(t, cli.Fails(t, "plan"), "No users for the group", "set allow_empty = true")
	cli.Write(t, w.Config(groupConfig("users = []\nallow_empty = true")))
	cli.Apply(t)
	cli.ExpectNoChange(t)
	w.expectMembers("")
}

// The user who runs Terraform does not remove itself.
func TestGroup_selfRemoval(t *testing.T) {
	t.Parallel()
	w := begin(t)
	w.users("alice", "deployer")
	w.group()
	as := w.User("deployer")
	config := func(arguments string) string { return w.Provider(as) + groupConfig(arguments) }
	cli := w.CLI(t)
	cli.Write(t, config("users = [\"alice\", \"deployer\"]\non_destroy = \"remove\""))
	cli.Must(t, "init")
	cli.Apply(t)
	providertest.ExpectTexts(t, cli.Fails(t, "destroy", "-auto-approve"), "The destroy removes the user who runs it from the group")
	cli.Write(t, config("users = [\"alice\"]"))
	providertest.ExpectTexts(
		t,
		cli.Fails(t, "plan"),
		"The plan removes the user who runs it from the group",
		"Terraform runs as the user deployer",
	)
	w.expectMembers("alice deployer")
	cli.Write(t, config("users = [\"alice\"]\nrefuse_self_removal = false"))
	cli.Apply(t)
	w.expectMembers("alice")
}

// A group that is renamed, deleted or made anew is not the one that was guarded.
func TestGroup_vanished(t *testing.T) {
	t.Parallel()
	w := begin(t)
	w.users("alice")
	w.group()
	cli := w.ready(groupConfig(`users = ["alice"]`))
	cli.Apply(t)
	w.later()
	mallory := w.iam(w.User("mallory"))
	w.does(mallory.UpdateGroup(t.Context(), &iam.UpdateGroupInput{GroupName: aws.String("mfa"), NewGroupName: aws.String("hidden")}))
	providertest.ExpectTexts(
		t,
		cli.Must(t, "plan"),
		"the group membership is gone: UpdateGroup by user/mallory",
		"is called hidden now",
		"1 to add",
	)
	providertest.ExpectTexts(
		t,
		cli.Fails(t, "apply", "-auto-approve"),
		"Unable to create the group membership",
		"make the group first",
	)
	w.does(mallory.UpdateGroup(t.Context(), &iam.UpdateGroupInput{GroupName: aws.String("hidden"), NewGroupName: aws.String("mfa")}))
	cli.Apply(t)
	w.later()
	w.leaves(w.User("mallory"), "alice")
	w.does(mallory.DeleteGroup(t.Context(), &iam.DeleteGroupInput{GroupName: aws.String("mfa")}))
	w.group("alice")
	providertest.ExpectTexts(t, cli.Must(t, "plan"), "the group membership is gone: DeleteGroup by user/mallory",
		"was deleted. If there is a group of that name, it is another one", "1 to add")
	cli.Apply(t)
	cli.ExpectNoChange(t)
	restore := w.Inject(localaws.Fault{Service: "iam", Operation: "ListGroups", Kind: localaws.Deny})
	w.does(
		w.iam(w.Admin()).UpdateGroup(t.Context(), &iam.UpdateGroupInput{GroupName: aws.String("mfa"), NewGroupName: aws.String("x")}),
	)
	providertest.ExpectTexts(t, cli.Must(t, "plan"), "deleted, or renamed; which of both could not be told", "ListGroups")
	restore()
}

func TestGroup_import(t *testing.T) {
	t.Parallel()
	w := begin(t)
	w.users("alice", "bob")
	w.group("alice", "bob")
	cli := w.ready(groupConfig(`users = ["alice", "bob"]`))
	for _, id := range []string{"mfa", "mfa?account=" + w.ID} {
		cli.Must(t, "import", groupAddress, id)
		cli.ExpectNoChange(t)
		cli.Must(t, "state", "rm", groupAddress)
	}
	for id, text := range map[string]string{
		"a b": "is not the name of an IAM group", "nobody": "Unable to find the group to import",
	} {
		providertest.ExpectTexts(t, cli.Fails(t, "import", groupAddress, id), text)
	}
	cli.Write(t, w.Config(groupConfig(`users = ["alice"]`)))
	cli.Must(t, "import", groupAddress, "mfa")
	providertest.ExpectTexts(t, cli.Must(t, "plan"), "- \"bob\"")
}

// Bad arguments are refused on the attribute.
func TestGroup_refusals(t *testing.T) {
	t.Parallel()
	w := begin(t)
	w.group()
	cli := w.ready(groupConfig(`users = ["alice"]`))
	for arguments, text := range map[string]string{
		`users = ["arn:aws:iam::111122223333:user/alice"]`: "must be the name of an IAM user, not an ARN",
		"users = [\"a\"]\nmax_removals = -1":               "max_removals",
		"users = [\"a\"]\non_destroy = \"delete\"":         "on_destroy",
	} {
		cli.Write(t, w.Config(groupConfig(arguments)))
		providertest.ExpectTexts(t, cli.Fails(t, "plan"), text)
	}
	cli.Write(t, w.Config(groupConfig(`users = ["nobody"]`)))
	providertest.ExpectTexts(
		t,
		cli.Fails(t, "apply", "-auto-approve"),
		"to AddUserToGroup",
		"make the user that IAM does not find first",
	)
	if state := cli.Must(t, "state", "list"); strings.Contains(state, groupAddress) {
		t.Error("a failed create is in state")
	}
}

// 500 users converge with one call for each, and none to look each of them up.
func TestGroup_manyUsers(t *testing.T) {
	t.Parallel()
	w := begin(t)
	var names []string
	for i := range 500 {
		names = append(names, fmt.Sprintf("user%03d", i))
	}
	w.users(names...)
	w.group()
	cli := w.ready(groupConfig(`users = ["` + strings.Join(names, `", "`) + `"]`))
	w.ResetCalls()
	cli.Apply(t)
	reads := w.Calls(func(call localaws.Call) bool { return call.ReadOnly && call.Service == "iam" })
	if got := w.writes("AddUserToGroup"); got != 500 || len(reads) > 20 {
		t.Errorf("%d users were added, with %d reads", got, len(reads))
	}
	cli.ExpectNoChange(t)
	out, err := w.iam(w.Admin()).GetGroup(t.Context(), &iam.GetGroupInput{GroupName: aws.String("mfa"), MaxItems: aws.Int32(1000)})
	w.does(out, err)
	if len(out.Users) < 100 || slices.Contains(names, "") {
		t.Errorf("the group has %d users", len(out.Users))
	}
}

// The warning of a removal says what the user may do since, with a grade.
func TestGroup_impact(t *testing.T) {
	t.Parallel()
	w := begin(t)
	w.users("alice")
	w.group()
	admin := w.iam(w.Admin())
	w.does(admin.PutUserPolicy(t.Context(), &iam.PutUserPolicyInput{
		UserName: aws.String("alice"), PolicyName: aws.String("work"),
		PolicyDocument: aws.String(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iam:*","Resource":"*"}]}`),
	}))
	w.does(admin.PutGroupPolicy(t.Context(), &iam.PutGroupPolicyInput{
		GroupName: aws.String("mfa"), PolicyName: aws.String("deny-without-mfa"),
		PolicyDocument: aws.String(`{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"*","Resource":"*",
			"Condition":{"BoolIfExists":{"aws:MultiFactorAuthPresent":"false"}}}]}`),
	}))
	cli := w.ready(groupConfig(`users = ["alice"]`))
	cli.Apply(t)
	w.later()
	w.leaves(w.User("mallory"), "alice")
	out := cli.Must(t, "plan")
	providertest.ExpectTexts(
		t,
		out,
		"RemoveUserFromGroup by user/mallory",
		"impact critical: alice is no longer denied iam:* without MFA",
		"alice can raise its own privileges without MFA by",
		"Judged by the policies as they are now.",
	)
	restore := w.Inject(localaws.Fault{Service: "iam", Operation: "GetAccountAuthorizationDetails", Kind: localaws.Deny})
	out = cli.Must(t, "plan")
	restore()
	providertest.ExpectTexts(t, out, "RemoveUserFromGroup by user/mallory", "so take it for grave",
		"Allow the action iam:GetAccountAuthorizationDetails")
}
