package mfa_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/function"
	fwtypes "github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/iamguard/terraform-provider-iamguard/internal/mfa"
	"github.com/iamguard/terraform-provider-iamguard/internal/policy"
	"github.com/iamguard/terraform-provider-iamguard/internal/providertest"
)

const (
	enforcementType = "iamguard_mfa_enforcement"
	address         = enforcementType + ".test"
)

// body is an enforcement that may be destroyed, with more arguments.
func body(arguments string) string {
	return "\nresource \"iamguard_mfa_enforcement\" \"test\" {\n  name = \"require-mfa\"\n  deletion_protection = false\n" +
		arguments + "\n}\n"
}

const (
	people = "  groups = [\"people\"]\n"
	full   = people + "  users = [\"carol\"]\n  tags = { team = \"security\" }\n"
)

func arnOf(stage *providertest.Stage) string {
	return "arn:aws:iam::" + stage.ID + ":policy/require-mfa"
}

// client calls IAM as somebody who is not Terraform.
func client(stage *providertest.Stage) *iam.Client {
	return iam.NewFromConfig(stage.SDK(stage.User("mallory")))
}

// does fails the test if a call was refused.
func does[T any](tb testing.TB) func(*T, error) *T {
	tb.Helper()
	return func(out *T, err error) *T {
		tb.Helper()
		if err != nil {
			tb.Fatalf("a call from outside was refused: %v", err)
		}
		return out
	}
}

// populate makes the users alice, bob and carol, of whom alice and bob are people, a
// group of strangers and a role.
func populate(tb testing.TB, stage *providertest.Stage) {
	tb.Helper()
	c, ctx := client(stage), tb.Context()
	for _, name := range []string{"people", "strangers"} {
		does[iam.CreateGroupOutput](tb)(c.CreateGroup(ctx, &iam.CreateGroupInput{GroupName: aws.String(name)}))
	}
	for _, name := range []string{"alice", "bob", "carol"} {
		does[iam.CreateUserOutput](tb)(c.CreateUser(ctx, &iam.CreateUserInput{UserName: aws.String(name)}))
	}
	for _, name := range []string{"alice", "bob"} {
		join(tb, stage, name)
	}
	does[iam.CreateRoleOutput](tb)(c.CreateRole(ctx, &iam.CreateRoleInput{
		RoleName: aws.String("worker"), AssumeRolePolicyDocument: aws.String(`{"Version":"2012-10-17","Statement":[` +
			`{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}]}`),
	}))
}

// join makes a user one of the people.
func join(tb testing.TB, stage *providertest.Stage, name string) {
	tb.Helper()
	does[iam.AddUserToGroupOutput](tb)(client(stage).AddUserToGroup(tb.Context(), &iam.AddUserToGroupInput{
		GroupName: aws.String("people"), UserName: aws.String(name),
	}))
}

func populated(t *testing.T) *providertest.Stage {
	t.Helper()
	stage := providertest.NewStage(t)
	populate(t, stage)
	return stage
}

func ready(t *testing.T, stage *providertest.Stage, config string) *providertest.CLI {
	t.Helper()
	cli := stage.CLI(t)
	cli.Write(t, config)
	cli.Must(t, "init")
	return cli
}

func applied(t *testing.T, stage *providertest.Stage, config string) *providertest.CLI {
	t.Helper()
	cli := ready(t, stage, config)
	cli.Apply(t)
	return cli
}

// flat is an output without frames and line breaks.
func flat(out string) string {
	return strings.Join(strings.Fields(strings.NewReplacer("│", " ", "╷", " ", "╵", " ").Replace(out)), " ")
}

func expect(t *testing.T, ok bool, out string, texts ...string) {
	t.Helper()
	for _, text := range texts {
		if !strings.Contains(flat(out), strings.Join(strings.Fields(text), " ")) {
			t.Errorf("the output does not say %q:\n%s", text, out)
			return
		}
	}
	if !ok {
		t.Errorf("unexpected exit code:\n%s", out)
	}
}

func never(t *testing.T, out string, texts ...string) {
	t.Helper()
	for _, text := range texts {
		if strings.Contains(flat(out), text) {
			t.Errorf("the output says %q:\n%s", text, out)
		}
	}
}

func has(attribute string, value knownvalue.Check) statecheck.StateCheck {
	return statecheck.ExpectKnownValue(address, tfjsonpath.New(attribute), value)
}

func emptyPlan() []plancheck.PlanCheck { return []plancheck.PlanCheck{plancheck.ExpectEmptyPlan()} }

// policiesLeft are the customer managed policies but the one made before.
func policiesLeft(tb testing.TB, stage *providertest.Stage) []string {
	tb.Helper()
	out := does[iam.ListPoliciesOutput](tb)(client(stage).ListPolicies(tb.Context(), &iam.ListPoliciesInput{
		Scope: types.PolicyScopeTypeLocal,
	}))
	var names []string
	for _, found := range out.Policies {
		if name := aws.ToString(found.PolicyName); name != "before" {
			names = append(names, name)
		}
	}
	return names
}

// keys are the keys of a function's object: texts, lists of texts and flags.
type keys map[string]any

// call runs mfa_policy; the second value is its error.
func call(t *testing.T, given keys) (text, problem string) {
	t.Helper()
	kinds, values := map[string]attr.Type{}, map[string]attr.Value{}
	for name, value := range given {
		switch typed := value.(type) {
		case string:
			values[name] = fwtypes.StringValue(typed)
		case bool:
			values[name] = fwtypes.BoolValue(typed)
		case []string:
			list, diags := fwtypes.ListValueFrom(t.Context(), fwtypes.StringType, typed)
			if diags.HasError() {
				t.Fatal(diags)
			}
			values[name] = list
		default:
			t.Fatalf("%s is a %T", name, value)
		}
		kinds[name] = values[name].Type(t.Context())
	}
	resp := function.RunResponse{Result: function.NewResultData(fwtypes.StringUnknown())}
	mfa.NewPolicyFunction().Run(t.Context(), function.RunRequest{Arguments: function.NewArgumentsData(
		[]attr.Value{fwtypes.DynamicValue(fwtypes.ObjectValueMust(kinds, values))})}, &resp)
	if resp.Error != nil {
		return "", resp.Error.Text
	}
	result, ok := resp.Result.Value().(fwtypes.String)
	if !ok {
		t.Fatalf("the result is %v", resp.Result.Value())
	}
	return result.ValueString(), ""
}

// written is the document that the function writes, in the form in which one read from
// AWS is kept.
func written(t *testing.T, given keys) policy.Document {
	t.Helper()
	text, problem := call(t, given)
	if problem != "" {
		t.Fatal(problem)
	}
	document, err := policy.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	if document.Normalised().String() != text {
		t.Errorf("not normalised:\n%s\nwant:\n%s", text, document.Normalised())
	}
	return document
}

// actions are the IAM actions that Terraform needed for its calls to IAM, but those of others.
func actions(stage *providertest.Stage, others []string) []string {
	needed := map[string]bool{}
	for _, made := range stage.Calls() {
		if made.Service == "iam" && made.Principal == stage.Admin().ARN && !slices.Contains(others, made.Action()) {
			needed[made.Action()] = true
		}
	}
	return slices.Sorted(maps.Keys(needed))
}
