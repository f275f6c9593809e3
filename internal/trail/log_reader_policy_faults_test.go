package trail_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/iamguard/terraform-provider-iamguard/internal/localaws"
	"github.com/iamguard/terraform-provider-iamguard/internal/providertest"
)

// TestLogReaderPolicy_faults breaks every call that makes or deletes the policy.
func TestLogReaderPolicy_faults(t *testing.T) {
	t.Parallel()
	providertest.FaultLoop(t, providertest.Lifecycle{
		Prepare: func(tb testing.TB, stage *providertest.Stage) {
			tb.Helper()
			makeReaders(tb, stage)
			_, err := iam.NewFromConfig(stage.SDK(stage.Admin())).CreatePolicy(tb.Context(), &iam.CreatePolicyInput{
				PolicyName: aws.String("before"), PolicyDocument: aws.String(foreignDocument),
			})
			if err != nil {
				tb.Fatal(err)
			}
		},
		Config: func(stage *providertest.Stage) string { return reader(stage, attachedToAll) },
		Left:   policiesLeft,
		Survives: func(tb testing.TB, stage *providertest.Stage) {
			tb.Helper()
			_, err := iam.NewFromConfig(stage.SDK(stage.Admin())).GetPolicy(tb.Context(), &iam.GetPolicyInput{
				PolicyArn: aws.String("arn:aws:iam::" + stage.ID + ":policy/before"),
			})
			if err != nil {
				tb.Error("the policy that existed before is gone", err)
			}
		},
	})
}

const foreignDocument = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}`

// When the roll-back fails too, the policy is named, tainted, and can be kept.
func TestLogReaderPolicy_rollBackFails(t *testing.T) {
	t.Parallel()
	stage := withReaders(t)
	cli := ready(t, stage, reader(stage, attachedToAll))
	for _, operation := range []string{"AttachRolePolicy", "DeletePolicy"} {
		stage.Inject(localaws.Fault{Service: "iam", Operation: operation, Kind: localaws.Deny, Count: 1})
	}
	code, out := cli.Run(t, "apply", "-auto-approve")
	expect(t, code != 0, out, "Unable to delete the unfinished log reader policy", readerARN(stage), "terraform untaint",
		"iam:DeletePolicy", "iam:AttachRolePolicy")
	if !cli.Tainted(t, readerAddress) {
		t.Errorf("the unfinished policy is not tainted:\n%s", out)
	}
	cli.Must(t, "untaint", readerAddress)
	cli.Apply(t)
	cli.ExpectNoChange(t)
	if deleted := stage.Calls(localaws.Named("iam:DeletePolicy")); len(deleted) != 1 {
		t.Errorf("DeletePolicy was called %d times, want once (the refused roll-back)", len(deleted))
	}
}

// An update that fails half-way keeps what was read back, so the next plan shows
// what is left to do.
func TestLogReaderPolicy_updateFails(t *testing.T) {
	t.Parallel()
	stage := withReaders(t)
	cli := applied(t, stage, reader(stage, ""))
	cli.Write(t, reader(stage, "  prefix = \"org\"\n  users = [\"alice\"]\n  roles = [\"incident\"]\n"))
	restore := stage.Inject(localaws.Fault{Service: "iam", Operation: "AttachRolePolicy", Kind: localaws.Deny})
	code, out := cli.Run(t, "apply", "-auto-approve")
	restore()
	expect(t, code != 0, out, "Unable to update the log reader policy", "allow the action iam:AttachRolePolicy")
	state := cli.State(t, readerAddress)
	have := fmt.Sprint(state["roles"], state["users"], state["policy_json"])
	if !strings.HasPrefix(have, "<nil> [alice]") || !strings.Contains(have, "audit-log/org/") {
		t.Errorf("state after the failed update: %v", state)
	}
	code, out = cli.Run(t, "plan", "-detailed-exitcode")
	expect(t, code == 2, out, `+ roles`, `"incident"`)
	cli.Apply(t)
	cli.ExpectNoChange(t)
}

// Reading what is denied is an error that names the action, and never a removal;
// neither is a deletion that is denied.
func TestLogReaderPolicy_denied(t *testing.T) {
	t.Parallel()
	stage := withReaders(t)
	cli := applied(t, stage, reader(stage, attachedToAll))
	for _, operation := range []string{"GetPolicy", "GetPolicyVersion", "ListEntitiesForPolicy"} {
		restore := stage.Inject(localaws.Fault{Service: "iam", Operation: operation, Kind: localaws.Deny})
		code, out := cli.Run(t, "plan")
		restore()
		expect(t, code != 0, out, "Unable to read the log reader policy", readerARN(stage), "allow the action iam:"+operation)
		if cli.State(t, readerAddress) == nil {
			t.Fatalf("denying %s removed the policy from state", operation)
		}
	}
	for _, operation := range []string{"ListPolicyVersions", "DetachUserPolicy", "DeletePolicy"} {
		restore := stage.Inject(localaws.Fault{Service: "iam", Operation: operation, Kind: localaws.Deny})
		code, out := cli.Run(t, "destroy", "-auto-approve")
		restore()
		expect(t, code != 0, out, "Unable to delete the log reader policy", "allow the action iam:"+operation)
		cli.Apply(t)
		cli.ExpectNoChange(t)
	}
	cli.Write(t, reader(stage, "  users = [\"nobody\"]\n"))
	code, out := cli.Run(t, "apply", "-auto-approve")
	expect(t, code != 0, out, "Unable to update the log reader policy", "NoSuchEntity", "names have no path and are no ARNs")
}

func TestLogReaderPolicy_adopt(t *testing.T) {
	t.Parallel()
	stage := withReaders(t)
	o := outside(t, stage)
	arn := aws.String(readerARN(stage))
	o.does(o.iam().CreatePolicy(t.Context(), &iam.CreatePolicyInput{
		PolicyName: aws.String("reader"), PolicyDocument: aws.String(foreignDocument),
	}))
	o.does(o.iam().AttachUserPolicy(t.Context(), &iam.AttachUserPolicyInput{PolicyArn: arn, UserName: aws.String("eve")}))
	cli := ready(t, stage, reader(stage, attachedToAll))
	code, out := cli.Run(t, "apply", "-auto-approve")
	expect(t, code != 0, out, "Unable to create the log reader policy", "already exists", "terraform import", readerARN(stage),
		"adopt_existing = true")
	adopting := reader(stage, attachedToAll+"  adopt_existing = true\n")
	cli.Write(t, adopting)
	code, out = cli.Run(t, "plan")
	expect(
		t,
		code == 0,
		out,
		"an existing log reader policy will be adopted",
		"Overwritten: policy_json, groups, users, roles, tags",
	)
	cli.Apply(t)
	cli.ExpectNoChange(t)
	attached, err := o.iam().ListAttachedUserPolicies(t.Context(), &iam.ListAttachedUserPoliciesInput{UserName: aws.String("eve")})
	o.does(attached, err)
	if len(attached.AttachedPolicies) != 0 {
		t.Error("the stranger still has the policy")
	}
	out = cli.Must(t, "destroy", "-auto-approve")
	expect(t, true, out, "only forgotten, not deleted")
	if names := policiesLeft(t, stage); !slices.Equal(names, []string{"reader"}) {
		t.Errorf("after destroying what was adopted there is %v", names)
	}
	cli.Write(t, reader(stage, attachedToAll+"  adopt_existing = true\n  destroy_adopted = true\n"))
	cli.Apply(t)
	cli.Must(t, "destroy", "-auto-approve")
	if names := policiesLeft(t, stage); len(names) > 0 {
		t.Errorf("destroy_adopted left %v", names)
	}
}

// A policy of the same name under another path is not found by its ARN, and AWS
// refuses a second one of the name.
func TestLogReaderPolicy_nameTakenElsewhere(t *testing.T) {
	t.Parallel()
	stage := providertest.NewStage(t)
	cli := ready(t, stage, reader(stage, ""))
	stage.Inject(localaws.Fault{
		Service: "iam", Operation: "CreatePolicy", Kind: localaws.Refuse, Code: "EntityAlreadyExists", Status: 409,
		Message: "A policy called reader already exists. Duplicate names are not allowed.",
	})
	code, out := cli.Run(t, "apply", "-auto-approve")
	expect(t, code != 0, out, "Unable to create the log reader policy", "EntityAlreadyExists", "unique in an account",
		"aws iam list-policies --scope Local")
}

func TestLogReaderPolicy_vanishes(t *testing.T) {
	t.Parallel()
	stage := withReaders(t)
	cli := applied(t, stage, reader(stage, ""))
	o := outside(t, stage)
	o.does(o.iam().DeletePolicy(t.Context(), &iam.DeletePolicyInput{PolicyArn: aws.String(readerARN(stage))}))
	code, out := cli.Run(t, "plan", "-detailed-exitcode")
	expect(t, code == 2, out, `Log reader policy "reader" (`+stage.ID+`): the log reader policy is gone`, "1 to add, 0 to change")
	cli.Apply(t)
	cli.ExpectNoChange(t)
	o.does(o.iam().DeletePolicy(t.Context(), &iam.DeletePolicyInput{PolicyArn: aws.String(readerARN(stage))}))
	cli.Must(t, "destroy", "-auto-approve", "-refresh=false")
}

// A policy of the same name in another account is not ours.
func TestLogReaderPolicy_wrongAccount(t *testing.T) {
	t.Parallel()
	stage := providertest.NewStage(t)
	other := stage.Beside(t)
	cli := applied(t, stage, reader(stage, ""))
	applied(t, other, reader(other, ""))
	cli.Write(t, other.Provider(other.Admin())+readerBody(""))
	code, out := cli.Run(t, "plan")
	expect(t, code != 0, out, "Wrong account", "belongs to account "+stage.ID, "belong to account "+other.ID)
	if cli.State(t, readerAddress) == nil {
		t.Error("the policy of the right account was removed from state")
	}
	skipping := stage.Provider(stage.Admin(), "  skip_requesting_account_id = true")
	cli.Write(t, skipping+readerBody(""))
	cli.Must(t, "plan")
	restore := stage.Inject(localaws.Fault{
		Service: "iam", Operation: "GetPolicy", Kind: localaws.Refuse, Code: "NoSuchEntity", Status: 404, Message: "not found",
	})
	code, out = cli.Run(t, "plan")
	restore()
	expect(t, code != 0, out, "Unable to tell whether the object is gone")
	fresh := ready(t, stage, skipping+readerBody(""))
	code, out = fresh.Run(t, "apply", "-auto-approve")
	expect(t, code != 0, out, "Unable to reach the log reader policy")
}

// What is not known until apply leaves the document open, and the apply fills it.
func TestLogReaderPolicy_unknown(t *testing.T) {
	t.Parallel()
	stage := withReaders(t)
	config := stage.Config(`
resource "terraform_data" "name" {
  input = "org"
}
resource "iamguard_log_reader_policy" "test" {
  name   = "reader-${terraform_data.name.output}"
  bucket = "audit-log"
  prefix = terraform_data.name.output
  groups = [terraform_data.name.output == "org" ? "auditors" : "strangers"]
}
`)
	cli := ready(t, stage, config)
	out := cli.Must(t, "plan")
	expect(t, true, out, "+ policy_json = (known after apply)", "+ arn = (known after apply)")
	cli.Apply(t)
	cli.ExpectNoChange(t)
	if arn := cli.State(t, readerAddress)["arn"]; arn != readerARN(stage)+"-org" {
		t.Errorf("the ARN is %v", arn)
	}
}

// An identity finds the policy with and without its account; Terraform below 1.12
// cannot ask, so the provider is asked itself.
func TestLogReaderPolicy_identity(t *testing.T) {
	t.Parallel()
	stage := withReaders(t)
	applied(t, stage, reader(stage, attachedToAll))
	server := stage.Server(t, nil)
	kind := tftypes.Object{AttributeTypes: map[string]tftypes.Type{"account_id": tftypes.String, "arn": tftypes.String}}
	for _, accountID := range []any{nil, stage.ID} {
		identity, err := tfprotov6.NewDynamicValue(kind, tftypes.NewValue(kind, map[string]tftypes.Value{
			"account_id": tftypes.NewValue(tftypes.String, accountID), "arn": tftypes.NewValue(tftypes.String, readerARN(stage)),
		}))
		if err != nil {
			t.Fatal(err)
		}
		resp, err := server.ImportResourceState(t.Context(), &tfprotov6.ImportResourceStateRequest{
			TypeName: "iamguard_log_reader_policy", Identity: &tfprotov6.ResourceIdentityData{IdentityData: &identity},
		})
		if err != nil || providertest.Errors(resp.Diagnostics) || len(resp.ImportedResources) != 1 {
			t.Fatal(err, providertest.Text(resp.Diagnostics))
		}
		imported := resp.ImportedResources[0]
		read, err := server.ReadResource(t.Context(), &tfprotov6.ReadResourceRequest{
			TypeName: imported.TypeName, CurrentState: imported.State, CurrentIdentity: imported.Identity, Private: imported.Private,
		})
		if err != nil || providertest.Errors(read.Diagnostics) {
			t.Fatal(err, providertest.Text(read.Diagnostics))
		}
		state, err := read.NewState.Unmarshal(server.Schemas.ResourceSchemas[imported.TypeName].ValueType())
		if err != nil {
			t.Fatal(err)
		}
		plain, ok := providertest.Plain(t, state).(map[string]any)
		if !ok || plain["name"] != "reader" || plain["bucket"] != "audit-log" || plain["account"] != nil ||
			plain["allow_lookup_events"] != true {
			t.Errorf("imported %v", plain)
		}
		if after, err := read.NewIdentity.IdentityData.Unmarshal(kind); err != nil || !strings.Contains(after.String(), stage.ID) {
			t.Errorf("identity %v, error %v", after, err)
		}
	}
}

// TestPermissions_logReaderPolicy records which IAM actions the type needs.
func TestPermissions_logReaderPolicy(t *testing.T) {
	t.Parallel()
	stage := withReaders(t)
	cli := applied(t, stage, reader(stage, attachedToAll))
	o := outside(t, stage)
	for _, action := range []string{"s3:GetA", "s3:GetB", "s3:GetC", "s3:GetD"} {
		o.does(o.iam().CreatePolicyVersion(t.Context(), &iam.CreatePolicyVersionInput{
			PolicyArn: aws.String(readerARN(stage)), PolicyDocument: aws.String(strings.ReplaceAll(foreignDocument, "s3:*", action)),
		}))
	}
	cli.Write(t, reader(stage, "  prefix = \"org\"\n"))
	cli.Apply(t)
	cli.Write(t, reader(stage, attachedToAll))
	cli.Apply(t)
	applying := actions(stage)
	stage.ResetCalls()
	cli.ExpectNoChange(t)
	planning := actions(stage)
	stage.ResetCalls()
	cli.Must(t, "destroy", "-auto-approve")
	destroying := actions(stage)
	services := []string{"iam"}
	providertest.ExpectPermissions(t, "resources/iamguard_log_reader_policy", map[string][]string{
		"Plan": of(planning, services, nil), "Apply": of(applying, services, planning), "Destroy": of(destroying, services, planning),
	})
}
