package main

import (
	"net/http"
	"net/http/httputil"
	"net/url"

	"github.com/mcpveil/mcpveil/internal/proxy"
	"github.com/mcpveil/mcpveil/internal/session"
)

// bareHTTP is what everybody has: httputil.ReverseProxy, with connections enough to the server. Without full duplex
// net/http closes the request's body once the answer begins, and now and then breaks a call off by that.
func bareHTTP(to string) error {
	u, err := url.Parse(to)
	if err != nil {
		return err
	}
	p := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(u) }}
	p.Transport = &http.Transport{MaxIdleConns: 1024, MaxIdleConnsPerHost: 256, DisableCompression: true}
	return serve(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := http.NewResponseController(w).EnableFullDuplex(); err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		p.ServeHTTP(w, r)
	}))
}

// offHTTP is mcpveil http without a rule to look for.
func offHTTP(to string) error {
	u, err := url.Parse(to)
	if err != nil {
		return err
	}
	root, err := offSession()
	if err != nil {
		return err
	}
	h, err := proxy.HTTP(proxy.HTTPOptions{Upstream: u, NewSession: func(who string) *session.Session {
		return root.For(session.Peer{Principal: who})
	}})
	if err != nil {
		return err
	}
	return serve(h)
}
