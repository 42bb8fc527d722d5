package redact

import (
	"context"
	"errors"
	"io"
	"slices"
	"sync"

	"github.com/mcpveil/mcpveil/detect"
	"github.com/mcpveil/mcpveil/internal/jsonspan"
	"github.com/mcpveil/mcpveil/internal/namebook"
	"github.com/mcpveil/mcpveil/internal/view"
)

// window is how many bytes of the message a Writer holds: on either side of what it looks at
// as much as rules may look at, and what has not gone out yet.
const window = 64 << 10

// firstChunk is how many bytes of the message go out from the first window, about.
const firstChunk = 20 << 10

// leastChunk is how many new bytes of the message there is room for in a window at least.
const leastChunk = 8 << 10

// A stream is what a pass of a Writer has beside: memory for what it is about to write,
// which it has only while something was replaced that is not written, and, once the first
// window has gone out, the way to write before that memory gets much. Until then it holds
// what it is about to write, so that an error in the first window leaves nothing written.
type stream struct {
	lent *lent
	dst  io.Writer // nil for the first window
	err  error     // of dst
}

type lent struct{ buf []byte }

var lentOut = sync.Pool{New: func() any { return new(lent) }}

const (
	maxLent = 2 * window // the longest such memory that is kept
	maxHeld = 16 << 10   // so much of it is written as soon as can be
)

// emit appends text, of the message, to what goes out.
func (p *pass) emit(text []byte) {
	s := p.stream
	if s == nil {
		if len(p.out) == 0 { // what replaces is often longer, but not by much
			p.out = slices.Grow(p.out, len(p.buf)+len(p.buf)/16)
		}
		p.out = append(p.out, text...)
		return
	}
	if s.lent == nil {
		s.lent = lentOut.Get().(*lent)
		p.out, s.lent.buf = s.lent.buf, nil
		n := maxHeld
		if s.dst == nil {
			n = p.limit() - min(p.after, p.limit()-p.copied) - p.copied
		}
		p.out = slices.Grow(p.out, n+n/16)
	}
	if s.dst != nil && len(p.out)+len(text) > maxHeld {
		p.send()
		if len(text) > maxHeld/4 {
			s.write(text)
			return
		}
	}
	p.out = append(p.out, text...)
}

// send writes what is to go out.
func (p *pass) send() {
	if len(p.out) > 0 {
		p.stream.write(p.out)
		p.out = p.out[:0]
	}
}

func (s *stream) write(b []byte) {
	if s.err == nil {
		_, s.err = s.dst.Write(b)
	}
}

// NewWriter returns a Writer that rewrites one JSON text as its bytes come, for
// texts too long to hold. It holds back what a finding may yet begin in, and no
// more: some 64 KiB. The caller must Close it. A nil c is an empty one.
//
// What it writes is what Rewrite returns, however the text is split over Writes. Like
// Rewrite it replaces a value of which no end is in sight (16 KiB) by its label, to the
// end of its string.
//
// An error may come when bytes have gone out already. What dst then has is not
// a JSON text, and the caller must see to it that nobody takes it for one. The error
// of a text that is both blocked and malformed is that of what comes first, where
// Rewrite says that it is malformed.
func (f *Filter) NewWriter(ctx context.Context, dst io.Writer, c *Call) *Writer {
	if c == nil {
		c = &Call{}
	}
	w := &Writer{dst: dst}
	w.pass.reset(ctx, f, c)
	w.check.Reset(f.maxDepth)
	w.pass.stream = &w.stream
	ahead := max(maxValue, f.after, 4*segment+view.OddAhead)
	if k := w.pass.known; k != nil {
		ahead = max(ahead, k.reach)
	}
	behind := max(f.before, 2*maxValue+history) // a cluster of two values is held as a whole
	w.full = max(window, behind+ahead+leastChunk+4*snap)
	w.size = min(w.full, ahead+firstChunk) // what the first window makes is held beside it
	return w
}

// A Writer rewrites one JSON text. It is for one goroutine at a time.
type Writer struct {
	dst    io.Writer
	check  jsonspan.Checker
	pass   pass
	stream stream
	buf    []byte
	size   int // of the window
	full   int // what size is after the first one
	tested int // up to where it was asked whether anything is odd
	err    error
}

var errClosed = errors.New("redact: write to a closed Writer")

// Write takes the next bytes of the text. After an error it returns that error again.
func (w *Writer) Write(b []byte) (int, error) {
	done := 0
	for done < len(b) {
		if w.err != nil {
			return done, w.err
		}
		n := min(len(b)-done, w.size-len(w.buf))
		if m, err := w.check.Write(b[done : done+n]); err != nil {
			w.err = syntaxError(err)
			return done + m, w.err
		}
		if need := len(w.buf) + n; need > cap(w.buf) {
			w.buf = append(make([]byte, 0, min(max(need, 2*cap(w.buf)), w.size)), w.buf...)
		}
		w.buf = append(w.buf, b[done:done+n]...)
		done += n
		if len(w.buf) == w.size {
			w.err = w.step(false)
		}
	}
	return done, w.err
}

// Close says that the text ends here, and writes what was held back. It does not close
// dst.
func (w *Writer) Close() error {
	if w.err == nil {
		if w.err = w.check.Close(); w.err != nil {
			w.err = syntaxError(w.err)
		} else if w.err = w.step(true); w.err == nil {
			w.err = errClosed
			return nil
		}
	}
	if w.err == errClosed {
		return nil
	}
	return w.err
}

// Events returns what was done since the last call of Events, in the order in which the
// values stand in the text. The caller keeps the slice.
func (w *Writer) Events() []Event {
	e := w.pass.events
	w.pass.events = nil
	return e
}

// step deals with what is in the window, writes what is settled, and makes room.
func (w *Writer) step(final bool) error {
	p := &w.pass
	from := max(0, w.tested-view.OddAhead-p.base) // what is odd there may have been seen in part
	p.odd = p.odd || view.Odd(w.buf[from:])
	w.tested = p.base + len(w.buf)
	p.buf, p.final, p.hides = w.buf, final, w.check.Hides()
	if p.skipping {
		p.skipString()
	}
	settled, err := p.run()
	if err != nil {
		return err
	}
	to := p.limit()
	if !final {
		to = p.holdFrom(settled)
	}
	if err := w.write(to); err != nil {
		return err
	}
	keep := min(p.copied-history, p.walk.needs(), p.scanned-p.before-2*snap)
	if p.known != nil {
		keep = min(keep, p.echoed-2*snap)
	}
	if p.names != nil {
		keep = min(keep, p.named-namebook.Reach)
	}
	keep = max(keep, p.base)
	n := copy(w.buf, p.at(keep))
	w.buf, p.base = w.buf[:n], keep
	w.size = w.full
	if n > w.size-leastChunk/2 { // never, unless a limit is wrong: rather grow than stop
		w.full *= 2
		w.size = w.full
	}
	p.buf = w.buf
	p.trim()
	return nil
}

// write writes the text up to offset to, as far as it has not gone out.
func (w *Writer) write(to int) error {
	p, s := &w.pass, &w.stream
	rest := p.span(p.copied, max(to, p.copied))
	p.copied = max(to, p.copied)
	if s.dst == nil && len(p.out)+len(rest) > 0 {
		s.dst = w.dst
	}
	if len(p.out) > 0 && len(p.out)+len(rest) <= cap(p.out) {
		p.out = append(p.out, rest...)
		rest = nil
	}
	p.send()
	if len(rest) > 0 {
		s.write(rest)
	}
	if s.lent != nil {
		if cap(p.out) <= maxLent {
			s.lent.buf = p.out[:0]
			lentOut.Put(s.lent)
		}
		s.lent, p.out = nil, nil
	}
	return s.err
}

// trim drops what a window full of findings made grow.
func (p *pass) trim() {
	const few = 64
	if cap(p.tmp) > few {
		p.tmp = nil
	}
	if n := len(p.cands); cap(p.cands) > 2*n+few {
		p.cands = append(make([]detect.Finding, 0, n+few), p.cands...)
	}
	if cap(p.cluster) > few && len(p.cluster) < few {
		p.cluster, p.chosen = append(make([]piece, 0, few), p.cluster...), nil
	}
}

// holdFrom returns from where on the bytes are held back, given that no candidate starts
// before settled: the start of an open cluster, of a number, or of a string that may
// become a number.
func (p *pass) holdFrom(settled int) int {
	to := max(settled-snap, p.copied)
	if len(p.cluster) > 0 {
		if to = min(to, p.start); p.start == p.scalar.start+1 {
			to = min(to, p.scalar.start)
		}
		return max(to, p.copied)
	}
	if at := int(p.cur.Pos()); at < to {
		p.cur.Advance(p.span(at, to))
	}
	if open := int(p.cur.Open()); open+1 == to || !p.cur.InString() {
		to = min(to, open)
	}
	return max(to, p.copied)
}
