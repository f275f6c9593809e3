package accesskey_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"

	"github.com/iamguard/terraform-provider-iamguard/internal/localaws"
	"github.com/iamguard/terraform-provider-iamguard/internal/providertest"
)

// read reads a data source.
func read(t *testing.T, server *providertest.Server, name string, arguments map[string]any) map[string]any {
	t.Helper()
	state, diags := server.ReadData(t, name, arguments)
	if len(diags) > 0 {
		t.Fatal(providertest.Text(diags))
	}
	return state
}

func TestCredentialReport(t *testing.T) {
	t.Parallel()
	stage := providertest.NewStage(t)
	client := iam.NewFromConfig(stage.SDK(stage.Admin()))
	if _, err := client.CreateUser(t.Context(), &iam.CreateUserInput{UserName: aws.String("alice")}); err != nil {
		t.Fatal(err)
	}
	if _, err := client.CreateLoginProfile(t.Context(), &iam.CreateLoginProfileInput{
		UserName: aws.String("alice"), Password: aws.String("Some-Passw0rd!"),
	}); err != nil {
		t.Fatal(err)
	}
	if _, err := client.CreateAccessKey(t.Context(), &iam.CreateAccessKeyInput{UserName: aws.String("alice")}); err != nil {
		t.Fatal(err)
	}
	server := stage.Server(t, nil)
	if _, diags := server.ReadData(t, "iamguard_credential_report", map[string]any{"generate": false}); !strings.Contains(
		providertest.Text(diags), "leave generate out") {
		t.Errorf("an absent report: %s", providertest.Text(diags))
	}
	state := read(t, server, "iamguard_credential_report", nil)
	users, ok := state["users"].([]any)
	if !ok || len(users) != 2 || state["account_id"] != stage.ID {
		t.Fatalf("read was %v", state)
	}
	root, _ := users[0].(map[string]any)
	alice, _ := users[1].(map[string]any)
	if root["user"] != "<root_account>" || root["password_enabled"] != nil || root["mfa_active"] != true ||
		fmt.Sprint(root["access_keys"]) != "[]" {
		t.Errorf("the root user is %v", root)
	}
	keys, _ := alice["access_keys"].([]any)
	if alice["password_enabled"] != true || alice["mfa_active"] != false || alice["password_last_used"] != nil || len(keys) != 1 {
		t.Errorf("alice is %v", alice)
	}
	if made, err := time.Parse(
		time.RFC3339,
		fmt.Sprint(state["generated_time"]),
	); err != nil ||
		stage.Clock.Now().Sub(made) > time.Minute {
		t.Errorf("generated at %v", state["generated_time"])
	}
	if diags := server.ValidateData(
		t,
		"iamguard_credential_report",
		map[string]any{"max_age": "an hour"},
	); !providertest.Errors(
		diags,
	) {
		t.Error("an age that is none is taken")
	}
	// Whoever asks in a plan, the report is read once.
	cli := stage.CLI(t)
	cli.Write(t, stage.Config("data \"iamguard_credential_report\" \"test\" {\n  count = 5\n}\n"))
	cli.Must(t, "init")
	stage.ResetCalls()
	cli.ExpectNoChange(t)
	if n := len(stage.Calls(localaws.Named("iam:GetCredentialReport"))); n != 1 {
		t.Errorf("the report was read %d times", n)
	}
	defer stage.Inject(localaws.Fault{Service: "iam", Operation: "GetCredentialReport", Kind: localaws.Deny})()
	if err := stage.Clock.Sleep(t.Context(), time.Hour); err != nil {
		t.Fatal(err)
	}
	if _, diags := server.ReadData(t, "iamguard_credential_report", nil); !strings.Contains(providertest.Text(diags),
		"allow the action iam:GetCredentialReport") {
		t.Errorf("denied: %s", providertest.Text(diags))
	}
}

func TestAccountSummary(t *testing.T) {
	t.Parallel()
	stage := providertest.NewStage(t)
	client := iam.NewFromConfig(stage.SDK(stage.Admin()))
	if _, err := client.CreateUser(t.Context(), &iam.CreateUserInput{UserName: aws.String("alice")}); err != nil {
		t.Fatal(err)
	}
	want, err := client.GetAccountSummary(t.Context(), &iam.GetAccountSummaryInput{})
	if err != nil {
		t.Fatal(err)
	}
	server := stage.Server(t, nil)
	state := read(t, server, "iamguard_account_summary", nil)
	counts, _ := state["counts"].(map[string]any)
	if len(counts) == 0 || len(counts) != len(want.SummaryMap) ||
		fmt.Sprint(counts["Users"]) != fmt.Sprint(want.SummaryMap["Users"]) {
		t.Errorf("counted are %v", counts)
	}
	for name, field := range map[string]string{
		"root_mfa_enabled": "AccountMFAEnabled", "root_access_keys_present": "AccountAccessKeysPresent",
	} {
		count, told := want.SummaryMap[field]
		if told && state[name] != (count > 0) || !told && state[name] != nil {
			t.Errorf("%s is %v, and IAM says %d, %t", name, state[name], count, told)
		}
	}
	defer stage.Inject(localaws.Fault{Service: "iam", Operation: "GetAccountSummary", Kind: localaws.Deny})()
	if _, diags := server.ReadData(t, "iamguard_account_summary", nil); !strings.Contains(providertest.Text(diags),
		"allow the action iam:GetAccountSummary") {
		t.Errorf("denied: %s", providertest.Text(diags))
	}
}

func TestPermissions(t *testing.T) {
	t.Parallel()
	stage := providertest.NewStage(t)
	server := stage.Server(t, nil)
	for _, name := range []string{"iamguard_credential_report", "iamguard_account_summary"} {
		providertest.ExpectPermissions(t, "data-sources/"+name, map[string][]string{"Plan": stage.Used(func() {
			read(t, server, name, nil)
		})})
	}
}
