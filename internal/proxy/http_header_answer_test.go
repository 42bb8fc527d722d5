package proxy

import (
	"bufio"
	"bytes"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/mcpveil/mcpveil/internal/session"
	"github.com/mcpveil/mcpveil/policy"
	"github.com/mcpveil/mcpveil/redact"
)

// canary returns an address that nobody has.
func canary() string { return strings.ToLower(rand.Text()[:10]) + "@example.com" }

// rawExchange returns all the bytes that a client gets when the upstream answers with response.
func rawExchange(t *testing.T, proxy func(upstream string) string, response string) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() {
		c, err := l.Accept()
		if err != nil {
			return
		}
		defer c.Close()
		if r, err := http.ReadRequest(bufio.NewReader(c)); err == nil {
			io.Copy(io.Discard, r.Body)
		}
		io.WriteString(c, response)
	}()
	c, err := net.Dial("tcp", strings.TrimPrefix(proxy("http://"+l.Addr().String()), "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	body := call(1, "x")
	fmt.Fprintf(c, "POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
	got, err := io.ReadAll(c)
	if err != nil {
		t.Fatal(err)
	}
	return string(got)
}

// Nothing of a response but what the protocol needs as it is brings a value to the client: no header whatever
// its name, no trailer, no status line, no event's name, comment or retry time.
func TestHTTPNoValueBesideTheBody(t *testing.T) {
	veil := func(up string) string { return newVeil(t, up, 0) }
	ok := result(1, "all is well")
	asJSON := func(status, header string) string {
		return fmt.Sprintf("HTTP/1.1 %s\r\nContent-Type: application/json\r\n%sContent-Length: %d\r\n\r\n%s", status, header, len(ok), ok)
	}
	events := func(header, events string) string {
		return "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n" + header + "Connection: close\r\n\r\n" + events
	}
	last := "data: " + ok + "\n\n"
	chunked := fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTrailer: X-User\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n", len(ok), ok)
	for _, tt := range []struct{ name, response, want string }{
		{"header", asJSON("200 OK", "X-User: $V\r\n"), ok},
		{"header with text", asJSON("200 OK", "Warning: 299 - \"seen by $V\"\r\n"), ok},
		{"second value", asJSON("200 OK", "X-User: nobody\r\nX-User: <$V>\r\n"), ok},
		{"entity tag", asJSON("200 OK", "ETag: \"$V\"\r\n"), ok},
		{"link", asJSON("200 OK", "Link: <https://crm.example/$V>; rel=\"next\"\r\n"), ok},
		{"cookie", asJSON("200 OK", "Set-Cookie: user=$V; Path=/\r\n"), ok},
		{"server", asJSON("200 OK", "Server: $V\r\n"), ok},
		{"by name", asJSON("200 OK", "X-First-Name: $W\r\n"), ok},
		{"not UTF-8", asJSON("200 OK", "X-User: $V \xff\r\n"), ok},
		{"parameter of the type", strings.Replace(asJSON("200 OK", ""), "json\r\n", "json; note=\"$V\"\r\n", 1), ok},
		{"of an error", asJSON("404 Not Found", "X-User: $V\r\n"), ok},
		{"of an empty answer", "HTTP/1.1 202 Accepted\r\nX-User: $V\r\nContent-Length: 0\r\n\r\n", "202 Accepted"},
		{"of events", events("X-User: $V\r\n", last), ok},
		{"of an early response", "HTTP/1.1 103 Early Hints\r\nLink: <https://crm.example/$V>\r\n\r\n" + asJSON("200 OK", ""), ok},
		{"trailer", chunked + "X-User: $V\r\n\r\n", ok},
		{"status line", asJSON("200 $V", ""), ok},
		{"name of an event", events("", "event: $V\ndata: {\"jsonrpc\":\"2.0\",\"method\":\"n\"}\n\n"), `"id":1,"error":{"code":1004`},
		{"name of an event without data", events("", "event: $V\n\n"+last), ok},
		{"one of two names", events("", "event: $V\nevent: message\n"+last), `"id":1,"error":{"code":1004`},
		{"comment", events("", ": $V\n"+last), ok},
		{"retry time", events("", "retry: $V\n"+last), ok},
		{"retry time of digits", events("", "retry: $D\n"+last), ok},
	} {
		t.Run(tt.name, func(t *testing.T) {
			v, w, d := canary(), "Zoe"+strings.ToLower(rand.Text()[:6]), "4111111111111111"
			got := rawExchange(t, veil, strings.NewReplacer("$V", v, "$W", w, "$D", d).Replace(tt.response))
			if strings.Contains(got, v) || strings.Contains(got, w) || strings.Contains(got, d) {
				t.Errorf("the client gets %q, with a value in it", got)
			}
			if !strings.Contains(got, tt.want) {
				t.Errorf("the client gets %q, want %s in it", got, tt.want)
			}
		})
	}
}

// What servers and the boxes in front of them commonly send passes as it came.
func TestHTTPCommonHeadersPass(t *testing.T) {
	header := []string{
		"Server", "nginx/1.27.0", "X-Powered-By", "Express", "X-Request-Id", "0b2c5a3e-8f0c-4d6e-9b1a-7c2d3e4f5a6b",
		"Strict-Transport-Security", "max-age=31536000; includeSubDomains", "X-Content-Type-Options", "nosniff",
		"Content-Security-Policy", "default-src 'self'; frame-ancestors 'none'", "Etag", `W/"1a2-Zm9v"`,
		"Last-Modified", "Wed, 21 Oct 2026 07:28:00 GMT", "Cf-Ray", "8c1f0a2b3d4e5f60-FRA", "X-Envoy-Upstream-Service-Time", "12",
		"X-Ratelimit-Limit", "100", "X-Ratelimit-Remaining", "99", "Traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
		"Set-Cookie", "AWSALB=q1W2e3R4t5Y6u7I8o9P0a1S2d3F4g5H6; Expires=Wed, 21 Oct 2026 07:28:00 GMT; Path=/",
		"Mcp-Session-Id", "jane@example.com", "Mcp-Protocol-Version", "2025-11-25", "Vary", "Origin", "Cache-Control", "no-store",
		"Access-Control-Allow-Origin", "http://10.0.0.5:3000", "Access-Control-Expose-Headers", "Mcp-Session-Id",
		"Www-Authenticate", `Bearer resource_metadata="http://10.0.0.5/.well-known/oauth-protected-resource"`, "Retry-After", "120",
	}
	resp, _ := request(t, "POST", newVeil(t, newUpstream(t, answer(200, "application/json", result(1, "x"), header...)), 0), call(1, "x"))
	for i := 0; i < len(header); i += 2 {
		if got := resp.Header.Get(header[i]); got != header[i+1] {
			t.Errorf("%s = %q, want %q", header[i], got, header[i+1])
		}
	}
}

// Of a header that is kept back, the log has the name: but not one with something in it.
func TestHTTPHeaderKeptBackLog(t *testing.T) {
	f := newFake(t)
	f.value = "9" + strings.ToLower(rand.Text()[:12]) // as a name it comes in the same case
	var log bytes.Buffer
	up := newUpstream(t, func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h["Content-Type"] = []string{"application/json; a=" + f.value}
		h["X-User"] = []string{"a", f.value, blockMark, "b"}
		h["X-Clean"] = []string{"c"}
		h["X-"+f.value] = []string{"d"}
		h["Set-Cookie"] = []string{"e=f", "g=" + f.value}
		io.WriteString(w, result(1, "x"))
	})
	u, err := url.Parse(up)
	if err != nil {
		t.Fatal(err)
	}
	h, err := newHTTP(HTTPOptions{Upstream: u, Logger: testLogger(&log)}, f.open)
	if err != nil {
		t.Fatal(err)
	}
	rec := httptest.NewRecorder()
	h.ServeHTTP(rec, httptest.NewRequest("POST", "http://127.0.0.1/", strings.NewReader(call(1, "x"))))
	got := rec.Result().Header
	for name, want := range map[string][]string{"X-User": {"a", "b"}, "X-Clean": {"c"}, "X-" + f.value: nil, "Set-Cookie": {"e=f"}, "Content-Type": {"application/json"}} {
		if !slices.Equal(got[name], want) {
			t.Errorf("%s = %q, want %q", name, got[name], want)
		}
	}
	var names []string
	for line := range strings.Lines(log.String()) {
		var rec struct{ Msg, Header string }
		if json.Unmarshal([]byte(line), &rec) == nil && rec.Msg == "http header kept back" {
			names = append(names, rec.Header)
		}
	}
	slices.Sort(names)
	if want := []string{"***", "Content-Type", "Set-Cookie", "X-User"}; !slices.Equal(names, want) {
		t.Errorf("the log names %q, want %q", names, want)
	}
	if strings.Contains(log.String(), f.value) {
		t.Errorf("the log holds the value:\n%s", log.String())
	}
}

// What a response needs of the filter for headers that everybody sends is nothing.
func TestCopyHeaderAllocs(t *testing.T) {
	x := &exchange{w: httptest.NewRecorder()} // no session: the filter would panic
	resp := &http.Response{Header: http.Header{"Content-Type": {"application/json"}, "Date": {"x"}, "Cache-Control": {"no-store"},
		"Mcp-Session-Id": {"1"}, "Vary": {"Origin"}}}
	if n := testing.AllocsPerRun(100, func() { x.copyHeader(resp, true) }); n != 0 {
		t.Errorf("copyHeader allocates %v times, want 0", n)
	}
}

// A rule for one tool holds for the headers of its answers, and for no other's.
func TestHTTPHeaderOfTool(t *testing.T) {
	opts, err := realFilter()
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"echo", "other"} {
		if opts.Policy, err = policy.New([]policy.Rule{
			{Name: "one", Direction: policy.ToClient, Names: []string{name}, Action: policy.Block},
			{Name: "rest", Action: policy.Pass},
		}); err != nil {
			t.Fatal(err)
		}
		if opts.Filter, err = redact.New(opts.Detector, opts.Policy, nil, nil); err != nil {
			t.Fatal(err)
		}
		root, err := session.New(&opts, session.Peer{Principal: "t"})
		if err != nil {
			t.Fatal(err)
		}
		v := canary()
		up := newUpstream(t, answer(200, "application/json", result(1, "x"), "X-User", v))
		addr := newTestProxy(t, up, func(string) portal { return sessionPortal{root.For(session.Peer{Principal: "t"})} }, nil)
		want := v
		if name == "echo" {
			want = ""
		}
		resp, body := request(t, "POST", addr, call(1, "x"))
		if got := resp.Header.Get("X-User"); got != want || !strings.Contains(body, "result") {
			t.Errorf("a rule for %q, an answer of \"echo\": X-User = %q, want %q; body %s", name, got, want, body)
		}
	}
}
