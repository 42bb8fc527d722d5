package proxy

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/mcpveil/mcpveil/internal/session"
	"github.com/mcpveil/mcpveil/policy"
)

// secure starts an upstream that speaks TLS, and returns its address and a transport that trusts it.
func secure(t *testing.T, two bool, h http.HandlerFunc) (string, *http.Transport) {
	t.Helper()
	srv := httptest.NewUnstartedServer(h)
	srv.EnableHTTP2 = two
	srv.StartTLS()
	t.Cleanup(srv.Close)
	u, err := url.Parse(srv.URL)
	if err != nil {
		t.Fatal(err)
	}
	tr := upstreamTransport(u)
	tr.TLSClientConfig = srv.Client().Transport.(*http.Transport).TLSClientConfig.Clone()
	t.Cleanup(tr.CloseIdleConnections)
	return srv.URL, tr
}

// What a server sent reaches the client though the server sends nothing more: its headers, an event, an event and the
// beginning of another.
func TestHTTPEventsAreNotHeld(t *testing.T) {
	first, second := "data: {\"jsonrpc\":\"2.0\",\"method\":\"n\"}\n\n", "data: "+result(1, "x")+"\n\n"
	for _, protocol := range []string{"HTTP/1.1", "HTTP/1.1 and TLS", "HTTP/2"} {
		steps := []string{"", first + first, second[:10], second[10:] + ": so far", "\n\n"}
		seen := make(chan struct{})
		up := func(w http.ResponseWriter, r *http.Request) {
			io.Copy(io.Discard, r.Body)
			w.Header().Set("Content-Type", "text/event-stream")
			for i, s := range steps {
				if i == 0 || i == 2 || i == 4 {
					io.WriteString(w, s)
					http.NewResponseController(w).Flush()
					continue
				}
				<-seen // the client has all of the steps before
				io.WriteString(w, s)
				http.NewResponseController(w).Flush()
				<-seen
			}
		}
		f := newFake(t)
		var addr string
		if protocol == "HTTP/1.1" {
			addr = newTestProxy(t, newUpstream(t, up), f.open, nil)
		} else {
			to, tr := secure(t, protocol == "HTTP/2", up)
			addr = newTestProxy(t, to, f.open, func(o *HTTPOptions) { o.Transport = tr })
		}
		req, err := http.NewRequestWithContext(t.Context(), "POST", addr, strings.NewReader(call(1, "x")))
		if err != nil {
			t.Fatal(err)
		}
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatalf("%s: %v", protocol, err)
		}
		in := bufio.NewReader(resp.Body)
		event := func(want string) {
			t.Helper()
			got := make([]byte, len(want))
			if _, err := io.ReadFull(in, got); err != nil || string(got) != want {
				t.Errorf("%s: %q, %v came, want %q", protocol, got, err, want)
			}
		}
		seen <- struct{}{}
		event(first)
		event(first)
		seen <- struct{}{}
		seen <- struct{}{}
		event(second)
		seen <- struct{}{}
		event(": so far\n\n")
		if rest, err := io.ReadAll(in); len(rest) > 0 || err != nil {
			t.Errorf("%s: %q, %v came behind all", protocol, rest, err)
		}
		resp.Body.Close()
	}
}

// An answer that came whole is sent whole: with its length, as only a response has that was written before any of it was sent.
func TestHTTPEventsTogether(t *testing.T) {
	f := newFake(t)
	body := "event: message\ndata: " + result(1, f.value) + "\n\n"
	want := strings.Replace(body, f.value, f.token, 1)
	up := answer(200, "text/event-stream", body)
	to, tr := secure(t, false, up)
	for _, addr := range []string{
		newTestProxy(t, newUpstream(t, up), f.open, nil),
		newTestProxy(t, to, f.open, func(o *HTTPOptions) { o.Transport = tr }),
	} {
		for range 3 {
			resp, got := request(t, "POST", addr, call(1, "x"))
			if got != want || resp.ContentLength != int64(len(want)) {
				t.Errorf("an answer of one event came as %q, of length %d, want %q and its length", got, resp.ContentLength, want)
			}
		}
	}
}

// A slowPortal takes its time with an answer.
type slowPortal struct {
	portal
	answer chan struct{}
}

func (p slowPortal) Port(d policy.Direction) port { return slowPort{p.portal.Port(d), p.answer} }

type slowPort struct {
	port
	answer chan struct{}
}

func (p slowPort) Forward(ctx context.Context, msg []byte) session.Verdict {
	if bytes.Contains(msg, []byte(`"result"`)) {
		<-p.answer
	}
	return p.port.Forward(ctx, msg)
}

// An event does not wait until the next one, which came with it, is filtered.
func TestHTTPEventsDoNotWaitForTheNext(t *testing.T) {
	f := newFake(t)
	first, second := "data: {\"jsonrpc\":\"2.0\",\"method\":\"n\"}\n\n", "data: "+result(1, "x")+"\n\n"
	answered := make(chan struct{})
	addr := newTestProxy(t, newUpstream(t, answer(200, "text/event-stream", first+second)), func(who string) portal {
		return slowPortal{f.open(who), answered}
	}, nil)
	req, err := http.NewRequestWithContext(t.Context(), "POST", addr, strings.NewReader(call(1, "x")))
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	got := make([]byte, len(first))
	if _, err := io.ReadFull(resp.Body, got); err != nil || string(got) != first {
		t.Errorf("%q, %v came, want %q", got, err, first)
	}
	close(answered)
	if rest, err := io.ReadAll(resp.Body); err != nil || string(rest) != second {
		t.Errorf("%q, %v came next, want %q", rest, err, second)
	}
}

// An event that came before the server broke off reaches the client before it sees the break, also where both came at once.
func TestHTTPEventsBeforeABreak(t *testing.T) {
	f := newFake(t)
	event := "id: 1\ndata: {\"jsonrpc\":\"2.0\",\"method\":\"n\"}\n\n" // it can be resumed from
	for _, more := range []string{"", "no length\r\n"} {
		up := newUpstream(t, func(w http.ResponseWriter, r *http.Request) {
			io.Copy(io.Discard, r.Body)
			conn, out, err := http.NewResponseController(w).Hijack()
			if err != nil {
				t.Error(err)
				return
			}
			defer conn.Close()
			fmt.Fprintf(out, "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n%s", len(event), event, more)
			out.Flush()
		})
		req, err := http.NewRequestWithContext(t.Context(), "POST", newTestProxy(t, up, f.open, nil), strings.NewReader(call(1, "x")))
		if err != nil {
			t.Fatal(err)
		}
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		if got, err := io.ReadAll(resp.Body); string(got) != event || err == nil {
			t.Errorf("%q, %v came, want %q and a break", got, err, event)
		}
	}
}
