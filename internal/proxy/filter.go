package proxy

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/mcpveil/mcpveil/internal/crash"
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

	MaxMessage int // longest line held whole where it cannot stream; 64 MiB if zero
}

// Filter takes JSON-RPC messages, one a line, from In to Out, all in one direction. Lines that are JSON but
// no such message are filtered as messages of a method that is not known. A line that does
// not pass leaves an error response in its place. The error is [ErrRefused] if there was one such.
// When ctx ends Filter returns, though a read from In may still be under way.
func Filter(ctx context.Context, opts FilterOptions) error {
	f := &filter{
		opts: &opts,
		out:  opts.Out,
		port: opts.Session.Pipe(opts.Direction),
	}
	f.in = newLines(f.port, opts.In, opts.MaxMessage)
	f.group = f.port.Group()
	done := make(chan error, 1)
	go func() {
		defer f.port.Release()
		defer crash.Exit()
		done <- f.run(ctx)
	}()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
	}
	select {
	case err := <-done: // it was not reading
		return err
	case <-time.After(lastWrite):
		return ctx.Err()
	}
}

// lastWrite is how long the message at hand may take once ctx has ended.
const lastWrite = time.Second

// run copies until the end of the input, or of ctx. Before it reads, all is written.
func (f *filter) run(ctx context.Context) error {
	for ctx.Err() == nil {
		line, whole, err := f.in.next()
		switch {
		case err == io.EOF:
			if f.refused {
				return ErrRefused
			}
			return nil
		case err != nil:
			return fmt.Errorf("proxy: reading: %w", err)
		case whole:
			err = f.lines(ctx, line)
		default:
			err = f.long(ctx, line)
		}
		if err != nil {
			return fmt.Errorf("proxy: writing: %w", err)
		}
	}
	return ctx.Err()
}

// A filter is one run of [Filter].
type filter struct {
	opts    *FilterOptions
	in      *lines
	out     io.Writer
	port    *session.Port
	group   *session.Group
	refused bool
}

// lines takes line, and those that were read with it, through the filter.
func (f *filter) lines(ctx context.Context, line []byte) error {
	for ok := true; ok && ctx.Err() == nil; line, ok = f.in.Buffered() {
		if !f.group.Takes(line) {
			if err := f.send(); err != nil {
				return err
			}
		}
		v := f.group.Add(ctx, line)
		f.refused = f.refused || v.Class != session.OK
	}
	return f.send()
}

// send writes what became of a group of lines.
func (f *filter) send() error {
	out, _, err := f.group.Commit()
	f.refused = f.refused || err != nil
	_, err = out.WriteTo(f.out)
	return err
}

// long has a line stream.
func (f *filter) long(ctx context.Context, head []byte) error {
	out := bufio.NewWriterSize(f.out, 64<<10)
	v, started := f.port.Stream(ctx, head, f.in.Rest(), out)
	if started {
		_ = out.WriteByte('\n')
	}
	f.refused = f.refused || v.Class != session.OK
	for _, b := range [][]byte{v.Out, v.Reply} {
		if b != nil {
			_, _ = out.Write(b)
			_ = out.WriteByte('\n')
		}
	}
	return out.Flush()
}
