//go:build !unix

package proxy

import (
	"os"
	"os/exec"
)

var forwarded = []os.Signal{os.Interrupt}

var terminate = os.Kill // there is no gentler way

func ignored(os.Signal) bool { return false }

func ends(os.Signal) bool { return true }

func ownGroup(*exec.Cmd) {}

func signalGroup(cmd *exec.Cmd, s os.Signal) { _ = cmd.Process.Signal(s) }

func exitCode(state *os.ProcessState) int { return state.ExitCode() }

func pollable(f *os.File) (*os.File, func()) { return f, func() {} }

// readNow reads what is in a pipe without waiting; here it does not.
func readNow(*os.File, []byte) int { return 0 }
