// Package vault opens keys of the transit engine of HashiCorp Vault or OpenBao, and
// keeps wrapped keyrings in its KV engine, version 2.
//
// A [Client] is a Vault and a way to be let in, a [Login]. It renews what it was given,
// and logs in anew before that ends or where it is refused, so that no call fails for it.
// A call ends within Options.Timeout; one that Vault did not get, or cannot do now, is made
// once more, writes excepted.
//
// Nothing is taken from the environment but the token, and that only where a [Token] says
// so. Certificates are always verified. Redirects lead to no host that is not configured.
package vault

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/hashicorp/vault/api"
	"golang.org/x/time/rate"

	"github.com/mcpveil/mcpveil/kms"
)

const (
	defaultTimeout = 2 * time.Second
	maxAnswer      = 1 << 20 // bytes of an answer that are read

	// callRate is how many calls a second a Client makes at most, and at once.
	callRate = 500
)

// Options configures a [Client]. A nil *Options is ready for use.
type Options struct {
	// Login gets the token for calls; the one of VAULT_TOKEN if nil.
	Login Login

	// Token, if not nil, returns the token in place of Login. It is asked at each call, and
	// whoever wrote it sees to it that the token lives.
	Token func(ctx context.Context) (string, error)

	// CACert holds the certificates (PEM) of those who may sign Vault's; the system's if
	// empty. CAFile names a file of them instead, which is read at each new connection.
	CACert []byte
	CAFile string

	// CertFile and KeyFile name the client's certificate and its key (PEM), if it has one.
	// They are read at each new connection.
	CertFile, KeyFile string

	// ServerName is the name in Vault's certificate, if it is not the host's.
	ServerName string

	// Namespace is sent with each call, if not empty (Vault Enterprise, OpenBao).
	Namespace string

	// Redirects are the hosts ("vault-1.example:8200") to which Vault may redirect a call,
	// as a standby does to the active node.
	Redirects []string

	// SelfTestKey names a transit key in the same engine, on which [Client.Key] tries what
	// it has to try, so that the right to encrypt with the key itself is not needed.
	SelfTestKey string

	// Timeout is that of one call; 2 seconds if zero.
	Timeout time.Duration

	// IgnoreEnvironment has variables of the environment that the vault command would heed
	// ignored, which are an error else. They are never heeded.
	IgnoreEnvironment bool

	// Client makes the calls; one that does as the package says if nil. One given is used
	// as it is, and what is said above of certificates is not.
	Client *http.Client

	// Log is told of logins and of what goes wrong with them in the background; nobody if nil.
	Log *slog.Logger
}

// A Client is a Vault that may be asked. It is safe for concurrent use.
type Client struct {
	api       *api.Client
	addr      string // for errors: https://HOST
	scheme    string // of URIs
	host      string
	redirects []string
	namespace string
	testKey   string
	timeout   time.Duration
	session   *session
	limit     *rate.Limiter
	patience  patience
}

// New returns a client for the Vault at the host of uri, which may be that of a key or a
// store, or hcvault://HOST. It asks nothing yet.
func New(uri *url.URL, opts *Options) (*Client, error) {
	if opts == nil {
		opts = new(Options)
	}
	base, err := baseURL(uri)
	if err != nil {
		return nil, err
	}
	if err := checkEnvironment(base, opts); err != nil {
		return nil, err
	}
	hc := opts.Client
	if hc == nil {
		if hc, err = newHTTPClient(opts); err != nil {
			return nil, err
		}
	}
	c := &Client{
		addr: base, scheme: uri.Scheme, host: uri.Host, redirects: opts.Redirects, namespace: opts.Namespace, testKey: opts.SelfTestKey,
		timeout: opts.Timeout, limit: rate.NewLimiter(callRate, callRate),
	}
	if c.timeout == 0 {
		c.timeout = defaultTimeout
	}
	if c.testKey != "" && !kms.CheckPart(c.testKey) {
		return nil, errors.New("vault: name of the self-test key is not made of A-Z, a-z, 0-9, _ and -")
	}
	login := opts.Login
	switch {
	case opts.Token != nil:
		login = tokenFunc(opts.Token)
	case login == nil:
		login = &Token{}
	}
	if l, ok := login.(*Cert); ok && opts.Client == nil && opts.CertFile == "" {
		return nil, fmt.Errorf("vault: %s needs the client's certificate and key", l)
	}
	log := opts.Log
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	c.session = newSession(c, login, log)
	if c.api, err = newAPI(base, bounded(hc), opts.Namespace); err != nil {
		return nil, err
	}
	return c, nil
}

// newAPI returns HashiCorp's client without what it takes from the environment.
func newAPI(base string, hc *http.Client, namespace string) (*api.Client, error) {
	a, err := api.NewClient(&api.Config{
		Address: base, HttpClient: hc, DisableRedirects: true, // we follow them ourselves, see send
		MaxRetries:   0, // we try again ourselves, see call
		MinRetryWait: time.Millisecond, MaxRetryWait: time.Millisecond,
	})
	if err != nil {
		return nil, errors.New("vault: a VAULT_ variable of the environment cannot be read: unset those but VAULT_TOKEN")
	}
	a.SetHeaders(http.Header{api.RequestHeaderName: {"true"}})
	a.ClearToken()
	a.SetWrappingLookupFunc(func(string, string) string { return "" }) // else VAULT_WRAP_TTL
	if namespace != "" {
		a.SetNamespace(namespace)
	}
	return a, nil
}

// Login logs in, if that was not done yet. Calls do so by themselves.
func (c *Client) Login(ctx context.Context) error {
	_, err := c.session.token(ctx)
	return err
}

// Close ends the renewing, and revokes the token if a login got it. No call may follow.
func (c *Client) Close() error { return c.session.close() }

// Address returns Vault's address, "https://vault.example:8200".
func (c *Client) Address() string { return c.addr }

// path splits a URI with the client's host into the mount and the rest.
func (c *Client) path(uri *url.URL, middle string) (mount, rest string, err error) {
	switch {
	case !wellFormed(uri):
		return "", "", fmt.Errorf("vault: want a URI of the form %s://HOST:PORT/MOUNT/%s/NAME", scheme, middle)
	case uri.Scheme != c.scheme || uri.Host != c.host:
		return "", "", fmt.Errorf("vault: URI names another Vault than %s", c.addr)
	}
	return splitPath(uri, middle)
}

// Open opens a key as [Client.Key] does, with a client of its own. What it returns is an
// io.Closer that closes the client.
func Open(ctx context.Context, uri *url.URL, opts *Options) (kms.KEK, error) {
	c, err := New(uri, opts)
	if err != nil {
		return nil, err
	}
	k, err := c.Key(ctx, uri)
	if err != nil {
		c.Close()
		return nil, err
	}
	return k, nil
}

// OpenStore opens a store as [Client.Store] does, with a client of its own. What it returns
// is an io.Closer that closes the client.
func OpenStore(uri *url.URL, opts *Options) (kms.Store, error) {
	c, err := New(uri, opts)
	if err != nil {
		return nil, err
	}
	return c.Store(uri)
}

// Opener returns an opener for kms.Providers, under each of [Schemes].
func Opener(opts *Options) func(context.Context, *url.URL) (kms.KEK, error) {
	return func(ctx context.Context, uri *url.URL) (kms.KEK, error) { return Open(ctx, uri, opts) }
}

func (c *Client) mayRedirect(host string) bool { return slices.Contains(c.redirects, host) }
