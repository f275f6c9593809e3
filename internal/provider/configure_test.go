package provider_test

import (
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/iamguard/terraform-provider-iamguard/internal/account"
	"github.com/iamguard/terraform-provider-iamguard/internal/providertest"
)

const (
	foreignSummary  = "AWS is asked at endpoints that are not Amazon's"
	insecureSummary = "TLS certificates are not verified"
)

// isolate keeps what the machine has configured out of a test.
func isolate(t *testing.T) {
	t.Helper()
	for _, entry := range os.Environ() {
		if name, _, _ := strings.Cut(entry, "="); strings.HasPrefix(name, "AWS_") {
			t.Setenv(name, "")
			if err := os.Unsetenv(name); err != nil {
				t.Fatal(err)
			}
		}
	}
	empty := filepath.Join(t.TempDir(), "none")
	t.Setenv("AWS_CONFIG_FILE", empty)
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", empty)
	t.Setenv("AWS_EC2_METADATA_DISABLED", "true")
}

func expectText(tb testing.TB, text string, parts ...string) {
	tb.Helper()
	for _, part := range parts {
		if !strings.Contains(text, part) {
			tb.Errorf("%q is missing in:\n%s", part, text)
		}
	}
}

func TestConfigure_warnsOfForeignEndpoints(t *testing.T) {
	isolate(t)
	shared := filepath.Join(t.TempDir(), "config")
	if err := os.WriteFile(shared, []byte("[default]\nendpoint_url = https://shared.example.com\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		arguments, env map[string]string
		want           []string
	}{
		"nothing":  {nil, nil, nil},
		"loopback": {map[string]string{"iam": "http://127.0.0.1:1", "s3": "http://localhost:1"}, nil, nil},
		"Amazon":   {map[string]string{"iam": "https://iam.amazonaws.com"}, nil, nil},
		"block": {map[string]string{"iam": "https://block.example.com"}, nil, []string{
			foreignSummary,
			"iam: https://block.example.com",
		}},
		"environment": {nil, map[string]string{"AWS_ENDPOINT_URL": "https://env.example.com"}, []string{
			foreignSummary,
			"kms: https://env.example.com",
		}},
		"of a service": {nil, map[string]string{"AWS_ENDPOINT_URL_IAM": "https://env.example.com"}, []string{
			foreignSummary,
			"iam: https://env.example.com",
		}},
		"shared": {nil, map[string]string{"AWS_CONFIG_FILE": shared}, []string{
			foreignSummary,
			"sts: https://shared.example.com",
		}},
	} {
		t.Run(name, func(t *testing.T) {
			for variable, value := range test.env {
				t.Setenv(variable, value)
			}
			endpoints := map[string]any{}
			for service, url := range test.arguments {
				endpoints[service] = url
			}
			server := providertest.NewServer(t, account.Runtime{})
			for range 2 { // Terraform configures the provider for every plan.
				text := providertest.Text(server.Configure(t, map[string]any{
					"region":    "eu-central-1",
					"endpoints": []any{endpoints},
				}))
				if test.want == nil && text != "" {
					t.Error(text)
				}
				expectText(t, text, test.want...)
			}
		})
	}
	text := providertest.Text(providertest.NewServer(t, account.Runtime{}).Configure(t, map[string]any{"insecure": true}))
	expectText(t, text, "WARNING", insecureSummary)
}

func TestValidate(t *testing.T) {
	t.Parallel()
	server := providertest.NewServer(t, account.Runtime{})
	const digits, roleARN = "111122223333", "arn:aws:iam::111122223333:role/r"
	inAccounts := func(name string, arn any) map[string]any {
		return map[string]any{"accounts": map[string]any{name: map[string]any{"role_arn": arn}}}
	}
	for name, test := range map[string]struct {
		arguments map[string]any
		want      string
	}{
		"empty":                {nil, ""},
		"name of digits":       {inAccounts(digits, roleARN), "12 digits"},
		"name too long":        {inAccounts(strings.Repeat("a", 65), roleARN), "1 to 64"},
		"name with a space":    {inAccounts("a b", roleARN), "1 to 64"},
		"no role":              {inAccounts("a", "arn:aws:iam::111122223333:user/u"), "ARN of an IAM role"},
		"role in China":        {inAccounts("a", "arn:aws-cn:iam::111122223333:role/r"), ""},
		"unknown role":         {inAccounts("a", providertest.Unknown), ""},
		"account ID too short": {map[string]any{"allowed_account_ids": texts("1111")}, "12-digit"},
		"role name alone":      {map[string]any{"account_role_name": "audit"}, "without allowed_account_ids"},
		"role name and nothing": {
			map[string]any{"account_role_name": "audit", "allowed_account_ids": []any{}},
			"without allowed_account_ids",
		},
		"role name with a list": {map[string]any{"account_role_name": "audit", "allowed_account_ids": texts(digits)}, ""},
		"role name, unknown list": {map[string]any{
			"account_role_name":   "audit",
			"allowed_account_ids": providertest.Unknown,
		}, ""},
		"unknown role name": {map[string]any{"account_role_name": providertest.Unknown}, ""},
		"external ID alone": {map[string]any{"account_role_external_id": "x"}, "account_role_external_id alone"},
		"external ID, unknown role": {map[string]any{
			"account_role_external_id": "x",
			"account_role_name":        providertest.Unknown,
		}, ""},
		"no URL":        {map[string]any{"endpoints": []any{map[string]any{"iam": "localhost:1"}}}, "URL"},
		"short session": {map[string]any{"assume_role": []any{map[string]any{"duration": "5m"}}}, "15m and 12h"},
		"retry mode":    {map[string]any{"retry_mode": "legacy"}, "adaptive"},
		"no retries":    {map[string]any{"max_retries": 0}, "at least 1"},
		"reserved default tag": {
			map[string]any{"default_tags": []any{map[string]any{"tags": map[string]any{"AWS:x": "y"}}}}, "aws:",
		},
		"two blocks of default tags": {map[string]any{"default_tags": []any{map[string]any{}, map[string]any{}}}, "at most 1"},
		"user agent":                 {map[string]any{"user_agent": texts("a b")}, "name/version"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			text := providertest.Text(server.Validate(t, test.arguments))
			if test.want == "" && text != "" {
				t.Error(text)
			}
			expectText(t, text, test.want)
		})
	}
}

func TestConfigure_asksOnlyForTheLists(t *testing.T) {
	t.Parallel()
	stage := providertest.NewStage(t)
	configure := func(extra map[string]any) string {
		arguments := stage.ProviderArguments(stage.Admin())
		maps.Copy(arguments, extra)
		stage.ResetCalls()
		return providertest.Text(providertest.NewServer(t, stage.Runtime()).Configure(t, arguments))
	}
	for name, test := range map[string]struct { //nolint:paralleltest // The calls of one stage are counted.
		extra map[string]any
		calls int
		want  string
	}{
		"no list":     {nil, 0, ""},
		"allowed":     {map[string]any{"allowed_account_ids": texts(stage.ID)}, 1, ""},
		"not allowed": {map[string]any{"allowed_account_ids": texts("999999999999")}, 1, "Account is not allowed"},
		"forbidden": {map[string]any{"forbidden_account_ids": texts(stage.ID)}, 1, stage.ID +
			" is one of forbidden_account_ids"},
		"role name":    {map[string]any{"allowed_account_ids": texts("999999999999"), "account_role_name": "audit"}, 0, ""},
		"unknown list": {map[string]any{"allowed_account_ids": providertest.Unknown}, 0, ""},
		"unknown keys": {map[string]any{"allowed_account_ids": texts("999999999999"), "access_key": providertest.Unknown}, 0, ""},
		"not asked": {
			map[string]any{"forbidden_account_ids": texts(stage.ID), "skip_requesting_account_id": true},
			0,
			"cannot be judged",
		},
	} {
		t.Run(name, func(t *testing.T) {
			text := configure(test.extra)
			if test.want == "" && text != "" {
				t.Error(text)
			}
			expectText(t, text, test.want)
			if calls := len(stage.Calls()); calls != test.calls {
				t.Errorf("%d calls were made, want %d", calls, test.calls)
			}
		})
	}
}
