package proxy

import (
	"encoding/json"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"

	"github.com/mcpveil/mcpveil/internal/mcpwire"
	"github.com/mcpveil/mcpveil/policy"
)

// guard checks what can be checked of a request before its body: where it comes from
// and whom it means, which keeps web pages away from a server on the loopback interface,
// and that nothing stands where two readers could differ or where nobody looks.
func (p *httpProxy) guard(r *http.Request, principal string) *fault {
	local := onLoopback(r)
	if !p.hostAllowed(r.Host, local) {
		return &fault{http.StatusForbidden, mcpwire.CodeInvalidRequest,
			"the Host header names none of this proxy's hosts: add it to the allowed hosts if it should"}
	}
	if origins := r.Header.Values("Origin"); len(origins) > 1 || len(origins) == 1 && !p.originAllowed(origins[0], local) {
		return &fault{http.StatusForbidden, mcpwire.CodeInvalidRequest,
			"requests of this Origin are refused: add it to the allowed origins if they should not be"}
	}
	for name, values := range r.Header {
		if len(values) > 1 && (strings.HasPrefix(name, "Mcp-") || name == mcpwire.HeaderLastEvent) {
			return &fault{http.StatusBadRequest, mcpwire.CodeHeaderMismatch, "a header of MCP's stands there twice"}
		}
	}
	return p.guardQuery(r, principal)
}

// guardQuery refuses what must not be in a URL.
func (p *httpProxy) guardQuery(r *http.Request, principal string) *fault {
	if r.URL.RawQuery == "" {
		return nil
	}
	bad := &fault{http.StatusBadRequest, mcpwire.CodeInvalidRequest, "the query string cannot be read"}
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return bad
	}
	if query.Has("access_token") {
		return &fault{http.StatusBadRequest, mcpwire.CodeInvalidRequest,
			"an access token must not be in the query string: send it in the Authorization header"}
	}
	if isLegacy(r) {
		return nil // attach takes it for itself, and sends none of it on
	}
	text, err := json.Marshal(query)
	if err != nil {
		return bad
	}
	port := p.newSession(principal).Port(policy.ToServer)
	defer port.Release()
	if out, _, err := port.Rewrite(r.Context(), "", "", text); err != nil || !sameBytes(out, text) {
		return &fault{http.StatusBadRequest, mcpwire.CodeBlocked, "the policy keeps back what is in the query string"}
	}
	return nil
}

// onLoopback reports whether r came in over the loopback interface. A request that tells no
// address did not.
func onLoopback(r *http.Request) bool {
	addr, ok := r.Context().Value(http.LocalAddrContextKey).(net.Addr)
	if !ok {
		return false
	}
	if tcp, ok := addr.(*net.TCPAddr); ok {
		return tcp.IP.IsLoopback()
	}
	ap, err := netip.ParseAddrPort(addr.String())
	return err == nil && ap.Addr().Unmap().IsLoopback()
}

func (p *httpProxy) hostAllowed(hostport string, local bool) bool {
	host := hostOf(hostport)
	if len(p.opts.AllowedHosts) == 0 {
		return !local || loopbackName(host)
	}
	return slices.ContainsFunc(p.opts.AllowedHosts, func(h string) bool {
		return strings.EqualFold(h, host) || strings.EqualFold(h, hostport)
	})
}

func (p *httpProxy) originAllowed(origin string, local bool) bool {
	if slices.ContainsFunc(p.opts.AllowedOrigins, func(o string) bool {
		return o == "*" || strings.EqualFold(strings.TrimSuffix(o, "/"), origin)
	}) {
		return true
	}
	u, err := url.Parse(origin)
	return err == nil && local && (u.Scheme == "http" || u.Scheme == "https") && loopbackName(hostOf(u.Host))
}

// hostOf cuts the port and the brackets of an IPv6 address.
func hostOf(hostport string) string {
	if host, _, err := net.SplitHostPort(hostport); err == nil {
		return host
	}
	return strings.TrimSuffix(strings.TrimPrefix(hostport, "["), "]")
}

func loopbackName(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	addr, err := netip.ParseAddr(host)
	return err == nil && addr.Unmap().IsLoopback()
}
