package proxy

import (
	"os"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/mcpveil/mcpveil/internal/testenv"
)

func TestWiden(t *testing.T) {
	size := func(set bool) int {
		r, w, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		defer w.Close()
		if set {
			if _, err := unix.FcntlInt(r.Fd(), unix.F_SETPIPE_SZ, pipeRoom); err != nil {
				testenv.Missing(t, "the system has no room for such a pipe: %v", err)
			}
		} else {
			widen(w)
		}
		n, err := unix.FcntlInt(r.Fd(), unix.F_GETPIPE_SZ, 0)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	if want, got := size(true), size(false); got != want || got < pipeRoom {
		t.Errorf("a pipe has room for %d bytes, want %d", got, want)
	}
}
