package proxy

import (
	"context"
	"errors"
	"io"

	"github.com/mcpveil/mcpveil/internal/session"
	"github.com/mcpveil/mcpveil/policy"
)

// ErrRefused is returned by [Filter] when it got to the end and some messages did not pass.
var ErrRefused = errors.New("proxy: some messages did not pass")

// FilterOptions configures [Filter].
type FilterOptions struct {
	Direction policy.Direction
	In        io.Reader
	Out       io.Writer
	Session   *session.Session

	MaxMessage int // longest line held whole; 64 MiB, or 8 MiB where longer ones can stream, if zero
}

// Filter takes JSON-RPC messages, one a line, from In to Out, all in one direction. A line that does
// not pass leaves an error response in its place. The error is [ErrRefused] if there was one such.
func Filter(ctx context.Context, opts FilterOptions) error {
	panic("proxy: not yet")
}
