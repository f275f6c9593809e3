package localaws

import (
	"os/exec"
	"runtime"
	"syscall"
)

// runChild starts the command and waits for its end. The kernel kills the child when the thread that started it ends, so
// the thread is locked for as long as the child lives; when this process is killed, the child goes with it. It has a process
// group of its own, so that Ctrl-C at a terminal reaches it only through us, when whatever still calls it has ended.
func runChild(cmd *exec.Cmd, started chan<- error, ended chan<- struct{}) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	defer close(ended)
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL, Setpgid: true}
	err := cmd.Start()
	started <- err
	if err == nil {
		_ = cmd.Wait()
	}
}
