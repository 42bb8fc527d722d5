//go:build unix

package crash

import "syscall"

// limitCore has no core written to a file.
func limitCore() error {
	var l syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_CORE, &l); err != nil {
		return err
	}
	l.Cur = 0
	return syscall.Setrlimit(syscall.RLIMIT_CORE, &l)
}
