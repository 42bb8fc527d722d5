package proxy

import (
	"context"
	"io"
	"time"

	"github.com/mcpveil/mcpveil/internal/session"
)

// StdioOptions configures [Stdio].
type StdioOptions struct {
	Command string
	Args    []string
	Env     []string // of the child; nil: ours
	Dir     string   // of the child; "": ours

	Stdin  io.Reader // from the client
	Stdout io.Writer // to the client
	Stderr io.Writer // the child's stderr, filtered, and our own notices

	Session *session.Session

	MaxMessage   int           // longest line held whole; 64 MiB if zero
	DrainTimeout time.Duration // how long answers are waited for after the client closed its end; 5s if zero
	ExitTimeout  time.Duration // how long the child may take to exit once its stdin is closed, and again after SIGTERM; 5s if zero
}

// Stdio runs a stdio server as a child process and takes all that passes between it and the
// client through the session. It returns when both directions are done and the child has exited:
// with the child's exit code, 128 and the signal's number if a signal ended it, or 1 and an error
// if it could not be started or wired. Signals to us (SIGINT, SIGTERM, SIGHUP) are passed on to the child.
func Stdio(ctx context.Context, opts StdioOptions) (exitCode int, err error) {
	panic("proxy: not yet")
}
