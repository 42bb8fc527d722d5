//go:build unix

package crash

import (
	"os"
	"syscall"
)

// Quit is the signal that asks for the stacks; nil where there is none.
var Quit os.Signal = syscall.SIGQUIT

const quitCode = 128 + int(syscall.SIGQUIT)
