package proxy_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"runtime/debug"
	"strings"
	"testing"
	"time"

	"github.com/mcpveil/mcpveil/internal/audit"
	"github.com/mcpveil/mcpveil/internal/proxy"
	"github.com/mcpveil/mcpveil/internal/session"
	"github.com/mcpveil/mcpveil/policy"
	"github.com/mcpveil/mcpveil/redact"
)

func filter(t testing.TB, opts *session.Options, d policy.Direction, in io.Reader, max int) (string, error) {
	t.Helper()
	var out bytes.Buffer
	err := proxy.Filter(t.Context(), proxy.FilterOptions{Direction: d, In: in, Out: &out, Session: newSession(t, opts), MaxMessage: max})
	return out.String(), err
}

func TestFilter(t *testing.T) {
	opts := options(t)
	var counts audit.Counts
	opts.Sink = &counts
	in := strings.Join([]string{
		`{"jsonrpc":"2.0","id":1,"result":{"a":"jane.doe@example.com"}}`,
		`{"jsonrpc":"2.0","id":1,"result":{"a":1e400}}` + "\r",
		``,
		`{"id":4,"email":"jane.doe@example.com"}`,
		`["jane.doe@example.com",1]`,
	}, "\n")
	want := strings.ReplaceAll(strings.ReplaceAll(in, "jane.doe@example.com", "[EMAIL_ADDRESS]"), "\n\n", "\n") + "\n"
	got, err := filter(t, opts, policy.ToClient, strings.NewReader(in), 0)
	if got != want || err != nil {
		t.Errorf("Filter(%s) = %s, %v, want %s", in, got, err, want)
	}
	if s := counts.Summary(); s.Total() != 4 || s.Messages[audit.Rewritten] != 3 {
		t.Errorf("counted %+v, want four messages", s)
	}
}

func TestFilterRefuses(t *testing.T) {
	in := `{"jsonrpc":"2.0","id":7,"method":"x","params":{"a":"BLOCKME"}}
hello
{"jsonrpc":"2.0","id":8,"method":"x","method":"y"}
{"jsonrpc":"2.0","id":9,"result":{"a":
{"a":tru}
{"jsonrpc":"2.0","id":2,"id":3,"result":{}}
{"jsonrpc":"2.0","id":1,"result":{}}
`
	want := `{"jsonrpc":"2.0","id":7,"error":{"code":1001,"message":"mcpveil: blocked by policy rule no: BLOCK at /params/a"}}
{"jsonrpc":"2.0","error":{"code":-32700,"message":"mcpveil: message is not JSON at offset 0"}}
{"jsonrpc":"2.0","id":8,"error":{"code":-32600,"message":"mcpveil: member method stands twice at offset 38"}}
{"jsonrpc":"2.0","id":9,"error":{"code":1004,"message":"mcpveil: the answer could not be read: message ends early at offset 38"}}
{"jsonrpc":"2.0","error":{"code":-32700,"message":"mcpveil: want a value at offset 5"}}
{"jsonrpc":"2.0","error":{"code":-32600,"message":"mcpveil: member id stands twice at offset 25"}}
{"jsonrpc":"2.0","id":1,"result":{}}
`
	got, err := filter(t, options(t), policy.ToServer, strings.NewReader(in), 0)
	if got != want || !errors.Is(err, proxy.ErrRefused) {
		t.Errorf("Filter = %v\n%s\nwant %s", err, got, want)
	}
}

// streaming returns options under which every message may stream.
func streaming(t testing.TB) *session.Options {
	opts := options(t)
	pol, err := policy.New([]policy.Rule{{Name: "hide", Action: policy.Redact}})
	if err != nil {
		t.Fatal(err)
	}
	opts.Policy = pol
	if opts.Filter, err = redact.New(opts.Detector, pol, nil, nil); err != nil {
		t.Fatal(err)
	}
	return opts
}

func TestFilterLong(t *testing.T) {
	msg := `{"jsonrpc":"2.0","id":1,"result":{"a":"` + strings.Repeat("x", 5<<20) + ` jane.doe@example.com"}}` + "\n"
	want := strings.Replace(msg, "jane.doe@example.com", "[EMAIL_ADDRESS]", 1) + "{}\n"
	for name, opts := range map[string]*session.Options{"streams": streaming(t), "held": options(t)} {
		got, err := filter(t, opts, policy.ToClient, strings.NewReader(msg+"{}\n"), 0)
		if got != want || err != nil {
			t.Errorf("Filter of a long message, %s: %d bytes, %v, want %d", name, len(got), err, len(want))
		}
	}
	got, err := filter(t, options(t), policy.ToClient, strings.NewReader(msg+"{}\n"), 5<<20)
	if want := `{"jsonrpc":"2.0","id":1,"error":{"code":1002,"message":"mcpveil: message is too long to be held, and the policy must see the whole of it"}}` + "\n{}\n"; got != want || !errors.Is(err, proxy.ErrRefused) {
		t.Errorf("Filter of a message over the limit = %.300s, %v, want %s", got, err, want)
	}
}

// The id of a message over the limit is found wherever it stands.
func TestFilterLateID(t *testing.T) {
	for name, at := range map[string]int{"in what is held": 4500 << 10, "beyond": 6 << 20} {
		msg := `{"jsonrpc":"2.0","result":{"a":"` + strings.Repeat("x", at) + `"},"id":7,"b":"` + strings.Repeat("x", 2<<20) + `"}` + "\n"
		got, err := filter(t, options(t), policy.ToClient, strings.NewReader(msg+"{}\n"), 5<<20)
		if want := `{"jsonrpc":"2.0","id":7,"error":{"code":1002,"message":"mcpveil: message is too long to be held, and the policy must see the whole of it"}}` + "\n{}\n"; got != want || !errors.Is(err, proxy.ErrRefused) {
			t.Errorf("%s: Filter = %.300s, %v, want %s", name, got, err, want)
		}
	}
}

// One message many times the size of what is held takes no more memory than a small one.
func TestFilterMemory(t *testing.T) {
	const size = 128 << 20
	part := []byte(`{"a":"nothing to see here","b":[1,2,3]},`)
	in := io.MultiReader(strings.NewReader(`{"jsonrpc":"2.0","id":1,"result":{"content":[`),
		&repeat{part: part, left: size / len(part)}, strings.NewReader("1]}}\n"))
	session := newSession(t, streaming(t))
	debug.FreeOSMemory() // what earlier tests left
	var before runtime.MemStats
	runtime.ReadMemStats(&before) // the rules take some
	var peak peak
	err := proxy.Filter(t.Context(), proxy.FilterOptions{Direction: policy.ToClient, In: in, Out: &peak, Session: session})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("held up to %d MiB more than the %d before", (peak.heap-before.HeapAlloc)>>20, before.HeapAlloc>>20)
	if peak.n < size/len(part)*len(part) || peak.heap > before.HeapAlloc+96<<20 {
		t.Errorf("Filter of %d MiB wrote %d and held up to %d MiB, want at most 96 more than the %d before", size>>20, peak.n, peak.heap>>20, before.HeapAlloc>>20)
	}
}

type repeat struct {
	part     []byte
	at, left int
}

func (r *repeat) Read(p []byte) (n int, err error) {
	for n < len(p) && r.left > 0 {
		c := copy(p[n:], r.part[r.at:])
		n += c
		if r.at += c; r.at == len(r.part) {
			r.at = 0
			r.left--
		}
	}
	if n == 0 {
		return 0, io.EOF
	}
	return n, nil
}

// peak measures what the heap takes while it is written to.
type peak struct {
	n     int
	calls int
	heap  uint64
}

func (p *peak) Write(b []byte) (int, error) {
	p.n += len(b)
	if p.calls++; p.calls%100 == 0 {
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		p.heap = max(p.heap, m.HeapSys-m.HeapReleased)
	}
	return len(b), nil
}

type broken struct{ after int }

func (b *broken) Write(p []byte) (int, error) {
	if b.after -= len(p); b.after < 0 {
		return 0, io.ErrClosedPipe
	}
	return len(p), nil
}

func TestFilterWriteError(t *testing.T) {
	in := strings.Repeat(fmt.Sprintf("%q\n", strings.Repeat("x", 1000)), 200)
	err := proxy.Filter(t.Context(), proxy.FilterOptions{Direction: policy.ToClient, In: strings.NewReader(in), Out: &broken{after: 70 << 10}, Session: newSession(t, options(t))})
	if !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("Filter to a closed pipe = %v, want its error", err)
	}
}

// What is read is written before the next read, and the end of ctx is the end, also while waiting for input.
func TestFilterWaiting(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	in, w := io.Pipe()
	defer w.Close()
	var out safeBuffer
	done := make(chan error, 1)
	go func() {
		done <- proxy.Filter(ctx, proxy.FilterOptions{Direction: policy.ToClient, In: in, Out: &out, Session: newSession(t, options(t))})
	}()
	io.WriteString(w, "{}\n[1")
	out.wait(t, "{}\n")
	cancel()
	select {
	case err := <-done:
		if !errors.Is(err, context.Canceled) {
			t.Errorf("Filter = %v when cancelled, want that", err)
		}
	case <-time.After(long):
		t.Error("Filter waits for input after it was cancelled")
	}
}

func BenchmarkFilter(b *testing.B) {
	line := `{"jsonrpc":"2.0","id":1,"result":{"content":[{"type":"text","text":"` + strings.Repeat(`{\"id\":12,\"status\":\"open\"} `, 35) + `"}]}}` + "\n"
	opts := streaming(b)
	b.SetBytes(int64(1000 * len(line)))
	b.ReportAllocs()
	for b.Loop() {
		err := proxy.Filter(b.Context(), proxy.FilterOptions{Direction: policy.ToClient, In: &repeat{part: []byte(line), left: 1000}, Out: io.Discard, Session: newSession(b, opts)})
		if err != nil {
			b.Fatal(err)
		}
	}
}
