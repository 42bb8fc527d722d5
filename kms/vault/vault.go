// Package vault opens keys of the transit engine of HashiCorp Vault or OpenBao, and
// keeps wrapped keyrings in its KV engine, version 2.
//
// Nothing is taken from the environment but the token, and that only where no other
// source of it is given. Certificates are always verified. Redirects are not followed.
package vault

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/hashicorp/vault/api"

	"github.com/mcpveil/mcpveil/kms"
)

// Schemes are the schemes of URIs that name keys and stores in Vault: the first is over
// https, the second over plain http and to loopback only.
var Schemes = []string{scheme, schemePlain}

const (
	scheme      = "hcvault"
	schemePlain = "hcvault+http"

	defaultTimeout = 2 * time.Second
	maxAnswer      = 1 << 20 // bytes of an answer that are read
)

// Options configures [Open] and [OpenStore]. A nil *Options is ready for use.
type Options struct {
	// Token returns the token for a call. It is asked each time, so that a token may be
	// renewed elsewhere; see TokenFile. VAULT_TOKEN if nil.
	Token func(ctx context.Context) (string, error)

	// CACert holds the certificates (PEM) of those who may sign Vault's; the system's if
	// empty.
	CACert []byte

	// Namespace is sent with each call, if not empty (Vault Enterprise, OpenBao).
	Namespace string

	// Timeout is that of one call; 2 seconds if zero.
	Timeout time.Duration

	// Client makes the calls; one that does as the package says if nil. One given is used
	// as it is, and CACert is not.
	Client *http.Client
}

// TokenFile returns a source of the token that reads it from a file each time, as Vault
// Agent writes it.
func TokenFile(path string) func(context.Context) (string, error) {
	return func(context.Context) (string, error) {
		text, err := os.ReadFile(path)
		if err != nil {
			return "", fmt.Errorf("vault: read token: %w", err)
		}
		return strings.TrimSpace(string(text)), nil
	}
}

// A conn is a Vault that may be asked. It is safe for concurrent use.
type conn struct {
	client  *api.Client
	addr    string // for errors
	token   func(context.Context) (string, error)
	timeout time.Duration
}

// dial checks u and opts; it asks nothing yet. path is u's, without the last name parts
// it is made of: mount, the word in the middle, and rest.
func dial(u *url.URL, middle string, opts *Options) (c *conn, mount, rest string, err error) {
	if opts == nil {
		opts = new(Options)
	}
	base, err := baseURL(u, middle)
	if err != nil {
		return nil, "", "", err
	}
	if mount, rest, err = splitPath(u, middle); err != nil {
		return nil, "", "", err
	}
	client := opts.Client
	if client == nil {
		if client, err = newClient(opts.CACert); err != nil {
			return nil, "", "", err
		}
	}
	c = &conn{addr: base, token: opts.Token, timeout: opts.Timeout}
	if c.token == nil {
		c.token = func(context.Context) (string, error) { return os.Getenv("VAULT_TOKEN"), nil }
	}
	if c.timeout == 0 {
		c.timeout = defaultTimeout
	}
	config := &api.Config{
		Address: base, HttpClient: client, DisableRedirects: true,
		MaxRetries: 1, MinRetryWait: 50 * time.Millisecond, MaxRetryWait: 250 * time.Millisecond,
	}
	if c.client, err = api.NewClient(config); err != nil {
		return nil, "", "", errors.New("vault: a VAULT_ variable of the environment cannot be read: unset those but VAULT_TOKEN")
	}
	// NewClient has taken more from the environment than it was asked to.
	c.client.SetHeaders(http.Header{api.RequestHeaderName: {"true"}})
	c.client.ClearToken()
	if opts.Namespace != "" {
		c.client.SetNamespace(opts.Namespace)
	}
	return c, mount, rest, nil
}

func baseURL(u *url.URL, middle string) (string, error) {
	web := map[string]string{scheme: "https", schemePlain: "http"}[u.Scheme]
	switch {
	case web == "" || u.Host == "" || u.Opaque != "" || u.User != nil || u.RawQuery != "" || u.Fragment != "":
		return "", fmt.Errorf("vault: want a URI of the form %s://HOST:PORT/MOUNT/%s/NAME", scheme, middle)
	case web == "http" && !loopback(u.Hostname()):
		return "", fmt.Errorf("vault: %s is not this machine, and plain http goes no further: use %s://, which means https", u.Host, scheme)
	}
	if v := os.Getenv("VAULT_SKIP_VERIFY"); v != "" {
		if off, err := strconv.ParseBool(v); err != nil || off {
			return "", errors.New("vault: VAULT_SKIP_VERIFY is set, and certificates are always verified here: unset it, and give the certificate of the authority that signed Vault's")
		}
	}
	return web + "://" + u.Host, nil
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// splitPath splits /MOUNT/middle/REST, of which MOUNT and REST may have several parts.
func splitPath(u *url.URL, middle string) (mount, rest string, err error) {
	path := strings.TrimPrefix(u.EscapedPath(), "/")
	mount, rest, ok := strings.Cut(path, "/"+middle+"/")
	if !ok || kms.CheckName(mount) != nil || kms.CheckName(rest) != nil {
		return "", "", fmt.Errorf("vault: path of URI is not /MOUNT/%s/NAME with names of A-Z, a-z, 0-9, _ and -", middle)
	}
	return mount, rest, nil
}

func newClient(caCert []byte) (*http.Client, error) {
	conf := &tls.Config{MinVersion: tls.VersionTLS12}
	if len(caCert) > 0 {
		conf.RootCAs = x509.NewCertPool()
		if !conf.RootCAs.AppendCertsFromPEM(caCert) {
			return nil, errors.New("vault: CA certificate is not PEM")
		}
	}
	return &http.Client{
		Transport: &http.Transport{
			TLSClientConfig: conf, ForceAttemptHTTP2: true,
			DialContext:         (&net.Dialer{Timeout: defaultTimeout}).DialContext,
			TLSHandshakeTimeout: defaultTimeout, IdleConnTimeout: time.Minute, MaxIdleConnsPerHost: 4,
			MaxResponseHeaderBytes: 64 << 10,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}, nil
}

// An answer is what Vault said, cut down to what is looked at.
type answer struct {
	status int
	data   map[string]any
	errors []string
}

// ask makes one call, for which the token needs that capability; in is nil but for writing. It fails where no answer was got, and where
// one was got that means the same whatever was asked; any other, it returns.
func (c *conn) ask(ctx context.Context, path, capability string, in map[string]any) (*answer, error) {
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	token, err := c.token(ctx)
	switch {
	case err != nil:
		return nil, err
	case token == "":
		return nil, fmt.Errorf("vault: no token for %s: set VAULT_TOKEN, or name a file that holds one: %w", c.addr, kms.ErrDenied)
	}
	c.client.SetToken(token)
	resp, err := c.send(ctx, path, capability, in)
	if resp == nil {
		return nil, c.noAnswer(ctx, err)
	}
	defer resp.Body.Close()
	if resp.StatusCode >= 300 && resp.StatusCode < 400 {
		return nil, fmt.Errorf("vault: %s answers %d, a redirect, which is not followed: name the active node or the load balancer in the URI", c.addr, resp.StatusCode)
	}
	a, err := readAnswer(resp)
	if err != nil && resp.StatusCode < 300 {
		return nil, c.noAnswer(ctx, err)
	}
	switch {
	case a.status == http.StatusForbidden:
		return nil, fmt.Errorf("vault: %s denies it: the token's policy must have path %q { capabilities = [%q] }, and the token must not have expired: %w", c.addr, path, capability, kms.ErrDenied)
	case a.status == http.StatusTooManyRequests || a.status == http.StatusPreconditionFailed || a.status == 473 || a.status >= 500:
		return nil, fmt.Errorf("vault: %s answers %d%s: %w", c.addr, a.status, a.sealed(), kms.ErrUnavailable)
	}
	return a, nil
}

func (c *conn) send(ctx context.Context, path, capability string, in map[string]any) (*api.Response, error) {
	switch {
	case capability == "list":
		return c.client.Logical().ReadRawWithDataWithContext(ctx, path, map[string][]string{"list": {"true"}})
	case capability == "delete":
		return c.client.RawRequestWithContext(ctx, c.client.NewRequest(http.MethodDelete, "/v1/"+path))
	case in == nil:
		return c.client.Logical().ReadRawWithContext(ctx, path)
	}
	body, err := marshal(in)
	if err != nil {
		return nil, err
	}
	defer clear(body)
	return c.client.Logical().WriteRawWithContext(ctx, path, body)
}

// noAnswer says why there was none. Certificates that do not verify are nothing that
// passes with time.
func (c *conn) noAnswer(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		err = ctx.Err()
		if errors.Is(err, context.DeadlineExceeded) {
			err = fmt.Errorf("no answer within %v: %w", c.timeout, err)
		}
	}
	var cert *tls.CertificateVerificationError
	if errors.As(err, &cert) {
		return fmt.Errorf("vault: certificate of %s does not verify: %w; give the certificate of the authority that signed it", c.addr, cert.Err)
	}
	return fmt.Errorf("vault: %s cannot be reached: %w: %w", c.addr, err, kms.ErrUnavailable)
}

func (a *answer) sealed() string {
	if a.says("sealed") {
		return " (it is sealed: unseal it)"
	}
	return ""
}

func (a *answer) says(text string) bool {
	for _, e := range a.errors {
		if strings.Contains(e, text) {
			return true
		}
	}
	return false
}

// unexpected is the error for an answer that nobody foresaw. What Vault wrote is not in
// it: it might hold what it was sent.
func (c *conn) unexpected(a *answer, path string) error {
	return fmt.Errorf("vault: %s answers %d to %s", c.addr, a.status, path)
}

var errLimit = errors.New("answer is too long")

// limited reads no more than maxAnswer bytes.
type limited struct {
	r io.Reader
	n int
}

func (l *limited) Read(p []byte) (int, error) {
	n, err := l.r.Read(p)
	if l.n += n; l.n > maxAnswer {
		return 0, errLimit
	}
	return n, err
}
