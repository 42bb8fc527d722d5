package proxy

import (
	"bufio"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"

	"github.com/klauspost/compress/flate"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zlib"
	"github.com/klauspost/compress/zstd"
)

var (
	errBomb     = errors.New("proxy: compressed body grows out of proportion")
	errEncoding = errors.New("proxy: unknown content encoding")
)

const (
	maxRatio  = 256     // of decoded to encoded bytes
	ratioFrom = 1 << 20 // decoded bytes below which the ratio does not matter
	maxWindow = 8 << 20 // of zstd, as RFC 9659 has it
)

// encoded reports whether header says that its body is in a content encoding.
func encoded(header http.Header) bool { return header.Get("Content-Encoding") != "" }

// decoded returns body without its content encoding, and what is to be called once nothing of it is read any more. An encoding
// that is not known, or more than one, is errEncoding.
func decoded(body io.Reader, header http.Header) (r io.Reader, done func(), err error) {
	done = func() {}
	values := header["Content-Encoding"]
	if len(values) == 0 {
		return body, done, nil
	}
	encoding := strings.ToLower(strings.TrimSpace(strings.Join(values, ",")))
	if encoding == "" || encoding == "identity" {
		return body, done, nil
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
				return nil, done, err
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
		return nil, done, errEncoding
	}
	return d, d.close, nil
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

// close gives the decoder back for the next body.
func (d *decoder) close() {
	if d.free != nil {
		d.free()
	}
	d.free, d.r, d.err = nil, nil, errors.New("proxy: body is closed")
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
