package password_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"

	"github.com/iamguard/terraform-provider-iamguard/internal/localaws"
	"github.com/iamguard/terraform-provider-iamguard/internal/providertest"
)

// found are violations in a few words.
func found(list any) []string {
	var texts []string
	all, _ := list.([]any)
	for _, one := range all {
		if entry, ok := one.(map[string]any); ok {
			texts = append(texts, fmt.Sprintf("%v %v %v %v %v",
				entry["benchmark"], entry["control"], entry["field"], entry["actual"], entry["expected"]))
		}
	}
	return texts
}

func TestPasswordPolicyData(t *testing.T) {
	t.Parallel()
	stage := providertest.NewStage(t)
	server := stage.Server(t, nil)
	read := func(arguments map[string]any) map[string]any {
		t.Helper()
		state, diags := server.ReadData(t, "iamguard_password_policy", arguments)
		if len(diags) > 0 {
			t.Fatal(providertest.Text(diags))
		}
		return state
	}
	state := read(nil)
	if state["exists"] != false || fmt.Sprint(state["minimum_password_length"]) != "8" || state["account_id"] != stage.ID {
		t.Errorf("without a policy: %v", state)
	}
	if got := found(state["violations"]); !slices.Equal(got, []string{
		"cis_v7.0 2.8 minimum_password_length 8 at least 14", "cis_v7.0 2.9 password_reuse_prevention 0 at least 24",
	}) {
		t.Errorf("violations are %q", got)
	}
	at(t, stage).put(iam.UpdateAccountPasswordPolicyInput{
		MinimumPasswordLength: aws.Int32(14), MaxPasswordAge: aws.Int32(100), RequireNumbers: true, RequireSymbols: true,
	})
	state = read(map[string]any{"benchmarks": []any{"cis_v1.2", "pci_dss_v4.0"}})
	if got := found(state["violations"]); state["exists"] != true || !slices.Equal(got, []string{
		"cis_v1.2 1.5 require_uppercase_characters false true", "cis_v1.2 1.6 require_lowercase_characters false true",
		"cis_v1.2 1.10 password_reuse_prevention 0 at least 24", "cis_v1.2 1.11 max_password_age 100 1 to 90",
		"pci_dss_v4.0 8.3.6 require_lowercase_characters false true", "pci_dss_v4.0 8.3.7 password_reuse_prevention 0 at least 4",
		"pci_dss_v4.0 8.3.9 max_password_age 100 1 to 90",
	}) {
		t.Errorf("violations are %q", got)
	}
	at(t, stage).put(whole())
	for _, name := range []string{"aws_fsbp_v1.0", "cis_v3.0", "cis_v5.0", "cis_v6.0", "cis_v7.0", "cis_v1.2", "pci_dss_v4.0"} {
		if got := found(read(map[string]any{"benchmarks": []any{name}})["violations"]); len(got) > 0 {
			t.Errorf("the strongest policy violates %q", got)
		}
	}
	defer stage.Inject(localaws.Fault{Service: "iam", Operation: "GetAccountPasswordPolicy", Kind: localaws.Deny})()
	if _, diags := server.ReadData(t, "iamguard_password_policy", nil); !strings.Contains(providertest.Text(diags),
		"allow the action iam:GetAccountPasswordPolicy") {
		t.Errorf("denied: %s", providertest.Text(diags))
	}
	if diags := server.ValidateData(
		t,
		"iamguard_password_policy",
		map[string]any{"benchmarks": []any{"cis"}},
	); !providertest.Errors(
		diags,
	) {
		t.Error("a benchmark that is none is taken")
	}
}

func TestPasswordPolicyViolations(t *testing.T) {
	t.Parallel()
	stage := providertest.NewStage(t)
	of := func(policy, benchmark string) string {
		return stage.Config("output \"test\" {\n value = provider::iamguard::password_policy_violations(" + policy + ", \"" +
			benchmark + "\")\n}\n")
	}
	value := func(texts ...string) statecheck.StateCheck {
		checks := make([]knownvalue.Check, len(texts))
		for i, text := range texts {
			parts := strings.Split(text, "|")
			checks[i] = knownvalue.ObjectExact(map[string]knownvalue.Check{
				"benchmark": knownvalue.StringExact(parts[0]), "control": knownvalue.StringExact(parts[1]),
				"field": knownvalue.StringExact(parts[2]), "actual": knownvalue.StringExact(parts[3]),
				"expected": knownvalue.StringExact(parts[4]),
			})
		}
		return statecheck.ExpectKnownOutputValue("test", knownvalue.ListExact(checks))
	}
	refuses := func(policy, benchmark, text string) resource.TestStep {
		return resource.TestStep{Config: of(policy, benchmark), ExpectError: matching(text)}
	}
	stage.Test(t,
		resource.TestStep{
			Config: of("{ minimum_password_length = 12, password_reuse_prevention = 24 }", "cis_v7.0"),
			ConfigStateChecks: []statecheck.StateCheck{value(
				"cis_v7.0|2.8|minimum_password_length|12|at least 14")},
		},
		resource.TestStep{
			Config: of("{}", "cis_v3.0"),
			ConfigStateChecks: []statecheck.StateCheck{value("cis_v3.0|1.8|minimum_password_length|6|at least 14",
				"cis_v3.0|1.9|password_reuse_prevention|0|at least 24")},
		},
		resource.TestStep{
			Config:            of("{ minimum_password_length = 14, password_reuse_prevention = 24 }", "cis_v5.0"),
			ConfigStateChecks: []statecheck.StateCheck{value()},
		},
		refuses("{ length = 12 }", "cis_v7.0", `no field "length"`),
		refuses("{ minimum_password_length = true }", "cis_v7.0", "has to be a whole number"),
		refuses("{ require_numbers = 1 }", "cis_v7.0", "has to be true or false"),
		refuses("[]", "cis_v7.0", "has to be an object"),
		refuses("{}", "cis", "no benchmark"),
	)
}

func TestListPasswordPolicy(t *testing.T) {
	t.Parallel()
	stage := providertest.NewStage(t)
	server := stage.Server(t, nil)
	query := providertest.ListQuery{IncludeResource: true}
	if objects, diags := server.List(t, "iamguard_password_policy", query); len(objects)+len(diags) > 0 {
		t.Errorf("an account without a policy lists %v %s", objects, providertest.Text(diags))
	}
	at(t, stage).put(whole())
	objects, diags := server.List(t, "iamguard_password_policy", query)
	if len(objects) != 1 || len(diags) > 0 || objects[0].Identity["account_id"] != stage.ID ||
		fmt.Sprint(objects[0].Resource["max_password_age"]) != "90" {
		t.Errorf("listed are %v %s", objects, providertest.Text(diags))
	}
	defer stage.Inject(localaws.Fault{Service: "iam", Operation: "GetAccountPasswordPolicy", Kind: localaws.Deny})()
	if objects, diags := server.List(t, "iamguard_password_policy", query); len(objects) > 0 || !providertest.Errors(diags) {
		t.Errorf("denied: %v %s", objects, providertest.Text(diags))
	}
}

// TestPermissions records which IAM actions each type needs and compares them with the
// files that its documentation page shows.
func TestPermissions(t *testing.T) {
	t.Parallel()
	stage := providertest.NewStage(t)
	a := at(t, stage)
	cli := a.begun("on_destroy = \"delete\"\nmax_password_age = 90\n")
	applying := stage.Used(func() { cli.Apply(t) })
	planning := stage.Used(func() { cli.ExpectNoChange(t) })
	destroying := stage.Used(func() { cli.Must(t, "destroy", "-auto-approve") })
	// The report is read by a plan that introduces an age.
	reading := []string{"iam:GenerateCredentialReport", "iam:GetCredentialReport"}
	for _, action := range reading {
		if !slices.Contains(applying, action) {
			t.Errorf("%s was not used", action)
		}
	}
	planning = slices.Sorted(slices.Values(append(planning, reading...)))
	providertest.ExpectPermissions(t, "resources/iamguard_password_policy", map[string][]string{
		"Plan": planning, "Apply": providertest.Beyond(applying, planning), "Destroy": providertest.Beyond(destroying, planning),
	})
	server := stage.Server(t, nil)
	providertest.ExpectPermissions(t, "data-sources/iamguard_password_policy", map[string][]string{
		"Plan": stage.Used(func() { server.ReadData(t, "iamguard_password_policy", nil) }),
	})
	providertest.ExpectPermissions(t, "list-resources/iamguard_password_policy", map[string][]string{
		"Plan": stage.Used(func() { server.List(t, "iamguard_password_policy", providertest.ListQuery{}) }),
	})
}
