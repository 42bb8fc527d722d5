package proxy

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/mcpveil/mcpveil/internal/mcpwire"
	"github.com/mcpveil/mcpveil/internal/testenv"
)

func TestHTTPUpstreamGone(t *testing.T) {
	f := newFake(t)
	const dead = "http://127.0.0.1:1" // nobody listens there, nor will while this runs
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
	case <-time.After(long):
		t.Fatal("the upstream did not see the client leave")
	}
}

func TestHTTPKeepAlive(t *testing.T) {
	f := newFake(t)
	heard := make(chan struct{})
	up := newUpstream(t, func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Type", "text/event-stream")
		http.NewResponseController(w).Flush()
		select {
		case <-heard:
		case <-r.Context().Done():
		}
		io.WriteString(w, "data: "+result(1, "x")+"\n\n")
	})
	addr := newTestProxy(t, up, f.open, func(o *HTTPOptions) { o.KeepAlive = 20 * time.Millisecond })
	ctx, cancel := context.WithTimeout(t.Context(), long)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, "POST", addr, strings.NewReader(call(1, "x")))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", "application/json, text/event-stream")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	const twice = ": keep-alive\n\n: keep-alive\n\n"
	got := make([]byte, len(twice))
	if _, err := io.ReadFull(resp.Body, got); err != nil || string(got) != twice {
		t.Fatalf("a silent stream = %q, %v, want %q", got, err, twice)
	}
	close(heard)
	if got, err := io.ReadAll(resp.Body); err != nil || !strings.HasSuffix(string(got), result(1, "x")+"\n\n") {
		t.Errorf("a stream silent no more = %q, %v", got, err)
	}
}

// Nothing that goes wrong tells a log what was in a message, nor who asked.
func TestHTTPLogsNoValues(t *testing.T) {
	f := newFake(t)
	var log testenv.Buffer // an exchange may log yet when its answer is read
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
	if said := log.String(); said == "" || strings.Contains(said, f.value) || strings.Contains(said, f.token) {
		t.Errorf("log = %s, want one without values", said)
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
