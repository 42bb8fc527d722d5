package proxy

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/mcpveil/mcpveil/internal/crash"
	"github.com/mcpveil/mcpveil/internal/mcpwire"
	"github.com/mcpveil/mcpveil/internal/session"
	"github.com/mcpveil/mcpveil/policy"
	"github.com/mcpveil/mcpveil/redact"
)

// HTTPOptions configures [HTTP]. Upstream and NewSession are required.
type HTTPOptions struct {
	// Upstream is the server's MCP endpoint. If it has a path, that is the only one there is,
	// and clients reach it at "/", "/mcp" or its own path; if not, the client's path is kept.
	Upstream *url.URL

	// NewSession returns a session for a user: one for each MCP session, and in the
	// stateless era one for each exchange. It must be safe for concurrent use.
	NewSession func(principal string) *session.Session

	// Principal says who sent a request: "" for nobody known. It is the place of the
	// authentication to come. If nil, all requests are of "".
	Principal func(*http.Request) string

	// HeaderParams returns which argument of a tool (a JSON Pointer in its arguments) each
	// Mcp-Param- header mirrors, by the header's name without that prefix; nil if the tool is not
	// known. If the function is nil, or does not know, arguments and headers are matched by name and value.
	HeaderParams func(tool string) map[string]string

	MaxMessage  int64         // longest message held whole, decoded; 64 MiB if zero
	MaxHeld     int64         // what all long messages held at a time may take together; 8 times MaxMessage if zero
	MaxSessions int           // MCP sessions remembered, the longest unused forgotten first; 10,000 if zero
	SessionIdle time.Duration // after which a session is forgotten; 1h if zero

	// AllowedOrigins lists the web origins that may send requests ("https://app.example.com", or
	// "*" for all). Origins on the loopback interface may always talk to a listener there.
	AllowedOrigins []string
	// AllowedHosts lists what the Host header may name, without the port. If empty, a
	// listener on the loopback interface accepts only names of it, and others accept all.
	AllowedHosts []string

	Transport    http.RoundTripper // to the upstream; one of our own if nil. Must not decompress
	PreserveHost bool              // send the client's Host header on, not the upstream's
	KeepAlive    time.Duration     // how long an event stream may be silent before a comment is sent; 25s if zero, never if negative
	Logger       *slog.Logger      // nil: none
}

const (
	defaultMaxMessage  = 64 << 20
	defaultMaxSessions = 10_000
	defaultSessionIdle = time.Hour
	defaultKeepAlive   = 25 * time.Second
	bodyTimeout        = 2 * time.Minute // for a request's whole body
	drainTime          = 2 * time.Second // for what is read of a body that is refused
	drainSize          = 16 << 20
)

// HTTP returns a reverse proxy for MCP's Streamable HTTP transport, of both protocol eras, and for the
// older HTTP+SSE. Every message of either direction goes through a session; what cannot be
// inspected does not pass.
//
// Of the headers of a response, those that HTTP, browsers and MCP need pass as they are; any other,
// cookies too, passes if nothing is found in it. So it is with the names of events; their ids are
// cursors that must come back as they were, and pass.
//
// The Authorization header goes to the upstream as it came, and nowhere else. A POST is never sent
// twice.
func HTTP(opts HTTPOptions) (http.Handler, error) {
	if opts.NewSession == nil {
		return nil, errors.New("proxy: no session for the HTTP proxy")
	}
	newSession := opts.NewSession
	return newHTTP(opts, func(principal string) portal { return sessionPortal{newSession(principal)} })
}

// A portal is what the proxy needs of a session. There are two, *session.Session and that of the tests.
type portal interface {
	Port(policy.Direction) port
}

// A port is what the proxy needs of a session's Port. See there.
type port interface {
	Forward(ctx context.Context, msg []byte) session.Verdict
	Stream(ctx context.Context, head []byte, rest io.Reader, dst io.Writer) (v session.Verdict, started bool)
	Streams(head []byte) bool
	Rewrite(ctx context.Context, method, name string, text []byte) ([]byte, []redact.Event, error)
	Text(ctx context.Context, method, name string, text []byte) ([]byte, error)
	Unsent(r *mcpwire.Route, code int, reason string) []byte
	FailOutstanding(dst [][]byte, code int, reason string) [][]byte
	Release()
}

type sessionPortal struct{ s *session.Session }

func (p sessionPortal) Port(d policy.Direction) port { return p.s.Port(d) }

// httpProxy is the handler. Nothing in it changes but the table of sessions.
type httpProxy struct {
	opts       HTTPOptions
	newSession func(principal string) portal
	transport  http.RoundTripper
	log        *slog.Logger
	budget     *budget
	sessions   *sessionTable
	legacy     *sessionTable // of the HTTP+SSE transport, by an id of ours
}

func newHTTP(opts HTTPOptions, newSession func(string) portal) (http.Handler, error) {
	u := opts.Upstream
	switch {
	case u == nil:
		return nil, errors.New("proxy: no upstream URL")
	case u.Scheme != "http" && u.Scheme != "https":
		return nil, fmt.Errorf("proxy: upstream URL has scheme %q, want http or https", u.Scheme)
	case u.Host == "":
		return nil, errors.New("proxy: upstream URL has no host")
	case u.User != nil:
		return nil, errors.New("proxy: upstream URL has a user and password: remove them")
	}
	if opts.MaxMessage <= 0 {
		opts.MaxMessage = defaultMaxMessage
	}
	if opts.MaxHeld <= 0 {
		opts.MaxHeld = 8 * opts.MaxMessage
	}
	if opts.MaxSessions <= 0 {
		opts.MaxSessions = defaultMaxSessions
	}
	if opts.SessionIdle <= 0 {
		opts.SessionIdle = defaultSessionIdle
	}
	if opts.KeepAlive == 0 {
		opts.KeepAlive = defaultKeepAlive
	}
	p := &httpProxy{
		opts:       opts,
		newSession: newSession,
		transport:  opts.Transport,
		log:        opts.Logger,
		budget:     &budget{max: opts.MaxHeld},
		sessions:   newSessionTable(opts.MaxSessions, opts.SessionIdle),
		legacy:     newSessionTable(opts.MaxSessions, 0), // their streams end them
	}
	if p.transport == nil {
		p.transport = upstreamTransport(u)
	}
	if p.log == nil {
		p.log = slog.New(slog.DiscardHandler)
	}
	return p, nil
}

// connBuffer is what a connection to the upstream reads and writes at once: a request of copiedBody and its headers.
const connBuffer = 20 << 10

func upstreamTransport(to *url.URL) *http.Transport {
	return &http.Transport{
		Proxy:                  proxyFor(to),
		WriteBufferSize:        connBuffer,
		ReadBufferSize:         connBuffer,
		DialContext:            dialUpstream(&net.Dialer{Timeout: 10 * time.Second, KeepAlive: 30 * time.Second}),
		TLSHandshakeTimeout:    10 * time.Second,
		ExpectContinueTimeout:  time.Second,
		MaxIdleConns:           1024,
		MaxIdleConnsPerHost:    256,
		IdleConnTimeout:        90 * time.Second,
		MaxResponseHeaderBytes: 256 << 10,
		DisableCompression:     true, // what is compressed is decoded here, within limits
		ForceAttemptHTTP2:      true,
	}
}

// proxyFor returns the proxy that the environment names for the server. It is asked once: all requests go there.
func proxyFor(to *url.URL) func(*http.Request) (*url.URL, error) {
	u, err := http.ProxyFromEnvironment(&http.Request{URL: to})
	if u == nil && err == nil {
		return nil
	}
	return func(*http.Request) (*url.URL, error) { return u, err }
}

// ServeHTTP takes one exchange through the proxy.
func (p *httpProxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	defer crash.Abort(p.log)
	x := &exchange{p: p, w: w, r: r, client: r.Header}
	if p.opts.Principal != nil {
		x.principal = p.opts.Principal(r)
	}
	if f := p.guard(r, x.principal); f != nil {
		x.fail(*f)
		return
	}
	target, ok := p.target(r)
	if !ok {
		x.fail(fault{http.StatusNotFound, mcpwire.CodeInvalidRequest, "no MCP endpoint at this path"})
		return
	}
	x.target = target
	switch r.Method {
	case http.MethodPost:
		x.post()
	case http.MethodGet, http.MethodDelete, http.MethodOptions:
		x.bodiless()
	default:
		w.Header().Set("Allow", "GET, POST, DELETE, OPTIONS")
		x.fail(fault{http.StatusMethodNotAllowed, mcpwire.CodeInvalidRequest, "this HTTP method is not one of MCP's"})
	}
}

// target returns where r goes, and false if its path leads nowhere.
func (p *httpProxy) target(r *http.Request) (*url.URL, bool) {
	if strings.HasPrefix(r.URL.Path, "/.well-known/") {
		return nil, false // what the server says of itself there does not hold of us
	}
	u := *p.opts.Upstream
	if path := strings.TrimSuffix(r.URL.Path, "/"); u.Path == "" || u.Path == "/" {
		u.Path, u.RawPath = r.URL.Path, r.URL.RawPath
	} else if path != "" && path != "/mcp" && path != strings.TrimSuffix(u.Path, "/") {
		return nil, false
	}
	switch {
	case r.URL.RawQuery == "":
	case u.RawQuery == "":
		u.RawQuery = r.URL.RawQuery
	default:
		u.RawQuery += "&" + r.URL.RawQuery
	}
	return &u, true
}

// randomID returns an id that cannot be guessed.
func randomID() string { return rand.Text() }
