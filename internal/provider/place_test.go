package provider_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/iamguard/terraform-provider-iamguard/internal/localaws"
	"github.com/iamguard/terraform-provider-iamguard/internal/providertest"
)

const (
	bucketAddress = "iamguard_log_bucket.test"
	emptyPlan     = "No changes."
)

// bucket is a small regional resource with an account argument.
func bucket(stage *providertest.Stage, account string) string {
	if account != "" {
		account = fmt.Sprintf("  account = %s\n", account)
	}
	return `
resource "iamguard_log_bucket" "test" {
  bucket              = "place-test-` + stage.ID + `"
  trail_names         = ["main"]
  deletion_protection = false
` + account + "}\n"
}

// accounts is the argument with one role for each name.
func accounts(roles map[string]*providertest.Stage) string {
	lines := []string{"  accounts = {"}
	for name, in := range roles {
		lines = append(lines, fmt.Sprintf("    %q = { role_arn = \"arn:aws:iam::%s:role/apply\" }", name, in.ID))
	}
	return strings.Join(append(lines, "  }"), "\n")
}

// plan plans and wants an exit code: 0 no changes, 1 an error, 2 changes.
func plan(t *testing.T, cli *providertest.CLI, config string, exit int) string {
	t.Helper()
	cli.Write(t, config)
	code, out := cli.Run(t, "plan", "-detailed-exitcode", "-input=false")
	if code != exit {
		t.Fatalf("terraform plan exits with %d, want %d:\n%s", code, exit, out)
	}
	return strings.Join(strings.Fields(out), " ")
}

func changes(stage *providertest.Stage) []localaws.Call {
	return stage.Calls(func(call localaws.Call) bool { return !call.ReadOnly && call.Service != "sts" })
}

// The parts follow each other, on one state.
//
//nolint:paralleltest // See above.
func TestPlace_oneAccountByNameNumberAndNothing(t *testing.T) {
	t.Parallel()
	stage := providertest.NewStage(t)
	other := stage.Beside(t)
	provider := func(region string, names map[string]*providertest.Stage) string {
		return stage.ProviderIn(region, stage.Admin(), accounts(names))
	}
	names := map[string]*providertest.Stage{"self": stage, "other": other}
	usual := provider(providertest.Region, names)
	cli := stage.CLI(t)
	cli.Write(t, usual+bucket(stage, ""))
	cli.Apply(t)
	plan(t, cli, usual+bucket(stage, ""), 0)
	stage.ResetCalls()

	for _, account := range []string{`"self"`, `"` + stage.ID + `"`, `"self"`, ""} {
		expectText(t, plan(t, cli, usual+bucket(stage, account), 2), "0 to add, 1 to change, 0 to destroy")
		cli.Apply(t)
		plan(t, cli, usual+bucket(stage, account), 0)
	}
	if made := changes(stage); len(made) > 0 {
		t.Errorf("%s was called for another spelling of the same account", made[0].Name())
	}
	plan(t, cli, provider("us-west-2", names)+bucket(stage, ""), 0)

	t.Run("an unknown name", func(t *testing.T) {
		out := plan(t, cli, usual+bucket(stage, `"prod"`), 1)
		expectText(t, out, `Unknown account "prod"`, "other, self", "with "+bucketAddress, `account = "prod"`)
		expectText(t, plan(t, cli, usual+bucket(stage, `"999999999999"`), 1), `Unknown account "999999999999"`)
	})
	t.Run("another account", func(t *testing.T) {
		expectText(
			t,
			plan(t, cli, usual+bucket(stage, `"other"`), 2),
			bucketAddress+" must be replaced",
			"1 to add, 0 to change, 1 to destroy",
		)
		expectText(t, plan(t, cli, usual+bucket(stage, `"`+other.ID+`"`), 2), bucketAddress+" must be replaced")
	})
	t.Run("a name that was renamed in the provider", func(t *testing.T) {
		cli.Write(t, usual+bucket(stage, `"self"`))
		cli.Apply(t)
		renamed := provider(providertest.Region, map[string]*providertest.Stage{"own": stage})
		expectText(t, plan(t, cli, renamed+bucket(stage, `"own"`), 2), "0 to add, 1 to change, 0 to destroy")
		cli.Apply(t)
	})
	t.Run("credentials of another account", func(t *testing.T) {
		cli.Write(t, usual+bucket(stage, ""))
		cli.Apply(t)
		out := plan(t, cli, other.Provider(other.Admin())+bucket(stage, ""), 1)
		expectText(t, out, "Wrong account", "belongs to account "+stage.ID, "belong to account "+other.ID)
		if cli.State(t, bucketAddress) == nil {
			t.Error("the object was removed from state")
		}
	})
	t.Run("nobody asks whose the credentials are", func(t *testing.T) {
		skipping := stage.Provider(stage.Admin(), "  skip_requesting_account_id = true")
		if out := plan(t, cli, skipping+bucket(stage, ""), 0); !strings.Contains(out, emptyPlan) {
			t.Error(out)
		}
	})
}

// input is a value that is not known before it is applied.
const input = `
resource "terraform_data" "input" {
  input = %q
}
`

func TestPlace_unknownUntilApply(t *testing.T) {
	t.Parallel()
	stage := providertest.NewStage(t)
	other := stage.Beside(t)
	provider := func(role string) string {
		return other.Provider(other.Admin(), "  accounts = {\n    prod = { role_arn = "+role+" }\n  }")
	}
	role := "arn:aws:iam::" + stage.ID + ":role/apply"
	const conditional = `  accounts = terraform_data.input.output == "" ? {} : { prod = { role_arn = terraform_data.input.output } }`
	for name, block := range map[string]string{
		"one role":  provider("terraform_data.input.output"),
		"all of it": other.Provider(other.Admin(), conditional),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cli := stage.CLI(t)
			own := strings.ReplaceAll(bucket(stage, `"prod"`), "place-test", "place-test-"+strings.ReplaceAll(name, " ", "-"))
			config := fmt.Sprintf(input, role) + block + own
			expectText(t, plan(t, cli, config, 2), "account_id = (known after apply)", "region = (known after apply)")
			cli.Apply(t)
			if got := cli.State(t, bucketAddress)["account_id"]; got != stage.ID {
				t.Errorf("the bucket is in account %v, want %s", got, stage.ID)
			}
			plan(t, cli, config, 0)
			if len(changes(other)) > 0 {
				t.Error("the default account was changed")
			}

			// An object in state whose account is unknown again cannot be read.
			again := fmt.Sprintf(input, role+"/again") + block + own
			out := plan(t, cli, again, 1)
			expectText(t, out, "Unable to reach the account yet", `Account "prod" is not known until apply.`)

			// A data source neither, and it does not fall back to the provider's account.
			data := fmt.Sprintf(input, role+"/data") + block +
				"data \"iamguard_trail_coverage\" \"test\" {\n  account = \"prod\"\n}\n"
			out = plan(t, stage.CLI(t), data, 1)
			expectText(t, out, "Unable to reach the account yet", `Account "prod" is not known until apply.`)
		})
	}
}

func TestPlace_otherUnknownArguments(t *testing.T) {
	t.Parallel()
	stage := providertest.NewStage(t)
	region := stage.ProviderIn("", stage.Admin(), "  region = terraform_data.input.output")
	cli := stage.CLI(t)
	config := fmt.Sprintf(input, "eu-west-1") + region + bucket(stage, "")
	expectText(t, plan(t, cli, config, 2), "region = (known after apply)")
	cli.Apply(t)
	if got := cli.State(t, bucketAddress)["region"]; got != "eu-west-1" {
		t.Errorf("the bucket is in %v", got)
	}
	// The object knows its region, so an unknown default changes nothing.
	out := plan(t, cli, fmt.Sprintf(input, "eu-west-2")+region+bucket(stage, ""), 2)
	expectText(t, out, "terraform_data.input will be updated", "0 to add, 1 to change, 0 to destroy")

	with := func(argument, dataSource string) string {
		return stage.Provider(stage.Admin(), "  "+argument) + "data \"" + dataSource + "\" \"test\" {}\n"
	}
	for argument, block := range map[string]string{
		"region":        region + "data \"iamguard_trail\" \"test\" {\n  name = \"main\"\n}\n",
		"profile":       with("profile = terraform_data.input.output", "iamguard_trail_coverage"),
		"event_regions": with("event_regions = { iam = terraform_data.input.output }", "iamguard_risky_events"),
	} {
		out := plan(t, stage.CLI(t), fmt.Sprintf(input, "x")+block, 1)
		expectText(t, out, fmt.Sprintf("The provider argument %q is not known until apply", argument))
	}

	tags := stage.Provider(stage.Admin(), "  default_tags {\n    tags = { team = terraform_data.input.output }\n  }")
	tagged := stage.CLI(t)
	body := strings.ReplaceAll(bucket(stage, ""), "place-test", "tags-test")
	expectText(t, plan(t, tagged, fmt.Sprintf(input, "sec")+tags+body, 2), "tags_all = (known after apply)")
	tagged.Apply(t)
	plan(t, tagged, fmt.Sprintf(input, "sec")+tags+body, 0)
}
