package localaws

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// MotoVersion is the version of moto that the recorder is written against.
const MotoVersion = "5.2.1"

const (
	motoStartLimit = 60 * time.Second
	motoTailBytes  = 16 << 10
)

// moto is the child process and the way to it.
type moto struct {
	base   string
	client *http.Client
	output *tail
	kill   context.CancelFunc
	ended  chan struct{}
}

// FindMoto says how to start moto: moto_server from PATH, else from .venv at the root of the repository.
func FindMoto() (string, error) {
	if path, err := exec.LookPath("moto_server"); err == nil {
		return path, nil
	}
	if root, err := repositoryRoot(); err == nil {
		path := filepath.Join(root, ".venv", "bin", "moto_server")
		if _, err := os.Stat(path); err == nil {
			return path, nil
		}
	}
	return "", errors.New("find moto_server: not on PATH and not in .venv; " + getMoto)
}

func repositoryRoot() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", fmt.Errorf("find the repository: %w", err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir, nil
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return "", errors.New("find the repository: no go.mod above the working directory")
		}
		dir = parent
	}
}

func startMoto(ctx context.Context, options Options) (*moto, error) {
	command := options.MotoCommand
	if len(command) == 0 {
		path, err := FindMoto()
		if err != nil {
			return nil, err
		}
		command = []string{path}
	}
	port, err := freePort(ctx)
	if err != nil {
		return nil, err
	}
	ctx, kill := context.WithCancel(ctx)
	m := &moto{
		base: "http://127.0.0.1:" + port,
		// moto's server closes idle connections when it likes, and a POST on such a connection is lost.
		client: &http.Client{Transport: &http.Transport{DisableKeepAlives: true, DisableCompression: true}},
		output: &tail{copyTo: options.Log},
		kill:   kill,
		ended:  make(chan struct{}),
	}
	cmd := exec.CommandContext(ctx, command[0], append(command[1:], "-H", "127.0.0.1", "-p", port)...)
	cmd.Env = motoEnvironment(os.Environ())
	cmd.Stdout, cmd.Stderr = m.output, m.output
	cmd.WaitDelay = time.Second
	started := make(chan error, 1)
	go runChild(cmd, started, m.ended)
	if err := <-started; err != nil {
		kill()
		return nil, fmt.Errorf("start moto (%s): %w", command[0], err)
	}
	if err := m.await(ctx); err != nil {
		m.stop()
		return nil, err
	}
	return m, nil
}

// motoEnvironment keeps the caller's AWS credentials, and settings of another moto, away from the child.
func motoEnvironment(environ []string) []string {
	kept := withoutPrefixes(environ, "AWS_", "MOTO_")
	// AWS managed policies exist in every account; moto only has them when told so.
	return append(kept, "MOTO_IAM_LOAD_MANAGED_POLICIES=true", "AWS_EC2_METADATA_DISABLED=true")
}

func withoutPrefixes(environ []string, prefixes ...string) []string {
	var kept []string
	for _, entry := range environ {
		drop := false
		for _, prefix := range prefixes {
			drop = drop || strings.HasPrefix(entry, prefix)
		}
		if !drop {
			kept = append(kept, entry)
		}
	}
	return kept
}

func freePort(ctx context.Context) (string, error) {
	socket, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", fmt.Errorf("find a free port: %w", err)
	}
	defer func() { _ = socket.Close() }()
	_, port, err := net.SplitHostPort(socket.Addr().String())
	return port, err
}

// await returns when moto answers.
func (m *moto) await(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, motoStartLimit)
	defer cancel()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, m.base+"/moto-api/data.json", nil)
		if err != nil {
			return fmt.Errorf("ask moto: %w", err)
		}
		if response, err := m.client.Do(request); err == nil {
			_ = response.Body.Close()
			return nil
		}
		select {
		case <-tick.C:
		case <-m.ended:
			return fmt.Errorf("start moto: it ended at once and printed:\n%s", m.output)
		case <-ctx.Done():
			return fmt.Errorf("start moto: no answer within %s; it printed:\n%s", motoStartLimit, m.output)
		}
	}
}

func (m *moto) stop() {
	m.kill()
	<-m.ended
}

// send carries a request to moto for an account and gives back the whole answer.
func (m *moto) send(request *http.Request, account string) (*answer, error) {
	request.Header.Set("X-Moto-Account-Id", account)
	response, err := m.client.Do(request)
	if err != nil {
		return nil, fmt.Errorf("ask moto: %w", err)
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	if err != nil && request.Method != http.MethodHead {
		return nil, fmt.Errorf("read moto's answer: %w", err)
	}
	return &answer{status: response.StatusCode, header: response.Header, body: body}, nil
}

// tail keeps the end of what moto printed, for error messages.
type tail struct {
	mu     sync.Mutex
	buffer []byte
	copyTo io.Writer
}

func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.buffer = append(t.buffer, p...)
	if over := len(t.buffer) - motoTailBytes; over > 0 {
		t.buffer = t.buffer[over:]
	}
	if t.copyTo != nil {
		_, _ = t.copyTo.Write(p)
	}
	return len(p), nil
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return string(t.buffer)
}

// lastError is the last line of the last Python traceback.
func (t *tail) lastError() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	at := bytes.LastIndex(t.buffer, []byte("Traceback (most recent call last)"))
	if at < 0 {
		return ""
	}
	for _, line := range strings.Split(string(t.buffer[at:]), "\n")[1:] {
		if line != "" && !strings.HasPrefix(line, " ") {
			return line
		}
	}
	return ""
}
