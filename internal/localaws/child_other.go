//go:build !linux

package localaws

import (
	"os/exec"
	"strconv"
)

// runChild starts the command and waits for its end. A small watcher holds a pipe from this process: when the process
// dies the pipe closes, and the watcher kills the child.
func runChild(cmd *exec.Cmd, started chan<- error, ended chan<- struct{}) {
	defer close(ended)
	err := cmd.Start()
	if err == nil {
		watcher := exec.Command("sh", "-c", "cat >/dev/null; kill -9 "+strconv.Itoa(cmd.Process.Pid))
		if pipe, err := watcher.StdinPipe(); err == nil && watcher.Start() == nil {
			defer func() { _ = watcher.Process.Kill(); _ = pipe.Close(); _ = watcher.Wait() }()
		}
	}
	started <- err
	if err == nil {
		_ = cmd.Wait()
	}
}
