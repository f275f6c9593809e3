package mfa_test

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"
	"github.com/hashicorp/terraform-plugin-testing/tfversion"

	"github.com/iamguard/terraform-provider-iamguard/internal/policy"
	"github.com/iamguard/terraform-provider-iamguard/internal/providertest"
)

func text(name string) knownvalue.Check { return knownvalue.StringExact(name) }

func TestMFAEnforcement_lifecycle(t *testing.T) {
	t.Parallel()
	stage := populated(t)
	generated := func(given keys) knownvalue.Check { return text(written(t, given).String()) }
	rules := `
  allow_first_login      = false
  allow_mfa_self_removal = true
  exempt_access_keys     = true
  max_mfa_age_seconds    = 3600
  extra_allowed_actions  = ["s3:GetObject"]
  exempt_users           = ["bob"]
  users                  = ["alice"]
`
	moved := "  path = \"/security/\"\n" + rules
	stage.Test(t,
		resource.TestStep{
			Config: stage.Config(body(full)),
			ConfigStateChecks: []statecheck.StateCheck{
				has("arn", text(arnOf(stage))), has("account_id", text(stage.ID)), has("path", text("/")),
				has("policy_json", generated(keys{})), has("allow_first_login", knownvalue.Bool(true)),
				has("roles", knownvalue.SetSizeExact(0)), has("exempt_users", knownvalue.Null()),
			},
			Check: func(*terraform.State) error {
				return inForce(t, stage, arnOf(stage), keys{}, "group people", "user carol")
			},
		},
		resource.TestStep{Config: stage.Config(body(full)), ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: emptyPlan()}},
		resource.TestStep{
			Config: stage.Config(body(rules)),
			ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
				plancheck.ExpectResourceAction(address, plancheck.ResourceActionUpdate),
			}},
			ConfigStateChecks: []statecheck.StateCheck{has("groups", knownvalue.Null())},
			Check: func(*terraform.State) error {
				return inForce(t, stage, arnOf(stage), keys{
					"allow_first_login": false, "allow_mfa_self_removal": true, "exempt_access_keys": true,
					"max_mfa_age_seconds": "3600", "extra_allowed_actions": []string{"s3:GetObject"}, "exempt_users": []string{"bob"},
				}, "user alice")
			},
		},
		resource.TestStep{
			Config: stage.Config(body(moved)),
			ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
				plancheck.ExpectResourceAction(address, plancheck.ResourceActionReplace),
			}},
			ConfigStateChecks: []statecheck.StateCheck{has("arn", text("arn:aws:iam::"+stage.ID+":policy/security/require-mfa"))},
		},
		resource.TestStep{Config: stage.Config(body(moved)), ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: emptyPlan()}},
	)
	if names := policiesLeft(t, stage); len(names) > 0 {
		t.Errorf("left behind: %v", names)
	}
}

// inForce compares what IAM itself has with what was asked for.
func inForce(t *testing.T, stage *providertest.Stage, arn string, given keys, attached ...string) error {
	t.Helper()
	c, ctx := client(stage), t.Context()
	found := does[iam.GetPolicyOutput](t)(c.GetPolicy(ctx, &iam.GetPolicyInput{PolicyArn: &arn}))
	version := does[iam.GetPolicyVersionOutput](t)(c.GetPolicyVersion(ctx, &iam.GetPolicyVersionInput{
		PolicyArn: &arn, VersionId: found.Policy.DefaultVersionId,
	}))
	document, err := policy.ParseEncoded(aws.ToString(version.PolicyVersion.Document))
	if err != nil {
		return err
	}
	if want := written(t, given); !document.Equivalent(want) {
		t.Errorf("IAM has %s, want %s", document, want)
	}
	entities := does[iam.ListEntitiesForPolicyOutput](
		t,
	)(
		c.ListEntitiesForPolicy(ctx, &iam.ListEntitiesForPolicyInput{PolicyArn: &arn}),
	)
	var names []string
	for _, group := range entities.PolicyGroups {
		names = append(names, "group "+aws.ToString(group.GroupName))
	}
	for _, user := range entities.PolicyUsers {
		names = append(names, "user "+aws.ToString(user.UserName))
	}
	if slices.Sort(names); !slices.Equal(names, attached) || len(entities.PolicyRoles) > 0 {
		t.Errorf("attached to %v, want %v", names, attached)
	}
	return nil
}

func TestMFAEnforcement_import(t *testing.T) {
	t.Parallel()
	stage := populated(t)
	rules := people + `
  path                   = "/security/"
  users                  = ["carol"]
  allow_first_login      = false
  allow_mfa_self_removal = true
  exempt_access_keys     = true
  max_mfa_age_seconds    = 3600
  extra_allowed_actions  = ["s3:GetObject", "ec2:Describe*"]
  exempt_users           = ["alice"]
`
	by := func(id string) resource.TestStep {
		return resource.TestStep{
			ResourceName: address, ImportState: true, ImportStateId: id, ImportStateVerify: true,
			ImportStateVerifyIdentifierAttribute: "arn", ImportStateVerifyIgnore: []string{"deletion_protection"},
		}
	}
	stage.Test(t,
		resource.TestStep{Config: stage.Config(body(full))},
		by(arnOf(stage)),
		resource.TestStep{Config: stage.Config(body(rules))},
		by("arn:aws:iam::"+stage.ID+":policy/security/require-mfa"),
	)
}

func TestMFAEnforcement_importByIdentity(t *testing.T) {
	t.Parallel()
	stage := populated(t)
	resource.UnitTest(t, resource.TestCase{
		TerraformVersionChecks:   []tfversion.TerraformVersionCheck{tfversion.SkipBelow(tfversion.Version1_12_0)},
		ProtoV6ProviderFactories: stage.Factories(),
		Steps: []resource.TestStep{
			{Config: stage.Config(body(full))},
			{ResourceName: address, ImportState: true, ImportStateKind: resource.ImportBlockWithResourceIdentity},
		},
	})
}

func TestMFAEnforcement_importErrors(t *testing.T) {
	t.Parallel()
	stage := populated(t)
	cli := ready(t, stage, stage.Config(body(people)))
	for id, want := range map[string]string{
		arnOf(stage):                                   "Unable to find the MFA enforcement to import",
		arnOf(stage) + "?account=prod":                 "takes no suffix",
		"require-mfa":                                  "is not the ARN of a customer managed policy",
		"require-mfa?account=" + stage.ID:              "is not the ARN of a customer managed policy",
		"arn:aws:iam::aws:policy/ReadOnlyAccess":       "is not the ARN of a customer managed policy",
		"arn:aws:iam::" + stage.ID + ":role/reader":    "is not the ARN of a customer managed policy",
		"arn:aws:iam::999999999999:policy/require-mfa": "it belongs to account 999999999999",
	} {
		code, out := cli.Run(t, "import", address, id)
		expect(t, code != 0, out, want)
	}
}

// The first plan after an import shows real differences only, here none.
func TestMFAEnforcement_planAfterImportIsEmpty(t *testing.T) {
	t.Parallel()
	stage := populated(t)
	config := stage.Config(strings.Replace(body(full), "  deletion_protection = false\n", "", 1))
	applied(t, stage, config)
	second := ready(t, stage, config)
	second.Must(t, "import", address, arnOf(stage))
	second.ExpectNoChange(t)
}

func TestMFAEnforcement_adopt(t *testing.T) {
	t.Parallel()
	stage := populated(t)
	c := client(stage)
	does[iam.CreatePolicyOutput](t)(c.CreatePolicy(t.Context(), &iam.CreatePolicyInput{
		PolicyName: aws.String("require-mfa"), PolicyDocument: aws.String(adminPolicy),
	}))
	does[iam.AttachRolePolicyOutput](t)(c.AttachRolePolicy(t.Context(), &iam.AttachRolePolicyInput{
		PolicyArn: aws.String(arnOf(stage)), RoleName: aws.String("worker"),
	}))
	cli := ready(t, stage, stage.Config(body(full)))
	code, out := cli.Run(t, "apply", "-auto-approve")
	expect(t, code != 0, out, "Unable to create the MFA enforcement", "already exists", "terraform import", arnOf(stage),
		"adopt_existing = true")
	cli.Write(t, stage.Config(body(full+"  adopt_existing = true\n")))
	out = cli.Must(t, "plan")
	expect(t, true, out, "an existing MFA enforcement will be adopted", "Overwritten: policy_json, groups, users, roles, tags")
	cli.Apply(t)
	cli.ExpectNoChange(t)
	if err := inForce(t, stage, arnOf(stage), keys{}, "group people", "user carol"); err != nil {
		t.Error(err)
	}
	expect(t, true, cli.Must(t, "destroy", "-auto-approve"), "only forgotten, not deleted")
	if names := policiesLeft(t, stage); !slices.Equal(names, []string{"require-mfa"}) {
		t.Errorf("after destroying what was adopted there is %v", names)
	}
	cli.Write(t, stage.Config(body(full+"  adopt_existing = true\n  destroy_adopted = true\n")))
	cli.Apply(t)
	cli.Must(t, "destroy", "-auto-approve")
	if names := policiesLeft(t, stage); len(names) > 0 {
		t.Errorf("destroy_adopted left %v", names)
	}
}

// Protection is on unless it is turned off by an apply of its own; a replacement is a
// deletion too.
func TestMFAEnforcement_deletionProtection(t *testing.T) {
	t.Parallel()
	stage := populated(t)
	protected := strings.Replace(body(full), "  deletion_protection = false\n", "", 1)
	cli := applied(t, stage, stage.Config(protected))
	for _, command := range [][]string{
		{"destroy", "-auto-approve"},
		{"apply", "-auto-approve", "-replace=" + address},
	} {
		code, out := cli.Run(t, command...)
		expect(t, code != 0, out, "Deletion is protected", "MFA enforcement", "deletion_protection = false")
	}
	cli.Write(t, stage.Config(strings.Replace(protected, "require-mfa", "other", 1)))
	code, out := cli.Run(t, "apply", "-auto-approve")
	expect(t, code != 0, out, "Deletion is protected")
	if names := policiesLeft(t, stage); !slices.Equal(names, []string{"require-mfa"}) {
		t.Fatalf("there is %v", names)
	}
	cli.Write(t, stage.Config(body(full)))
	cli.Apply(t)
	cli.Must(t, "destroy", "-auto-approve")
}

// The arguments that cannot be right are refused before anything is asked.
func TestMFAEnforcement_validation(t *testing.T) {
	t.Parallel()
	stage := providertest.NewStage(t)
	cli := ready(t, stage, stage.Config(body(people)))
	for arguments, want := range map[string]string{
		"":                "At least one attribute out of [groups,users]",
		"  groups = []\n": "set must contain at least 1 elements",
		"  users  = [\"arn:aws:iam::111122223333:user/a\"]\n":        "must be a name without a path, and not an ARN",
		people + "  path = \"security\"\n":                           "must begin and end with a slash",
		people + "  max_mfa_age_seconds = 0\n":                       "between 60 and 129600",
		people + "  extra_allowed_actions = [\"*\"]\n":               "is not an action",
		people + "  extra_allowed_actions = [\"iam:Deactivate*\"]\n": "without MFA could remove a device",
		"  users = [\"a\", \"b\"]\n  exempt_users = [\"b\"]\n":       `The user "b" is named in users and in exempt_users`,
	} {
		cli.Write(t, stage.Config(body(arguments)))
		code, out := cli.Run(t, "validate")
		expect(t, code != 0, out, want)
	}
}

// A document that IAM would refuse is refused in the plan, with its size.
func TestMFAEnforcement_tooLong(t *testing.T) {
	t.Parallel()
	stage := populated(t)
	cli := ready(t, stage, stage.Config(body(people+
		"  exempt_users = [for i in range(300) : format(\"break-glass-user-%03d\", i)]\n")))
	code, out := cli.Run(t, "plan")
	expect(t, code != 0, out, "MFA policy is too long", "and IAM takes 6144")
	if size := regexp.MustCompile(`has (\d+) characters`).FindStringSubmatch(flat(out)); len(size) < 2 || len(size[1]) < 4 {
		t.Errorf("the size is not told:\n%s", out)
	}
}

// What is not known until apply leaves the document open, and the apply fills it.
func TestMFAEnforcement_unknown(t *testing.T) {
	t.Parallel()
	stage := populated(t)
	config := stage.Config(`
resource "terraform_data" "name" {
  input = "people"
}
resource "iamguard_mfa_enforcement" "test" {
  name                = "mfa-${terraform_data.name.output}"
  groups              = [terraform_data.name.output]
  exempt_users        = ["${terraform_data.name.output}-emergency"]
  deletion_protection = false
}
`)
	cli := ready(t, stage, config)
	expect(t, true, cli.Must(t, "plan"), "+ policy_json = (known after apply)", "+ arn = (known after apply)")
	cli.Apply(t)
	cli.ExpectNoChange(t)
	arn, _ := json.Marshal(cli.State(t, address)["arn"])
	if want := `"arn:aws:iam::` + stage.ID + `:policy/mfa-people"`; string(arn) != want {
		t.Errorf("the ARN is %s, want %s", arn, want)
	}
}
