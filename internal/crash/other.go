//go:build !unix

package crash

import "os"

// Quit is nil: there is no SIGQUIT, and no core that a program could forbid.
var Quit os.Signal

const quitCode = 1

func noCore() error { return nil }
