package provider_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/iamguard/terraform-provider-iamguard/internal/providertest"
)

// The weight of the provider as a user has it: the stripped binary, in a process
// of its own. Limits: 45 MB on disk, 25 ms to the handshake, 60 MB in a plan of 50
// resources, 150 MB for 25 accounts in one process.

func buildBinary(b *testing.B) string {
	b.Helper()
	path := filepath.Join(b.TempDir(), "terraform-provider-iamguard")
	build := exec.CommandContext(b.Context(), "go", "build", "-trimpath", "-ldflags", "-s -w", "-o", path,
		"github.com/iamguard/terraform-provider-iamguard")
	if out, err := build.CombinedOutput(); err != nil {
		b.Fatalf("%v: %s", err, out)
	}
	return path
}

// BenchmarkHandshake starts the binary until it says where it listens.
func BenchmarkHandshake(b *testing.B) {
	path := buildBinary(b)
	info, err := os.Stat(path)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		command := exec.CommandContext(b.Context(), path)
		command.Env = append(os.Environ(), "PLUGIN_PROTOCOL_VERSIONS=6",
			"TF_PLUGIN_MAGIC_COOKIE=d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2")
		lines, stop := startProcess(b, command)
		if !strings.HasPrefix(<-lines, "1|6|") {
			b.Fatal("no handshake")
		}
		stop()
	}
	b.ReportMetric(float64(info.Size())/1e6, "MB-binary")
}

// BenchmarkMemory is the most memory of the provider process of a plan of 50
// resources, in one account and spread over 25.
func BenchmarkMemory(b *testing.B) {
	path := buildBinary(b)
	for _, accounts := range []int{1, 25} {
		b.Run(fmt.Sprintf("50 resources in %d accounts", accounts), func(b *testing.B) {
			for b.Loop() {
				b.ReportMetric(peakMemory(b, path, accounts), "MB-peak")
			}
		})
	}
}

func peakMemory(b *testing.B, path string, accounts int) float64 {
	b.Helper()
	stage := providertest.NewStage(b)
	applying, stop := debugged(b, path)
	cli := providertest.NewCLI(b, applying.attached)
	entries, body := "", ""
	for i := range accounts {
		other := stage.Beside(b)
		entries += fmt.Sprintf("    a%d = { role_arn = \"arn:aws:iam::%s:role/iamguard\" }\n", i, other.ID)
		body += fmt.Sprintf(`
resource "iamguard_log_bucket" "a%d" {
  count       = %d
  account     = "a%d"
  bucket      = "logs-%s-${count.index}"
  trail_names = ["main"]
}
`, i, 50/accounts, i, other.ID)
	}
	cli.Write(b, stage.Provider(stage.Admin(), "  accounts = {\n"+entries+"  }")+body)
	cli.Must(b, "init")
	cli.Apply(b)
	stop()
	planning, stop := debugged(b, path)
	defer stop()
	cli.Attach(b, planning.attached)
	cli.ExpectNoChange(b)
	return peakOf(b, planning.pid)
}

// process is a provider that waits for a CLI to attach.
type process struct {
	attached any
	pid      int
}

func debugged(b *testing.B, path string) (process, func()) {
	b.Helper()
	command := exec.CommandContext(b.Context(), path, "-debug")
	lines, stop := startProcess(b, command)
	return process{attached: attachedTo(b, lines), pid: command.Process.Pid}, stop
}

// startProcess gives the lines of standard output and how to end the process.
func startProcess(b *testing.B, command *exec.Cmd) (lines chan string, stop func()) {
	b.Helper()
	out, err := command.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := command.Start(); err != nil {
		b.Fatal(err)
	}
	lines = make(chan string, 100)
	go func() {
		for scanner := bufio.NewScanner(out); scanner.Scan(); {
			select {
			case lines <- scanner.Text():
			default:
			}
		}
	}()
	return lines, func() {
		_ = command.Process.Kill()
		_ = command.Wait()
	}
}

// attachedTo reads the line that -debug prints for TF_REATTACH_PROVIDERS.
func attachedTo(b *testing.B, lines chan string) any {
	b.Helper()
	for line := range lines {
		_, text, ok := strings.Cut(line, "TF_REATTACH_PROVIDERS='")
		if !ok {
			continue
		}
		var named map[string]any
		if err := json.Unmarshal([]byte(strings.TrimSuffix(text, "'")), &named); err != nil {
			b.Fatal(err)
		}
		for _, attached := range named {
			return attached
		}
	}
	b.Fatal("the provider did not say how to attach to it")
	return nil
}

// peakOf is the high-water mark of a process's resident memory, in MB.
func peakOf(b *testing.B, pid int) float64 {
	b.Helper()
	peak, ok := highWater(pid)
	if !ok {
		b.Skip("the memory of another process can be read on Linux only")
	}
	return peak
}

// highWater is peakOf for a process that can have ended.
func highWater(pid int) (megabytes float64, ok bool) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, false
	}
	for line := range strings.Lines(string(status)) {
		if kilobytes, found := strings.CutPrefix(line, "VmHWM:"); found {
			n, err := strconv.Atoi(strings.Fields(kilobytes)[0])
			return float64(n) / 1024, err == nil
		}
	}
	return 0, false
}
