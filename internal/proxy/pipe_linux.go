package proxy

import (
	"os"

	"golang.org/x/sys/unix"
)

// widen asks for room for pipeRoom bytes in a pipe. The system may refuse.
func widen(pipe *os.File) {
	conn, err := pipe.SyscallConn()
	if err != nil {
		return
	}
	_ = conn.Control(func(fd uintptr) {
		_, _ = unix.FcntlInt(fd, unix.F_SETPIPE_SZ, pipeRoom)
	})
}
