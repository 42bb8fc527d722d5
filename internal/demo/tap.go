package demo

import (
	"bytes"
	"io"
	"net/http"
	"sync"
)

// A tap keeps a copy of what flows past. It is safe for concurrent use.
type tap struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (t *tap) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.buf.Write(p)
}

// Bytes returns a copy of what flowed past so far.
func (t *tap) Bytes() []byte {
	t.mu.Lock()
	defer t.mu.Unlock()
	return bytes.Clone(t.buf.Bytes())
}

// A tappedReader is r with a copy of what is read in t.
type tappedReader struct {
	io.ReadCloser
	t *tap
}

func (r tappedReader) Read(p []byte) (int, error) {
	n, err := r.ReadCloser.Read(p)
	_, _ = r.t.Write(p[:n])
	return n, err
}

// A tappedWriter is w with a copy of what is written in t.
type tappedWriter struct {
	io.WriteCloser
	t *tap
}

func (w tappedWriter) Write(p []byte) (int, error) {
	_, _ = w.t.Write(p)
	return w.WriteCloser.Write(p)
}

// A tappedTripper copies the bodies, and the header values, that a client of HTTP sends and gets.
type tappedTripper struct{ toModel, toServer *tap }

func (t tappedTripper) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.Body != nil {
		req = req.Clone(req.Context())
		req.Body = tappedReader{req.Body, t.toServer}
	}
	res, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	_ = res.Header.Write(t.toModel)
	res.Body = tappedReader{res.Body, t.toModel}
	return res, nil
}
