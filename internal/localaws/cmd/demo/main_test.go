package main_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// programs are the demo and the provider, built once for all tests.
type programs struct{ demo, provider string }

func TestMain(m *testing.M) {
	os.Exit(testMain(m))
}

var built programs

func testMain(m *testing.M) int {
	dir, err := os.MkdirTemp("", "demo-test-")
	if err != nil {
		panic(err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	built = programs{demo: filepath.Join(dir, "demo"), provider: filepath.Join(dir, "terraform-provider-iamguard")}
	for target, from := range map[string]string{built.demo: ".", built.provider: "../../../.."} {
		if output, err := exec.CommandContext(context.Background(), "go", "build", "-o", target, from).CombinedOutput(); err != nil {
			fmt.Fprintf(os.Stderr, "go build %s: %v\n%s", from, err, output)
			return 1
		}
	}
	return m.Run()
}

const example = "../../../../examples/demo"

// command runs the demo with a temporary folder of its own, which is also how its children are recognized.
func command(t *testing.T, arguments ...string) (cmd *exec.Cmd, temp string) {
	t.Helper()
	temp, err := os.MkdirTemp("", "d") //nolint:usetesting // The path of the provider's socket may have only 108 bytes.
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(temp) })
	arguments = append([]string{"-provider", built.provider, "-example", example}, arguments...)
	cmd = exec.CommandContext(t.Context(), built.demo, arguments...)
	cmd.Env = append(os.Environ(), "TMPDIR="+temp)
	return cmd, temp
}

func TestDemo(t *testing.T) {
	t.Parallel()
	cmd, temp := command(t)
	trap := listen(t)
	profile := filepath.Join(t.TempDir(), "config")
	text := "[profile production]\nregion = us-west-2\naws_access_key_id = AKIAREALLOOKINGKEY00\naws_secret_access_key = real\n"
	if err := os.WriteFile(profile, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd.Env = append(cmd.Env,
		"AWS_PROFILE=production", "AWS_CONFIG_FILE="+profile, "AWS_REGION=us-west-2", "TF_CLI_ARGS=-bogus", "TF_LOG=TRACE",
		// Whatever is not loopback goes through a proxy, and this one only counts.
		"HTTP_PROXY="+trap.url, "HTTPS_PROXY="+trap.url, "NO_PROXY=", "http_proxy="+trap.url, "https_proxy="+trap.url, "no_proxy=")
	output, err := cmd.CombinedOutput()
	printed := string(output)
	if err != nil {
		t.Fatalf("%v\n%s", err, printed)
	}
	at := 0
	for _, want := range []string{
		"local AWS, not Amazon",
		"$ aws iam add-user-to-group --group-name mfa-required --user-name alice",
		"apply -auto-approve", "Apply complete! Resources: 8 added, 0 changed, 0 destroyed.",
		"The state was searched", "No changes.", "Exit code 0",
		"$ aws iam remove-user-from-group", "$ aws iam remove-client-id-from-open-id-connect-provider", "$ aws cloudtrail stop-logging",
		"the alerts arrive", "Event: RemoveUserFromGroup", "Actor: arn:aws:iam::111122223333:user/mallory",
		"Target: {groupName:mfa-required,userName:alice}", "Event: RemoveClientIDFromOpenIDConnectProvider",
		"plan -detailed-exitcode", "false -> true", "0 to add, 4 to change, 0 to destroy",
		"Check block assertion failed", "Exit code 2",
		"Apply complete! Resources: 0 added, 4 changed, 0 destroyed.", "IsLogging true. GetGroup says: alice.",
		"$ aws iam attach-user-policy", "A quarantined user is given nothing back", "Exit code 1",
		"Destroy complete! Resources: 8 destroyed.", "account is empty", "The demo took",
	} {
		found := strings.Index(printed[at:], want)
		if found < 0 {
			t.Fatalf("missing %q, or not in its place, in:\n%s", want, printed)
		}
		at += found + len(want)
	}
	_, plan, _ := strings.Cut(printed, "Detect and explain")
	plan, _, _ = strings.Cut(plan, "Exit code 2")
	for _, want := range []string{
		"RemoveUserFromGroup", "RemoveClientIDFromOpenIDConnectProvider", "StopLogging", "mallory", "alice", "enable_logging",
		"stopped by user/mallory at 20", "UpdateAccountPasswordPolicy by user/mallory", "minimum_password_length",
		"require_symbols", ", from 127.0.0.1",
		"RemoveUserFromGroup by user/mallory", "impact critical: alice is no longer denied", "without MFA",
		"apply puts alice back into the group", "apply puts https://github.com/example-corp back on the list",
	} {
		// Terraform wraps the text of warnings.
		if !strings.Contains(strings.Join(strings.Fields(strings.ReplaceAll(plan, "│", " ")), " "), want) {
			t.Errorf("the plan does not name %s:\n%s", want, plan)
		}
	}
	if n := trap.connections.Load(); n != 0 {
		t.Errorf("%d connections were meant for a host that is not loopback", n)
	}
	expectNothingLeft(t, temp)
}

func TestDemo_interrupted(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		signal syscall.Signal
		// at is the line after which the signal comes.
		at string
	}{
		"Ctrl-C while Terraform applies": {syscall.SIGINT, "iamguard_trail.audit: Creating..."},
		"SIGTERM while Terraform plans":  {syscall.SIGTERM, "plan -detailed-exitcode"},
		"SIGTERM before Terraform":       {syscall.SIGTERM, "local AWS, not Amazon"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cmd, temp := command(t)
			stdout, err := cmd.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			var stderr strings.Builder
			cmd.Stderr = &stderr
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			signaled := time.Time{}
			for lines := bufio.NewScanner(stdout); lines.Scan(); {
				if signaled.IsZero() && strings.Contains(lines.Text(), c.at) {
					signaled = time.Now()
					if err := cmd.Process.Signal(c.signal); err != nil {
						t.Fatal(err)
					}
				}
			}
			_ = cmd.Wait()
			if code := cmd.ProcessState.ExitCode(); code != 130 {
				t.Errorf("exit code %d, want 130; printed %s", code, stderr.String())
			}
			if !strings.Contains(stderr.String(), "Interrupted.") {
				t.Errorf("it does not say that it was interrupted: %s", stderr.String())
			}
			if took := time.Since(signaled); took > 10*time.Second {
				t.Errorf("cleaning up took %s", took)
			}
			expectNothingLeft(t, temp)
		})
	}
}

func TestDemo_fails(t *testing.T) {
	t.Parallel()
	broken := t.TempDir()
	if err := os.WriteFile(filepath.Join(broken, "main.tf"), []byte("resource \"iamguard_trail\" {}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	empty := t.TempDir()
	cases := map[string]struct {
		arguments, env []string
		code           int
		want           []string
	}{
		"a configuration that Terraform refuses": {
			[]string{"-example", broken},
			nil, 1,
			[]string{"The demo failed", "ended with exit code 1", "Missing name for resource"},
		},
		"no provider": {
			[]string{"-provider", filepath.Join(empty, "none")},
			nil, 2,
			[]string{"missing: the built provider", "make build"},
		},
		"no programs": {
			nil,
			[]string{"PATH=" + empty, "TF_ACC_TERRAFORM_PATH="},
			2,
			[]string{"missing: terraform >= 1.11", "missing: moto"},
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cmd, temp := command(t, c.arguments...)
			cmd.Env = append(cmd.Env, c.env...)
			output, _ := cmd.CombinedOutput()
			if code := cmd.ProcessState.ExitCode(); code != c.code {
				t.Errorf("exit code %d, want %d", code, c.code)
			}
			for _, want := range c.want {
				if !strings.Contains(string(output), want) {
					t.Errorf("missing %q in:\n%s", want, output)
				}
			}
			expectNothingLeft(t, temp)
		})
	}
}

// expectNothingLeft looks for files in the temporary folder, and for processes that still know it.
func expectNothingLeft(t *testing.T, temp string) {
	t.Helper()
	left, err := os.ReadDir(temp)
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range left {
		t.Errorf("left behind: %s", entry.Name())
	}
	if runtime.GOOS != "linux" {
		return
	}
	// A killed process may take a moment to disappear.
	deadline := time.Now().Add(5 * time.Second)
	for {
		names := processes(t, temp)
		if len(names) == 0 {
			return
		}
		if time.Now().After(deadline) {
			t.Errorf("still running: %s", strings.Join(names, ", "))
			return
		}
		<-time.After(50 * time.Millisecond)
	}
}

// processes are those whose environment names the folder.
func processes(t *testing.T, folder string) []string {
	t.Helper()
	environments, err := filepath.Glob("/proc/[0-9]*/environ")
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, path := range environments {
		// A process that ended meanwhile, or that is somebody else's, cannot be read.
		text, err := os.ReadFile(path)
		if err == nil && strings.Contains(string(text), "TMPDIR="+folder) {
			name, _ := os.ReadFile(filepath.Join(filepath.Dir(path), "comm"))
			names = append(names, strings.TrimSpace(string(name)))
		}
	}
	return names
}

// trap counts connections and answers none.
type trap struct {
	url         string
	connections atomic.Int64
}

func listen(t *testing.T) *trap {
	t.Helper()
	socket, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = socket.Close() })
	counted := &trap{url: "http://" + socket.Addr().String()}
	go func() {
		for {
			connection, err := socket.Accept()
			if errors.Is(err, net.ErrClosed) {
				return
			}
			if err == nil {
				counted.connections.Add(1)
				_ = connection.Close()
			}
		}
	}()
	return counted
}
