package mfa_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"

	"github.com/iamguard/terraform-provider-iamguard/internal/localaws"
	"github.com/iamguard/terraform-provider-iamguard/internal/providertest"
)

const statusType = "iamguard_mfa_status"

// readStatus reads the data source.
func readStatus(t *testing.T, server *providertest.Server, arguments map[string]any) map[string]any {
	t.Helper()
	state, diags := server.ReadData(t, statusType, arguments)
	if len(diags) > 0 {
		t.Fatal(providertest.Text(diags))
	}
	return state
}

// Five thousand users are told apart in at most a hundred calls, also one whose device
// was deactivated after the report.
func TestStatus_manyUsers(t *testing.T) {
	t.Parallel()
	stage := providertest.NewStage(t)
	stage.SeedUsers(4900, 60, 40)
	server := stage.Server(t, nil)
	first := readStatus(t, server, nil)
	if got := without(first); len(got) != 40 || got[0] != "person-04960" {
		t.Errorf("%d users without MFA: %v", len(got), got)
	}
	if err := stage.Clock.Sleep(t.Context(), 30*time.Minute); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"person-00007", "person-04905"} {
		if err := stage.DeactivateDevice(name); err != nil {
			t.Fatal(err)
		}
	}
	server = stage.Server(t, nil)
	stage.ResetCalls()
	state := readStatus(t, server, nil)
	caller := stage.Admin().ARN
	calls := stage.Calls(func(call localaws.Call) bool { return call.Principal == caller })
	t.Logf("5,000 users in %d calls", len(calls))
	if len(calls) > 100 {
		t.Errorf("%d calls were made, at most 100 are allowed", len(calls))
	}
	got := without(state)
	if len(got) != 42 || got[0] != "person-00007" || got[1] != "person-04905" {
		t.Errorf("%d users without MFA: %v", len(got), got)
	}
	status, _ := state["status"].(map[string]any)
	if len(status) != 5000 || state["root_mfa_active"] != true || state["complete"] != true ||
		state["report_time"] != first["report_time"] {
		t.Errorf(
			"%d users, root %v, complete %v, report of %v",
			len(status),
			state["root_mfa_active"],
			state["complete"],
			state["report_time"],
		)
	}
	for i := range 5000 {
		name := fmt.Sprintf("person-%05d", i)
		one, _ := status[name].(map[string]any)
		if one["password_enabled"] != true || one["mfa_active"] != !slices.Contains(got, name) {
			t.Errorf("%s is %v", name, one)
		}
	}
}

func without(state map[string]any) []string {
	var names []string
	all, _ := state["without_mfa"].([]any)
	for _, name := range all {
		names = append(names, fmt.Sprint(name))
	}
	slices.Sort(names)
	return names
}

// Kinds need a call for each user; chosen users only are looked at; and what is denied is
// an error, or is said to be open.
func TestStatus_detail(t *testing.T) {
	t.Parallel()
	stage := providertest.NewStage(t)
	stage.SeedUsers(2, 1, 1)
	server := stage.Server(t, nil)
	state := readStatus(t, server, map[string]any{"detail": true, "users": []any{"person-00000", "person-00002", "person-00003"}})
	status, _ := state["status"].(map[string]any)
	kinds := map[string]string{"person-00000": "[virtual]", "person-00002": "[hardware]", "person-00003": "[]"}
	if len(status) != len(kinds) {
		t.Errorf("looked at are %v", status)
	}
	for name, want := range kinds {
		one, _ := status[name].(map[string]any)
		if fmt.Sprint(one["kinds"]) != want || one["source"] != "live" || one["password_enabled"] != true {
			t.Errorf("%s is %v", name, one)
		}
	}
	for _, operation := range []string{"GetCredentialReport", "ListVirtualMFADevices", "ListMFADevices"} {
		restore := stage.Inject(localaws.Fault{Service: "iam", Operation: operation, Kind: localaws.Deny})
		_, diags := stage.Server(t, nil).ReadData(t, statusType, nil)
		restore()
		if !strings.Contains(providertest.Text(diags), "allow the action iam:"+operation) {
			t.Errorf("%s denied: %s", operation, providertest.Text(diags))
		}
	}
	defer stage.Inject(localaws.Fault{Service: "cloudtrail", Operation: "LookupEvents", Kind: localaws.Deny})()
	state = readStatus(t, stage.Server(t, nil), nil)
	if state["complete"] != false || !strings.Contains(fmt.Sprint(state["not_considered"]), "cloudtrail:LookupEvents is denied") {
		t.Errorf("without the history: %v, %v", state["complete"], state["not_considered"])
	}
}

// A user who got a password after the report is found, and one who is gone is not told of.
func TestStatus_changedSince(t *testing.T) {
	t.Parallel()
	stage := providertest.NewStage(t)
	client := iam.NewFromConfig(stage.SDK(stage.Admin()))
	user := func(name string) {
		if _, err := client.CreateUser(t.Context(), &iam.CreateUserInput{UserName: &name}); err != nil {
			t.Fatal(err)
		}
	}
	give := func(name string) {
		if _, err := client.CreateLoginProfile(t.Context(), &iam.CreateLoginProfileInput{
			UserName: &name, Password: aws.String("Some-Passw0rd!"),
		}); err != nil {
			t.Fatal(err)
		}
	}
	user("robot")
	user("gone")
	give("gone")
	if got := without(readStatus(t, stage.Server(t, nil), nil)); !slices.Equal(got, []string{"gone"}) {
		t.Errorf("without MFA are %v", got)
	}
	if err := stage.Clock.Sleep(t.Context(), 10*time.Minute); err != nil {
		t.Fatal(err)
	}
	user("newcomer")
	give("newcomer")
	give("robot")
	if _, err := client.DeleteLoginProfile(t.Context(), &iam.DeleteLoginProfileInput{UserName: aws.String("gone")}); err != nil {
		t.Fatal(err)
	}
	if _, err := client.DeleteUser(t.Context(), &iam.DeleteUserInput{UserName: aws.String("gone")}); err != nil {
		t.Fatal(err)
	}
	user("old")
	give("old")
	if _, err := client.UpdateUser(t.Context(), &iam.UpdateUserInput{
		UserName: aws.String("old"), NewUserName: aws.String("renamed"),
	}); err != nil {
		t.Fatal(err)
	}
	state := readStatus(t, stage.Server(t, nil), nil)
	status, _ := state["status"].(map[string]any)
	if got := without(state); !slices.Equal(got, []string{"newcomer", "renamed", "robot"}) || status["gone"] != nil ||
		state["complete"] != true {
		t.Errorf("without MFA are %v; %v", got, status["gone"])
	}
}

func TestStatusPermissions(t *testing.T) {
	t.Parallel()
	stage := providertest.NewStage(t)
	stage.SeedUsers(1, 0, 1)
	server := stage.Server(t, nil)
	used := stage.Used(func() {
		readStatus(t, server, nil)
		if err := stage.DeactivateDevice("person-00000"); err != nil {
			t.Fatal(err)
		}
		readStatus(t, stage.Server(t, nil), nil)
	})
	used = slices.Sorted(slices.Values(append(used, "cloudtrail:LookupEvents")))
	providertest.ExpectPermissions(t, "data-sources/"+statusType, map[string][]string{"Plan": used})
}
