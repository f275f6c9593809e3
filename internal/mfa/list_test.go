package mfa_test

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/iamguard/terraform-provider-iamguard/internal/localaws"
	"github.com/iamguard/terraform-provider-iamguard/internal/providertest"
)

func titles(objects []providertest.ListedObject) []string {
	var names []string
	for _, object := range objects {
		names = append(names, object.DisplayName)
	}
	return names
}

// let makes policies from outside, by name.
func let(t *testing.T, stage *providertest.Stage, documents map[string]string) {
	t.Helper()
	for name, document := range documents {
		does[iam.CreatePolicyOutput](t)(client(stage).CreatePolicy(t.Context(), &iam.CreatePolicyInput{
			PolicyName: &name, Path: aws.String("/security/"), PolicyDocument: &document,
		}))
	}
}

// imported is the state of a policy after an import and the read that follows it, by
// identity; the account may be left to the ARN.
func imported(t *testing.T, server *providertest.Server, arn string, accountID any) map[string]any {
	t.Helper()
	kind := tftypes.Object{AttributeTypes: map[string]tftypes.Type{"account_id": tftypes.String, "arn": tftypes.String}}
	identity, err := tfprotov6.NewDynamicValue(kind, tftypes.NewValue(kind, map[string]tftypes.Value{
		"account_id": tftypes.NewValue(tftypes.String, accountID), "arn": tftypes.NewValue(tftypes.String, arn),
	}))
	if err != nil {
		t.Fatal(err)
	}
	resp, err := server.ImportResourceState(t.Context(), &tfprotov6.ImportResourceStateRequest{
		TypeName: enforcementType, Identity: &tfprotov6.ResourceIdentityData{IdentityData: &identity},
	})
	if err != nil || providertest.Errors(resp.Diagnostics) || len(resp.ImportedResources) != 1 {
		t.Fatal(err, providertest.Text(resp.Diagnostics))
	}
	one := resp.ImportedResources[0]
	read, err := server.ReadResource(t.Context(), &tfprotov6.ReadResourceRequest{
		TypeName: one.TypeName, CurrentState: one.State, CurrentIdentity: one.Identity, Private: one.Private,
	})
	if err != nil || providertest.Errors(read.Diagnostics) {
		t.Fatal(err, providertest.Text(read.Diagnostics))
	}
	state, err := read.NewState.Unmarshal(server.Schemas.ResourceSchemas[enforcementType].ValueType())
	if err != nil {
		t.Fatal(err)
	}
	plain, ok := providertest.Plain(t, state).(map[string]any)
	if !ok {
		t.Fatalf("the state is %s", state)
	}
	return plain
}

func TestListMFAEnforcements(t *testing.T) {
	t.Parallel()
	stage := populated(t)
	applied(t, stage, stage.Config(body(full)))
	foreign := `{"Version":"2012-10-17","Statement":[{"Effect":"Deny","NotAction":"iam:*","Resource":"*",` +
		`"Condition":{"BoolIfExists":{"aws:multifactorauthpresent":"false"}}}]}`
	let(t, stage, map[string]string{
		"by-others": foreign,
		"admin":     adminPolicy,
		"allows":    strings.Replace(strings.Replace(foreign, "Deny", "Allow", 1), "NotAction", "Action", 1),
		"partly":    strings.Replace(foreign, "NotAction", "Action", 1),
	})
	server := stage.Server(t, nil)
	objects, diags := server.List(t, enforcementType, providertest.ListQuery{IncludeResource: true})
	if got := titles(objects); !slices.Equal(got, []string{"require-mfa", "security/by-others"}) || len(diags) > 0 {
		t.Fatalf("listed are %v: %s", got, providertest.Text(diags))
	}
	for _, object := range objects {
		arn, _ := object.Identity["arn"].(string)
		for _, accountID := range []any{nil, stage.ID} {
			if want := imported(t, server, arn, accountID); !reflect.DeepEqual(object.Resource, want) {
				t.Errorf("listed as %v, imported as %v", object.Resource, want)
			}
		}
	}
	if own := objects[0].Resource; own["deletion_protection"] != true || own["allow_first_login"] != true || own["account"] != nil {
		t.Errorf("the resource is %v", own)
	}
	// What the resource made is found, whatever somebody wrote into it.
	does[iam.CreatePolicyVersionOutput](t)(client(stage).CreatePolicyVersion(t.Context(), &iam.CreatePolicyVersionInput{
		PolicyArn: aws.String(arnOf(stage)), PolicyDocument: aws.String(adminPolicy), SetAsDefault: true,
	}))
	objects, _ = server.List(t, enforcementType, providertest.ListQuery{Limit: 1})
	if got := titles(objects); !slices.Equal(got, []string{"require-mfa"}) || objects[0].Resource != nil {
		t.Errorf("listed are %v", got)
	}
}

// The policies are read to the last page; where one is denied nothing is listed.
func TestListMFAEnforcements_pages(t *testing.T) {
	t.Parallel()
	stage := populated(t)
	stage.SeedInventory(600, 1)
	document, _ := call(t, keys{})
	let(t, stage, map[string]string{"mfa": document})
	server := stage.Server(t, nil)
	stage.ResetCalls()
	objects, diags := server.List(t, enforcementType, providertest.ListQuery{})
	if got := titles(objects); !slices.Equal(got, []string{"security/mfa"}) || len(diags) > 0 {
		t.Errorf("listed are %v: %s", got, providertest.Text(diags))
	}
	if calls := stage.Calls(func(c localaws.Call) bool { return c.Service == "iam" }); len(calls) != 2 {
		t.Errorf("121 policies took %d calls", len(calls))
	}
	defer stage.Inject(localaws.Fault{
		Service: "iam", Operation: "GetAccountAuthorizationDetails", Nth: 2, Kind: localaws.Deny,
	})()
	objects, diags = server.List(t, enforcementType, providertest.ListQuery{})
	said := providertest.Text(diags)
	if len(objects) > 0 || !strings.Contains(said, "Unable to list the MFA enforcements") ||
		!strings.Contains(said, "allow the action iam:GetAccountAuthorizationDetails") {
		t.Errorf("listed are %v: %s", titles(objects), said)
	}
}

var rewrite = flag.Bool("update", false, "write the permissions of the documentation anew")

// TestPermissions records which IAM actions the types need and compares them with the
// files that their documentation pages show.
func TestPermissions(t *testing.T) {
	t.Parallel()
	stage := populated(t)
	cli := applied(t, stage, stage.Config(body(full)))
	for _, action := range []string{"s3:GetA", "s3:GetB", "s3:GetC", "s3:GetD"} {
		does[iam.CreatePolicyVersionOutput](t)(client(stage).CreatePolicyVersion(t.Context(), &iam.CreatePolicyVersionInput{
			PolicyArn: aws.String(arnOf(stage)), PolicyDocument: aws.String(strings.Replace(adminPolicy, `"*"`, `"`+action+`"`, 1)),
		}))
	}
	cli.Write(t, stage.Config(body("  groups = [\"strangers\"]\n  users = [\"alice\"]\n  max_mfa_age_seconds = 3600\n")))
	cli.Apply(t)
	cli.Write(t, stage.Config(body(full)))
	cli.Apply(t)
	does[iam.AttachRolePolicyOutput](t)(client(stage).AttachRolePolicy(t.Context(), &iam.AttachRolePolicyInput{
		PolicyArn: aws.String(arnOf(stage)), RoleName: aws.String("worker"),
	}))
	cli.Apply(t)
	applying := actions(stage, nil)
	stage.ResetCalls()
	// The report is made anew after four hours.
	if err := stage.Clock.Sleep(t.Context(), 5*time.Hour); err != nil {
		t.Fatal(err)
	}
	cli.ExpectNoChange(t)
	planning := actions(stage, nil)
	stage.ResetCalls()
	server := stage.Server(t, nil)
	if objects, diags := server.List(t, enforcementType, providertest.ListQuery{IncludeResource: true}); len(objects) != 1 {
		t.Fatal(providertest.Text(diags))
	}
	listing := actions(stage, nil)
	does[iam.AttachRolePolicyOutput](t)(client(stage).AttachRolePolicy(t.Context(), &iam.AttachRolePolicyInput{
		PolicyArn: aws.String(arnOf(stage)), RoleName: aws.String("worker"),
	}))
	stage.ResetCalls()
	cli.Must(t, "destroy", "-auto-approve")
	without := func(actions []string) []string {
		return slices.DeleteFunc(actions, func(action string) bool { return slices.Contains(planning, action) })
	}
	compare(t, filepath.Join("resources", enforcementType), map[string][]string{
		"Plan": planning, "Apply": without(applying), "Destroy": actions(stage, planning),
	})
	compare(t, filepath.Join("list-resources", enforcementType), map[string][]string{"Plan": listing})
}

func compare(t *testing.T, kind string, phases map[string][]string) {
	t.Helper()
	type statement struct {
		Sid, Effect string
		Action      []string
		Resource    string
	}
	document := struct {
		Version   string
		Statement []statement
	}{Version: "2012-10-17"}
	for _, phase := range []string{"Plan", "Apply", "Destroy"} {
		if len(phases[phase]) > 0 {
			document.Statement = append(document.Statement, statement{phase, "Allow", phases[phase], "*"})
		}
	}
	text, err := json.MarshalIndent(document, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join("..", "..", "examples", kind, "permissions.json")
	if *rewrite {
		if err := os.WriteFile(path, append(text, '\n'), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	have, err := os.ReadFile(path)
	if err != nil || string(have) != string(text)+"\n" {
		t.Errorf("%s is not what was recorded (write it with -update); error %v, recorded:\n%s", path, err, text)
	}
}
