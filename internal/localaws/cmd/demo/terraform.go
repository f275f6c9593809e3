package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/iamguard/terraform-provider-iamguard/internal/localaws"
)

const (
	providerBinary = "terraform-provider-iamguard"
	// demoVersion is what Terraform is told that the built provider is.
	demoVersion = "0.0.1"
	// interruptGrace is how long Terraform may take to end after an interrupt, before it is killed.
	interruptGrace = 5 * time.Second
)

// Exit codes of plan -detailed-exitcode.
const (
	planEmpty   = 0
	planFailed  = 1
	planChanges = 2
)

// terraform runs the CLI in a working directory of its own.
type terraform struct {
	// path is the program, name what a person calls it.
	path, name string
	dir        string
	env        []string
}

// newTerraform copies the example into work, offers the provider in a mirror beside it, and lets Terraform install it from
// there. A mirror and not dev_overrides, because Terraform then prints what it prints for every user; no registry is asked,
// as the CLI configuration names none.
func newTerraform(ctx context.Context, work string, s setting, account *localaws.Account) (*terraform, error) {
	path, _, err := localaws.FindTerraform(ctx)
	if err != nil {
		return nil, err
	}
	t := &terraform{path: path, name: strings.TrimSuffix(filepath.Base(path), ".exe"), dir: filepath.Join(work, "demo")}
	if err := os.CopyFS(t.dir, os.DirFS(s.example)); err != nil {
		return nil, fmt.Errorf("copy the configuration %s: %w", s.example, err)
	}
	mirror := filepath.Join(work, "mirror")
	if err := fillMirror(mirror, s.provider); err != nil {
		return nil, err
	}
	config := filepath.Join(work, "cli.tfrc")
	text := fmt.Sprintf("provider_installation {\n  filesystem_mirror {\n    path = %q\n  }\n}\n", filepath.ToSlash(mirror))
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		return nil, fmt.Errorf("write the CLI configuration: %w", err)
	}
	t.env = append(account.Environ(account.Admin()),
		"TF_CLI_CONFIG_FILE="+config, "TF_IN_AUTOMATION=1", "TF_INPUT=0", "CHECKPOINT_DISABLE=1", "TF_VAR_bucket="+bucketName,
		"TF_VAR_inbox="+inboxARN, "TF_VAR_group="+groupName,
		// The provider's socket goes where the rest goes, so that a killed Terraform leaves none behind.
		"TMPDIR="+work)
	return t, t.quiet(ctx, "init")
}

// fillMirror lays the provider out under the registries of Terraform and of OpenTofu.
func fillMirror(mirror, provider string) error {
	for _, host := range []string{"registry.terraform.io", "registry.opentofu.org"} {
		dir := filepath.Join(mirror, host, "iamguard", "iamguard", demoVersion, runtime.GOOS+"_"+runtime.GOARCH)
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return fmt.Errorf("make the mirror: %w", err)
		}
		if err := copyProgram(filepath.Join(dir, providerBinary+"_v"+demoVersion), provider); err != nil {
			return fmt.Errorf("put the provider into the mirror: %w", err)
		}
	}
	return nil
}

func copyProgram(to, from string) error {
	source, err := os.Open(from)
	if err != nil {
		return err
	}
	defer func() { _ = source.Close() }()
	target, err := os.OpenFile(to, os.O_CREATE|os.O_WRONLY|os.O_EXCL, 0o700)
	if err != nil {
		return err
	}
	_, err = io.Copy(target, source)
	return errors.Join(err, target.Close())
}

// run prints the command and all that it says, and returns its exit code. Only a command that cannot run at all, or that
// was interrupted, is an error.
func (t *terraform) run(ctx context.Context, tell *narrator, arguments ...string) (int, error) {
	tell.command(t.name + " " + strings.Join(arguments, " "))
	quoted := tell.quoted()
	defer quoted.end()
	return t.execute(ctx, quoted, append(arguments, "-no-color")...)
}

// quiet prints nothing; what was said is in the error.
func (t *terraform) quiet(ctx context.Context, arguments ...string) error {
	var said strings.Builder
	code, err := t.execute(ctx, &said, append(arguments, "-no-color")...)
	if err == nil && code != 0 {
		err = fmt.Errorf("%s %s ended with exit code %d:\n%s", t.name, strings.Join(arguments, " "), code, said.String())
	}
	return err
}

func (t *terraform) execute(ctx context.Context, output io.Writer, arguments ...string) (int, error) {
	cmd := exec.CommandContext(ctx, t.path, arguments...)
	cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr = t.dir, t.env, output, output
	// One interrupt lets Terraform end itself and the provider. Its own process group keeps the terminal's Ctrl-C away,
	// because Terraform takes a second interrupt as an order to drop everything.
	ownGroup(cmd)
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = interruptGrace
	err := cmd.Run()
	killGroup(cmd)
	if ctx.Err() != nil {
		return 0, ctx.Err()
	}
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
		return 0, fmt.Errorf("run %s %s: %w", t.name, arguments[0], err)
	}
	return cmd.ProcessState.ExitCode(), nil
}

// must is run for what has to end with this exit code.
func (t *terraform) must(ctx context.Context, tell *narrator, want int, arguments ...string) error {
	code, err := t.run(ctx, tell, arguments...)
	if err == nil && code != want {
		err = fmt.Errorf("%s %s ended with exit code %d, not %d", t.name, strings.Join(arguments, " "), code, want)
	}
	return err
}

// state is the text of the state file.
func (t *terraform) state() (string, error) {
	text, err := os.ReadFile(filepath.Join(t.dir, "terraform.tfstate"))
	if err != nil {
		return "", fmt.Errorf("read the state: %w", err)
	}
	return string(text), nil
}
