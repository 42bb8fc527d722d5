package proxy

import (
	"errors"
	"io"
	"net/http"
	"sync"
	"sync/atomic"

	"github.com/mcpveil/mcpveil/internal/lend"
)

var (
	errTooLong = errors.New("proxy: body over the limit")
	errNoRoom  = errors.New("proxy: too many long bodies are held")
)

const (
	firstBodySize = 8 << 10
	keptBodySize  = 1 << 20 // buffers above this are lent, and count against the budget
)

// A budget is what all long bodies that are held at a time may take together, in bytes.
type budget struct {
	max  int64
	used atomic.Int64
}

func (b *budget) take(n int64) bool {
	if b.used.Add(n) > b.max {
		b.used.Add(-n)
		return false
	}
	return true
}

// A held is a body that is held whole. It is for one goroutine at a time.
type held struct {
	bytes  []byte
	own    []byte // the buffer that bytes began in: what is longer is lent
	budget *budget
	taken  int64
}

// helds holds *held, their own buffers no longer than keptBodySize.
var helds = sync.Pool{New: func() any { return &held{bytes: make([]byte, 0, firstBodySize)} }}

func (b *budget) held() *held {
	h := helds.Get().(*held)
	h.budget = b
	return h
}

// free gives the bytes back. Nobody may use them after.
func (h *held) free() {
	h.giveBack()
	h.budget.used.Add(-h.taken)
	h.budget, h.taken = nil, 0
	h.bytes, h.own = h.bytes[:0], nil
	helds.Put(h)
}

// giveBack puts the own buffer in the place of a lent one.
func (h *held) giveBack() {
	if cap(h.bytes) > keptBodySize {
		lend.Put(h.bytes)
		h.bytes = h.own
	}
}

// read fills h with what r has: at most max bytes, else the error is errTooLong and h has the first
// max bytes and one more. size is what to expect, if positive; since it is what a peer says, it
// is believed once some of it has come.
func (h *held) read(r io.Reader, size, max int64) error {
	h.bytes = h.bytes[:0]
	if size > int64(cap(h.bytes)) && size < keptBodySize {
		h.bytes = make([]byte, 0, size+1)
	}
	return h.more(r, size, max)
}

// more goes on where read, or more, found r too long.
func (h *held) more(r io.Reader, size, max int64) error {
	for {
		if len(h.bytes) == cap(h.bytes) && !h.grow(size+1, max+1) {
			return errNoRoom
		}
		room := h.bytes[len(h.bytes):cap(h.bytes)]
		if left := max + 1 - int64(len(h.bytes)); int64(len(room)) > left {
			room = room[:left]
		}
		n, err := r.Read(room)
		h.bytes = h.bytes[:len(h.bytes)+n]
		switch {
		case int64(len(h.bytes)) > max:
			return errTooLong
		case err == io.EOF:
			return nil
		case err != nil:
			return err
		}
	}
}

// grow doubles the room for bytes, or makes it what is expected, to limit at most.
func (h *held) grow(expected, limit int64) bool {
	size := 2 * int64(cap(h.bytes))
	if size > keptBodySize {
		size = max(size, expected)
	}
	size = min(size, limit)
	if size <= keptBodySize {
		h.bytes = append(make([]byte, 0, size), h.bytes...)
		return true
	}
	if !h.budget.take(size - h.taken) {
		return false
	}
	h.taken = size
	to := lend.Get(int(size))
	if more := int64(cap(to)) - size; h.budget.take(more) {
		h.taken += more
	} else {
		lend.Put(to)
		to = make([]byte, 0, size)
	}
	to = append(to[:0], h.bytes...)
	if cap(h.bytes) <= keptBodySize {
		h.own = h.bytes
	}
	h.giveBack()
	h.bytes = to
	return true
}

// A lease keeps something until all who use it are done. The transport may read a request's
// body even after the response has come, so the body's bytes need one.
type lease struct {
	users atomic.Int32
	free  func()
}

func newLease(free func()) *lease {
	l := &lease{free: free}
	l.users.Store(1)
	return l
}

func (l *lease) done() {
	if l.users.Add(-1) == 0 {
		l.free()
	}
}

// body returns a reader of b, bytes under the lease, that ends its use when closed.
func (l *lease) body(b []byte) io.ReadCloser {
	l.users.Add(1)
	return &leasedBody{lease: l, rest: b}
}

// A leasedBody copies within Read, and has no WriteTo: the transport may close it while
// another goroutine of it reads, and the bytes may belong to another message a moment later.
type leasedBody struct {
	mu    sync.Mutex
	lease *lease // nil when closed
	rest  []byte
}

func (b *leasedBody) Read(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case b.lease == nil:
		return 0, http.ErrBodyReadAfterClose
	case len(b.rest) == 0:
		return 0, io.EOF
	}
	n := copy(p, b.rest)
	b.rest = b.rest[n:]
	return n, nil
}

func (b *leasedBody) Close() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.lease != nil {
		b.lease.done()
		b.lease, b.rest = nil, nil
	}
	return nil
}

// sameBytes reports whether a and b are the same memory.
func sameBytes(a, b []byte) bool {
	return len(a) == len(b) && (len(a) == 0 || &a[0] == &b[0])
}
