package proxy

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/klauspost/compress/zlib"
	"github.com/klauspost/compress/zstd"
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
		if body == "$FLUSH" {
			http.NewResponseController(w).Flush()
			return
		}
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
		{"an answer cut off", 200, "text/event-stream", "data: {\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{\"a\":\"$V", 200,
			"event: message\ndata: " + `{"jsonrpc":"2.0","id":1,"error":{"code":1004,"message":"mcpveil: the upstream server ended before it answered"}}` + "\n\n", "", ""},
		{"a message without end, and no answer", 200, "text/event-stream", "data: {\"jsonrpc\":\"2.0\",\"method\":\"n\"}", 200,
			"data: {\"jsonrpc\":\"2.0\",\"method\":\"n\"}\n\nevent: message\ndata: " + `{"jsonrpc":"2.0","id":1,"error":{"code":1004,"message":"mcpveil: the upstream server ended before it answered"}}` + "\n\n", "", ""},
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
		{"nothing, of a length not told", 200, "text/html", "$FLUSH", 200, "", "", ""},
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
			if got != "" && got != plant(tt.body) && resp.Header.Get("Etag") != "" {
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
	_, got = request(t, "POST", newTestProxy(t, newUpstream(t, answer(200, "application/json", long)), f.open, small), "["+call(7, blockMark)+","+call(1, "x")+"]")
	if want := "[" + strings.Replace(long, f.value, f.token, 1) + `,{"jsonrpc":"2.0","id":7,`; !strings.HasPrefix(got, want) || !strings.HasSuffix(got, "}]") {
		t.Errorf("a message too long to hold, of a batch with one refused, came as %q", got)
	}
	long = result(1, blockMark+strings.Repeat("a ", 1000))
	resp, got := request(t, "POST", newTestProxy(t, newUpstream(t, answer(200, "application/json", long)), f.open, small), call(1, "x"))
	if resp.StatusCode != 502 || !strings.Contains(got, `"id":1,"error":{"code":1004`) {
		t.Errorf("a message too long to judge: answer = %d %s, want 502 and an error", resp.StatusCode, got)
	}
	for _, told := range []bool{false, true} { // how long it is, in its headers
		send := func(body string) http.HandlerFunc {
			if told {
				return answer(200, "application/json", body, "Content-Length", itoa(len(body)))
			}
			return answer(200, "application/json", body)
		}
		long = result(1, f.value+strings.Repeat("a ", streamFrom/2))
		resp, got = request(t, "POST", newTestProxy(t, newUpstream(t, send(long)), f.open, nil), call(1, "x"))
		if want := strings.Replace(long, f.value, f.token, 1); got != want || resp.ContentLength >= 0 {
			t.Errorf("a message that may stream: %d bytes, length %d, want %d bytes and no length before", len(got), resp.ContentLength, len(want))
		}
		if n := int(f.head.Load()); told && n > 2*streamHead || !told && n <= streamFrom {
			t.Errorf("it streamed once %d bytes were there, its length told %t", n, told)
		}
		long = result(1, blockMark+strings.Repeat("a ", streamFrom/2))
		_, got = request(t, "POST", newTestProxy(t, newUpstream(t, send(long)), f.open, nil), call(1, "x"))
		if !strings.Contains(got, `"id":1,"result":{`) || !strings.Contains(got, `"isError":true`) {
			t.Errorf("a message that must be seen whole: answer = %.300s, want a result with isError", got)
		}
	}
	event := "data: " + result(1, strings.Repeat("a ", 10000)) + "\n\n"
	_, got = request(t, "POST", newTestProxy(t, newUpstream(t, answer(200, "text/event-stream", event)), f.open, small), call(1, "x"))
	if !strings.Contains(got, `"id":1,"error":{"code":1004`) || strings.Contains(got, "a a a") {
		t.Errorf("an event over the limit: answer = %.200s, want an error", got)
	}
}
