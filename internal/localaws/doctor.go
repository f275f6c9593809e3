package localaws

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
)

// Terraform and OpenTofu must be at least this.
const (
	minMajor = 1
	minMinor = 11
)

// Doctor looks for what the tests need. It writes one line for each thing found, and gives back one line for each thing
// missing, with how to get it.
func Doctor(ctx context.Context, w io.Writer) (missing []string) {
	path, version, err := FindTerraform(ctx)
	if err != nil {
		missing = append(missing, err.Error())
	} else {
		_, _ = fmt.Fprintln(w, "ok: "+path+" "+version)
	}
	found, problem := checkMoto(ctx)
	if problem != "" {
		missing = append(missing, problem)
	} else {
		_, _ = fmt.Fprintln(w, "ok: "+found)
	}
	return missing
}

const getTerraform = "put terraform or tofu on PATH, or name one in TF_ACC_TERRAFORM_PATH"

// TerraformVariable names the CLI of tests and demo, instead of PATH.
const TerraformVariable = "TF_ACC_TERRAFORM_PATH"

// FindTerraform is the CLI that tests and demo run: the one that TerraformVariable names, else the first of terraform and tofu
// on PATH that is new enough. The error says what was found instead.
func FindTerraform(ctx context.Context) (path, version string, err error) {
	candidates := []string{"terraform", "tofu"}
	if named := os.Getenv(TerraformVariable); named != "" {
		candidates = []string{named}
	}
	var tooOld []string
	for _, name := range candidates {
		path, err := exec.LookPath(name)
		if err != nil {
			continue
		}
		version, err := terraformVersion(ctx, path)
		if err != nil {
			tooOld = append(tooOld, path+" (says no version)")
			continue
		}
		if atLeast(version, minMajor, minMinor) {
			path, err = filepath.Abs(path)
			return path, version, err
		}
		tooOld = append(tooOld, path+" "+version)
	}
	if len(tooOld) > 0 {
		return "", "", fmt.Errorf("terraform >= %d.%d: found only %s; %s",
			minMajor, minMinor, strings.Join(tooOld, ", "), getTerraform)
	}
	return "", "", fmt.Errorf("terraform >= %d.%d: not found (looked for %s); %s",
		minMajor, minMinor, strings.Join(candidates, ", "), getTerraform)
}

func terraformVersion(ctx context.Context, path string) (string, error) {
	cmd := exec.CommandContext(ctx, path, "version", "-json")
	cmd.Env = append(os.Environ(), "CHECKPOINT_DISABLE=1", "TF_CLI_CONFIG_FILE=", "TF_CLI_ARGS=", "TF_CLI_ARGS_version=")
	output, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("ask %s for its version: %w", path, err)
	}
	var said struct {
		Version string `json:"terraform_version"`
	}
	if err := json.Unmarshal(output, &said); err != nil {
		return "", fmt.Errorf("read the version of %s: %w", path, err)
	}
	return said.Version, nil
}

func atLeast(version string, major, minor int) bool {
	parts := strings.SplitN(version, ".", 3)
	if len(parts) < 2 {
		return false
	}
	x, errX := strconv.Atoi(parts[0])
	y, errY := strconv.Atoi(parts[1])
	return errX == nil && errY == nil && (x > major || x == major && y >= minor)
}

const getMoto = "run: go run ./internal/localaws/cmd/localaws doctor -install"

func checkMoto(ctx context.Context) (found, problem string) {
	path, err := FindMoto()
	if err != nil {
		return "", "moto " + MotoVersion + ": no moto_server on PATH or in .venv; " + getMoto
	}
	version, err := motoVersion(ctx, path)
	switch {
	case err != nil:
		return "", "moto " + MotoVersion + ": " + path + " does not say its version (" + err.Error() + "); " + getMoto
	case version != MotoVersion:
		return "", "moto " + MotoVersion + ": " + path + " is " + version + "; take it off PATH, then " + getMoto
	}
	return path + " " + version, ""
}

// motoVersion asks the Python of moto_server, because moto_server itself does not tell.
func motoVersion(ctx context.Context, path string) (string, error) {
	python, err := pythonOf(ctx, path)
	if err != nil {
		return "", err
	}
	cmd := exec.CommandContext(ctx, python, "-c", "import importlib.metadata as m; print(m.version('moto'))")
	output, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("ask %s for moto: %w", python, err)
	}
	return strings.TrimSpace(string(output)), nil
}

// pythonOf is the interpreter in the first line of a script; a shim of pyenv is a shell script, and pyenv knows the real one.
func pythonOf(ctx context.Context, path string) (string, error) {
	file, err := os.Open(path)
	if err != nil {
		return "", fmt.Errorf("read %s: %w", path, err)
	}
	defer func() { _ = file.Close() }()
	line, err := bufio.NewReader(file).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return "", fmt.Errorf("read %s: %w", path, err)
	}
	words := strings.Fields(strings.TrimPrefix(strings.TrimSpace(line), "#!"))
	if len(words) == 0 {
		return "", fmt.Errorf("read %s: no interpreter in its first line", path)
	}
	last := words[len(words)-1]
	if strings.Contains(filepath.Base(last), "python") {
		return last, nil
	}
	output, err := exec.CommandContext(ctx, "pyenv", "which", "moto_server").Output()
	if err != nil {
		return "", fmt.Errorf("%s is no Python script, and pyenv does not know it: %w", path, err)
	}
	script := strings.TrimSpace(string(output))
	if script == path || script == "" {
		return "", fmt.Errorf("%s is no Python script", path)
	}
	return pythonOf(ctx, script)
}

// InstallMoto makes .venv in the repository with the pinned moto. It does nothing where moto is there already, so that the
// package index is only asked where it must be.
func InstallMoto(ctx context.Context, w io.Writer) error {
	if _, problem := checkMoto(ctx); problem == "" {
		_, _ = fmt.Fprintln(w, "moto is there")
		return nil
	}
	root, err := repositoryRoot()
	if err != nil {
		return err
	}
	venv := filepath.Join(root, ".venv")
	steps := [][]string{
		{"python3", "-m", "venv", venv},
		{filepath.Join(venv, "bin", "python"), "-m", "pip", "install", "--quiet", "moto[server]==" + MotoVersion},
	}
	for _, step := range steps {
		_, _ = fmt.Fprintln(w, strings.Join(step, " "))
		cmd := exec.CommandContext(ctx, step[0], step[1:]...)
		cmd.Stdout, cmd.Stderr = w, w
		if err := cmd.Run(); err != nil {
			return fmt.Errorf("install moto: %s: %w", step[0], err)
		}
	}
	return nil
}

// MotoPython is the Python that moto runs with, for tests that ask moto's own code.
func MotoPython(ctx context.Context) (string, error) {
	path, err := FindMoto()
	if err != nil {
		return "", err
	}
	return pythonOf(ctx, path)
}
