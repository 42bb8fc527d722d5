package proxy

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/mcpveil/mcpveil/internal/mcpwire"
	"github.com/mcpveil/mcpveil/internal/session"
	"github.com/mcpveil/mcpveil/policy"
	"github.com/mcpveil/mcpveil/redact"
)

// A fakeSession replaces one value by one token on the way to the client, and the token by the
// value on the way to the server. What holds blockMark it blocks. It is to a real session what the
// proxy's tests need and no more.
type fakeSession struct {
	value, token string

	mu      sync.Mutex
	waiting map[string]bool // ids of the client's requests that have no answer
	made    []string        // principals that sessions were made for
	busy    int             // ports not released
	head    atomic.Int64    // how much was there of the last message that streamed
}

const blockMark = "BLOCK-ME"

// long is what nothing here takes, however busy the machine is.
const long = 2 * time.Minute

// newFake returns a session with a value drawn at random.
func newFake(t testing.TB) *fakeSession {
	f := &fakeSession{value: strings.ToLower(rand.Text()[:12]) + "@example.test", token: "pii-fake-1" + strings.ToLower(rand.Text()),
		waiting: map[string]bool{}}
	t.Cleanup(func() {
		var busy int
		for end := time.Now().Add(long); time.Now().Before(end); time.Sleep(10 * time.Millisecond) { // the last one is released when its answer is already read
			f.mu.Lock()
			busy = f.busy
			f.mu.Unlock()
			if busy == 0 {
				return
			}
		}
		t.Errorf("%d ports were not released", busy)
	})
	return f
}

func (f *fakeSession) open(principal string) portal {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.made = append(f.made, principal)
	return f
}

func (f *fakeSession) sessions() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.made)
}

func (f *fakeSession) outstanding() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.waiting)
}

func (f *fakeSession) Port(d policy.Direction) port {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.busy++
	return &fakePort{f: f, d: d}
}

type fakePort struct {
	f   *fakeSession
	d   policy.Direction
	buf []byte
}

// Release spoils what the port returned, so that use after it shows.
func (p *fakePort) Release() {
	clear(p.buf[:cap(p.buf)])
	p.f.mu.Lock()
	defer p.f.mu.Unlock()
	p.f.busy--
}

func (p *fakePort) rewrite(msg []byte) []byte {
	from, to := p.f.value, p.f.token
	if p.d == policy.ToServer {
		from, to = to, from
	}
	if !bytes.Contains(msg, []byte(from)) {
		return msg
	}
	clear(p.buf[:cap(p.buf)])
	p.buf = append(p.buf[:0], bytes.ReplaceAll(msg, []byte(from), []byte(to))...)
	return p.buf
}

func (p *fakePort) Rewrite(_ context.Context, _, _ string, text []byte) ([]byte, []redact.Event, error) {
	if bytes.Contains(text, []byte(blockMark)) {
		return nil, nil, errors.New("blocked")
	}
	return p.rewrite(text), nil, nil
}

func (p *fakePort) Streams(head []byte) bool { return !bytes.Contains(head, []byte(blockMark)) }

func (p *fakePort) Stream(_ context.Context, head []byte, rest io.Reader, dst io.Writer) (session.Verdict, bool) {
	if bytes.Contains(head, []byte(blockMark)) {
		return session.Verdict{Class: session.TooLarge}, false
	}
	p.f.head.Store(int64(len(head)))
	more, err := io.ReadAll(rest)
	if err != nil {
		dst.Write(p.rewrite(append(bytes.Clone(head), more...)))
		return session.Verdict{Class: session.Malformed}, true
	}
	dst.Write(p.rewrite(append(bytes.Clone(head), more...)))
	return session.Verdict{}, true
}

func (p *fakePort) Forward(_ context.Context, msg []byte) session.Verdict {
	if mcpwire.IsBatch(msg) {
		return p.batch(msg)
	}
	route, err := mcpwire.ParseRoute(msg)
	if err != nil {
		v := session.Verdict{Class: session.Malformed, Err: err, Status: http.StatusBadRequest}
		var re *mcpwire.RouteError
		if p.d == policy.ToServer && errors.As(err, &re) {
			v.Reply = mcpwire.AppendError(nil, re.ID, re.Code, "not a message")
		}
		return v
	}
	v := session.Verdict{Route: route}
	if bytes.Contains(msg, []byte(blockMark)) {
		v.Class = session.Blocked
		switch refusal := mcpwire.AppendToolError(nil, route.ID, "kept back", false); {
		case route.Kind == mcpwire.Request:
			v.Reply, v.Status = refusal, http.StatusOK
		case route.Kind != mcpwire.Notification:
			v.Out = refusal
			p.count(&route)
		}
		return v
	}
	p.count(&route)
	v.Out = p.rewrite(msg)
	return v
}

func (p *fakePort) count(r *mcpwire.Route) {
	p.f.mu.Lock()
	defer p.f.mu.Unlock()
	switch {
	case p.d == policy.ToServer && r.Kind == mcpwire.Request:
		p.f.waiting[string(r.ID)] = true
	case p.d == policy.ToClient && (r.Kind == mcpwire.Response || r.Kind == mcpwire.ErrorResponse):
		delete(p.f.waiting, string(r.ID))
	}
}

func (p *fakePort) batch(msg []byte) session.Verdict {
	spans, err := mcpwire.SplitBatch(nil, msg, 100)
	if err != nil {
		return session.Verdict{Class: session.Malformed, Status: http.StatusBadRequest,
			Reply: mcpwire.AppendError(nil, nil, mcpwire.CodeInvalidRequest, "bad batch")}
	}
	var out, reply [][]byte
	worst := session.OK
	for _, s := range spans {
		v := p.Forward(context.Background(), s.Of(msg))
		if v.Out != nil {
			out = append(out, bytes.Clone(v.Out))
		}
		if v.Reply != nil {
			reply = append(reply, bytes.Clone(v.Reply))
		}
		worst = max(worst, v.Class)
	}
	return session.Verdict{Batch: true, Class: worst, Out: array(out), Reply: array(reply)}
}

func (p *fakePort) Text(_ context.Context, _, _ string, text []byte) ([]byte, error) {
	if bytes.Contains(text, []byte(blockMark)) {
		return nil, errors.New("blocked")
	}
	return p.rewrite(text), nil
}

func (p *fakePort) Unsent(r *mcpwire.Route, code int, reason string) []byte {
	p.f.mu.Lock()
	defer p.f.mu.Unlock()
	if !p.f.waiting[string(r.ID)] {
		return nil
	}
	delete(p.f.waiting, string(r.ID))
	return mcpwire.AppendError(nil, r.ID, code, reason)
}

func (p *fakePort) FailOutstanding(dst [][]byte, code int, reason string) [][]byte {
	p.f.mu.Lock()
	defer p.f.mu.Unlock()
	for id := range p.f.waiting {
		dst = append(dst, mcpwire.AppendError(nil, []byte(id), code, reason))
	}
	clear(p.f.waiting)
	return dst
}

func array(msgs [][]byte) []byte {
	if len(msgs) == 0 {
		return nil
	}
	return append(append([]byte{'['}, bytes.Join(msgs, []byte{','})...), ']')
}

// newTestProxy returns the address of a proxy, listening on the loopback interface, in front of upstream.
func newTestProxy(t testing.TB, upstream string, open func(string) portal, edit func(*HTTPOptions)) string {
	t.Helper()
	u, err := url.Parse(upstream)
	if err != nil {
		t.Fatal(err)
	}
	opts := HTTPOptions{Upstream: u}
	if edit != nil {
		edit(&opts)
	}
	h, err := newHTTP(opts, open)
	if err != nil {
		t.Fatal(err)
	}
	return serveTest(t, h)
}

// serveTest serves h until the test ends, as the program does.
func serveTest(t testing.TB, h http.Handler) string {
	t.Helper()
	srv := httptest.NewUnstartedServer(h)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- Serve(ctx, srv.Listener, h, time.Second) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Serve: %v", err)
		}
	})
	return "http://" + srv.Listener.Addr().String()
}

// newUpstream returns the address of a server of the test's own.
func newUpstream(t testing.TB, h http.HandlerFunc) string {
	t.Helper()
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	return srv.URL
}

// testLogger logs everything to w.
func testLogger(w io.Writer) *slog.Logger {
	return slog.New(slog.NewJSONHandler(w, &slog.HandlerOptions{Level: slog.LevelDebug}))
}
