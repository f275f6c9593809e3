package account_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/iamguard/terraform-provider-iamguard/internal/account"
)

func TestForeignEndpoints_ofTheBlock(t *testing.T) { //nolint:paralleltest // Changes the environment.
	isolate(t)
	for address, foreign := range map[string]bool{
		"https://cloudtrail.eu-central-1.amazonaws.com": false, "https://CloudTrail.EU-Central-1.AmazonAWS.com.": false,
		"https://vpce-1.cloudtrail.eu-central-1.vpce.amazonaws.com": false,
		"https://cloudtrail.cn-north-1.amazonaws.com.cn":            false,
		"https://iam.global.api.aws":                                false, "http://localhost:5000": false,
		"http://127.0.0.1:5000": false,
		"http://[::1]:5000":     false,
		"http://127.9.9.9":      false, "https://aws.example.com": true, "https://amazonaws.com.example.com": true,
		"https://notamazonaws.com": true, "http://192.0.2.1:5000": true, "http://0.0.0.0": true,
		"http://[2001:db8::1]": true, "https://": true, "::": true,
	} {
		p := account.NewPool(account.Settings{Endpoints: map[string]string{"cloudtrail": address}}, account.Runtime{})
		found, err := p.ForeignEndpoints(t.Context())
		if err != nil || (len(found) > 0) != foreign {
			t.Errorf("%s: %v, %v", address, found, err)
		}
	}
}

func TestForeignEndpoints_hideSecrets(t *testing.T) { //nolint:paralleltest // Changes the environment.
	isolate(t)
	p := account.NewPool(
		account.Settings{Endpoints: map[string]string{"iam": "https://me:hunter2@aws.example.com"}},
		account.Runtime{},
	)
	found, err := p.ForeignEndpoints(t.Context())
	if err != nil || len(found) != 1 || strings.Contains(found[0], "hunter2") {
		t.Errorf("%v, %v", found, err)
	}
	expectText(t, found[0], "iam: ", "aws.example.com")
}

func TestForeignEndpoints_ofTheEnvironment(t *testing.T) {
	isolate(t)
	t.Setenv("AWS_ENDPOINT_URL", "https://all.example.com")
	t.Setenv("AWS_ENDPOINT_URL_CLOUDTRAIL", "https://trail.example.com")
	t.Setenv("AWS_ENDPOINT_URL_S3", "http://localhost:9000")
	p := account.NewPool(account.Settings{Endpoints: map[string]string{"kms": "http://127.0.0.1:1"}}, account.Runtime{})
	own := map[string]string{"cloudtrail": "https://trail.example.com", "s3": "", "kms": ""}
	expectForeign(t, p, everywhere("https://all.example.com", own)...)

	// What the environment says counts also while the profile is not known.
	unknown := account.NewPool(account.Settings{Unknown: map[string]bool{"profile": true}}, account.Runtime{})
	delete(own, "kms")
	expectForeign(t, unknown, everywhere("https://all.example.com", own)...)

	t.Setenv("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true")
	expectForeign(t, p)
}

// everywhere is an address for every service, but for those that have one of their own; ""
// is none that is foreign.
func everywhere(address string, own map[string]string) []string {
	var foreign []string
	for _, service := range account.EndpointNames() {
		at, different := own[service]
		if !different {
			at = address
		}
		if at != "" {
			foreign = append(foreign, service+": "+at)
		}
	}
	return foreign
}

func expectForeign(t *testing.T, p *account.Pool, want ...string) {
	t.Helper()
	found, err := p.ForeignEndpoints(t.Context())
	if err != nil || !slices.Equal(found, want) {
		t.Errorf("foreign are %v, %v; want %v", found, err, want)
	}
}

const sharedConfig = `
[default]
region = eu-central-1
[profile far]
region = eu-central-1
services = far
endpoint_url = https://far.example.com
[services far]
cloudtrail =
  endpoint_url = https://far-trail.example.com
`

func TestForeignEndpoints_ofTheSharedConfiguration(t *testing.T) {
	isolate(t)
	dir := t.TempDir()
	file, keys := filepath.Join(dir, "config"), filepath.Join(dir, "credentials")
	keysOnly := "[keys-only]\naws_access_key_id = AKIA\naws_secret_access_key = s\n"
	for path, text := range map[string]string{file: sharedConfig, keys: keysOnly} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	far := account.Settings{}
	far.Base.Profile, far.Base.SharedConfigFiles = "far", []string{file}
	want := everywhere("https://far.example.com", map[string]string{"cloudtrail": "https://far-trail.example.com"})
	expectForeign(t, account.NewPool(far, account.Runtime{}), want...)

	near := account.Settings{}
	near.Base.SharedConfigFiles = []string{file}
	expectForeign(t, account.NewPool(near, account.Runtime{}))

	t.Setenv("AWS_CONFIG_FILE", file)
	t.Setenv("AWS_PROFILE", "far")
	expectForeign(t, account.NewPool(account.Settings{}, account.Runtime{}), want...)

	// A profile that only the credentials file has is not missing.
	onlyKeys := account.Settings{}
	onlyKeys.Base.Profile, onlyKeys.Base.SharedCredentialsFiles = "keys-only", []string{keys}
	expectForeign(t, account.NewPool(onlyKeys, account.Runtime{}))

	missing := account.Settings{}
	missing.Base.Profile = "nowhere"
	if _, err := account.NewPool(missing, account.Runtime{}).ForeignEndpoints(t.Context()); err == nil {
		t.Error("a profile that does not exist is no error")
	}
}
