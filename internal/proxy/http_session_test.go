package proxy

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestSessionTable(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tab := newSessionTable(2, time.Minute)
		a, b, c := &liveSession{}, &liveSession{}, &liveSession{}
		tab.put("a", a)
		tab.put("b", b)
		if tab.get("a") != a {
			t.Error("a is gone, want it remembered")
		}
		tab.put("c", c)
		if tab.get("b") != nil || tab.get("a") != a || tab.get("c") != c {
			t.Error("with room for two, the longest unused is not the one forgotten")
		}
		time.Sleep(40 * time.Second)
		tab.get("a")
		time.Sleep(40 * time.Second)
		if tab.get("c") != nil || tab.get("a") != a || tab.len() != 1 {
			t.Error("c is remembered after its time, or a is not before")
		}
		tab.put("a", b)
		if tab.get("a") != b || tab.len() != 1 {
			t.Error("put does not replace")
		}
		tab.drop("a")
		tab.drop("a")
		if tab.get("a") != nil || tab.len() != 0 {
			t.Error("a is remembered after drop")
		}
	})
}

// sessionServer is a legacy upstream: it opens session s1 on initialize, and knows no other.
func sessionServer(t *testing.T, f *fakeSession) string {
	return newUpstream(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		id := r.Header.Get("Mcp-Session-Id")
		switch {
		case strings.Contains(string(body), `"initialize"`):
			w.Header().Set("Mcp-Session-Id", "s1")
			answer(200, "application/json", `{"jsonrpc":"2.0","id":1,"result":{}}`)(w, r)
		case id != "s1":
			http.Error(w, "no session "+f.value, http.StatusNotFound)
		case r.Method == "DELETE":
			w.WriteHeader(http.StatusNoContent)
		case r.Method == "GET":
			from := r.Header.Get("Last-Event-ID")
			answer(200, "text/event-stream", fmt.Sprintf("id: after-%s\ndata: %s\n\n", from, result(9, f.value)))(w, r)
		default:
			answer(200, "application/json", result(2, f.value))(w, r)
		}
	})
}

const initialize = `{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25"}}`

func TestHTTPSessions(t *testing.T) {
	f := newFake(t)
	up := sessionServer(t, f)
	addr := newTestProxy(t, up, f.open, func(o *HTTPOptions) {
		o.Principal = func(r *http.Request) string { return r.Header.Get("X-User") }
	})
	inSession := func(user string) []string { return []string{"Mcp-Session-Id", "s1", "X-User", user} }

	resp, _ := request(t, "POST", addr, initialize, "X-User", "ann")
	if resp.Header.Get("Mcp-Session-Id") != "s1" {
		t.Fatal("initialize: no session id")
	}
	if _, got := request(t, "POST", addr, call(2, "x"), inSession("ann")...); got != result(2, f.token) {
		t.Errorf("call = %s", got)
	}
	_, got := request(t, "GET", addr, "", append(inSession("ann"), "Last-Event-ID", "e7")...)
	if want := "id: after-e7\ndata: " + result(9, f.token) + "\n\n"; got != want {
		t.Errorf("GET = %q, want %q", got, want)
	}
	if f.sessions() != 1 {
		t.Errorf("%d sessions were made, want 1 for all exchanges", f.sessions())
	}
	if resp, got := request(t, "POST", addr, call(2, "x"), inSession("bob")...); resp.StatusCode != 404 || f.sessions() != 1 {
		t.Errorf("another user in the session: %d %s, want 404", resp.StatusCode, got)
	}
	if resp, _ := request(t, "DELETE", addr, "", inSession("ann")...); resp.StatusCode != 204 {
		t.Errorf("DELETE = %d, want 204", resp.StatusCode)
	}

	// After a restart, or a DELETE that the server forgot, the session is taken up again.
	if _, got := request(t, "POST", addr, call(2, "x"), inSession("bob")...); got != result(2, f.token) || f.sessions() != 2 {
		t.Errorf("a session that is not known: %s, %d sessions, want the answer and a new one", got, f.sessions())
	}
	request(t, "POST", addr, call(2, "x"), inSession("bob")...)
	if f.sessions() != 2 {
		t.Errorf("%d sessions were made, want 2", f.sessions())
	}

	// A session that the server does not know is not remembered.
	resp, got = request(t, "POST", addr, call(2, "x"), "Mcp-Session-Id", "s2", "X-User", "bob")
	if resp.StatusCode != 404 || got != "no session "+f.token+"\n" {
		t.Errorf("a session the server does not know: %d %q", resp.StatusCode, got)
	}
	request(t, "POST", addr, call(2, "x"), "Mcp-Session-Id", "s2", "X-User", "bob")
	if f.sessions() != 4 {
		t.Errorf("%d sessions were made, want 4", f.sessions())
	}

	// The stateless era has none.
	request(t, "POST", addr, call(2, "x"), append(inSession("ann"), "Mcp-Protocol-Version", "2026-07-28")...)
	if f.sessions() != 5 {
		t.Errorf("%d sessions were made, want 5: one for a stateless exchange", f.sessions())
	}
}

// A request of the server's that the policy keeps back is answered in the client's stead.
func TestHTTPServerRequestBlocked(t *testing.T) {
	f := newFake(t)
	replied := make(chan string, 1)
	up := newUpstream(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if r.Method == "GET" {
			answer(200, "text/event-stream", "data: {\"jsonrpc\":\"2.0\",\"id\":5,\"method\":\"sampling/createMessage\",\"params\":{\"a\":\""+blockMark+"\"}}\n\n")(w, r)
			return
		}
		replied <- r.Header.Get("Mcp-Session-Id") + " " + r.Header.Get("Authorization") + " " + string(body)
		w.WriteHeader(http.StatusAccepted)
	})
	addr := newTestProxy(t, up, f.open, nil)
	_, got := request(t, "GET", addr, "", "Mcp-Session-Id", "s1", "Authorization", "Bearer x")
	if got != "" {
		t.Errorf("stream = %q, want nothing", got)
	}
	if reply := <-replied; !strings.HasPrefix(reply, `s1 Bearer x {"jsonrpc":"2.0","id":5,`) {
		t.Errorf("the server got %s, want an answer to its request", reply)
	}
}

func TestHTTPMethodNotAllowedIsRelayed(t *testing.T) {
	f := newFake(t)
	up := newUpstream(t, answer(405, "text/plain", "Method not allowed\n", "Allow", "POST"))
	addr := newTestProxy(t, up, f.open, nil)
	for _, method := range []string{"GET", "DELETE"} {
		resp, got := request(t, method, addr, "")
		if resp.StatusCode != 405 || resp.Header.Get("Allow") != "POST" || got != "Method not allowed\n" {
			t.Errorf("%s = %d %q %q, want the server's 405", method, resp.StatusCode, resp.Header.Get("Allow"), got)
		}
	}
}

// A browser asks first.
func TestHTTPPreflight(t *testing.T) {
	f := newFake(t)
	up := newUpstream(t, answer(200, "text/plain", "ok", "Access-Control-Allow-Origin", "*"))
	addr := newTestProxy(t, up, f.open, nil)
	resp, got := request(t, "OPTIONS", addr, "", "Origin", "http://localhost:6274")
	if resp.StatusCode != 200 || resp.Header.Get("Access-Control-Allow-Origin") != "*" || got != "ok" {
		t.Errorf("OPTIONS = %d %v %q, want the server's answer", resp.StatusCode, resp.Header, got)
	}
	if resp, _ := request(t, "OPTIONS", addr, "", "Origin", "http://evil.test"); resp.StatusCode != 403 {
		t.Errorf("OPTIONS from elsewhere = %d, want 403", resp.StatusCode)
	}
}

// The transport of 2024-11-05: the proxy hands out an address of its own.
func TestHTTPLegacyStream(t *testing.T) {
	f := newFake(t)
	toClient := make(chan string)
	var where, posted string
	up := newUpstream(t, func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.Method == "GET" && r.URL.Path == "/sse":
			w.Header().Set("Content-Type", "text/event-stream")
			io.WriteString(w, "event: endpoint\ndata: /message?sessionId=abc\n\n")
			http.NewResponseController(w).Flush()
			for {
				select {
				case msg := <-toClient:
					io.WriteString(w, "event: message\ndata: "+msg+"\n\n")
					http.NewResponseController(w).Flush()
				case <-r.Context().Done():
					return
				}
			}
		case r.Method == "POST":
			body, _ := io.ReadAll(r.Body)
			where, posted = r.URL.RequestURI(), string(body)
			answer(202, "text/plain", "Accepted")(w, r)
		}
	})
	addr := newTestProxy(t, up, f.open, nil)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	req, _ := http.NewRequestWithContext(ctx, "GET", addr+"/sse", nil)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	lines := bufio.NewScanner(resp.Body)
	next := func() string {
		for lines.Scan() {
			if data, ok := strings.CutPrefix(lines.Text(), "data: "); ok {
				return data
			}
		}
		t.Fatal("the stream ended")
		return ""
	}
	endpoint := next()
	if strings.Contains(endpoint, "abc") || !strings.HasPrefix(endpoint, "?") {
		t.Fatalf("endpoint = %q, want one of the proxy's own", endpoint)
	}
	if resp, got := request(t, "POST", addr+"/sse"+endpoint, call(1, f.token)); resp.StatusCode != 202 || got != "Accepted" {
		t.Errorf("POST = %d %q, want 202", resp.StatusCode, got)
	}
	if where != "/message?sessionId=abc" || posted != call(1, f.value) {
		t.Errorf("upstream got %q at %q", posted, where)
	}
	toClient <- result(1, f.value)
	if got := next(); got != result(1, f.token) {
		t.Errorf("event = %s, want the token", got)
	}
	if resp, _ := request(t, "POST", addr+"/sse"+endpoint, call(2, blockMark)); resp.StatusCode != 202 {
		t.Errorf("blocked POST = %d, want 202", resp.StatusCode)
	}
	if got := next(); !strings.Contains(got, `"id":2,`) || !strings.Contains(got, "isError") {
		t.Errorf("event after a blocked call = %s, want a result with isError", got)
	}
	if resp, _ := request(t, "POST", addr+"/sse?"+legacyParam+"=guess", call(2, "x")); resp.StatusCode != 404 {
		t.Errorf("POST to a stream that is not there = %d, want 404", resp.StatusCode)
	}
	request(t, "POST", addr+"/sse"+endpoint, call(3, "x"))
	toClient <- "{"
	if got := next(); !strings.Contains(got, `"error":{"code":1004`) {
		t.Errorf("event after one that cannot be read = %s, want an error for what waits", got)
	}
	cancel()
	for deadline := time.Now().Add(long); ; time.Sleep(10 * time.Millisecond) {
		if resp, _ := request(t, "POST", addr+"/sse"+endpoint, call(2, "x")); resp.StatusCode == 404 {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("the stream is remembered after its end")
		}
	}
}

// A server must not choose where the proxy sends what clients send.
func TestHTTPLegacyForeignEndpoint(t *testing.T) {
	f := newFake(t)
	for _, endpoint := range []string{"http://127.0.0.1:1/message", "//evil.test/x", "http://[bad", "https:///x"} {
		up := newUpstream(t, answer(200, "text/event-stream", "event: endpoint\ndata: "+endpoint+"\n\ndata: "+result(1, "x")+"\n\n"))
		_, got := request(t, "GET", newTestProxy(t, up, f.open, nil)+"/sse", "")
		if got != "" {
			t.Errorf("endpoint %q: stream = %q, want it ended", endpoint, got)
		}
	}
}

// Streams that have no end of their own do not keep the proxy from ending.
func TestServeEnds(t *testing.T) {
	f := newFake(t)
	up := newUpstream(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		http.NewResponseController(w).Flush()
		<-r.Context().Done()
	})
	u, _ := url.Parse(up)
	h, err := newHTTP(HTTPOptions{Upstream: u}, f.open)
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- Serve(ctx, l, h, 2*long) }()
	resp, err := http.Get("http://" + l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	start := time.Now()
	cancel()
	if err := <-done; err != nil || time.Since(start) > long {
		t.Errorf("Serve took %v to end, error %v", time.Since(start), err)
	}
}
