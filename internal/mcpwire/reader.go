package mcpwire

import (
	"bytes"
	"errors"
	"io"

	"github.com/mcpveil/mcpveil/internal/lend"
)

// ErrTooLong is returned by [Reader.Next] beside the head of a line longer than the limit.
var ErrTooLong = errors.New("mcpwire: line is longer than may be held")

const (
	defaultMax = 64 << 20
	chunk      = 64 << 10 // what a Reader holds at rest, and reads at once
	keep       = 1 << 20  // a larger buffer is let go after the message it was made for
)

// A Reader cuts a stream into lines, each of them one message.
// It is for one goroutine at a time.
type Reader struct {
	// buf[at:end] is read and not yet returned; of it, seen bytes hold no newline.
	src     io.Reader
	max     int
	buf     []byte
	at, end int
	seen    int
	err     error  // of src
	long    bool   // in a line that was too long: Rest reads on
	given   []byte // where its head stands
}

// NewReader returns a Reader of r. Lines longer than max bytes are not held whole;
// max 0 means 64 MiB.
func NewReader(r io.Reader, max int) *Reader {
	if max <= 0 {
		max = defaultMax
	}
	return &Reader{src: r, max: max, buf: make([]byte, min(chunk, max+1))}
}

// Next returns the next line without its newline; blank lines are skipped. A carriage return
// before the newline is left in place: it is white space to JSON. The slice is valid until the
// next call.
//
// For a line longer than the limit Next returns its head and [ErrTooLong]; [Reader.Rest] then
// reads what follows the head, up to the newline. Whatever of it is not read is dropped by the
// next call of Next. At the end of the stream the error is io.EOF; a last line without a newline
// is returned as any other.
func (r *Reader) Next() ([]byte, error) {
	lend.Put(r.given)
	r.given = nil
	if r.long {
		if _, err := io.Copy(io.Discard, r.Rest()); err != nil {
			return nil, err
		}
		r.long = false
	}
	if len(r.buf) > keep && r.end-r.at <= chunk {
		r.grow(max(chunk, r.end-r.at+1))
	}
	for {
		if line, ok := r.Buffered(); ok {
			return line, nil
		}
		if r.seen > r.max || r.seen < r.end-r.at { // the rest of the line is at hand, or its end
			return r.head(), ErrTooLong
		}
		if r.err != nil {
			line := r.buf[r.at:r.end]
			r.at, r.seen = r.end, 0
			if r.err == io.EOF && !blank(line) {
				return line, nil
			}
			return nil, r.err
		}
		r.fill()
	}
}

// Buffered returns the next line if all of it is at hand, so that nothing has to be read; false if not, or if
// it is too long: Next tells then. It leaves the lines valid that were returned since Next last was called.
func (r *Reader) Buffered() (line []byte, ok bool) {
	for !r.long {
		n := bytes.IndexByte(r.buf[r.at+r.seen:r.end], '\n')
		if n < 0 {
			r.seen = r.end - r.at
			break
		}
		if n += r.seen; n > r.max {
			break
		}
		line = r.buf[r.at : r.at+n]
		r.at += n + 1
		r.seen = 0
		if !blank(line) {
			return line, true
		}
	}
	return nil, false
}

// fill reads once from the source, making room first.
func (r *Reader) fill() {
	switch {
	case r.at == r.end:
		r.at, r.end = 0, 0
	case r.end < len(r.buf):
	case r.at > len(r.buf)/2:
		r.move(r.buf)
	default:
		r.grow(min(2*len(r.buf), len(r.buf)+r.max+1))
	}
	n, err := r.src.Read(r.buf[r.end:])
	r.end += n
	if err != nil {
		r.err = err
	} else if n == 0 {
		r.err = io.ErrNoProgress
	}
}

// grow takes another buffer, of that size at least.
func (r *Reader) grow(size int) {
	old := r.buf
	r.move(lend.Get(size))
	lend.Put(old)
}

// move takes what is not yet returned to the beginning of buf, which becomes the buffer.
func (r *Reader) move(buf []byte) {
	r.end = copy(buf, r.buf[r.at:r.end])
	r.at = 0
	r.buf = buf
}

// head returns the first max bytes of a line that is too long, and gives what follows a
// buffer of its own, so that the head stays while Rest reads.
func (r *Reader) head() []byte {
	head := r.buf[r.at : r.at+r.max]
	r.at += r.max
	r.given = r.buf
	r.move(lend.Get(max(chunk, r.end-r.at)))
	r.seen = 0
	r.long = true
	return head
}

// Rest reads what follows the head of a line that was too long. See [Reader.Next].
func (r *Reader) Rest() io.Reader { return rest{r} }

type rest struct{ *Reader }

func (r rest) Read(p []byte) (int, error) {
	if !r.long {
		return 0, io.EOF
	}
	if r.at == r.end && r.err == nil {
		r.fill()
	}
	line := r.buf[r.at:r.end]
	n := bytes.IndexByte(line, '\n')
	if n >= 0 {
		line = line[:n]
	}
	c := copy(p, line)
	r.at += c
	switch {
	case c == n:
		r.at++
		r.long = false
	case c == 0 && r.at == r.end && r.err != nil:
		r.long = false
		return 0, r.err
	}
	return c, nil
}

// blank reports whether a line holds white space only.
func blank(line []byte) bool {
	return skipSpace(line, 0) == len(line)
}
