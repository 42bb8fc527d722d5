package proxy

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"sync"

	"github.com/mcpveil/mcpveil/internal/crash"
	"github.com/mcpveil/mcpveil/internal/mcpwire"
	"github.com/mcpveil/mcpveil/internal/session"
	"github.com/mcpveil/mcpveil/policy"
)

// A lineWriter writes messages, each with its newline in one Write. It is safe for concurrent use.
type lineWriter struct {
	mu     sync.Mutex
	w      io.Writer
	buf    []byte
	closed bool
}

var errClosed = errors.New("proxy: the other end is closed")

// line writes one message.
func (l *lineWriter) line(msg []byte) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return errClosed
	}
	l.buf = append(append(l.buf[:0], msg...), '\n')
	_, err := l.w.Write(l.buf)
	return err
}

// lines writes messages, and returns how much of them it wrote.
func (l *lineWriter) lines(msgs *session.Lines) (n int64, err error) {
	if msgs.Len() == 0 {
		return 0, nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return 0, errClosed
	}
	return msgs.WriteTo(l.w)
}

// stream has f write one message, and ends its line, however f fared.
func (l *lineWriter) stream(f func(io.Writer)) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return errClosed
	}
	c := counter{w: l.w}
	f(&c)
	if c.n == 0 {
		return c.err
	}
	if _, err := l.w.Write([]byte("\n")); c.err == nil {
		c.err = err
	}
	return c.err
}

// close closes c, if not nil. Nothing is written any more.
func (l *lineWriter) close(c io.Closer) {
	// The lock may be held by a Write to a peer that does not read: closing ends that.
	if c != nil {
		_ = c.Close()
	}
	l.mu.Lock()
	l.closed = true
	l.mu.Unlock()
}

type counter struct {
	w   io.Writer
	n   int64
	err error
}

func (c *counter) Write(b []byte) (int, error) {
	n, err := c.w.Write(b)
	c.n += int64(n)
	if err != nil {
		c.err = err
	}
	return n, err
}

// up copies from the client to the server.
func (x *stdio) up(ctx context.Context) {
	defer close(x.upDone)
	p := x.opts.Session.Port(policy.ToServer)
	defer p.Release()
	defer crash.Exit()
	g := p.Group()
	in := newLines(p, x.opts.Stdin, x.opts.MaxMessage)
	for {
		line, whole, err := in.next()
		switch {
		case err != nil:
			if err != io.EOF && !errors.Is(err, os.ErrClosed) {
				x.notice("reading from the client: " + err.Error())
			}
			return
		case whole:
			for ok := true; ok; line, ok = in.Buffered() {
				if !g.Takes(line) && !x.sendUp(g) {
					return
				}
				g.Add(ctx, line)
			}
			if !x.sendUp(g) {
				return
			}
		default:
			var v session.Verdict
			err = x.server.stream(func(w io.Writer) { v, _ = p.Stream(ctx, line, in.Rest(), w) })
			if err != nil {
				return
			}
			if v.Reply != nil && x.client.line(v.Reply) != nil {
				return
			}
		}
	}
}

// sendUp sends what became of a group of the client's messages. It returns false if nobody is there to be sent to.
func (x *stdio) sendUp(g *session.Group) bool {
	out, reply, _ := g.Commit()
	if _, err := x.client.lines(reply); err != nil {
		return false
	}
	if n, err := x.server.lines(out); err != nil {
		_, _ = x.client.lines(g.Unsent(n, mcpwire.CodePeerGone, "mcpveil: the server reads no more"))
		return false
	}
	return true
}

// A childPipe is the end of a pipe from the child that we read. Once the child has exited, a deadline ends the waiting for
// more, since something that it started may hold the other end for ever. What the child left is read also after that: however
// slow the client is, it gets all answers.
type childPipe struct {
	*os.File
	left int // how much may yet be read after the deadline
}

// pipeSize is what a pipe holds at most: Linux grants no more without privileges.
const pipeSize = 1 << 20

func (p *childPipe) Read(b []byte) (n int, err error) {
	if n, err = p.File.Read(b); n > 0 || !errors.Is(err, os.ErrDeadlineExceeded) {
		return n, err
	}
	if n = readNow(p.File, b[:min(len(b), p.left)]); n > 0 {
		p.left -= n
		return n, nil
	}
	return 0, err
}

// down copies from the server to the client.
func (x *stdio) down(ctx context.Context) {
	defer close(x.downDone)
	p := x.opts.Session.Port(policy.ToClient)
	defer p.Release()
	defer crash.Exit()
	g := p.Group()
	in := newLines(p, x.stdout, x.opts.MaxMessage)
	for {
		line, whole, err := in.next()
		switch {
		case err != nil:
			return
		case whole:
			for ok := true; ok; line, ok = in.Buffered() {
				if !g.Takes(line) && !x.sendDown(g) {
					return
				}
				v := g.Add(ctx, line)
				if v.Class != session.Malformed || v.Out != nil || v.Reply != nil || v.Route.Kind != 0 {
					continue
				}
				if !x.sendDown(g) {
					return
				}
				x.unread(line, v)
			}
			if !x.sendDown(g) {
				return
			}
		default:
			var v session.Verdict
			err = x.client.stream(func(w io.Writer) { v, _ = p.Stream(ctx, line, in.Rest(), w) })
			if err != nil {
				return
			}
			if v.Class != session.OK && v.Out == nil && v.Reply == nil {
				x.unread(line, &v)
			}
			if v.Reply != nil {
				x.reply(v.Reply)
			}
			if v.Out != nil && x.client.line(v.Out) != nil {
				return
			}
		}
	}
}

// sendDown sends what became of a group of the server's messages. It returns false if the client is gone.
func (x *stdio) sendDown(g *session.Group) bool {
	out, reply, _ := g.Commit()
	if reply.Len() > 0 {
		var b bytes.Buffer
		_, _ = reply.WriteTo(&b)
		x.reply(b.Bytes()[:b.Len()-1])
	}
	_, err := x.client.lines(out)
	return err == nil
}

// unread deals with a line of the server's that could not be read. An answer may have been in it, nobody knows whose.
func (x *stdio) unread(line []byte, v *session.Verdict) {
	if !looksLikeMessage(line) {
		x.notice("the server wrote a line to its standard output that is no message; it is dropped")
		x.failLater()
		return
	}
	x.notice("the server wrote a message that cannot be passed on (" + v.Err.Error() + "): the calls that wait for an answer fail")
	x.fail(mcpwire.CodePeerGone, "mcpveil: the server wrote a message that cannot be passed on")
}

// looksLikeMessage reports whether a line that could not be read may have been a message. Servers print
// greetings and logs where they must not.
func looksLikeMessage(line []byte) bool {
	line = bytes.TrimLeft(line, " \t\r\ufeff")
	return len(line) > 0 && (line[0] == '{' || line[0] == '[')
}

// reply writes to the server without waiting for it to read, since it may wait for us to.
func (x *stdio) reply(msg []byte) {
	msg = bytes.Clone(msg)
	go func() {
		defer crash.Exit()
		_ = x.server.line(msg)
	}()
}

const (
	stderrChunk = 64 << 10 // text that is filtered at once, so that a value may go over several lines that were written together
)

// stderr copies what the server logs, through the filter.
func (x *stdio) stderr(ctx context.Context) {
	defer close(x.errDone)
	p := x.opts.Session.Port(policy.ToClient)
	defer p.Release()
	defer crash.Exit()
	buf := make([]byte, stderrChunk)
	have, skip := 0, false // skip: in a line too long to be held
	for {
		n, err := x.log.Read(buf[have:])
		have += n
		whole := bytes.LastIndexByte(buf[:have], '\n') + 1
		if err != nil {
			whole = have
		}
		text := buf[:whole]
		if skip {
			_, text, _ = bytes.Cut(text, []byte("\n"))
			skip = whole == 0
		}
		x.logText(ctx, p, text)
		have = copy(buf, buf[whole:have])
		if err != nil {
			return
		}
		if have == len(buf) {
			if !skip {
				x.notice("the server logged a line that is too long; it is left out")
			}
			have, skip = 0, true
		}
	}
}

func (x *stdio) logText(ctx context.Context, p *session.Port, text []byte) {
	if len(text) == 0 {
		return
	}
	out, err := p.Text(ctx, "stderr", "", text)
	if err != nil {
		x.notice("what the server logged is left out: " + err.Error())
		return
	}
	_, _ = x.opts.Stderr.Write(out)
}
