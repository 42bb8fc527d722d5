package proxy

import (
	"context"
	"io"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strings"
	"testing"

	"github.com/mcpveil/mcpveil/internal/mcpwire"
	"github.com/mcpveil/mcpveil/internal/session"
	"github.com/mcpveil/mcpveil/policy"
	"github.com/mcpveil/mcpveil/redact"
)

// A passPort passes everything, at no cost, so that what is measured is the proxy.
type passPort struct{}

func (passPort) Port(policy.Direction) port { return passPort{} }
func (passPort) Release()                   {}
func (passPort) Forward(_ context.Context, msg []byte) session.Verdict {
	return session.Verdict{Out: msg}
}
func (passPort) Rewrite(_ context.Context, _, _ string, text []byte) ([]byte, []redact.Event, error) {
	return text, nil, nil
}
func (passPort) Stream(context.Context, []byte, io.Reader, io.Writer) (session.Verdict, bool) {
	panic("not here")
}
func (passPort) Streams([]byte) bool                                              { return true }
func (passPort) Text(_ context.Context, _, _ string, text []byte) ([]byte, error) { return text, nil }
func (passPort) Unsent(*mcpwire.Route, int, string) []byte                        { return nil }
func (passPort) FailOutstanding(dst [][]byte, _ int, _ string) [][]byte           { return dst }

// BenchmarkHTTP takes a call and its answer of 1 KB through nothing, through httputil.ReverseProxy and
// through ours, over the loopback interface.
func BenchmarkHTTP(b *testing.B) {
	body := result(1, strings.Repeat("x", 1000))
	for kind, contentType := range map[string]string{"json": "application/json", "events": "text/event-stream"} {
		up := newUpstream(b, func(w http.ResponseWriter, r *http.Request) {
			io.Copy(io.Discard, r.Body)
			w.Header().Set("Content-Type", contentType)
			if kind == "events" {
				io.WriteString(w, "event: message\ndata: "+body+"\n\n")
			} else {
				io.WriteString(w, body)
			}
		})
		u, err := url.Parse(up)
		if err != nil {
			b.Fatal(err)
		}
		reverse := httputil.NewSingleHostReverseProxy(u)
		reverse.Transport = upstreamTransport(new(url.URL))
		for name, addr := range map[string]string{
			"direct":  up,
			"reverse": serveTest(b, reverse),
			"veil":    newTestProxy(b, up, func(string) portal { return passPort{} }, nil),
		} {
			b.Run(kind+"/"+name, func(b *testing.B) {
				client := &http.Client{Transport: upstreamTransport(new(url.URL))}
				b.ReportAllocs()
				for b.Loop() {
					resp, err := client.Post(addr, "application/json", strings.NewReader(call(1, strings.Repeat("y", 900))))
					if err != nil {
						b.Fatal(err)
					}
					n, err := io.Copy(io.Discard, resp.Body)
					if resp.Body.Close(); err != nil || n < int64(len(body)) {
						b.Fatalf("answer of %d bytes, %v", n, err)
					}
				}
			})
		}
	}
}
