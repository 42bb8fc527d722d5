package crash

import (
	"errors"

	"golang.org/x/sys/unix"
)

// noCore makes the process one that is not dumped, whatever the limits and wherever cores go, and whose memory only root
// can look into. A child is as it always is, but for the limit, which it may raise again.
func noCore() error {
	return errors.Join(unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0), limitCore())
}
