package providertest

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/go-plugin"
	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6/tf6server"

	"github.com/iamguard/terraform-provider-iamguard/internal/localaws"
	"github.com/iamguard/terraform-provider-iamguard/internal/provider"
)

// CLI is a working directory with the real Terraform CLI, for what a person sees:
// warnings, exit codes, the plain text of a plan.
type CLI struct {
	dir string
	env []string
}

// address is what a configuration without required_providers means.
const address = "registry.terraform.io/hashicorp/iamguard"

// published is the address of a configuration that names its source, as the
// examples of a user do.
const published = "registry.terraform.io/iamguard/iamguard"

// CLI serves the provider of the stage to a Terraform CLI of its own. The provider
// runs in this process, on the stage's clock.
func (s *Stage) CLI(t *testing.T) *CLI {
	t.Helper()
	return NewCLI(t, s.serve(t))
}

// NewCLI is a Terraform CLI that attaches to a provider that runs already.
func NewCLI(tb testing.TB, attached any) *CLI {
	tb.Helper()
	c := &CLI{dir: tb.TempDir(), env: append(cleanEnvironment(),
		"CHECKPOINT_DISABLE=1", "TF_CLI_CONFIG_FILE=/dev/null", "TF_IN_AUTOMATION=1",
		"AWS_EC2_METADATA_DISABLED=true", "AWS_CONFIG_FILE=/dev/null", "AWS_SHARED_CREDENTIALS_FILE=/dev/null")}
	c.Attach(tb, attached)
	return c
}

// Attach makes every later command attach to another provider process.
func (c *CLI) Attach(tb testing.TB, attached any) {
	tb.Helper()
	names := map[string]any{address: attached, published: attached}
	if host := os.Getenv("TF_ACC_PROVIDER_HOST"); host != "" {
		names[strings.Replace(address, "registry.terraform.io", host, 1)] = attached
		names[strings.Replace(published, "registry.terraform.io", host, 1)] = attached
	}
	reattach, err := json.Marshal(names)
	if err != nil {
		tb.Fatal(err)
	}
	c.Setenv("TF_REATTACH_PROVIDERS=" + string(reattach))
}

// serve runs the provider server until the test ends.
func (s *Stage) serve(t *testing.T) any {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	configs, closed := make(chan *plugin.ReattachConfig), make(chan struct{})
	go func() {
		factory := func() tfprotov6.ProviderServer {
			return providerserver.NewProtocol6(provider.New("test", s.Runtime())())()
		}
		_ = tf6server.Serve(address, factory, tf6server.WithDebug(ctx, configs, closed),
			tf6server.WithGoPluginLogger(hclog.NewNullLogger()), tf6server.WithLoggingSink(t))
	}()
	t.Cleanup(func() {
		stop()
		<-closed
	})
	select {
	case config := <-configs:
		return map[string]any{
			"Protocol": string(config.Protocol), "ProtocolVersion": config.ProtocolVersion, "Pid": config.Pid, "Test": config.Test,
			"Addr": map[string]string{"Network": config.Addr.Network(), "String": config.Addr.String()},
		}
	case <-time.After(time.Minute):
		t.Fatal("the provider did not start within a minute")
		return nil
	}
}

// cleanEnvironment is the environment without anything that could reach a real
// account or change what Terraform does.
func cleanEnvironment() []string {
	var kept []string
	for _, entry := range os.Environ() {
		if !strings.HasPrefix(entry, "AWS_") && !strings.HasPrefix(entry, "TF_") {
			kept = append(kept, entry)
		}
	}
	return kept
}

// Setenv adds a variable to the environment of every later command.
func (c *CLI) Setenv(entries ...string) {
	c.env = append(c.env, entries...)
}

// Write replaces the configuration.
func (c *CLI) Write(tb testing.TB, config string) {
	tb.Helper()
	c.WriteFile(tb, "main.tf", config)
}

// WriteFile writes another file of the configuration.
func (c *CLI) WriteFile(tb testing.TB, name, text string) {
	tb.Helper()
	if err := os.WriteFile(filepath.Join(c.dir, name), []byte(text), 0o600); err != nil {
		tb.Fatal(err)
	}
}

// Run runs a command and returns its exit code and all that it printed, without
// colors. A CLI that cannot be started fails the test.
func (c *CLI) Run(tb testing.TB, arguments ...string) (exitCode int, output string) {
	tb.Helper()
	command := exec.CommandContext(tb.Context(), terraformPath(tb), append(arguments, "-no-color")...)
	command.Dir, command.Env = c.dir, c.env
	out, err := command.CombinedOutput()
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
		tb.Fatal(err)
	}
	return command.ProcessState.ExitCode(), string(out)
}

// Must is Run for what has to succeed.
func (c *CLI) Must(tb testing.TB, arguments ...string) string {
	tb.Helper()
	code, out := c.Run(tb, arguments...)
	if code != 0 {
		tb.Fatalf("terraform %s exits with %d:\n%s", strings.Join(arguments, " "), code, out)
	}
	return out
}

// Apply applies the configuration without asking.
func (c *CLI) Apply(tb testing.TB, arguments ...string) string {
	tb.Helper()
	return c.Must(tb, append([]string{"apply", "-auto-approve"}, arguments...)...)
}

// State is what `terraform show -json` says of one resource, by attribute; nil
// where the resource is not in state.
func (c *CLI) State(tb testing.TB, address string) map[string]any {
	tb.Helper()
	for _, resource := range c.resources(tb) {
		if resource.Address == address {
			return resource.Values
		}
	}
	return nil
}

// Tainted tells whether a resource is in state as tainted.
func (c *CLI) Tainted(tb testing.TB, address string) bool {
	tb.Helper()
	for _, resource := range c.resources(tb) {
		if resource.Address == address {
			return resource.Tainted
		}
	}
	return false
}

type shownResource struct {
	Address string         `json:"address"`
	Tainted bool           `json:"tainted"`
	Values  map[string]any `json:"values"`
}

func (c *CLI) resources(tb testing.TB) []shownResource {
	tb.Helper()
	var shown struct {
		Values struct {
			RootModule struct {
				Resources []shownResource `json:"resources"`
			} `json:"root_module"`
		} `json:"values"`
	}
	if err := json.Unmarshal([]byte(c.Must(tb, "show", "-json")), &shown); err != nil {
		tb.Fatal(err)
	}
	return shown.Values.RootModule.Resources
}

// terraform is looked for once; asking for its version takes a process.
var terraform = sync.OnceValues(func() (string, error) {
	path, _, err := localaws.FindTerraform(context.Background())
	return path, err
})

func terraformPath(tb testing.TB) string {
	tb.Helper()
	path, err := terraform()
	if err != nil {
		tb.Fatal(err)
	}
	return path
}
