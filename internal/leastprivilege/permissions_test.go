package leastprivilege_test

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/function"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/iamguard/terraform-provider-iamguard/internal/account"
	"github.com/iamguard/terraform-provider-iamguard/internal/leastprivilege"
	"github.com/iamguard/terraform-provider-iamguard/internal/policy"
	"github.com/iamguard/terraform-provider-iamguard/internal/providertest"
)

// permissions calls the function.
func permissions(t *testing.T, names []string, phase string) (string, *function.FuncError) {
	t.Helper()
	list, diags := types.ListValueFrom(t.Context(), types.StringType, names)
	if diags.HasError() {
		t.Fatal(diags)
	}
	resp := function.RunResponse{Result: function.NewResultData(types.StringUnknown())}
	leastprivilege.NewPermissionsFunction().Run(t.Context(), function.RunRequest{
		Arguments: function.NewArgumentsData([]attr.Value{list, types.StringValue(phase)}),
	}, &resp)
	text, ok := resp.Result.Value().(types.String)
	if !ok {
		t.Fatalf("the result is %v", resp.Result.Value())
	}
	return text.ValueString(), resp.Error
}

// allowed are the actions of the policy by the name of the statement.
func allowed(t *testing.T, phase string, names ...string) map[string][]string {
	t.Helper()
	text, problem := permissions(t, names, phase)
	if problem != nil {
		t.Fatalf("%v, %s: %s", names, phase, problem.Text)
	}
	document, err := policy.Parse(text)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	actions := map[string][]string{}
	for _, statement := range document.Statements {
		if statement.Effect != policy.Allow || !slices.Equal(statement.Resource, []string{"*"}) || !slices.IsSorted(statement.Action) {
			t.Errorf("%s: the statement %s is not as it should be", names, statement.Sid)
		}
		actions[statement.Sid] = statement.Action
	}
	return actions
}

// every are the types of the provider, as the function names them.
func every(t *testing.T) []string {
	t.Helper()
	schemas := providertest.NewServer(t, account.Runtime{}).Schemas
	var names []string
	names = slices.AppendSeq(names, maps.Keys(schemas.ResourceSchemas))
	for name := range schemas.DataSourceSchemas {
		names = append(names, "data."+name)
	}
	for name := range schemas.ListResourceSchemas {
		names = append(names, "list."+name)
	}
	for name := range schemas.ActionSchemas {
		names = append(names, "action."+name)
	}
	if len(names) < 10 {
		t.Fatalf("only %d types", len(names))
	}
	return names
}

// Every type of the provider is in the table, and nothing else.
func TestPermissions_everyType(t *testing.T) {
	t.Parallel()
	names := every(t)
	for _, name := range names {
		_, problem := permissions(t, []string{name}, "apply")
		if problem != nil && name != "data.iamguard_event_catalog" {
			t.Errorf("%s: %s", name, problem.Text)
		}
	}
	_, problem := permissions(t, []string{"iamguard_nothing"}, "plan")
	if problem == nil {
		t.Fatal("an unknown type is accepted")
	}
	_, listed, _ := strings.Cut(strings.TrimSuffix(problem.Text, "."), "the types are ")
	known := strings.Split(listed, ", ")
	slices.Sort(names)
	if !slices.Equal(known, names) {
		t.Errorf("the table has %v, the provider %v", known, names)
	}
}

// What the function answers for one type is what its documentation page shows.
func TestPermissions_areThoseOfTheDocumentation(t *testing.T) {
	t.Parallel()
	for folder, prefix := range map[string]string{
		"resources": "", "data-sources": "data.", "list-resources": "list.", "actions": "action.",
	} {
		files, err := filepath.Glob(filepath.Join("..", "..", "examples", folder, "*", "permissions.json"))
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: %v, %v", folder, files, err)
		}
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			var shown struct {
				Statement []struct {
					Sid    string
					Action []string
				}
			}
			if err := json.Unmarshal(text, &shown); err != nil {
				t.Fatal(err)
			}
			name := prefix + filepath.Base(filepath.Dir(file))
			for _, statement := range shown.Statement {
				got := allowed(t, strings.ToLower(statement.Sid), name)[statement.Sid]
				if !slices.Equal(got, statement.Action) {
					t.Errorf("%s, %s: %v, and the page shows %v", name, statement.Sid, got, statement.Action)
				}
			}
		}
	}
}

func TestPermissions_phases(t *testing.T) {
	t.Parallel()
	for phase, want := range map[string][]string{
		"plan": {"ExplainDrift", "Plan"}, "apply": {"Apply", "ExplainDrift", "Plan"}, "destroy": {"Destroy", "ExplainDrift", "Plan"},
	} {
		got := allowed(t, phase, "iamguard_trail", "iamguard_log_bucket")
		if sids := slices.Sorted(maps.Keys(got)); !slices.Equal(sids, want) {
			t.Errorf("%s has the statements %v, want %v", phase, sids, want)
		}
		for _, action := range []string{"cloudtrail:GetTrail", "s3:GetBucketPolicy"} {
			if !slices.Contains(got["Plan"], action) {
				t.Errorf("%s lacks %s", phase, action)
			}
		}
		if !slices.Equal(got["ExplainDrift"], []string{"cloudtrail:LookupEvents"}) {
			t.Errorf("%s explains drift by %v", phase, got["ExplainDrift"])
		}
	}
	if got := allowed(t, "apply", "iamguard_trail")["Apply"]; !slices.Contains(got, "cloudtrail:StartLogging") {
		t.Errorf("apply may do %v", got)
	}
	if got := allowed(t, "destroy", "iamguard_trail")["Destroy"]; !slices.Equal(got, []string{"cloudtrail:DeleteTrail"}) {
		t.Errorf("destroy may do %v", got)
	}
}

// No action is in two statements, whatever the types, and the order of the types
// does not matter.
func TestPermissions_deterministic(t *testing.T) {
	t.Parallel()
	names := every(t)
	for _, phase := range []string{"plan", "apply", "destroy"} {
		first, _ := permissions(t, names, phase)
		slices.Reverse(names)
		second, _ := permissions(t, append(names, names[0]), phase)
		if first != second || first == "" {
			t.Errorf("%s:\n%s\n%s", phase, first, second)
		}
		seen := map[string]string{}
		for sid, actions := range allowed(t, phase, names...) {
			for _, action := range actions {
				if seen[action] != "" {
					t.Errorf("%s is in %s and %s", action, seen[action], sid)
				}
				seen[action] = sid
			}
		}
	}
}

// A bare name is the resource; data sources and actions need no prefix where no
// resource has their name.
func TestPermissions_names(t *testing.T) {
	t.Parallel()
	for bare, full := range map[string]string{
		"iamguard_risky_events": "data.iamguard_risky_events", "iamguard_start_logging": "action.iamguard_start_logging",
	} {
		got, _ := permissions(t, []string{bare}, "apply")
		if want, _ := permissions(t, []string{full}, "apply"); got != want || got == "" {
			t.Errorf("%s may do %s, want %s", bare, got, want)
		}
	}
	resource, data := allowed(t, "apply", "iamguard_trail"), allowed(t, "apply", "data.iamguard_trail")
	if len(resource["Apply"]) == 0 || len(data["Apply"]) > 0 || len(data["ExplainDrift"]) > 0 {
		t.Errorf("the resource may do %v, the data source %v", resource, data)
	}
}

func TestPermissions_errors(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		names    []string
		phase    string
		argument int64
		words    []string
	}{
		"unknown types": {[]string{"iamguard_trial", "iamguard_trail", "aws_iam_role"}, "plan", 0, []string{
			`Unknown type "iamguard_trial", "aws_iam_role"`, "iamguard_trail", "data.iamguard_trail", "action.iamguard_start_logging",
		}},
		"no types":       {nil, "plan", 0, []string{"at least one type", "iamguard_log_bucket"}},
		"nothing to do":  {[]string{"iamguard_event_catalog"}, "plan", 0, []string{"make no call"}},
		"action in plan": {[]string{"iamguard_start_logging"}, "plan", 0, []string{"make no call in this phase"}},
		"unknown phase":  {[]string{"iamguard_trail"}, "refresh", 1, []string{`Unknown phase "refresh"`, "plan, apply, destroy"}},
		"empty phase":    {[]string{"iamguard_trail"}, "", 1, []string{"plan, apply, destroy"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, problem := permissions(t, c.names, c.phase)
			if problem == nil || problem.FunctionArgument == nil || *problem.FunctionArgument != c.argument {
				t.Fatalf("the error is %v", problem)
			}
			for _, word := range c.words {
				if !strings.Contains(problem.Text, word) {
					t.Errorf("%q is missing in: %s", word, problem.Text)
				}
			}
		})
	}
}
