package crash_test

import (
	"os"
	"runtime/debug"
	"syscall"
	"testing"

	"github.com/mcpveil/mcpveil/internal/crash"
)

func init() {
	modes["core"] = func() { cores(); crash.Harden(os.Stderr); panic("on purpose") }
	modes["core, limit raised after"] = func() { crash.Harden(os.Stderr); cores(); panic("on purpose") }
	modes["core, bare"] = func() { cores(); panic("on purpose") }
}

// cores has this process dump core if it can.
func cores() {
	debug.SetTraceback("crash")
	var l syscall.Rlimit
	_ = syscall.Getrlimit(syscall.RLIMIT_CORE, &l)
	l.Cur = l.Max
	_ = syscall.Setrlimit(syscall.RLIMIT_CORE, &l)
}

// TestNoCore: where a process would leave a core, a hardened one leaves none, even if its limit is raised again.
func TestNoCore(t *testing.T) {
	dumped := map[string]bool{}
	for _, mode := range []string{"core, bare", "core", "core, limit raised after"} {
		cmd := child(t, mode)
		_ = cmd.Run()
		status := cmd.ProcessState.Sys().(syscall.WaitStatus)
		if status.Signal() != syscall.SIGABRT {
			t.Errorf("%s: %v, want it ended by SIGABRT", mode, cmd.ProcessState)
		}
		dumped[mode] = status.CoreDump()
	}
	if !dumped["core, bare"] {
		t.Log("nothing leaves a core on this system, so that a hardened process leaves none shows nothing")
	}
	if dumped["core"] || dumped["core, limit raised after"] {
		t.Errorf("cores: %v, want none of a hardened process", dumped)
	}
}
