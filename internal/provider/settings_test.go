package provider_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/iamguard/terraform-provider-iamguard/internal/account"
	"github.com/iamguard/terraform-provider-iamguard/internal/provider"
	"github.com/iamguard/terraform-provider-iamguard/internal/providertest"
)

// block converts the arguments; blocks that are absent are empty lists.
func block(t *testing.T, arguments map[string]any) account.Settings {
	t.Helper()
	for _, name := range []string{"assume_role", "assume_role_with_web_identity", "default_tags", "endpoints"} {
		if _, ok := arguments[name]; !ok {
			arguments[name] = []any{}
		}
	}
	settings, diags := provider.SettingsOf(
		t.Context(),
		func(kind tftypes.Type) tftypes.Value { return providertest.Value(t, kind, arguments) },
	)
	if diags.HasError() {
		t.Fatal(diags)
	}
	return settings
}

func texts(values ...string) []any {
	out := make([]any, len(values))
	for i, value := range values {
		out[i] = value
	}
	return out
}

func TestSettings_credentials(t *testing.T) {
	t.Parallel()
	base := block(t, map[string]any{
		"region": "eu-central-1", "profile": "p", "access_key": "a", "secret_key": "s", "token": "t",
		"shared_config_files": texts("c"), "shared_credentials_files": texts("d"), "max_retries": 7, "retry_mode": "adaptive",
		"http_proxy": "http://h", "https_proxy": "http://s", "no_proxy": "n", "insecure": true, "custom_ca_bundle": "ca",
		"use_fips_endpoint": true, "use_dualstack_endpoint": true, "user_agent": texts("ci/1.2 (job 7)", "plain"),
	}).Base
	got := fmt.Sprint(
		base.Region,
		base.Profile,
		base.AccessKey,
		base.SecretKey,
		base.Token,
		base.SharedConfigFiles,
		base.SharedCredentialsFiles,
		base.MaxRetries,
		base.RetryMode,
		*base.HTTPProxy,
		*base.HTTPSProxy,
		base.NoProxy,
		base.Insecure,
		base.CustomCABundle,
		base.UseFIPSEndpoint,
		base.UseDualStackEndpoint,
		base.UserAgent,
	)
	if want := "eu-central-1past[c][d]7adaptivehttp://hhttp://sntruecatruetrue[{ci 1.2 job 7} {plain  }]"; removeSpaces(
		got,
	) != removeSpaces(
		want,
	) {
		t.Errorf("converted to %s", got)
	}
	if plain := block(t, map[string]any{}); plain.Base.MaxRetries != 25 || plain.Base.HTTPProxy != nil || len(plain.Unknown) > 0 {
		t.Errorf("an empty block converts to %+v", plain)
	}
}

func removeSpaces(text string) string {
	return string(slices.DeleteFunc([]rune(text), func(r rune) bool { return r == ' ' }))
}

func TestSettings_assumeRole(t *testing.T) {
	t.Parallel()
	roles := block(t, map[string]any{"assume_role": []any{
		map[string]any{
			"role_arn": "arn:aws:iam::111122223333:role/one", "session_name": "x", "external_id": "e",
			"duration": "1h30m",
		},
		map[string]any{}, // A block without a role is ignored, as in hashicorp/aws.
		map[string]any{
			"role_arn": "arn:aws:iam::111122223333:role/two", "policy": "{}", "policy_arns": texts("p1"),
			"source_identity": "alice",
			"tags":            map[string]any{"k": "v"}, "transitive_tag_keys": texts("k"),
		},
	}}).Base.AssumeRole
	if len(roles) != 2 || roles[0].Duration != 90*time.Minute || roles[0].ExternalID != "e" || roles[0].SessionName != "x" {
		t.Fatalf("converted to %+v", roles)
	}
	two := roles[1]
	if two.RoleARN != "arn:aws:iam::111122223333:role/two" || two.Policy != "{}" || two.SourceIdentity != "alice" ||
		two.Tags["k"] != "v" ||
		!slices.Equal(two.PolicyARNs, []string{"p1"}) ||
		!slices.Equal(two.TransitiveTagKeys, []string{"k"}) {
		t.Errorf("converted to %+v", two)
	}
}

func TestSettings_webIdentity(t *testing.T) {
	t.Parallel()
	role := block(t, map[string]any{"assume_role_with_web_identity": []any{
		map[string]any{
			"role_arn":                "arn:aws:iam::111122223333:role/ci",
			"session_name":            "x",
			"duration":                "15m",
			"policy":                  "{}",
			"policy_arns":             texts("p1"),
			"web_identity_token":      "token",
			"web_identity_token_file": "file",
		},
	}}).Base.AssumeRoleWithWebIdentity
	if role == nil || role.RoleARN != "arn:aws:iam::111122223333:role/ci" || role.SessionName != "x" ||
		role.Duration != 15*time.Minute ||
		role.Policy != "{}" ||
		!slices.Equal(role.PolicyARNs, []string{"p1"}) ||
		role.WebIdentityToken != "token" ||
		role.WebIdentityTokenFile != "file" {
		t.Errorf("converted to %+v", role)
	}
	if none := block(t, map[string]any{}).Base.AssumeRoleWithWebIdentity; none != nil {
		t.Errorf("no block converts to %+v", none)
	}
}

func TestSettings_accountsAndOthers(t *testing.T) {
	t.Parallel()
	settings := block(t, map[string]any{
		"accounts": map[string]any{
			"prod": map[string]any{
				"role_arn":     "arn:aws:iam::111122223333:role/r",
				"external_id":  "e",
				"session_name": "s",
				"region":       "us-west-1",
			},
			"dev": map[string]any{"role_arn": providertest.Unknown},
		},
		"allowed_account_ids":        texts("111122223333"),
		"forbidden_account_ids":      texts("444455556666"),
		"account_role_name":          "audit",
		"account_role_external_id":   "x",
		"event_regions":              map[string]any{"iam": "us-iso-east-1"},
		"skip_requesting_account_id": true,
		"default_tags": []any{
			map[string]any{"tags": map[string]any{"a": "1"}},
		},
		"endpoints": []any{map[string]any{"iam": "http://localhost:1"}},
	})
	if prod := settings.Accounts["prod"]; prod != (account.Role{
		ARN: "arn:aws:iam::111122223333:role/r", ExternalID: "e",
		SessionName: "s", Region: "us-west-1",
	}) {
		t.Errorf("prod is %+v", prod)
	}
	if !settings.Unknown[account.UnknownAccountKey("dev")] || settings.Unknown["accounts"] ||
		settings.Unknown[account.UnknownAccountKey("prod")] {
		t.Errorf("unknown are %v", settings.Unknown)
	}
	got := fmt.Sprint(
		settings.AllowedAccountIDs,
		settings.ForbiddenAccountIDs,
		settings.AccountRoleName,
		settings.AccountRoleExternalID,
		settings.EventRegions,
		settings.SkipRequestingAccountID,
		settings.DefaultTags,
		settings.Endpoints,
	)
	want := "[111122223333] [444455556666] audit x map[iam:us-iso-east-1] true map[a:1] map[iam:http://localhost:1]"
	if removeSpaces(got) != removeSpaces(want) {
		t.Errorf("converted to %s", got)
	}
}

// Every argument that is not known is remembered as such, and nothing else.
func TestSettings_unknown(t *testing.T) {
	t.Parallel()
	server := providertest.NewServer(t, account.Runtime{})
	names := []string{}
	for _, attribute := range server.Schemas.Provider.Block.Attributes {
		names = append(names, attribute.Name)
	}
	for _, block := range server.Schemas.Provider.Block.BlockTypes {
		names = append(names, block.TypeName)
	}
	for _, name := range names {
		settings := block(t, map[string]any{name: providertest.Unknown})
		// Which credentials are valid is judged at their first use in any case.
		if want := name != "skip_credentials_validation"; settings.Unknown[name] != want && name != "insecure" {
			t.Errorf("%s: unknown are %v", name, settings.Unknown)
		}
		if diags := server.Validate(t, map[string]any{name: providertest.Unknown}); len(diags) > 0 {
			t.Errorf("%s: %s", name, providertest.Text(diags))
		}
		if diags := server.Configure(t, map[string]any{name: providertest.Unknown}); providertest.Errors(diags) {
			t.Errorf("%s: %s", name, providertest.Text(diags))
		}
	}
}
