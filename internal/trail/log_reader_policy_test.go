package trail_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfversion"

	"github.com/iamguard/terraform-provider-iamguard/internal/localaws"
	"github.com/iamguard/terraform-provider-iamguard/internal/policy"
	"github.com/iamguard/terraform-provider-iamguard/internal/providertest"
	"github.com/iamguard/terraform-provider-iamguard/internal/trail"
)

const readerAddress = "iamguard_log_reader_policy.test"

// reader is a log reader policy with more arguments.
func reader(stage *providertest.Stage, arguments string) string {
	return stage.Config(readerBody(arguments))
}

func readerBody(arguments string) string {
	return `
resource "iamguard_log_reader_policy" "test" {
  name   = "reader"
  bucket = "audit-log"
` + arguments + "\n}\n"
}

// attachedToAll attaches the policy to what makeReaders makes.
const attachedToAll = `
  groups = ["auditors"]
  users  = ["alice", "bob"]
  roles  = ["incident"]
  tags   = { team = "security" }
`

func readerARN(stage *providertest.Stage) string {
	return "arn:aws:iam::" + stage.ID + ":policy/reader"
}

func (o outsider) iam() *iam.Client { return iam.NewFromConfig(o.config) }

// makeReaders makes the groups, users and roles that the tests attach policies to.
func makeReaders(tb testing.TB, stage *providertest.Stage) {
	tb.Helper()
	client := iam.NewFromConfig(stage.SDK(stage.User("owner")))
	does := func(_ any, err error) {
		tb.Helper()
		if err != nil {
			tb.Fatal(err)
		}
	}
	for _, name := range []string{"auditors", "strangers"} {
		does(client.CreateGroup(tb.Context(), &iam.CreateGroupInput{GroupName: aws.String(name)}))
	}
	for _, name := range []string{"alice", "bob", "eve"} {
		does(client.CreateUser(tb.Context(), &iam.CreateUserInput{UserName: aws.String(name)}))
	}
	for _, name := range []string{"incident", "thief"} {
		does(client.CreateRole(tb.Context(), &iam.CreateRoleInput{
			RoleName: aws.String(name), AssumeRolePolicyDocument: aws.String(policyOf(
				`{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}`)),
		}))
	}
}

// withReaders is a stage on which they are made.
func withReaders(t *testing.T) *providertest.Stage {
	t.Helper()
	stage := providertest.NewStage(t)
	makeReaders(t, stage)
	return stage
}

func TestLogReaderPolicy_lifecycle(t *testing.T) {
	t.Parallel()
	stage := withReaders(t)
	moved := `
  path                = "/audit/"
  trail_arn           = "` + trailARN(stage) + `"
  prefix              = "org"
  kms_key_arn         = "arn:aws:kms:eu-central-1:` + stage.ID + `:key/1234"
  log_group_arn       = "arn:aws:logs:eu-central-1:` + stage.ID + `:log-group:trail:*"
  allow_lookup_events = false
  groups              = []
  roles               = ["incident"]
`
	generated := func(extra keys) knownvalue.Check {
		return knownvalue.StringExact(written(t, trail.NewLogReaderPolicyFunction, with(keys{"bucket": "audit-log"}, extra)).String())
	}
	stage.Test(t,
		resource.TestStep{Config: reader(stage, attachedToAll), ConfigStateChecks: []statecheck.StateCheck{
			has(readerAddress, "arn", knownvalue.StringExact(readerARN(stage))),
			has(readerAddress, "account_id", knownvalue.StringExact(stage.ID)),
			has(readerAddress, "path", knownvalue.StringExact("/")),
			has(readerAddress, "policy_json", generated(nil)),
			has(readerAddress, "users", knownvalue.SetSizeExact(2)),
			has(readerAddress, "trail_arn", knownvalue.Null()),
		}},
		resource.TestStep{Config: reader(stage, attachedToAll), ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: emptyPlan()}},
		resource.TestStep{
			// In place: document, attachments and tags.
			Config: reader(stage, "  allow_lookup_events = false\n  users = [\"eve\"]\n"),
			ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
				plancheck.ExpectResourceAction(readerAddress, plancheck.ResourceActionUpdate),
			}},
			ConfigStateChecks: []statecheck.StateCheck{
				has(
					readerAddress,
					"policy_json",
					generated(keys{"allow_lookup_events": false}),
				),
				has(readerAddress, "groups", knownvalue.Null()),
			},
		},
		resource.TestStep{
			Config: reader(stage, moved),
			ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
				plancheck.ExpectResourceAction(readerAddress, plancheck.ResourceActionReplace),
			}},
			ConfigStateChecks: []statecheck.StateCheck{
				has(readerAddress, "arn", knownvalue.StringExact("arn:aws:iam::"+stage.ID+":policy/audit/reader")),
				has(readerAddress, "groups", knownvalue.SetSizeExact(0)),
			},
		},
		resource.TestStep{Config: reader(stage, moved), ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: emptyPlan()}},
	)
	if names := policiesLeft(t, stage); len(names) > 0 {
		t.Errorf("left behind: %v", names)
	}
}

// policiesLeft are the customer managed policies but the one made before.
func policiesLeft(tb testing.TB, stage *providertest.Stage) []string {
	tb.Helper()
	out, err := iam.NewFromConfig(stage.SDK(stage.Admin())).ListPolicies(tb.Context(), &iam.ListPoliciesInput{
		Scope: types.PolicyScopeTypeLocal,
	})
	if err != nil {
		tb.Fatal(err)
	}
	var names []string
	for _, found := range out.Policies {
		if name := aws.ToString(found.PolicyName); name != "before" {
			names = append(names, name)
		}
	}
	return names
}

func TestLogReaderPolicy_drift(t *testing.T) {
	t.Parallel()
	stage := withReaders(t)
	arn := aws.String(readerARN(stage))
	document := written(t, trail.NewLogReaderPolicyFunction, keys{"bucket": "audit-log"})
	widened := policyOf(`{"Effect":"Allow","Action":"s3:*","Resource":"*"}`)
	put := func(text string, byDefault bool) func(context.Context, outsider) {
		return func(ctx context.Context, o outsider) {
			o.does(o.iam().CreatePolicyVersion(ctx, &iam.CreatePolicyVersionInput{
				PolicyArn: arn, PolicyDocument: aws.String(text), SetAsDefault: byDefault,
			}))
		}
	}
	narrowed := document
	narrowed.Statements = document.Statements[1:]
	normalised := func(text string) string {
		parsed, err := policy.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		return parsed.Normalised().String()
	}
	rows := []row{
		{"document widened", put(widened, true), map[string]any{"policy_json": normalised(widened)}},
		{"statement removed", put(narrowed.String(), true), map[string]any{"policy_json": narrowed.Normalised().String()}},
		{"an older version made the default", func(ctx context.Context, o outsider) {
			// v2 is the widened document of the first row.
			o.does(o.iam().SetDefaultPolicyVersion(ctx, &iam.SetDefaultPolicyVersionInput{PolicyArn: arn, VersionId: aws.String("v2")}))
		}, map[string]any{"policy_json": normalised(widened)}},
		{"group detached", func(ctx context.Context, o outsider) {
			o.does(o.iam().DetachGroupPolicy(ctx, &iam.DetachGroupPolicyInput{PolicyArn: arn, GroupName: aws.String("auditors")}))
		}, map[string]any{"groups": []any{}}},
		{"group attached", func(ctx context.Context, o outsider) {
			o.does(o.iam().AttachGroupPolicy(ctx, &iam.AttachGroupPolicyInput{PolicyArn: arn, GroupName: aws.String("strangers")}))
		}, map[string]any{"groups": []any{"auditors", "strangers"}}},
		{"user detached", func(ctx context.Context, o outsider) {
			o.does(o.iam().DetachUserPolicy(ctx, &iam.DetachUserPolicyInput{PolicyArn: arn, UserName: aws.String("bob")}))
		}, map[string]any{"users": []any{"alice"}}},
		{"user attached", func(ctx context.Context, o outsider) {
			o.does(o.iam().AttachUserPolicy(ctx, &iam.AttachUserPolicyInput{PolicyArn: arn, UserName: aws.String("eve")}))
		}, map[string]any{"users": []any{"alice", "bob", "eve"}}},
		{"role detached", func(ctx context.Context, o outsider) {
			o.does(o.iam().DetachRolePolicy(ctx, &iam.DetachRolePolicyInput{PolicyArn: arn, RoleName: aws.String("incident")}))
		}, map[string]any{"roles": []any{}}},
		{"role attached", func(ctx context.Context, o outsider) {
			o.does(o.iam().AttachRolePolicy(ctx, &iam.AttachRolePolicyInput{PolicyArn: arn, RoleName: aws.String("thief")}))
		}, map[string]any{"roles": []any{"incident", "thief"}}},
		{"tag changed", func(ctx context.Context, o outsider) {
			o.does(o.iam().TagPolicy(ctx, &iam.TagPolicyInput{
				PolicyArn: arn, Tags: []types.Tag{{Key: aws.String("team"), Value: aws.String("nobody")}},
			}))
		}, map[string]any{"tags": map[string]any{"team": "nobody"}, "tags_all": map[string]any{"team": "nobody"}}},
		{"tag removed", func(ctx context.Context, o outsider) {
			o.does(o.iam().UntagPolicy(ctx, &iam.UntagPolicyInput{PolicyArn: arn, TagKeys: []string{"team"}}))
		}, map[string]any{"tags": map[string]any{}, "tags_all": map[string]any{}}},
	}
	all := steps(t, stage, reader(stage, attachedToAll), readerAddress, rows)
	// The same meaning in another order and spelling is no drift, nor is a version
	// that is not in force.
	respelt := document
	respelt.Statements = []policy.Statement{}
	for i := range document.Statements {
		respelt.Statements = append(respelt.Statements, document.Statements[len(document.Statements)-1-i])
	}
	stage.Test(t, append(all, resource.TestStep{
		PreConfig: func() {
			o := outside(t, stage)
			o.does(o.iam().DeletePolicyVersion(t.Context(), &iam.DeletePolicyVersionInput{PolicyArn: arn, VersionId: aws.String("v2")}))
			put(respelt.String(), true)(t.Context(), o)
		},
		Config: reader(stage, attachedToAll), ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: emptyPlan()},
	})...)
}

func TestLogReaderPolicy_import(t *testing.T) {
	t.Parallel()
	stage := withReaders(t)
	full := attachedToAll + `
  trail_arn           = "` + trailARN(stage) + `"
  prefix              = "org/eu"
  kms_key_arn         = "arn:aws:kms:eu-central-1:` + stage.ID + `:key/1234"
  log_group_arn       = "arn:aws:logs:eu-central-1:` + stage.ID + `:log-group:trail"
  allow_lookup_events = false
  path                = "/audit/readers/"
`
	by := func(id string) resource.TestStep {
		return resource.TestStep{
			ResourceName: readerAddress, ImportState: true, ImportStateId: id, ImportStateVerify: true,
			ImportStateVerifyIdentifierAttribute: "arn",
		}
	}
	stage.Test(t,
		resource.TestStep{Config: reader(stage, attachedToAll)},
		by(readerARN(stage)),
		resource.TestStep{Config: reader(stage, full)},
		by("arn:aws:iam::"+stage.ID+":policy/audit/readers/reader"),
	)
}

func TestLogReaderPolicy_importByIdentity(t *testing.T) {
	t.Parallel()
	stage := withReaders(t)
	resource.UnitTest(t, resource.TestCase{
		TerraformVersionChecks:   []tfversion.TerraformVersionCheck{tfversion.SkipBelow(tfversion.Version1_12_0)},
		ProtoV6ProviderFactories: stage.Factories(),
		Steps: []resource.TestStep{
			{Config: reader(stage, attachedToAll)},
			{ResourceName: readerAddress, ImportState: true, ImportStateKind: resource.ImportBlockWithResourceIdentity},
		},
	})
}

func TestLogReaderPolicy_importErrors(t *testing.T) {
	t.Parallel()
	stage := providertest.NewStage(t)
	cli := ready(t, stage, reader(stage, ""))
	for id, want := range map[string]string{
		readerARN(stage):                            "Unable to find the log reader policy to import",
		readerARN(stage) + "?account=prod":          "takes no suffix",
		"reader":                                    "is not the ARN of a customer managed policy",
		"arn:aws:iam::aws:policy/ReadOnlyAccess":    "is not the ARN of a customer managed policy",
		"arn:aws:iam::" + stage.ID + ":role/reader": "is not the ARN of a customer managed policy",
		"arn:aws:iam::999999999999:policy/reader":   "it belongs to account 999999999999",
		"arn:aws:s3:::policy/reader":                "is not the ARN of a customer managed policy",
	} {
		code, out := cli.Run(t, "import", readerAddress, id)
		expect(t, code != 0, out, want)
	}
}

// The first plan after an import shows real differences only, here none.
func TestLogReaderPolicy_planAfterImportIsEmpty(t *testing.T) {
	t.Parallel()
	stage := withReaders(t)
	applied(t, stage, reader(stage, attachedToAll))
	second := ready(t, stage, reader(stage, attachedToAll))
	second.Must(t, "import", readerAddress, readerARN(stage))
	second.ExpectNoChange(t)
}

// A refresh costs three calls, of which the list of attachments runs beside the
// others, and writes nothing.
func TestLogReaderPolicy_refreshBudget(t *testing.T) {
	t.Parallel()
	stage := withReaders(t)
	cli := applied(t, stage, reader(stage, attachedToAll))
	stage.ResetCalls()
	restore := stage.Inject(localaws.Fault{Service: "iam", Kind: localaws.Latency, Latency: 100 * time.Millisecond})
	cli.ExpectNoChange(t)
	restore()
	if calls := stage.Calls(ofService("iam")); len(calls) != 3 {
		t.Errorf("a refresh makes %d calls, want 3: %s", len(calls), namesOf(calls))
	}
	if calls := stage.Calls(ofService("sts")); len(calls) != 1 {
		t.Errorf("the caller is asked %d times", len(calls))
	}
	if written := stage.Mutations(); len(written) > 0 {
		t.Errorf("a plan without changes wrote: %s", namesOf(written))
	}
	if side := stage.MaxInFlight(); side < 2 {
		t.Errorf("at most %d calls were under way at once, want 2", side)
	}
}

// The arguments that cannot be right are refused before anything is asked.
func TestLogReaderPolicy_validation(t *testing.T) {
	t.Parallel()
	stage := providertest.NewStage(t)
	cli := ready(t, stage, reader(stage, ""))
	for arguments, want := range map[string]string{
		`  name = "reader"`: "At least one attribute out of [trail_arn,bucket]",
		`  name = "reader"
  trail_arn = "` + trailARN(stage) + `"
  prefix    = "org"`: `Attribute "bucket" must be specified when "prefix" is specified`,
		`  name   = "reader"
  bucket = "audit-log"
  prefix = "/org"`: "must not begin or end with a slash",
		`  name   = "reader"
  bucket = "audit-log"
  prefix = "o*g"`: "nor hold * ? or $",
		`  name   = "reader"
  bucket = "audit-log"
  roles  = ["arn:aws:iam::111122223333:role/incident"]`: "must be a name without a path, and not an ARN",
		`  name   = "reader"
  bucket = "audit-log"
  path   = "audit"`: "must begin and end with a slash",
	} {
		cli.Write(t, stage.Config(fmt.Sprintf("resource \"iamguard_log_reader_policy\" \"test\" {\n%s\n}\n", arguments)))
		code, out := cli.Run(t, "validate")
		expect(t, code != 0, out, want)
	}
}
