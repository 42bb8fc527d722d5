//go:build unix

package proxy

import (
	"os"
	"os/exec"
	"syscall"
	"time"
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

// pollable has reads of f wait in the runtime's poller, not in the kernel. A read that waits there, with most
// of its time spent in it, keeps a scheduler's place that nobody else takes over for up to 10 ms: a client that sends
// more than a pipe holds would see each call delayed by so much. back undoes it.
//
// It is for pipes and sockets that are nobody's output: others would find it non-blocking, too. For all other files, it
// returns f.
func pollable(f *os.File) (in *os.File, back func()) {
	same := func() {}
	fi, err := f.Stat()
	if err != nil || fi.Mode()&(os.ModeNamedPipe|os.ModeSocket) == 0 || f.SetReadDeadline(time.Time{}) == nil {
		return f, same
	}
	for _, other := range []*os.File{os.Stdout, os.Stderr} {
		if o, err := other.Stat(); err != nil || os.SameFile(fi, o) {
			return f, same
		}
	}
	conn, err := f.SyscallConn()
	if err != nil {
		return f, same
	}
	fd := -1
	_ = conn.Control(func(own uintptr) {
		syscall.ForkLock.RLock() // no child may have the copy
		defer syscall.ForkLock.RUnlock()
		if n, err := syscall.Dup(int(own)); err == nil {
			syscall.CloseOnExec(n)
			fd = n
		}
	})
	if fd < 0 || syscall.SetNonblock(fd, true) != nil {
		return f, same
	}
	in = os.NewFile(uintptr(fd), f.Name())
	return in, func() {
		in.Close()
		_ = conn.Control(func(own uintptr) { _ = syscall.SetNonblock(int(own), false) })
	}
}

// readNow reads what is in a pipe that is polled, without waiting and whatever its deadline is.
func readNow(f *os.File, b []byte) (n int) {
	conn, err := f.SyscallConn()
	if err != nil || len(b) == 0 {
		return 0
	}
	_ = conn.Control(func(fd uintptr) {
		for {
			n, err = syscall.Read(int(fd), b)
			if err != syscall.EINTR {
				return
			}
		}
	})
	return max(n, 0)
}
