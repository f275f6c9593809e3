package accesskey_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/iamguard/terraform-provider-iamguard/internal/localaws"
	"github.com/iamguard/terraform-provider-iamguard/internal/providertest"
)

// After an import the secret is not known, so the key is due whatever its age.
func TestAccessKey_import(t *testing.T) {
	t.Parallel()
	s := newKeyStage(t)
	one := s.make()
	cli := s.ready(viaManager, `rotate_trigger = "1"`)
	cli.Must(t, "import", keyAddress, keyUser+"?account="+s.ID)
	s.expect(cli, map[string]any{
		"user":              keyUser,
		"account_id":        s.ID,
		"access_key_id":     one.AccessKeyId,
		"phase":             "due",
		"status":            "Active",
		"secret_stored":     false,
		"rotate_trigger":    nil,
		"secret_id":         nil,
		"secret_encrypted":  nil,
		"restore_access":    true,
		"old_access_key_id": nil,
	})
	s.apply(cli)
	s.expect(cli, map[string]any{
		"phase": "overlapping", "old_access_key_id": one.AccessKeyId, "secret_stored": true, "rotate_trigger": "1",
	})
	s.works(cli)
	s.use(one)
	cli.ExpectNoChange(t)
	// An overlap that is imported has a key of which nobody knows whose it is.
	cli.Must(t, "state", "rm", keyAddress)
	cli.Must(t, "import", keyAddress, keyUser)
	providertest.ExpectTexts(t, cli.Fails(t, "plan"), "Unable to rotate a key of a user who has two")
	s.drop(one.AccessKeyId)
	s.apply(cli)
	s.works(cli)
}

// By identity, with or without the account, an import has what one by ID has.
func TestAccessKey_importByIdentity(t *testing.T) {
	t.Parallel()
	s := newKeyStage(t)
	one := s.make()
	server := s.Server(t, nil)
	kind := tftypes.Object{AttributeTypes: map[string]tftypes.Type{"account_id": tftypes.String, "user": tftypes.String}}
	for _, accountID := range []any{nil, s.ID} {
		identity, err := tfprotov6.NewDynamicValue(kind, tftypes.NewValue(kind, map[string]tftypes.Value{
			"account_id": tftypes.NewValue(tftypes.String, accountID), "user": tftypes.NewValue(tftypes.String, keyUser),
		}))
		s.does(nil, err)
		resp, err := server.ImportResourceState(t.Context(), &tfprotov6.ImportResourceStateRequest{
			TypeName: keyType, Identity: &tfprotov6.ResourceIdentityData{IdentityData: &identity},
		})
		if err != nil || providertest.Errors(resp.Diagnostics) || len(resp.ImportedResources) != 1 {
			t.Fatal(err, providertest.Text(resp.Diagnostics))
		}
		found := resp.ImportedResources[0]
		read, err := server.ReadResource(t.Context(), &tfprotov6.ReadResourceRequest{
			TypeName: keyType, CurrentState: found.State, CurrentIdentity: found.Identity, Private: found.Private,
		})
		if err != nil || providertest.Errors(read.Diagnostics) {
			t.Fatal(err, providertest.Text(read.Diagnostics))
		}
		state, err := read.NewState.Unmarshal(server.Schemas.ResourceSchemas[keyType].ValueType())
		s.does(nil, err)
		plain, ok := providertest.Plain(t, state).(map[string]any)
		if !ok || plain["access_key_id"] != one.AccessKeyId || plain["phase"] != "due" || plain["account_id"] != s.ID {
			t.Errorf("the state is %v", plain)
		}
	}
}

func TestAccessKey_importErrors(t *testing.T) {
	t.Parallel()
	s := newKeyStage(t)
	cli := s.ready(viaManager)
	for id, want := range map[string]string{
		keyUser: "the user has no access key", "nobody": "NoSuchEntity", "/ops/ci": "is not the name of an IAM user",
	} {
		providertest.ExpectTexts(t, cli.Fails(t, "import", keyAddress, id), want)
	}
}

// A user who is gone takes the resource along.
func TestAccessKey_userGone(t *testing.T) {
	t.Parallel()
	s := newKeyStage(t)
	cli := s.applied(viaManager)
	s.later(time.Hour)
	s.drop(s.works(cli).AccessKeyId)
	s.does(s.iam(s.User("mallory")).DeleteUser(t.Context(), &iam.DeleteUserInput{UserName: aws.String(keyUser)}))
	s.later(time.Hour)
	providertest.ExpectTexts(t, cli.Must(t, "plan"), "the access key is gone: DeleteUser by user/mallory", "1 to add")
}

// The list has every user with a key, to the last page.
func TestAccessKey_list(t *testing.T) {
	t.Parallel()
	s := newKeyStage(t)
	s.LimitPages(1)
	one := s.make()
	s.set(one.AccessKeyId, types.StatusTypeInactive)
	for _, name := range []string{"anna", "zoe"} {
		s.does(s.iam(s.Admin()).CreateUser(t.Context(), &iam.CreateUserInput{UserName: &name}))
	}
	s.does(s.iam(s.Admin()).CreateAccessKey(t.Context(), &iam.CreateAccessKeyInput{UserName: aws.String("zoe")}))
	server := s.Server(t, nil)
	objects, diags := server.List(t, keyType, providertest.ListQuery{IncludeResource: true})
	if len(diags) > 0 || len(objects) != 2 {
		t.Fatalf("%d objects: %s", len(objects), providertest.Text(diags))
	}
	if objects[0].DisplayName != "ci" || objects[1].Identity["user"] != "zoe" || objects[1].Identity["account_id"] != s.ID {
		t.Errorf("listed are %v", objects)
	}
	for name, want := range map[string]any{"access_key_id": one.AccessKeyId, "status": "Inactive", "phase": "due", "user": "ci"} {
		if objects[0].Resource[name] != want {
			t.Errorf("%s is %v, want %v", name, objects[0].Resource[name], want)
		}
	}
	for operation, match := range map[string]func(localaws.Call) bool{
		"ListUsers":      func(call localaws.Call) bool { return call.Params["Marker"] != nil },
		"ListAccessKeys": nil,
	} {
		restore := s.Inject(localaws.Fault{Service: "iam", Operation: operation, Kind: localaws.Deny, Match: match})
		objects, diags = server.List(t, keyType, providertest.ListQuery{})
		restore()
		if len(objects) > 0 || !strings.Contains(providertest.Text(diags), "allow the action iam:"+operation) {
			t.Errorf("%d objects: %s", len(objects), providertest.Text(diags))
		}
	}
}

// TestAccessKey_permissions records which actions each phase needs.
func TestAccessKey_permissions(t *testing.T) {
	t.Parallel()
	s := newKeyStage(t)
	var applies, plans, destroys []string
	cli := s.ready(viaParameter)
	applies = append(applies, s.Used(func() { cli.Apply(t) })...)
	s.set(s.only(), types.StatusTypeInactive)
	applies = append(applies, s.Used(func() { cli.Apply(t) })...)
	for _, step := range []time.Duration{91 * day, 8 * day, 2 * day} {
		s.later(step)
		plans = append(plans, s.Used(func() { cli.Must(t, "plan") })...)
		applies = append(applies, s.Used(func() { cli.Apply(t) })...)
	}
	cli.Write(t, s.config(viaManager))
	applies = append(applies, s.Used(func() { cli.Apply(t) })...)
	restore := s.Inject(localaws.Fault{Service: "iam", Operation: "CreateAccessKey", Kind: localaws.Deny})
	s.does(s.iam(s.Admin()).CreateUser(t.Context(), &iam.CreateUserInput{UserName: aws.String("cd")}))
	other := s.CLI(t)
	other.Write(t, strings.NewReplacer(`"ci"`, `"cd"`, parameter, "/cd").Replace(s.config(viaParameter)))
	other.Must(t, "init")
	applies = append(applies, s.Used(func() { other.Fails(t, applying...) })...)
	restore()
	listing := s.Used(func() {
		if objects, diags := s.Server(t, nil).List(t, keyType, providertest.ListQuery{IncludeResource: true}); len(objects) != 1 {
			t.Error(providertest.Text(diags))
		}
	})
	destroys = append(destroys, s.Used(func() { cli.Must(t, "destroy", "-auto-approve") })...)
	sorted := func(names []string) []string { return slices.Compact(slices.Sorted(slices.Values(names))) }
	providertest.ExpectPermissions(t, "resources/"+keyType, map[string][]string{
		"Plan": sorted(
			plans,
		),
		"Apply":   providertest.Beyond(sorted(applies), plans),
		"Destroy": providertest.Beyond(sorted(destroys), plans),
	})
	providertest.ExpectPermissions(t, "list-resources/"+keyType, map[string][]string{"Plan": sorted(listing)})
}
