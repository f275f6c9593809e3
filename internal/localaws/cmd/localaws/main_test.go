package main_test

import (
	"bufio"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// build builds the command once for a test.
func build(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "localaws")
	cmd := exec.CommandContext(t.Context(), "go", "build", "-o", path, ".")
	if output, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, output)
	}
	return path
}

func TestStart_printsEnvironment(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	cmd := exec.CommandContext(ctx, build(t), "-listen", "127.0.0.1:0", "-quiet")
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var printed []string
	for lines := bufio.NewScanner(stdout); lines.Scan(); {
		printed = append(printed, lines.Text())
		if strings.HasPrefix(lines.Text(), "Ctrl-C") {
			cancel()
		}
	}
	_ = cmd.Wait()
	all := strings.Join(printed, "\n")
	for _, want := range []string{
		"export AWS_ENDPOINT_URL=http://127.0.0.1:", "export AWS_ACCESS_KEY_ID=AKIA", "export AWS_REGION=eu-central-1",
	} {
		if !strings.Contains(all, want) {
			t.Errorf("missing %q in:\n%s", want, all)
		}
	}
	if code := cmd.ProcessState.ExitCode(); code != 0 {
		t.Errorf("ended with exit code %d after an interrupt, want 0", code)
	}
}

func TestStart_refusesOtherAddresses(t *testing.T) {
	t.Parallel()
	output, err := exec.CommandContext(t.Context(), build(t), "-listen", "0.0.0.0:0").CombinedOutput()
	if err == nil || !strings.Contains(string(output), "loopback") {
		t.Errorf("got %v, %s", err, output)
	}
}

func TestDoctor(t *testing.T) {
	t.Parallel()
	path := build(t)
	empty := t.TempDir()
	cases := map[string]struct {
		env  []string
		code int
		want []string
	}{
		"everything is missing": {
			[]string{"PATH=" + empty},
			2,
			[]string{
				"missing: terraform >= 1.11: not found", "TF_ACC_TERRAFORM_PATH",
				"missing: moto 5.2.1: no moto_server", "doctor -install",
			},
		},
		"an old terraform": {
			[]string{"PATH=" + fake(t, "tofu", `echo '{"terraform_version":"1.10.9"}'`) + ":/usr/bin:/bin"},
			2,
			[]string{"found only", "1.10.9"},
		},
		"a new tofu": {
			[]string{"PATH=" + fake(t, "tofu", `echo '{"terraform_version":"1.12.0-beta1"}'`) + ":/usr/bin:/bin"},
			2,
			[]string{"ok: ", "1.12.0-beta1"},
		},
		"a named terraform": {
			[]string{
				"PATH=/usr/bin:/bin",
				"TF_ACC_TERRAFORM_PATH=" + fake(t, "terraform", `echo '{"terraform_version":"2.0.0"}'`) + "/terraform",
			},
			2,
			[]string{"ok: ", "2.0.0"},
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cmd := exec.CommandContext(t.Context(), path, "doctor")
			cmd.Env, cmd.Dir = c.env, empty
			output, _ := cmd.CombinedOutput()
			if code := cmd.ProcessState.ExitCode(); code != c.code {
				t.Errorf("exit code %d, want %d", code, c.code)
			}
			for _, want := range c.want {
				if !strings.Contains(string(output), want) {
					t.Errorf("missing %q in:\n%s", want, output)
				}
			}
		})
	}
}

// fake is a folder with a program that does as the script says.
func fake(t *testing.T, name, script string) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, name), []byte("#!/bin/sh\n"+script+"\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}
