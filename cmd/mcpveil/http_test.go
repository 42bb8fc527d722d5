package main

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/mcpveil/mcpveil/internal/testenv"
)

// startHTTP runs mcpveil http on a free port within this process. stop ends it, as a signal would.
func startHTTP(t *testing.T, args ...string) (addr string, stderr func() string, stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	var out testenv.Buffer
	done := make(chan int, 1)
	go func() {
		done <- run(ctx, append([]string{"http", "--listen", "127.0.0.1:0"}, args...), streams{nil, nopWriter{&out}, &out})
	}()
	stop = sync.OnceFunc(func() {
		cancel()
		if code := <-done; code != exitOK {
			t.Errorf("mcpveil http ends with %d, want 0:\n%s", code, out.String())
		}
	})
	t.Cleanup(stop)
	for range 6000 { // two minutes
		if _, rest, ok := strings.Cut(out.String(), "listening on http://"); ok && strings.Contains(rest, "\n") {
			addr, _, _ = strings.Cut(rest, "/")
			return addr, out.String, stop
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Fatalf("mcpveil http did not start:\n%s", out.String())
	return "", nil, nil
}

// What is no message, too long, or from a place that may not ask, gets the answer that mcp.md gives for it, and
// the upstream hears nothing.
func TestHTTPBadInput(t *testing.T) {
	t.Setenv(keyDirVar, filepath.Join(t.TempDir(), "keys"))
	asked := atomic.Int64{}
	upstream := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"jsonrpc":"2.0","id":7,"result":{}}`)
	}))
	defer upstream.Close()
	conf := filepath.Join(t.TempDir(), "mcpveil.yaml")
	if err := os.WriteFile(conf, []byte("version: 1\nlimits: {max_message: 4KiB}\nhttp:\n  upstream: "+upstream.URL+"\n  allowed_origins: [https://app.example]\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	addr, _, _ := startHTTP(t, "--config", conf)
	const ping = `{"jsonrpc":"2.0","id":7,"method":"ping"}`
	for _, test := range []struct {
		name, body string
		header     []string // name and value by turns
		status     int
		want       string // in the answer
	}{
		{"fine", ping, nil, 200, `"id":7,"result":{}`},
		{"not JSON", `jane.doe@example.com`, nil, 400, `-32700`},
		{"cut short", ping[:20], nil, 400, `-32700`},
		{"two methods", `{"jsonrpc":"2.0","id":7,"method":"ping","method":"tools/call"}`, nil, 400, `"id":7`},
		{"another spelling", `{"jsonrpc":"2.0","id":7,"method":"ping","Method":"tools/call"}`, nil, 400, `-32600`},
		{"too long", `{"jsonrpc":"2.0","id":7,"method":"x","params":{"a":"` + strings.Repeat("a", 5000) + `"}}`, nil, 413, ``},
		{"foreign origin", ping, []string{"Origin", "https://evil.example"}, 403, ``},
		{"allowed origin", ping, []string{"Origin", "https://app.example"}, 200, `"result"`},
		{"foreign host", ping, []string{"Host", "evil.example"}, 403, ``},
		{"another encoding", ping, []string{"Content-Encoding", "br"}, 415, ``},
		{"lying about gzip", ping, []string{"Content-Encoding", "gzip"}, 400, ``},
	} {
		t.Run(test.name, func(t *testing.T) {
			before := asked.Load()
			req, err := http.NewRequestWithContext(t.Context(), "POST", "http://"+addr+"/", strings.NewReader(test.body))
			if err != nil {
				t.Fatal(err)
			}
			req.Header.Set("Content-Type", "application/json")
			req.Header.Set("Accept", "application/json, text/event-stream")
			for i := 0; i < len(test.header); i += 2 {
				req.Header.Set(test.header[i], test.header[i+1])
				if test.header[i] == "Host" {
					req.Host = test.header[i+1]
				}
			}
			res, err := http.DefaultClient.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			body, err := io.ReadAll(res.Body)
			res.Body.Close()
			if err != nil {
				t.Fatal(err)
			}
			if res.StatusCode != test.status || !strings.Contains(string(body), test.want) {
				t.Errorf("the answer is %d %s, want %d and %s in it", res.StatusCode, body, test.status, test.want)
			}
			if strings.Contains(string(body), "jane.doe") {
				t.Errorf("the answer repeats the value: %s", body)
			}
			if heard := asked.Load() != before; heard != (test.status == 200) {
				t.Errorf("the upstream was asked: %t, with status %d", heard, test.status)
			}
		})
	}
}

func TestHTTPTrouble(t *testing.T) {
	t.Setenv(keyDirVar, filepath.Join(t.TempDir(), "keys"))
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	_, stderr, code := runIn(t.Context(), "", "http", "--listen", ln.Addr().String(), "--upstream", "http://127.0.0.1:1/")
	if code != exitTrouble || !strings.Contains(stderr, "in use") {
		t.Errorf("on an address in use mcpveil http exits with %d and says %q, want %d", code, stderr, exitTrouble)
	}
	addr, _, _ := startHTTP(t, "--upstream", "http://127.0.0.1:1/")
	res, err := http.Post("http://"+addr+"/", "application/json", strings.NewReader(`{"jsonrpc":"2.0","id":7,"method":"ping"}`))
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if res.StatusCode != http.StatusBadGateway {
		t.Errorf("without an upstream the answer is %s, want 502", res.Status)
	}
}
