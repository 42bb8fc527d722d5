package proxy

import (
	"bufio"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/klauspost/compress/flate"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zlib"
	"github.com/klauspost/compress/zstd"
)

var (
	errTooLong  = errors.New("proxy: body over the limit")
	errBomb     = errors.New("proxy: compressed body grows out of proportion")
	errEncoding = errors.New("proxy: unknown content encoding")
)

const (
	maxRatio     = 256     // of decoded to encoded bytes
	ratioFrom    = 1 << 20 // decoded bytes below which the ratio does not matter
	maxWindow    = 8 << 20 // of zstd, as RFC 9659 has it
	keptBodySize = 1 << 20 // buffers above this do not go back to the pool
)

// bodies holds *[]byte, buffers for whole bodies.
var bodies = sync.Pool{New: func() any { b := make([]byte, 0, 8<<10); return &b }}

func getBody() *[]byte { return bodies.Get().(*[]byte) }

func putBody(b *[]byte) {
	if cap(*b) <= keptBodySize {
		*b = (*b)[:0]
		bodies.Put(b)
	}
}

// readAll appends what r holds to *dst: at most max bytes, else the error is errTooLong
// and dst has the first max bytes and one more. size is what to expect, if positive.
func readAll(dst *[]byte, r io.Reader, size, max int64) error {
	b := *dst
	if size > 0 && size <= max && int64(cap(b)-len(b)) <= size {
		b = append(make([]byte, 0, int64(len(b))+size+1), b...)
	}
	from := len(b)
	for {
		if len(b) == cap(b) {
			b = append(b, 0)[:len(b)]
		}
		room := b[len(b):cap(b)]
		if left := max + 1 - int64(len(b)-from); int64(len(room)) > left {
			room = room[:left]
		}
		n, err := r.Read(room)
		b = b[:len(b)+n]
		*dst = b
		switch {
		case int64(len(b)-from) > max:
			return errTooLong
		case err == io.EOF:
			return nil
		case err != nil:
			return err
		}
	}
}

// decoded returns body without its content encoding. An encoding that is not known, or more
// than one, is errEncoding. Closing what it returns does not close body.
func decoded(body io.Reader, header http.Header) (io.ReadCloser, error) {
	encoding := strings.ToLower(strings.TrimSpace(strings.Join(header.Values("Content-Encoding"), ",")))
	if encoding == "" || encoding == "identity" {
		return io.NopCloser(body), nil
	}
	in := &countingReader{r: body}
	d := &decoder{in: in}
	switch encoding {
	case "gzip", "x-gzip":
		zr, _ := gzips.Get().(*gzip.Reader)
		if zr == nil {
			zr = new(gzip.Reader)
		}
		d.free = func() { gzips.Put(zr) }
		d.open = func() (io.Reader, error) { return zr, zr.Reset(in) }
	case "zstd":
		zr, _ := zstds.Get().(*zstd.Decoder)
		if zr == nil {
			var err error
			zr, err = zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true),
				zstd.WithDecoderMaxWindow(maxWindow))
			if err != nil {
				return nil, err
			}
		}
		d.free = func() {
			if zr.Reset(nil) == nil {
				zstds.Put(zr)
			}
		}
		d.open = func() (io.Reader, error) { return zr, zr.Reset(in) }
	case "deflate":
		d.open = func() (io.Reader, error) { return inflate(in) }
	default:
		return nil, errEncoding
	}
	return d, nil
}

var gzips, zstds sync.Pool

// inflate decodes what HTTP calls deflate: the zlib format, though some send the bare one.
func inflate(r io.Reader) (io.Reader, error) {
	br := bufio.NewReader(r)
	head, err := br.Peek(2)
	if err == nil && head[0]&0x0f == 8 && (uint(head[0])<<8|uint(head[1]))%31 == 0 {
		return zlib.NewReader(br)
	}
	return flate.NewReader(br), nil
}

// A decoder decodes a body as it is read. It starts at the first Read, since to start it
// must read.
type decoder struct {
	in   *countingReader
	open func() (io.Reader, error)
	free func()
	r    io.Reader
	out  int64
	err  error
}

func (d *decoder) Read(p []byte) (int, error) {
	if d.err != nil {
		return 0, d.err
	}
	if d.r == nil {
		if d.r, d.err = d.open(); d.err != nil {
			return 0, d.err
		}
	}
	n, err := d.r.Read(p)
	d.out += int64(n)
	if d.out > ratioFrom && d.out > maxRatio*d.in.n {
		n, err = 0, errBomb
	}
	d.err = err
	return n, err
}

// Close gives the decoder back for the next body.
func (d *decoder) Close() error {
	if d.free != nil {
		d.free()
	}
	d.free, d.r, d.err = nil, nil, errors.New("proxy: body is closed")
	return nil
}

// A countingReader counts what is read of r.
type countingReader struct {
	r io.Reader
	n int64
}

func (c *countingReader) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	return n, err
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
