package accesskey_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"

	"github.com/iamguard/terraform-provider-iamguard/internal/localaws"
)

// The secrets are in no state, plan, output, error or log, and are sent in the call that
// keeps them alone. The provider runs as it does for a user, as a process of its own that
// writes to the log of Terraform.
func TestAccessKey_secrets(t *testing.T) {
	t.Parallel()
	s := newKeyStage(t)
	s.SetClock(time.Now)
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
		s.does(s.iam(s.Admin()).CreateUser(t.Context(), &iam.CreateUserInput{UserName: aws.String(name)}))
		return strings.NewReplacer(`"test"`, `"`+name+`"`, `"`+keyUser+`"`, `"`+name+`"`).Replace(s.body(argument))
	}
	rest := another("second", viaParameter) + another("third", s.viaAge()) +
		"output \"keys\" {\n  value = [iamguard_access_key.test, iamguard_access_key.second, iamguard_access_key.third]\n}\n"
	cli.Write(t, s.config(viaManager)+rest)
	cli.Must(t, "plan", "-out", "saved")
	places := map[string]string{
		"plan as JSON": cli.Must(t, "show", "-json", "saved"), "apply": cli.Apply(t), "plan": cli.Must(t, "plan"),
		"output": cli.Must(t, "output", "-json"),
	}
	cli.Write(t, s.config(viaManager, `rotate_trigger = "1"`)+rest)
	cli.Must(t, "plan", "-out", "saved")
	places["second plan as JSON"], places["second apply"] = cli.Must(t, "show", "-json", "saved"), cli.Apply(t)
	trigger := "\n  rotate_trigger = \"1\""
	cli.Write(t, s.config(viaManager, trigger)+strings.Replace(rest, viaParameter, viaParameter+trigger, 1))
	denied := s.Inject(localaws.Fault{Match: puts, Kind: localaws.Deny, Nth: 2})
	code, out := cli.Run(t, applying...)
	denied()
	if code == 0 {
		t.Error("a denied call is no error")
	}
	trace, err := os.ReadFile(log)
	if err != nil || !strings.Contains(string(trace), "provider.terraform-provider-iamguard") {
		t.Fatalf("the provider has logged nothing: %v", err)
	}
	places["error"], places["trace"], places["state"] = out, string(trace), cli.Must(t, "state", "pull")
	secrets := s.secrets()
	if len(secrets) < 4 {
		t.Fatalf("%d secrets were made", len(secrets))
	}
	for place, text := range places {
		for _, secret := range secrets {
			if strings.Contains(text, secret) {
				t.Errorf("a secret is in the %s", place)
			}
		}
	}
	for _, call := range s.Calls() {
		for _, secret := range secrets {
			if strings.Contains(string(call.RawRequest), secret) && !puts(call) {
				t.Errorf("a secret was sent in %s", call.Name())
			}
		}
	}
}

// secrets are those of the keys that Terraform made and that still work.
func (s *keyStage) secrets() []string {
	s.t.Helper()
	var secrets []string
	for _, user := range []string{keyUser, "second", "third"} {
		out, err := s.iam(s.Admin()).ListAccessKeys(s.t.Context(), &iam.ListAccessKeysInput{UserName: &user})
		if err != nil {
			s.t.Fatal(err)
		}
		for _, one := range out.AccessKeyMetadata {
			if secret := s.Secret(aws.ToString(one.AccessKeyId)); len(secret) == 40 {
				secrets = append(secrets, secret)
			}
		}
	}
	return secrets
}
