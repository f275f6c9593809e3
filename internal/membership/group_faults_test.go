package membership_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/iam"

	"github.com/iamguard/terraform-provider-iamguard/internal/localaws"
	"github.com/iamguard/terraform-provider-iamguard/internal/providertest"
)

func TestGroup_faults(t *testing.T) {
	t.Parallel()
	providertest.FaultLoop(t, providertest.Lifecycle{
		Prepare: func(tb testing.TB, stage *providertest.Stage) {
			tb.Helper()
			w := world{stage, tb}
			w.users("alice", "bob", "carol")
			w.group("carol")
		},
		Config: func(stage *providertest.Stage) string {
			return stage.Config(groupConfig("users = [\"alice\", \"bob\"]\nexclusive = false\non_destroy = \"remove\""))
		},
		Left: func(tb testing.TB, stage *providertest.Stage) []string {
			tb.Helper()
			members := strings.Fields(world{stage, tb}.members())
			return slices.DeleteFunc(members, func(name string) bool { return name == "carol" })
		},
		Survives: func(tb testing.TB, stage *providertest.Stage) {
			tb.Helper()
			if !strings.Contains(world{stage, tb}.members(), "carol") {
				tb.Error("a foreign member is gone")
			}
		},
	})
}

// An update that fails half-way leaves what was read, and the next one finishes it.
func TestGroup_halfUpdated(t *testing.T) {
	t.Parallel()
	w := begin(t)
	w.users("alice", "bob", "carol", "dave")
	w.group()
	cli := w.ready(groupConfig(`users = ["alice"]`))
	cli.Apply(t)
	cli.Write(t, w.Config(groupConfig(`users = ["bob", "carol", "dave"]`)))
	restore := w.Inject(localaws.Fault{Service: "iam", Operation: "AddUserToGroup", Kind: localaws.Deny, Nth: 2})
	providertest.ExpectTexts(t, cli.Fails(t, "apply", "-auto-approve"), "Unable to update the group membership",
		"allow the action iam:AddUserToGroup")
	restore()
	w.expectMembers("alice bob")
	out := cli.Must(t, "plan")
	providertest.ExpectTexts(t, out, "+ \"carol\"", "+ \"dave\"", "- \"alice\"")
	providertest.ExpectNoTexts(t, out, "back into the group", "+ \"bob\"")
	cli.Apply(t)
	cli.ExpectNoChange(t)
	w.expectMembers("bob carol dave")
}

// Reads that are behind, another change under way, a page that fails, a denied destroy.
func TestGroup_troubles(t *testing.T) {
	t.Parallel()
	w := begin(t)
	w.users("alice", "bob")
	w.group()
	cli := w.ready(groupConfig("users = [\"alice\", \"bob\"]\non_destroy = \"remove\""))
	restore := w.Inject(localaws.Fault{Service: "iam", Operation: "GetGroup", Kind: localaws.StaleReads, Count: 3})
	cli.Apply(t)
	restore()
	cli.ExpectNoChange(t)
	w.expectMembers("alice bob")
	restore = w.Inject(localaws.Fault{
		Service:   "iam",
		Operation: "RemoveUserFromGroup",
		Kind:      localaws.Refuse,
		Code:      "ConcurrentModification",
		Status:    409,
		Nth:       1,
		Count:     2,
	})
	cli.Write(t, w.Config(groupConfig("users = [\"alice\"]\non_destroy = \"remove\"")))
	cli.Apply(t)
	restore()
	w.expectMembers("alice")
	restore = w.Inject(localaws.Fault{Service: "iam", Operation: "RemoveUserFromGroup", Kind: localaws.Deny})
	providertest.ExpectTexts(t, cli.Fails(t, "destroy", "-auto-approve"), "Unable to delete the group membership",
		"allow the action iam:RemoveUserFromGroup")
	restore()
	restore = w.Inject(localaws.Fault{Service: "iam", Operation: "GetGroup", Kind: localaws.Deny})
	providertest.ExpectTexts(t, cli.Fails(t, "plan"), "Unable to read the group membership", "allow the action iam:GetGroup")
	restore()
}

// A second page that is denied is an error of everything that reads pages, and gives
// nobody anything.
func TestGroup_secondPageDenied(t *testing.T) {
	t.Parallel()
	w := begin(t)
	names := make([]string, 0, 130)
	for i := range 130 {
		names = append(names, "user"+string(rune('a'+i/26))+string(rune('a'+i%26)))
	}
	w.users(names...)
	w.users("alice")
	w.group(names...)
	cli := w.ready(groupConfig("users = [\"alice\"]\nexclusive = false"))
	second := func(operation string) localaws.Fault {
		return localaws.Fault{Service: "iam", Operation: operation, Kind: localaws.Deny, Match: func(call localaws.Call) bool {
			return strings.Contains(string(call.RawRequest), "Marker=")
		}}
	}
	restore := w.Inject(second("GetGroup"))
	providertest.ExpectTexts(t, cli.Fails(t, "apply", "-auto-approve"), "Unable to create the group membership",
		"allow the action iam:GetGroup")
	restore()
	restore = w.Inject(localaws.Fault{Service: "iam", Operation: "ListPolicies", Kind: localaws.Deny})
	out := cli.Fails(t, "apply", "-auto-approve")
	restore()
	providertest.ExpectTexts(t, out, "whether a user is quarantined could not be told", "allow the action iam:ListPolicies")
	if w.writes("AddUserToGroup") != 130 {
		t.Error("a user was added whom nobody had looked at")
	}
	cli.Apply(t)
	cli.ExpectNoChange(t)
}

func TestGroup_list(t *testing.T) {
	t.Parallel()
	w := begin(t)
	w.users("alice")
	w.group("alice")
	server, query := w.Server(t, nil), providertest.ListQuery{IncludeResource: true}
	objects, diags := server.List(t, "iamguard_group_membership", query)
	if len(objects) != 1 || len(diags) > 0 || objects[0].Identity["group"] != "mfa" {
		t.Fatalf("listed are %v %s", objects, providertest.Text(diags))
	}
	if users, ok := objects[0].Resource["users"].([]any); !ok || len(users) != 1 || users[0] != "alice" {
		t.Errorf("the users are %v", objects[0].Resource["users"])
	}
	for _, operation := range []string{"ListGroups", "GetGroup"} {
		restore := w.Inject(localaws.Fault{Service: "iam", Operation: operation, Kind: localaws.Deny})
		objects, diags := server.List(t, "iamguard_group_membership", query)
		restore()
		if len(objects) > 0 || !strings.Contains(providertest.Text(diags), "allow the action iam:"+operation) {
			t.Errorf("%s denied: %v %s", operation, objects, providertest.Text(diags))
		}
	}
}

func TestGroup_permissions(t *testing.T) {
	t.Parallel()
	w := begin(t)
	w.users("alice", "bob", "carol")
	w.quarantines("carol") // So that its users are asked for.
	w.group()
	cli := w.ready(groupConfig("users = [\"alice\", \"bob\"]\non_destroy = \"remove\""))
	applying := w.Used(func() {
		cli.Apply(t)
		cli.Write(t, w.Config(groupConfig("users = [\"alice\"]\non_destroy = \"remove\"")))
		cli.Apply(t)
	})
	server := w.Server(t, nil)
	providertest.ExpectPermissions(t, "list-resources/iamguard_group_membership", map[string][]string{"Plan": w.Used(func() {
		server.List(t, "iamguard_group_membership", providertest.ListQuery{IncludeResource: true})
	})})
	w.leaves(w.User("mallory"), "alice")
	rename := func(from, to string) {
		w.does(w.iam(w.Admin()).UpdateGroup(t.Context(), &iam.UpdateGroupInput{GroupName: &from, NewGroupName: &to}))
	}
	rename("mfa", "elsewhere")
	planning := w.Used(func() { cli.Must(t, "plan") })
	rename("elsewhere", "mfa")
	more := w.Used(func() { cli.Must(t, "plan") })
	planning = append(planning, providertest.Beyond(more, planning)...)
	slices.Sort(planning)
	cli.Apply(t)
	destroying := w.Used(func() { cli.Must(t, "destroy", "-auto-approve") })
	providertest.ExpectPermissions(t, "resources/iamguard_group_membership", map[string][]string{
		"Plan": planning, "Apply": providertest.Beyond(applying, planning), "Destroy": providertest.Beyond(destroying, planning),
	})
}
