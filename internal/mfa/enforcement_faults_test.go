package mfa_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"

	"github.com/iamguard/terraform-provider-iamguard/internal/localaws"
	"github.com/iamguard/terraform-provider-iamguard/internal/providertest"
)

// TestMFAEnforcement_faults breaks every call that makes or deletes the policy.
func TestMFAEnforcement_faults(t *testing.T) {
	t.Parallel()
	providertest.FaultLoop(t, providertest.Lifecycle{
		Prepare: func(tb testing.TB, stage *providertest.Stage) {
			tb.Helper()
			populate(tb, stage)
			does[iam.CreatePolicyOutput](tb)(client(stage).CreatePolicy(tb.Context(), &iam.CreatePolicyInput{
				PolicyName: aws.String("before"), PolicyDocument: aws.String(adminPolicy),
			}))
		},
		Config: func(stage *providertest.Stage) string { return stage.Config(body(full)) },
		Left:   policiesLeft,
		Survives: func(tb testing.TB, stage *providertest.Stage) {
			tb.Helper()
			does[iam.GetPolicyOutput](tb)(client(stage).GetPolicy(tb.Context(), &iam.GetPolicyInput{
				PolicyArn: aws.String("arn:aws:iam::" + stage.ID + ":policy/before"),
			}))
		},
	})
}

// When the roll-back fails too, the policy is named, tainted, and can be kept.
func TestMFAEnforcement_rollBackFails(t *testing.T) {
	t.Parallel()
	stage := populated(t)
	cli := ready(t, stage, stage.Config(body(full)))
	for _, operation := range []string{"AttachUserPolicy", "DeletePolicy"} {
		stage.Inject(localaws.Fault{Service: "iam", Operation: operation, Kind: localaws.Deny, Count: 1})
	}
	code, out := cli.Run(t, "apply", "-auto-approve")
	expect(t, code != 0, out, "Unable to delete the unfinished MFA enforcement", arnOf(stage), "terraform untaint",
		"iam:DeletePolicy", "iam:AttachUserPolicy")
	if !cli.Tainted(t, address) {
		t.Errorf("the unfinished policy is not tainted:\n%s", out)
	}
	cli.Must(t, "untaint", address)
	cli.Apply(t)
	cli.ExpectNoChange(t)
}

// An update that fails half-way keeps what was read back, so the next plan shows what is
// left to do.
func TestMFAEnforcement_updateFails(t *testing.T) {
	t.Parallel()
	stage := populated(t)
	cli := applied(t, stage, stage.Config(body(people)))
	cli.Write(t, stage.Config(body(full+"  max_mfa_age_seconds = 3600\n")))
	restore := stage.Inject(localaws.Fault{Service: "iam", Operation: "AttachUserPolicy", Kind: localaws.Deny})
	code, out := cli.Run(t, "apply", "-auto-approve")
	restore()
	expect(t, code != 0, out, "Unable to update the MFA enforcement", "allow the action iam:AttachUserPolicy")
	state := fmt.Sprint(cli.State(t, address)["users"], cli.State(t, address)["policy_json"])
	if !strings.HasPrefix(state, "<nil>") || !strings.Contains(state, "MultiFactorAuthAge") {
		t.Errorf("state after the failed update: %s", state)
	}
	code, out = cli.Run(t, "plan", "-detailed-exitcode")
	expect(t, code == 2, out, `+ users`, `"carol"`)
	cli.Apply(t)
	cli.ExpectNoChange(t)
}

// Reading what is denied is an error that names the action, and never a removal;
// neither is a deletion that is denied.
func TestMFAEnforcement_denied(t *testing.T) {
	t.Parallel()
	stage := populated(t)
	cli := applied(t, stage, stage.Config(body(full)))
	for _, operation := range []string{"GetPolicy", "GetPolicyVersion", "ListEntitiesForPolicy"} {
		restore := stage.Inject(localaws.Fault{Service: "iam", Operation: operation, Kind: localaws.Deny})
		code, out := cli.Run(t, "plan")
		restore()
		expect(t, code != 0, out, "Unable to read the MFA enforcement", arnOf(stage), "allow the action iam:"+operation)
		if cli.State(t, address) == nil {
			t.Fatalf("denying %s removed the policy from state", operation)
		}
	}
	for _, operation := range []string{"ListPolicyVersions", "DetachUserPolicy", "DeletePolicy"} {
		restore := stage.Inject(localaws.Fault{Service: "iam", Operation: operation, Kind: localaws.Deny})
		code, out := cli.Run(t, "destroy", "-auto-approve")
		restore()
		expect(t, code != 0, out, "Unable to delete the MFA enforcement", "allow the action iam:"+operation)
		cli.Apply(t)
		cli.ExpectNoChange(t)
	}
	cli.Write(t, stage.Config(body("  users = [\"nobody\"]\n")))
	code, out := cli.Run(t, "apply", "-auto-approve")
	expect(t, code != 0, out, "Unable to update the MFA enforcement", "NoSuchEntity", "names have no path and are no ARNs")
}

// A policy of the same name under another path is not found by its ARN, and AWS refuses
// a second one of the name.
func TestMFAEnforcement_nameTakenElsewhere(t *testing.T) {
	t.Parallel()
	stage := populated(t)
	cli := ready(t, stage, stage.Config(body(people)))
	stage.Inject(localaws.Fault{
		Service: "iam", Operation: "CreatePolicy", Kind: localaws.Refuse, Code: "EntityAlreadyExists", Status: 409,
		Message: "A policy called require-mfa already exists. Duplicate names are not allowed.",
	})
	code, out := cli.Run(t, "apply", "-auto-approve")
	expect(t, code != 0, out, "Unable to create the MFA enforcement", "EntityAlreadyExists", "unique in an account")
}

// A policy of the same name in another account is not ours.
func TestMFAEnforcement_wrongAccount(t *testing.T) {
	t.Parallel()
	stage := populated(t)
	other := stage.Beside(t)
	populate(t, other)
	cli := applied(t, stage, stage.Config(body(people)))
	cli.Write(t, other.Provider(other.Admin())+body(people))
	code, out := cli.Run(t, "plan")
	expect(t, code != 0, out, "Wrong account", "belongs to account "+stage.ID, "belong to account "+other.ID)
	if cli.State(t, address) == nil {
		t.Error("the policy of the right account was removed from state")
	}
	skipping := stage.Provider(stage.Admin(), "  skip_requesting_account_id = true")
	fresh := ready(t, stage, skipping+strings.ReplaceAll(body(people), "require-mfa", "second"))
	code, out = fresh.Run(t, "apply", "-auto-approve")
	expect(t, code != 0, out, "Unable to reach the MFA enforcement", "skip_requesting_account_id")
}
