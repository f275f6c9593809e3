package membership_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"

	"github.com/iamguard/terraform-provider-iamguard/internal/localaws"
	"github.com/iamguard/terraform-provider-iamguard/internal/providertest"
)

// Another person under the name of a member is not that member.
func TestGroup_namesake(t *testing.T) {
	t.Parallel()
	w := begin(t)
	w.users("alice", "bob")
	w.group()
	cli := w.ready(groupConfig(`users = ["alice", "bob"]`))
	cli.Apply(t)
	mallory := w.iam(w.User("mallory"))
	w.leaves(w.User("mallory"), "alice")
	w.does(
		mallory.UpdateUser(t.Context(), &iam.UpdateUserInput{UserName: aws.String("alice"), NewUserName: aws.String("svc-backup")}),
	)
	w.does(mallory.CreateUser(t.Context(), &iam.CreateUserInput{UserName: aws.String("alice")}))
	w.joins(w.User("mallory"), "alice")
	providertest.ExpectTexts(t, cli.Must(t, "plan"), "+ \"alice\"", "alice is another user now", "1 to change")
	cli.Apply(t)
	cli.ExpectNoChange(t)
	w.expectMembers("alice bob")
}

// Terraform that was never applied after an import knows all the same who was taken out.
func TestGroup_removedAfterImport(t *testing.T) {
	t.Parallel()
	w := begin(t)
	w.users("alice", "bob")
	w.group("alice", "bob")
	cli := w.ready(groupConfig(`users = ["alice", "bob"]`))
	cli.Must(t, "import", groupAddress, "mfa")
	cli.Apply(t)
	w.later()
	w.leaves(w.User("mallory"), "bob")
	providertest.ExpectTexts(t, cli.Must(t, "plan"), "RemoveUserFromGroup by user/mallory", "apply puts bob back into the group")
}

// A membership that was imported whole, for a configuration that is not exclusive, lets
// the others be.
func TestGroup_importedForShared(t *testing.T) {
	t.Parallel()
	w := begin(t)
	w.users("alice", "bob", "carol")
	w.group("alice", "bob", "carol")
	cli := w.ready(groupConfig("users = [\"alice\"]\nexclusive = false"))
	cli.Must(t, "import", groupAddress, "mfa")
	cli.Apply(t)
	cli.ExpectNoChange(t)
	w.expectMembers("alice bob carol")
}

// The limits hold for members whom no state shows.
func TestGroup_limitsOfForeignMembers(t *testing.T) {
	t.Parallel()
	w := begin(t)
	w.users("alice", "trent", "trudy")
	w.group("trent", "trudy")
	cli := w.ready(groupConfig("users = [\"alice\"]\nexclusive = false"))
	cli.Apply(t)
	cli.Write(t, w.Config(groupConfig("users = [\"alice\"]\nmax_removals = 1")))
	providertest.ExpectTexts(t, cli.Fails(t, "plan"), "Too many users would be removed from the group", "trent, trudy")
	cli.Must(t, "state", "rm", groupAddress)
	cli.Write(t, w.Config(groupConfig("users = [\"alice\"]\nmax_removals = 1\nadopt_existing = true")))
	providertest.ExpectTexts(t, cli.Fails(t, "plan"), "Too many users would be removed from the group")
}

// A role that may change nothing leaves nothing behind.
func TestGroup_deniedCreate(t *testing.T) {
	t.Parallel()
	w := begin(t)
	w.users("alice")
	w.group()
	for _, operation := range []string{"AddUserToGroup", "RemoveUserFromGroup"} {
		defer w.Inject(localaws.Fault{Service: "iam", Operation: operation, Kind: localaws.Deny})()
	}
	cli := w.ready(groupConfig(`users = ["alice"]`))
	out := cli.Fails(t, "apply", "-auto-approve")
	providertest.ExpectTexts(t, out, "allow the action iam:AddUserToGroup")
	providertest.ExpectNoTexts(t, out, "tainted")
}

// What a failed update dropped from the configuration is still what was there before.
func TestClientIDs_halfUpdated(t *testing.T) {
	t.Parallel()
	w := begin(t)
	w.provider("theirs")
	cli := w.ready(w.clientConfig(`client_ids = ["theirs", "mine"]`))
	cli.Apply(t)
	cli.Write(t, w.Config(w.clientConfig(`client_ids = ["mine", "new"]`)))
	restore := w.Inject(localaws.Fault{Service: "iam", Operation: "AddClientIDToOpenIDConnectProvider", Kind: localaws.Deny})
	cli.Fails(t, "apply", "-auto-approve")
	restore()
	cli.Apply(t)
	cli.ExpectNoChange(t)
	w.expectIDs("mine new theirs")
}

// An ID that somebody puts on the list between plan and apply is no surprise.
func TestClientIDs_addedAfterThePlan(t *testing.T) {
	t.Parallel()
	w := begin(t)
	w.provider()
	cli := w.ready(w.clientConfig("client_ids = [\"a\"]\nexclusive = true"))
	cli.Apply(t)
	cli.Write(t, w.Config(w.clientConfig("client_ids = [\"a\", \"b\"]\nexclusive = true")))
	cli.Must(t, "plan", "-out", "saved")
	w.putsOn(w.User("mallory"), "b")
	cli.Must(t, "apply", "saved")
	cli.ExpectNoChange(t)
	w.expectIDs("a b")
}
