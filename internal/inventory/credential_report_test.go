package inventory_test

import (
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"

	"github.com/iamguard/terraform-provider-iamguard/internal/inventory"
	"github.com/iamguard/terraform-provider-iamguard/internal/localaws"
	"github.com/iamguard/terraform-provider-iamguard/internal/providertest"
)

const (
	reportHeader = "user,arn,user_creation_time,password_enabled,password_last_used,password_last_changed,password_next_rotation," +
		"mfa_active,access_key_1_active,access_key_1_last_rotated,access_key_1_last_used_date,access_key_1_last_used_region," +
		"access_key_1_last_used_service,access_key_2_active,access_key_2_last_rotated,access_key_2_last_used_date," +
		"access_key_2_last_used_region,access_key_2_last_used_service,cert_1_active,cert_1_last_rotated,cert_2_active," +
		"cert_2_last_rotated"
	rootReport = "<root_account>,arn:aws:iam::1:root,2020-01-01T00:00:00+00:00,not_supported,no_information,not_supported," +
		"not_supported,true,false,N/A,N/A,N/A,N/A,false,N/A,N/A,N/A,N/A,false,N/A,false,N/A"
	aliceReport = "alice,arn:aws:iam::1:user/alice,2021-01-01T00:00:00+00:00,true,2026-01-02T03:04:05+00:00," +
		"2025-01-01T00:00:00+00:00,N/A,false,true,2024-01-01T00:00:00+00:00,2026-01-01T00:00:00+00:00,eu-central-1,s3,false," +
		"2023-01-01T00:00:00+00:00,N/A,N/A,N/A,true,2022-01-01T00:00:00+00:00,false,N/A"
)

// turned has the columns of a report in the other order, and one more.
func turned(text string) string {
	var lines []string
	for i, line := range strings.Split(text, "\n") {
		cells := strings.Split(line, ",")
		for left, right := 0, len(cells)-1; left < right; left, right = left+1, right-1 {
			cells[left], cells[right] = cells[right], cells[left]
		}
		lines = append(lines, strings.Join(append([]string{[]string{"additional_info", "x", "y"}[i]}, cells...), ","))
	}
	return strings.Join(lines, "\n")
}

func TestParseReport(t *testing.T) {
	t.Parallel()
	text := reportHeader + "\n" + rootReport + "\n" + aliceReport
	for name, given := range map[string]string{"as it is": text, "other order, one column more": turned(text)} {
		users, err := inventory.ParseReport([]byte(given))
		if err != nil || len(users) != 2 {
			t.Fatalf("%s: %d users, %v", name, len(users), err)
		}
		root, alice := users[0], users[1]
		if !root.Root() || root.Password != nil || !root.PasswordUsedUnknown || !root.PasswordChanged.IsZero() || !root.MFA ||
			root.Keys[0].Exists() {
			t.Errorf("%s: root is %+v", name, root)
		}
		want := inventory.ReportedUser{
			Name: "alice", ARN: "arn:aws:iam::1:user/alice", Created: time.Date(2021, 1, 1, 0, 0, 0, 0, time.UTC),
			Password: alice.Password, PasswordUsed: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC),
			PasswordChanged: time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC),
			Keys: [2]inventory.ReportedKey{
				{
					Active: true, Rotated: time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC), Used: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC),
					Region: "eu-central-1", Service: "s3",
				},
				{Rotated: time.Date(2023, 1, 1, 0, 0, 0, 0, time.UTC)},
			},
			Certificates: [2]inventory.ReportedCertificate{{Active: true, Rotated: time.Date(2022, 1, 1, 0, 0, 0, 0, time.UTC)}},
		}
		if alice != want || !aws.ToBool(alice.Password) || !alice.Keys[1].Exists() {
			t.Errorf("%s: alice is %+v", name, alice)
		}
	}
	for name, given := range map[string]string{
		"no header":        "",
		"a missing column": strings.Replace(text, "mfa_active", "mfa", 1),
		"no time":          strings.Replace(text, "2021-01-01T00:00:00+00:00", "yesterday", 1),
		"no flag":          strings.Replace(text, ",true,2026", ",maybe,2026", 1),
		"a cut row":        text[:len(text)-20],
	} {
		if users, err := inventory.ParseReport([]byte(given)); err == nil {
			t.Errorf("%s is read as %+v", name, users)
		}
	}
}

// A report that is absent, expired or too old is made, waited for, and read once.
func TestReadCredentialReport(t *testing.T) {
	t.Parallel()
	stage := providertest.NewStage(t)
	client := iam.NewFromConfig(stage.SDK(stage.Admin()))
	if _, err := client.CreateUser(t.Context(), &iam.CreateUserInput{UserName: aws.String("alice")}); err != nil {
		t.Fatal(err)
	}
	in := reached(t, stage)
	if report, err := inventory.ReadCredentialReport(t.Context(), in, 0, false); err == nil {
		t.Errorf("an absent report is read as %+v", report)
	}
	read := func(maxAge time.Duration) *inventory.CredentialReport {
		t.Helper()
		report, err := inventory.ReadCredentialReport(t.Context(), in, maxAge, true)
		if err != nil {
			t.Fatal(err)
		}
		return report
	}
	first := read(0)
	if len(first.Users) != 2 || first.Users[1].Name != "alice" || first.Generated.IsZero() {
		t.Errorf("read was %+v", first)
	}
	made := localaws.Named("iam:GenerateCredentialReport")
	before := len(stage.Calls(made))
	if again := read(0); again != first || len(stage.Calls(made)) != before {
		t.Error("a report was read twice in one plan")
	}
	sleep := func(d time.Duration) {
		t.Helper()
		if err := stage.Clock.Sleep(t.Context(), d); err != nil {
			t.Fatal(err)
		}
	}
	sleep(2 * time.Hour)
	if old := read(time.Hour); !old.Generated.Equal(first.Generated) {
		t.Error("IAM makes no report within four hours, and one was read all the same")
	}
	sleep(3 * time.Hour)
	if young := read(time.Hour); !young.Generated.After(first.Generated) {
		t.Error("an expired report was read")
	}
	defer stage.Inject(localaws.Fault{Service: "iam", Operation: "GetCredentialReport", Kind: localaws.Deny})()
	sleep(time.Hour)
	if _, err := inventory.ReadCredentialReport(t.Context(), in, 0, true); err == nil {
		t.Error("a denied report is no error")
	}
}
