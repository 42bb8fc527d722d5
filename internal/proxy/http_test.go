package proxy

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/klauspost/compress/zlib"
	"github.com/klauspost/compress/zstd"
	"github.com/mcpveil/mcpveil/internal/mcpwire"
)

// request sends a request with body, of one message if not told otherwise, and returns the response and its body.
func request(t *testing.T, method, url, body string, header ...string) (*http.Response, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", "application/json, text/event-stream")
	for i := 0; i < len(header); i += 2 {
		if header[i] == "Host" {
			req.Host = header[i+1]
		} else {
			req.Header.Set(header[i], header[i+1])
		}
	}
	tr := &http.Transport{DisableCompression: true, DisableKeepAlives: true}
	resp, err := tr.RoundTrip(req)
	if err != nil {
		t.Fatalf("%s %s: %v", method, url, err)
	}
	defer resp.Body.Close()
	got, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatalf("%s %s: reading the answer: %v", method, url, err)
	}
	return resp, string(got)
}

func call(id int, text string) string {
	return fmt.Sprintf(`{"jsonrpc":"2.0","id":%d,"method":"tools/call","params":{"name":"echo","arguments":{"text":%q}}}`, id, text)
}

func result(id int, text string) string {
	return fmt.Sprintf(`{"jsonrpc":"2.0","id":%d,"result":{"content":[{"type":"text","text":%q}]}}`, id, text)
}

// answer is an upstream that answers every request so.
func answer(status int, contentType, body string, header ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Type", contentType)
		for i := 0; i < len(header); i += 2 {
			w.Header().Set(header[i], header[i+1])
		}
		w.WriteHeader(status)
		io.WriteString(w, body)
	}
}

func TestHTTPAnswers(t *testing.T) {
	f := newFake(t)
	const odd = `{ "jsonrpc":"2.0" ,"id":1,  "result":{"n":1.0e2,"s":"\u0041"}}`
	for _, tt := range []struct {
		name                   string
		status                 int
		contentType, body      string
		wantStatus             int
		want                   string // with $V for the value and $T for the token
		wantContains, wantType string
	}{
		{"json", 200, "application/json", result(1, "$V"), 200, result(1, "$T"), "", "application/json"},
		{"json as it came", 200, "application/json; charset=utf-8", odd, 200, odd, "", "application/json; charset=utf-8"},
		{"events", 200, "text/event-stream", "id: 7\ndata: " + result(1, "$V") + "\n\n", 200, "id: 7\ndata: " + result(1, "$T") + "\n\n", "", "text/event-stream"},
		{"events as they came", 200, "text/event-stream", ": hi\n\nid: 1\nretry: 5\ndata: \n\nevent:message\r\ndata:" + odd + "\r\n\r\n", 200,
			": hi\n\nid: 1\nretry: 5\ndata: \n\nevent:message\r\ndata:" + odd + "\r\n\r\n", "", ""},
		{"an event without end", 200, "text/event-stream", "data: " + result(1, "$V"), 200, "data: " + result(1, "$T"), "", ""},
		{"data of several lines", 200, "text/event-stream", "data: {\"jsonrpc\":\"2.0\",\"id\":1,\ndata: \"result\":{\"a\":\"$V\"}}\n\n", 200,
			"data: {\"jsonrpc\":\"2.0\",\"id\":1,\ndata: \"result\":{\"a\":\"$T\"}}\n\n", "", ""},
		{"a field nobody knows", 200, "text/event-stream", "note: $V\ndata: " + result(1, "x") + "\n\n", 200, "data: " + result(1, "x") + "\n\n", "", ""},
		{"a comment with a value", 200, "text/event-stream", ": $V\ndata: " + result(1, "x") + "\n\n", 200, "data: " + result(1, "x") + "\n\n", "", ""},
		{"data behind a bare CR", 200, "text/event-stream", ": x\rdata: " + result(1, "$V") + "\n\n", 200, ": x\ndata: " + result(1, "$T") + "\n\n", "", ""},
		{"blocked event", 200, "text/event-stream", "data: " + result(1, blockMark) + "\n\n", 200, "", `"isError":true`, ""},
		{"blocked notification", 200, "text/event-stream", `data: {"jsonrpc":"2.0","method":"x","params":{"a":"` + blockMark + "\"}}\n\ndata: " + result(1, "x") + "\n\n", 200,
			"data: " + result(1, "x") + "\n\n", "", ""},
		{"an event that is no JSON", 200, "text/event-stream", "data: $V\n\n", 200, "", `"id":1,"error":{"code":1004`, ""},
		{"no answer at all", 200, "text/event-stream", ": bye\n\n", 200, "", `"id":1,"error":{"code":1004`, ""},
		{"an error", 400, "application/json", `{"jsonrpc":"2.0","id":1,"error":{"code":-32022,"message":"no","data":{"supported":["$V"]}}}`, 400,
			`{"jsonrpc":"2.0","id":1,"error":{"code":-32022,"message":"no","data":{"supported":["$T"]}}}`, "", ""},
		{"an error of another kind", 401, "application/json", `{"error":"invalid_token for $V"}`, 401, `{"error":"invalid_token for $T"}`, "", ""},
		{"an error as text", 404, "text/plain; charset=utf-8", "no session of \"$V\" <b>\n", 404, "no session of \"$T\" <b>\n", "", "text/plain; charset=utf-8"},
		{"a page", 200, "text/html", "<p>$V</p>", 502, "", `"id":1,"error":{"code":1004`, "application/json"},
		{"a page with an error", 503, "text/html", "<p>$V</p>", 503, "<p>$T</p>", "", "text/html"},
		{"a redirect", 307, "text/plain", "go away", 502, "", "redirects", ""},
		{"not JSON", 200, "application/json", "{", 502, "", `"id":1,"error":{"code":1004`, ""},
		{"another charset", 200, "application/json; charset=utf-16", "{}", 502, "", "charset", ""},
		{"accepted", 202, "text/plain", "", 202, "", "", ""},
		{"accepted, in words", 202, "text/plain", "Accepted $V", 202, "Accepted $T", "", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			plant := strings.NewReplacer("$V", f.value, "$T", f.token).Replace
			up := newUpstream(t, answer(tt.status, tt.contentType, plant(tt.body), "Etag", `"x"`, "Alt-Svc", "h3=\":1\""))
			addr := newTestProxy(t, up, f.open, nil)
			resp, got := request(t, "POST", addr, call(1, "x"))
			if resp.StatusCode != tt.wantStatus {
				t.Errorf("status = %d, want %d", resp.StatusCode, tt.wantStatus)
			}
			if tt.wantContains == "" && got != plant(tt.want) {
				t.Errorf("body = %q\nwant   %q", got, plant(tt.want))
			}
			if !strings.Contains(got, tt.wantContains) {
				t.Errorf("body = %q, want one with %s", got, tt.wantContains)
			}
			if strings.Contains(got, f.value) || strings.Contains(got, blockMark) {
				t.Errorf("body = %q holds a value that was to be kept back", got)
			}
			if ct := resp.Header.Get("Content-Type"); tt.wantType != "" && ct != tt.wantType {
				t.Errorf("Content-Type = %q, want %q", ct, tt.wantType)
			}
			if tt.contentType == "text/event-stream" && resp.Header.Get("X-Accel-Buffering") != "no" {
				t.Error("X-Accel-Buffering is not no")
			}
			if resp.Header.Get("Alt-Svc") != "" {
				t.Error("Alt-Svc passes: clients would go around the proxy")
			}
			if got != plant(tt.body) && resp.Header.Get("Etag") != "" {
				t.Error("Etag of other bytes passes")
			}
			if n := f.outstanding(); n != 0 {
				t.Errorf("the session waits for %d answers, want 0", n)
			}
		})
	}
}

func TestHTTPRequests(t *testing.T) {
	f := newFake(t)
	seen := make(chan string, 1)
	up := newUpstream(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		seen <- fmt.Sprintf("%d %s", r.ContentLength, body)
		if r.Header.Get("Content-Encoding") != "" || r.Header.Get("Accept-Encoding") != "identity" {
			t.Errorf("upstream got Content-Encoding %q, Accept-Encoding %q", r.Header.Get("Content-Encoding"), r.Header.Get("Accept-Encoding"))
		}
		w.WriteHeader(http.StatusAccepted)
	})
	addr := newTestProxy(t, up, f.open, func(o *HTTPOptions) { o.MaxMessage = 3 << 20 })
	plain := call(1, f.token)
	want := call(1, f.value)
	big := call(1, strings.Repeat("a", 3<<20))
	fits := call(1, strings.Repeat("a", 2<<20))
	for _, tt := range []struct {
		name, body string
		header     []string
		status     int
		upstream   string // what it gets; "" for nothing
		want       string
	}{
		{"plain", plain, nil, 202, want, ""},
		{"gzip", pack(t, "gzip", plain), []string{"Content-Encoding", "gzip"}, 202, want, ""},
		{"zstd", pack(t, "zstd", plain), []string{"Content-Encoding", "zstd"}, 202, want, ""},
		{"deflate", pack(t, "deflate", plain), []string{"Content-Encoding", "deflate"}, 202, want, ""},
		{"identity", plain, []string{"Content-Encoding", "identity"}, 202, want, ""},
		{"large", fits, nil, 202, fits, ""},
		{"too large", big, nil, 413, "", `"code":1002`},
		{"too large when decoded", pack(t, "zstd", big), []string{"Content-Encoding", "zstd"}, 413, "", `"code":1002`},
		{"gzip bomb", pack(t, "gzip", fits), []string{"Content-Encoding", "gzip"}, 413, "", `"code":1002`},
		{"zstd bomb", pack(t, "zstd", fits), []string{"Content-Encoding", "zstd"}, 413, "", `"code":1002`},
		{"not gzip", plain, []string{"Content-Encoding", "gzip"}, 400, "", `"code":-32700`},
		{"cut gzip", pack(t, "gzip", plain)[:40], []string{"Content-Encoding", "gzip"}, 400, "", `"code":-32700`},
		{"two encodings", plain, []string{"Content-Encoding", "gzip, gzip"}, 415, "", `"code":-32600`},
		{"unknown encoding", plain, []string{"Content-Encoding", "br"}, 415, "", `"code":-32600`},
		{"other charset", plain, []string{"Content-Type", "application/json; charset=latin1"}, 415, "", "charset"},
		{"not JSON", "{", nil, 400, "", `"error"`},
		{"empty", "", nil, 400, "", `"error"`},
		{"duplicate id", `{"jsonrpc":"2.0","id":1,"id":2,"method":"x"}`, nil, 400, "", `"error"`},
		{"blocked call", call(4, blockMark), nil, 200, "", `"id":4,"result":{`},
		{"blocked notification", `{"jsonrpc":"2.0","method":"n","params":{"a":"` + blockMark + `"}}`, nil, 202, "", ""},
		{"batch", "[" + plain + "," + call(2, "x") + "]", nil, 202, "[" + want + "," + call(2, "x") + "]", ""},
		{"batch with one refused", "[" + call(7, blockMark) + "," + call(2, "x") + "]", nil, 200, "[" + call(2, "x") + "]", `[{"jsonrpc":"2.0","id":7`},
		{"batch with all refused", "[" + call(7, blockMark) + "]", nil, 200, "", `[{"jsonrpc":"2.0","id":7`},
		{"empty batch", "[]", nil, 400, "", `"error"`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			resp, got := request(t, "POST", addr+"/mcp", tt.body, tt.header...)
			if resp.StatusCode != tt.status || !strings.Contains(got, tt.want) {
				t.Errorf("answer = %d %s, want %d and %s", resp.StatusCode, got, tt.status, tt.want)
			}
			if tt.status >= 400 && !strings.HasPrefix(got, `{"jsonrpc":"2.0"`) {
				t.Errorf("answer = %s, want a JSON-RPC error", got)
			}
			select {
			case body := <-seen:
				if body != fmt.Sprintf("%d %s", len(tt.upstream), tt.upstream) {
					t.Errorf("upstream got %.300s\nwant %.300s", body, tt.upstream)
				}
			default:
				if tt.upstream != "" {
					t.Errorf("upstream got nothing, want %.300s", tt.upstream)
				}
			}
		})
	}
}

func pack(t *testing.T, encoding, text string) string {
	t.Helper()
	var b bytes.Buffer
	var w io.WriteCloser
	switch encoding {
	case "gzip":
		w = gzip.NewWriter(&b)
	case "deflate":
		w = zlib.NewWriter(&b)
	case "zstd":
		zw, err := zstd.NewWriter(&b)
		if err != nil {
			t.Fatal(err)
		}
		w = zw
	}
	io.WriteString(w, text)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestHTTPCompressedAnswers(t *testing.T) {
	f := newFake(t)
	for _, encoding := range []string{"gzip", "zstd", "deflate"} {
		for contentType, body := range map[string]string{
			"application/json":  result(1, f.value),
			"text/event-stream": "data: " + result(1, f.value) + "\n\n",
		} {
			up := newUpstream(t, answer(200, contentType, pack(t, encoding, body), "Content-Encoding", encoding))
			addr := newTestProxy(t, up, f.open, nil)
			resp, got := request(t, "POST", addr, call(1, "x"))
			if want := strings.Replace(body, f.value, f.token, 1); got != want || resp.Header.Get("Content-Encoding") != "" {
				t.Errorf("%s %s: answer = %q (%s), want %q", encoding, contentType, got, resp.Header.Get("Content-Encoding"), want)
			}
		}
	}
	for _, encoding := range []string{"br", "gzip, gzip"} {
		up := newUpstream(t, answer(200, "application/json", result(1, f.value), "Content-Encoding", encoding))
		resp, got := request(t, "POST", newTestProxy(t, up, f.open, nil), call(1, "x"))
		if resp.StatusCode != 502 || !strings.Contains(got, `"id":1,"error"`) {
			t.Errorf("%s: answer = %d %s, want 502 and an error", encoding, resp.StatusCode, got)
		}
	}
	bomb := pack(t, "gzip", result(1, strings.Repeat("a", 8<<20)))
	resp, got := request(t, "POST", newTestProxy(t, newUpstream(t, answer(200, "application/json", bomb, "Content-Encoding", "gzip")), f.open, nil), call(1, "x"))
	if resp.StatusCode != 502 || len(got) > 1000 {
		t.Errorf("bomb: answer = %d and %d bytes, want 502 and an error", resp.StatusCode, len(got))
	}
}

func TestHTTPLongAnswers(t *testing.T) {
	f := newFake(t)
	small := func(o *HTTPOptions) { o.MaxMessage = 1000 }
	long := result(1, strings.Repeat("a ", 1000)+f.value)
	_, got := request(t, "POST", newTestProxy(t, newUpstream(t, answer(200, "application/json", long)), f.open, small), call(1, "x"))
	if want := strings.Replace(long, f.value, f.token, 1); got != want {
		t.Errorf("a message too long to hold came as %q", got)
	}
	long = result(1, blockMark+strings.Repeat("a ", 1000))
	resp, got := request(t, "POST", newTestProxy(t, newUpstream(t, answer(200, "application/json", long)), f.open, small), call(1, "x"))
	if resp.StatusCode != 502 || !strings.Contains(got, `"id":1,"error":{"code":1004`) {
		t.Errorf("a message too long to judge: answer = %d %s, want 502 and an error", resp.StatusCode, got)
	}
	event := "data: " + result(1, strings.Repeat("a ", 10000)) + "\n\n"
	_, got = request(t, "POST", newTestProxy(t, newUpstream(t, answer(200, "text/event-stream", event)), f.open, small), call(1, "x"))
	if !strings.Contains(got, `"id":1,"error":{"code":1004`) || strings.Contains(got, "a a a") {
		t.Errorf("an event over the limit: answer = %.200s, want an error", got)
	}
}

func TestHTTPGuard(t *testing.T) {
	f := newFake(t)
	up := newUpstream(t, answer(200, "application/json", result(1, "x")))
	addr := newTestProxy(t, up, f.open, func(o *HTTPOptions) {
		o.AllowedOrigins = []string{"https://app.example.test"}
	})
	open := newTestProxy(t, up, f.open, func(o *HTTPOptions) {
		o.AllowedOrigins, o.AllowedHosts = []string{"*"}, []string{"mcp.example.test"}
	})
	_, port, _ := net.SplitHostPort(strings.TrimPrefix(addr, "http://"))
	for _, tt := range []struct {
		url    string
		header []string
		want   int
	}{
		{addr, nil, 200},
		{addr, []string{"Host", "localhost:" + port}, 200},
		{addr, []string{"Host", "[::1]:" + port}, 200},
		{addr, []string{"Host", "evil.example.test"}, 403},
		{addr, []string{"Host", "evil.example.test:" + port, "Origin", "http://evil.example.test"}, 403},
		{addr, []string{"Origin", "http://localhost:6274"}, 200},
		{addr, []string{"Origin", "http://127.0.0.1"}, 200},
		{addr, []string{"Origin", "https://app.example.test"}, 200},
		{addr, []string{"Origin", "https://app.example.test.evil.test"}, 403},
		{addr, []string{"Origin", "https://localhost.evil.test"}, 403},
		{addr, []string{"Origin", "null"}, 403},
		{addr, []string{"Origin", "file://"}, 403},
		{open, []string{"Host", "mcp.example.test:8080", "Origin", "http://any.example.test"}, 200},
		{open, nil, 403},
		{addr + "?access_token=x", nil, 400},
		{addr + "?a=b", nil, 200},
		{addr + "?a=" + f.token, nil, 400},
		{addr + "?a=%zz", nil, 400},
	} {
		resp, got := request(t, "POST", tt.url, call(1, "x"), tt.header...)
		if resp.StatusCode != tt.want {
			t.Errorf("POST %s with %q = %d %s, want %d", tt.url, tt.header, resp.StatusCode, got, tt.want)
		}
		if tt.want >= 400 && !strings.Contains(got, `"error":{"code":`) {
			t.Errorf("POST %s with %q: body = %s, want a JSON-RPC error", tt.url, tt.header, got)
		}
	}
	if resp, _ := request(t, "PUT", addr, ""); resp.StatusCode != 405 || resp.Header.Get("Allow") == "" {
		t.Errorf("PUT = %d, Allow %q, want 405 and what is allowed", resp.StatusCode, resp.Header.Get("Allow"))
	}
}

func TestHTTPTargets(t *testing.T) {
	f := newFake(t)
	var path, host, agent string
	up := newUpstream(t, func(w http.ResponseWriter, r *http.Request) {
		path, host, agent = r.URL.RequestURI(), r.Host, r.UserAgent()
		w.WriteHeader(http.StatusAccepted)
	})
	for _, tt := range []struct {
		upstream, path string
		want           string // "" for 404
	}{
		{"", "/mcp", "/mcp"},
		{"/", "/a/b%2Fc", "/a/b%2Fc"},
		{"/api/mcp", "/", "/api/mcp"},
		{"/api/mcp", "/mcp", "/api/mcp"},
		{"/api/mcp", "/api/mcp/", "/api/mcp"},
		{"/api/mcp?v=1", "/?w=2", "/api/mcp?v=1&w=2"},
		{"/api/mcp", "/admin", ""},
		{"/api/mcp", "/api/mcp/../admin", ""},
	} {
		path = ""
		resp, _ := request(t, "POST", newTestProxy(t, up+tt.upstream, f.open, nil)+tt.path, call(1, "x"), "User-Agent", "t/1")
		if path != tt.want || (resp.StatusCode == 404) != (tt.want == "") {
			t.Errorf("upstream %q: POST %s went to %q (%d), want %q", tt.upstream, tt.path, path, resp.StatusCode, tt.want)
		}
		if path != "" && (host != strings.TrimPrefix(up, "http://") || agent != "t/1") {
			t.Errorf("upstream got Host %q, User-Agent %q", host, agent)
		}
	}
	addr := newTestProxy(t, up, f.open, func(o *HTTPOptions) { o.PreserveHost = true })
	request(t, "POST", addr, call(1, "x"), "Host", "localhost")
	if host != "localhost" {
		t.Errorf("with PreserveHost, upstream got Host %q, want the client's", host)
	}
}

func TestHTTPOptionsErrors(t *testing.T) {
	f := newFake(t)
	for _, bad := range []string{"ftp://x/", "http://", "/mcp", "http://user:secret@x/"} {
		u, err := url.Parse(bad)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := newHTTP(HTTPOptions{Upstream: u}, f.open); err == nil || strings.Contains(err.Error(), "secret") {
			t.Errorf("HTTP with upstream %q: error %v, want one that tells nothing", bad, err)
		}
	}
	if _, err := newHTTP(HTTPOptions{}, f.open); err == nil {
		t.Error("HTTP without upstream: no error")
	}
	if _, err := HTTP(HTTPOptions{Upstream: &url.URL{Scheme: "http", Host: "x"}}); err == nil {
		t.Error("HTTP without NewSession: no error")
	}
}

func TestHTTPUpstreamGone(t *testing.T) {
	f := newFake(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	dead := "http://" + l.Addr().String()
	l.Close()
	resp, got := request(t, "POST", newTestProxy(t, dead, f.open, nil), call(3, "x"))
	if resp.StatusCode != 502 || !strings.Contains(got, `"id":3,"error":{"code":1004`) || strings.Contains(got, dead) {
		t.Errorf("with no upstream: %d %s, want 502 and an error that names no address", resp.StatusCode, got)
	}
	if n := f.outstanding(); n != 0 {
		t.Errorf("the session waits for %d answers, want 0", n)
	}
}

// A POST is sent once, whatever happens to it.
func TestHTTPNoRetry(t *testing.T) {
	f := newFake(t)
	var n atomic.Int32
	up := newUpstream(t, func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		if n.Add(1) > 1 { // the first makes a connection that is then kept
			panic(http.ErrAbortHandler)
		}
		w.WriteHeader(http.StatusAccepted)
	})
	addr := newTestProxy(t, up, f.open, nil)
	request(t, "POST", addr, call(1, "x"))
	if resp, _ := request(t, "POST", addr, call(2, "x")); resp.StatusCode != 502 || n.Load() != 2 {
		t.Errorf("a POST whose connection broke: status %d, sent %d times, want 502 and once", resp.StatusCode, n.Load()-1)
	}
}

func TestHTTPUpstreamDiesMidStream(t *testing.T) {
	f := newFake(t)
	for _, tt := range []struct {
		name, head string
		clean      bool // the client's stream ends well, with an error for the call
	}{
		{"no ids", `data: {"jsonrpc":"2.0","method":"notifications/message"}` + "\n\n", true},
		{"resumable", "id: 1\ndata: \n\n", false},
	} {
		up := newUpstream(t, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "text/event-stream")
			io.WriteString(w, tt.head+"data: "+f.value)
			http.NewResponseController(w).Flush()
			panic(http.ErrAbortHandler)
		})
		addr := newTestProxy(t, up, f.open, nil)
		resp, err := http.Post(addr, "application/json", strings.NewReader(call(1, "x")))
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		if (err == nil) != tt.clean || strings.Contains(string(got), `"id":1,"error"`) != tt.clean {
			t.Errorf("%s: stream = %q, %v", tt.name, got, err)
		}
		if !strings.HasPrefix(string(got), tt.head) || strings.Contains(string(got), f.value) {
			t.Errorf("%s: stream = %q, want what was whole and no more", tt.name, got)
		}
	}
}

// When the client leaves, so does the proxy.
func TestHTTPClientLeaves(t *testing.T) {
	f := newFake(t)
	gone := make(chan struct{})
	up := newUpstream(t, func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Type", "text/event-stream")
		http.NewResponseController(w).Flush()
		<-r.Context().Done()
		close(gone)
	})
	addr := newTestProxy(t, up, f.open, nil)
	ctx, cancel := context.WithCancel(t.Context())
	req, _ := http.NewRequestWithContext(ctx, "POST", addr, strings.NewReader(call(1, "x")))
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	cancel()
	select {
	case <-gone:
	case <-time.After(5 * time.Second):
		t.Fatal("the upstream did not see the client leave")
	}
}

func TestHTTPKeepAlive(t *testing.T) {
	f := newFake(t)
	up := newUpstream(t, func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Type", "text/event-stream")
		http.NewResponseController(w).Flush()
		time.Sleep(100 * time.Millisecond)
		io.WriteString(w, "data: "+result(1, "x")+"\n\n")
	})
	addr := newTestProxy(t, up, f.open, func(o *HTTPOptions) { o.KeepAlive = 20 * time.Millisecond })
	_, got := request(t, "POST", addr, call(1, "x"))
	if !strings.HasPrefix(got, ": keep-alive\n\n: keep-alive\n\n") || !strings.HasSuffix(got, result(1, "x")+"\n\n") {
		t.Errorf("a stream silent for 5 periods = %q", got)
	}
}

// Nothing that goes wrong tells a log what was in a message, nor who asked.
func TestHTTPLogsNoValues(t *testing.T) {
	f := newFake(t)
	var log bytes.Buffer
	secret := "Bearer " + f.value
	for _, up := range []string{
		newUpstream(t, answer(200, "text/html", f.value)),
		newUpstream(t, answer(200, "application/json", f.value)),
		newUpstream(t, answer(200, "text/event-stream", "data: "+f.value+"\n\nevent: endpoint\ndata: http://"+f.value+"\n\n")),
		"http://127.0.0.1:1/" + f.value,
	} {
		addr := newTestProxy(t, up, f.open, func(o *HTTPOptions) { o.Logger = testLogger(&log) })
		for _, method := range []string{"POST", "GET", "PUT"} {
			request(t, method, addr+"/?q="+f.token, call(1, f.value), "Authorization", secret)
			request(t, method, addr, call(1, f.value), "Authorization", secret, "Origin", "http://"+f.value)
			request(t, method, addr, f.value, "Authorization", secret, "Mcp-Name", f.token)
			request(t, method, addr, call(1, f.value), "Authorization", secret, "Mcp-Session-Id", f.value)
		}
	}
	if log.Len() == 0 || strings.Contains(log.String(), f.value) || strings.Contains(log.String(), f.token) {
		t.Errorf("log = %s, want one without values", &log)
	}
}

func TestHTTPErrorsAreValidJSON(t *testing.T) {
	f := newFake(t)
	addr := newTestProxy(t, newUpstream(t, answer(200, "text/html", "x")), f.open, nil)
	for _, id := range []string{`1`, `"a\"b"`, `""`, `-1.5`} {
		_, got := request(t, "POST", addr, `{"jsonrpc":"2.0","id":`+id+`,"method":"ping"}`)
		var msg struct {
			ID    json.RawMessage
			Error struct{ Code int }
		}
		if err := json.Unmarshal([]byte(got), &msg); err != nil || string(msg.ID) != id || msg.Error.Code != mcpwire.CodePeerGone {
			t.Errorf("answer to id %s = %s, %v", id, got, err)
		}
	}
}
