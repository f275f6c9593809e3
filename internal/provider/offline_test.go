package provider_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/iamguard/terraform-provider-iamguard/internal/account"
	"github.com/iamguard/terraform-provider-iamguard/internal/providertest"
)

// childOf tells the test binary that it runs as the child of the test below.
const childOf = "IAMGUARD_TEST_OFFLINE"

// trap is a proxy on this machine that answers nothing and notes who was wanted.
// What would leave the machine asks it first, and the address of the metadata
// service, which is asked without a proxy, is set to it as well.
func trap(t *testing.T) (url string, wanted func() []string) {
	t.Helper()
	var mu sync.Mutex
	var hosts []string
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		hosts = append(hosts, r.Method+" "+r.Host)
		w.WriteHeader(http.StatusForbidden)
	}))
	t.Cleanup(proxy.Close)
	return proxy.URL, func() []string {
		mu.Lock()
		defer mu.Unlock()
		return hosts
	}
}

// A developer has a real profile, in the environment and at home. The tests and the
// provider under test must not call its account. The proxy of a process is read
// once, so that the scenario runs in a process of its own.
func TestOffline_realProfileIsNeverUsed(t *testing.T) {
	t.Parallel()
	if os.Getenv(childOf) != "" {
		t.Skip("this is the child")
	}
	home := t.TempDir()
	if err := os.Mkdir(filepath.Join(home, ".aws"), 0o700); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"config": "[profile prod]\nregion = us-east-1\nrole_arn = arn:aws:iam::111122223333:role/admin\nsource_profile = keys\n",
		"credentials": "[keys]\naws_access_key_id = AKIAREALLOOKING00001\naws_secret_access_key = real-looking\n" +
			"[default]\naws_access_key_id = AKIAREALLOOKING00002\naws_secret_access_key = x\n",
	} {
		if err := os.WriteFile(filepath.Join(home, ".aws", name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, scenario := range []string{"Stage", "Control"} {
		t.Run(scenario, func(t *testing.T) {
			t.Parallel()
			proxy, wanted := trap(t)
			child := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestOffline_child"+scenario+"$", "-test.v")
			for _, entry := range os.Environ() {
				if name, _, _ := strings.Cut(
					entry,
					"=",
				); !strings.HasPrefix(name, "AWS_") &&
					!strings.HasSuffix(strings.ToLower(name), "_proxy") {
					child.Env = append(child.Env, entry)
				}
			}
			child.Env = append(child.Env, childOf+"=1", "HOME="+home, "AWS_PROFILE=prod", "AWS_REGION=us-east-1",
				"HTTP_PROXY="+proxy, "HTTPS_PROXY="+proxy, "AWS_EC2_METADATA_SERVICE_ENDPOINT="+proxy, "AWS_MAX_ATTEMPTS=1")
			out, err := child.CombinedOutput()
			if err != nil || !strings.Contains(string(out), "--- PASS: TestOffline_child"+scenario) {
				t.Fatalf("%v:\n%s", err, out)
			}
			hosts := wanted()
			switch {
			case scenario == "Stage" && len(hosts) > 0:
				t.Errorf("the machine was left for %v", hosts)
			case scenario == "Control" && !strings.Contains(fmt.Sprint(hosts), "amazonaws.com"):
				t.Errorf("the trap would not have noticed: %v", hosts)
			}
		})
	}
}

// TestOffline_childStage applies, reads and plans as all tests do.
func TestOffline_childStage(t *testing.T) { //nolint:paralleltest // Alone in its process.
	if os.Getenv(childOf) == "" {
		t.Skip("runs as a child")
	}
	stage := providertest.NewStage(t)
	server := stage.Server(t, map[string]any{"allowed_account_ids": texts(stage.ID)})
	for _, name := range []string{"iamguard_risky_events", "iamguard_trail_coverage"} {
		if state, diags := server.ReadData(t, name, nil); state == nil {
			t.Fatal(providertest.Text(diags))
		}
	}
	cli := stage.CLI(t)
	config := stage.Config(bucket(stage, ""))
	cli.Write(t, config)
	cli.Apply(t)
	plan(t, cli, config, 0)
}

// TestOffline_childControl uses the profile, as a provider without our endpoints does.
func TestOffline_childControl(t *testing.T) { //nolint:paralleltest // Alone in its process.
	if os.Getenv(childOf) == "" {
		t.Skip("runs as a child")
	}
	server := providertest.NewServer(t, account.Runtime{})
	server.Configure(t, map[string]any{"max_retries": 1})
	if state, _ := server.ReadData(t, "iamguard_trail_coverage", nil); state != nil {
		t.Fatal("a call that cannot be answered was")
	}
}
