package proxy

import (
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

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
		{addr + "?&mcpveil_stream=" + f.token, nil, 400},
		{addr + "?%6dcpveil_stream=" + f.token, nil, 400},
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
		{"", "/.well-known/oauth-protected-resource", ""},
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
