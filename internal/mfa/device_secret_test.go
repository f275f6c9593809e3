package mfa_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/iamguard/terraform-provider-iamguard/internal/localaws"
)

// The seeds and the codes are in no state, plan, output or log. The provider runs as it
// does for a user, as a process of its own that writes to the log of Terraform.
func TestDevice_secrets(t *testing.T) {
	t.Parallel()
	s := newDeviceStage(t)
	s.SetClock(time.Now)
	s.makeUser("second")
	s.makeUser("third")
	folder := t.TempDir()
	build := exec.CommandContext(t.Context(), "go", "build", "-o", filepath.Join(folder, "terraform-provider-iamguard"), "../..")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	settings, log := filepath.Join(folder, "settings.tfrc"), filepath.Join(folder, "trace.log")
	text := "provider_installation {\n  dev_overrides {\n    \"hashicorp/iamguard\" = \"" + folder + "\"\n  }\n  direct {}\n}\n"
	if err := os.WriteFile(settings, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	cli := s.CLI(t)
	cli.Setenv("TF_REATTACH_PROVIDERS=", "TF_CLI_CONFIG_FILE="+settings, "TF_LOG=TRACE", "TF_LOG_PATH="+log)
	another := func(name, argument string) string {
		quoted := `"` + name + `"`
		return strings.NewReplacer(`"test"`, quoted, `"vault"`, quoted, `"`+deviceUser+`"`, quoted).Replace(s.body(argument))
	}
	body := s.body(s.viaAge()) + another("second", viaManager) + another("third", viaParameter) +
		"output \"devices\" {\n  value = [iamguard_virtual_mfa_device.test, iamguard_virtual_mfa_device.second, " +
		"iamguard_virtual_mfa_device.third]\n}\n"
	cli.Write(t, s.Config(body))
	cli.Must(t, "plan", "-out", "saved")
	places := map[string]string{
		"plan as JSON": cli.Must(t, "show", "-json", "saved"), "apply": cli.Apply(t), "plan": cli.Must(t, "plan"),
		"output": cli.Must(t, "output", "-json"), "state": cli.Must(t, "state", "pull"),
	}
	seeds := []string{s.inState(cli), s.inManager(), s.inParameter()}
	denied := s.Inject(localaws.Fault{Service: "iam", Operation: "EnableMFADevice", Kind: localaws.Deny})
	cli.Write(t, s.Config(strings.Replace(body, viaManager, viaManager+"\n  recreate = \"1\"", 1)))
	code, out := cli.Run(t, deviceApply...)
	denied()
	if code == 0 {
		t.Error("a denied call is no error")
	}
	places["error"], seeds = out, append(seeds, s.inManager())
	trace, err := os.ReadFile(log)
	if err != nil || !strings.Contains(string(trace), "provider.terraform-provider-iamguard") {
		t.Fatalf("the provider has logged nothing: %v", err)
	}
	places["trace"] = string(trace)
	for place, text := range places {
		for _, seed := range seeds {
			if len(seed) < 32 || strings.Contains(text, seed) {
				t.Errorf("a seed is in the %s", place)
			}
		}
		for _, call := range s.Calls(localaws.Named("iam:EnableMFADevice")) {
			for _, name := range []string{"AuthenticationCode1", "AuthenticationCode2"} {
				code, _ := call.Params[name].(string)
				if len(code) != 6 || regexp.MustCompile(`(?m)(^|[^0-9A-Za-z.])`+code+`([^0-9A-Za-z]|$)`).MatchString(text) {
					t.Errorf("a code is in the %s", place)
				}
			}
		}
	}
}
