package vault

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"sync"
	"time"
)

// newHTTPClient returns a client that reads the certificates it trusts, and shows, anew at
// each connection. A file that is not in order, as while it is being written, leaves what
// was read before.
func newHTTPClient(opts *Options) (*http.Client, error) {
	if (opts.CertFile == "") != (opts.KeyFile == "") {
		return nil, errors.New("vault: a client's certificate and its key go together: set cert_file and key_file")
	}
	trust := &reloaded[*x509.CertPool]{files: []string{opts.CAFile}, parse: parsePool}
	show := &reloaded[*tls.Certificate]{files: []string{opts.CertFile, opts.KeyFile}, parse: parsePair}
	if opts.CAFile == "" && len(opts.CACert) > 0 {
		pool, err := parsePool([][]byte{opts.CACert})
		if err != nil {
			return nil, fmt.Errorf("vault: CA certificate %w", err)
		}
		trust = &reloaded[*x509.CertPool]{value: pool}
	}
	if _, err := trust.get(); err != nil {
		return nil, fmt.Errorf("vault: ca_file: %w", err)
	}
	if _, err := show.get(); err != nil {
		return nil, fmt.Errorf("vault: cert_file and key_file: %w", err)
	}
	config := func(addr string) (*tls.Config, error) {
		c := &tls.Config{MinVersion: tls.VersionTLS12, NextProtos: []string{"h2", "http/1.1"}, ServerName: opts.ServerName}
		if c.ServerName == "" {
			host, _, err := net.SplitHostPort(addr)
			if err != nil {
				return nil, err
			}
			c.ServerName = host
		}
		c.RootCAs, _ = trust.get()
		if cert, _ := show.get(); cert != nil {
			c.Certificates = []tls.Certificate{*cert}
		}
		return c, nil
	}
	dialer := &net.Dialer{Timeout: defaultTimeout}
	return &http.Client{
		Transport: &http.Transport{
			DialContext: dialer.DialContext,
			DialTLSContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
				conf, err := config(addr)
				if err != nil {
					return nil, err
				}
				ctx, cancel := context.WithTimeout(ctx, defaultTimeout)
				defer cancel()
				return (&tls.Dialer{NetDialer: dialer, Config: conf}).DialContext(ctx, network, addr)
			},
			ForceAttemptHTTP2: true, IdleConnTimeout: time.Minute, MaxIdleConnsPerHost: 4,
			MaxResponseHeaderBytes: 64 << 10,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}, nil
}

// A reloaded is a value made of files, which is made anew when they change. Without a name
// of a file it is what it is.
type reloaded[T any] struct {
	files []string
	parse func([][]byte) (T, error)

	mu    sync.Mutex
	read  [][]byte // what value was made of
	value T
}

// get returns the latest value there was, and why there is no later one.
func (r *reloaded[T]) get() (T, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	var texts [][]byte
	for _, f := range r.files {
		if f == "" {
			return r.value, nil
		}
		text, err := os.ReadFile(f)
		if err != nil {
			return r.value, err
		}
		texts = append(texts, text)
	}
	if len(texts) == 0 || len(r.read) > 0 && equal(texts, r.read) {
		return r.value, nil
	}
	v, err := r.parse(texts)
	if err != nil {
		return r.value, fmt.Errorf("%s %w", r.files[0], err)
	}
	r.read, r.value = texts, v
	return v, nil
}

func equal(a, b [][]byte) bool {
	for i := range a {
		if !bytes.Equal(a[i], b[i]) {
			return false
		}
	}
	return true
}

func parsePool(texts [][]byte) (*x509.CertPool, error) {
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(texts[0]) {
		return nil, errors.New("holds no certificate in PEM")
	}
	return pool, nil
}

func parsePair(texts [][]byte) (*tls.Certificate, error) {
	pair, err := tls.X509KeyPair(texts[0], texts[1])
	if err != nil {
		return nil, errors.New("and its key are no pair in PEM")
	}
	return &pair, nil
}

// bounded returns a client as hc whose answers have at most maxAnswer bytes: HashiCorp's
// client reads what comes with an error to its end.
func bounded(hc *http.Client) *http.Client {
	b := *hc
	if b.Transport == nil {
		b.Transport = http.DefaultTransport
	}
	b.Transport = boundedTransport{b.Transport}
	return &b
}

type boundedTransport struct{ http.RoundTripper }

func (t boundedTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := t.RoundTripper.RoundTrip(r)
	if resp != nil && resp.Body != nil {
		resp.Body = &boundedBody{ReadCloser: resp.Body, left: maxAnswer}
	}
	return resp, err
}

var errLimit = errors.New("answer is too long")

// A boundedBody gives no more than left bytes.
type boundedBody struct {
	io.ReadCloser
	left int
}

func (b *boundedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if b.left -= n; b.left < 0 {
		return 0, errLimit
	}
	return n, err
}
