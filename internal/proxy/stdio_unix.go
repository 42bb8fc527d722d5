//go:build unix

package proxy

import (
	"os"
	"os/exec"
	"syscall"
)

// forwarded are the signals that are passed on. SIGPIPE is among them so that a client that is gone
// is an error of Write, not our end; see ignored.
var forwarded = []os.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGPIPE}

const terminate = syscall.SIGTERM

// ignored reports whether s is not passed on.
func ignored(s os.Signal) bool { return s == syscall.SIGPIPE }

// ends reports whether s asks us to end.
func ends(s os.Signal) bool { return s == syscall.SIGINT || s == syscall.SIGTERM }

func ownGroup(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }

// signalGroup sends s to the child and all that it started and that stayed in its group.
func signalGroup(cmd *exec.Cmd, s os.Signal) {
	if n, ok := s.(syscall.Signal); ok {
		_ = syscall.Kill(-cmd.Process.Pid, n)
	}
}

func exitCode(state *os.ProcessState) int {
	if ws, ok := state.Sys().(syscall.WaitStatus); ok && ws.Signaled() {
		return 128 + int(ws.Signal())
	}
	return state.ExitCode()
}
