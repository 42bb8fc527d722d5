package vault

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strings"

	"github.com/mcpveil/mcpveil/kms"
)

// A Login is a way to be let in: a [*Token], [*AppRole], [*JWT], [*Cert] or [*Agent]. Secrets
// come from files, which are read at each login, so that whoever rotates them need not tell.
// A Login belongs to one Client.
type Login interface {
	// String names the login and where its parts come from, without a secret.
	String() string

	// login asks Vault for a token. A Login that is a reader needs none.
	login(ctx context.Context, c *Client) (*grant, error)
}

// A reader is a Login that is given its token.
type reader interface {
	read(ctx context.Context) (string, error)
	ask() bool // whether to ask Vault about the token, and to renew it
}

// A Token is a token that somebody else got: an operator, or Vault Agent, which writes it to
// a file. It is renewed where Vault allows it.
type Token struct {
	File string // read at each use; if empty, the environment's VAULT_TOKEN
}

func (t *Token) String() string {
	if t.File == "" {
		return "token of VAULT_TOKEN"
	}
	return "token in " + t.File
}

func (t *Token) ask() bool { return true }

func (t *Token) read(context.Context) (string, error) {
	if t.File != "" {
		return readSecret("token", t.File)
	}
	token := os.Getenv("VAULT_TOKEN")
	if token == "" {
		return "", &fault{"vault: no token: set VAULT_TOKEN, or name a file that holds one", []error{kms.ErrDenied, ErrLogin}}
	}
	if !printable(token) {
		return "", &fault{"vault: VAULT_TOKEN holds what is no token", []error{kms.ErrDenied, ErrLogin}}
	}
	return token, nil
}

func (t *Token) login(context.Context, *Client) (*grant, error) { panic("vault: internal error") }

// A tokenFunc is a token that a function returns.
type tokenFunc func(context.Context) (string, error)

func (tokenFunc) String() string { return "token of a function" }
func (tokenFunc) ask() bool      { return false }

func (f tokenFunc) read(ctx context.Context) (string, error) {
	token, err := f(ctx)
	if err == nil && !printable(token) {
		return "", &fault{"vault: the function of Options returns no token", []error{kms.ErrDenied, ErrLogin}}
	}
	return token, err
}

func (tokenFunc) login(context.Context, *Client) (*grant, error) { panic("vault: internal error") }

// An Agent is a Vault Agent or Proxy with auto-auth at the address: it adds the token, and
// none is sent. Its cache must leave transit and KV alone.
type Agent struct{}

func (*Agent) String() string                                 { return "agent" }
func (*Agent) login(context.Context, *Client) (*grant, error) { panic("vault: internal error") }
func (*Agent) read(context.Context) (string, error)           { return "", nil }
func (*Agent) ask() bool                                      { return false }

// A JWT logs in with a token that the platform issues and renews in a file: that of a
// Kubernetes service account, of SPIFFE, of a CI system. It is for the methods jwt and
// kubernetes, which take the same.
type JWT struct {
	Mount     string // "jwt", "kubernetes"
	Role      string
	TokenFile string
}

func (j *JWT) String() string { return "auth/" + j.Mount + " as " + j.Role }

func (j *JWT) login(ctx context.Context, c *Client) (*grant, error) {
	token, err := readSecret("token of the workload", j.TokenFile)
	if err != nil {
		return nil, err
	}
	return c.login(ctx, j.Mount, map[string]any{"role": j.Role, "jwt": token},
		fmt.Sprintf("is there a role %q, does it allow who %s is issued to, and is that token still valid?", j.Role, j.TokenFile))
}

// A Cert logs in with the client's certificate of Options.
type Cert struct {
	Mount string // "cert" if empty
	Role  string // any that fits if empty
}

func (l *Cert) String() string { return "auth/" + orElse(l.Mount, "cert") }

func (l *Cert) login(ctx context.Context, c *Client) (*grant, error) {
	in := map[string]any{}
	if l.Role != "" {
		in["name"] = l.Role
	}
	return c.login(ctx, orElse(l.Mount, "cert"), in, "is the client's certificate (cert_file) still valid, and signed by whom the role trusts?")
}

// login makes the call of a login. advice says what may be wrong if it is refused.
func (c *Client) login(ctx context.Context, mount string, in map[string]any, advice string) (*grant, error) {
	if err := kms.CheckName(mount); err != nil {
		return nil, fmt.Errorf("vault: mount of the login: %w", err)
	}
	path := "auth/" + mount + "/login"
	a, err := c.call(ctx, &request{path: path, in: in, ttlWarning: true}, "")
	switch {
	case errors.Is(err, kms.ErrDenied), err == nil && a.status == http.StatusBadRequest:
		return nil, c.fail(fmt.Sprintf("refuses the login at %s: %s", path, advice), kms.ErrDenied, ErrLogin)
	case err != nil:
		return nil, err
	case a.status == http.StatusNotFound:
		return nil, c.fail(fmt.Sprintf("has no login at %s: enable it, or name its mount", path), kms.ErrDenied, ErrLogin)
	case a.status != http.StatusOK:
		return nil, c.unexpected(a, path)
	}
	return c.grant(a)
}

func orElse(s, other string) string {
	if s == "" {
		return other
	}
	return s
}

// readSecret reads a file that holds one secret, and never repeats what it holds.
func readSecret(what, path string) (string, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return "", &fault{fmt.Sprintf("vault: read %s: %v", what, err), []error{kms.ErrDenied, ErrLogin, err}}
	}
	defer clear(text)
	s := strings.TrimSpace(string(text))
	switch {
	case s == "":
		return "", &fault{fmt.Sprintf("vault: %s holds no %s: it is empty", path, what), []error{kms.ErrDenied, ErrLogin}}
	case !printable(s):
		return "", &fault{fmt.Sprintf("vault: %s holds more than a %s, or something else", path, what), []error{kms.ErrDenied, ErrLogin}}
	}
	return s, nil
}

// printable reports whether s may be a token: what a header can hold, without spaces.
func printable(s string) bool {
	for i := range len(s) {
		if s[i] <= ' ' || s[i] > '~' {
			return false
		}
	}
	return 0 < len(s) && len(s) <= 16<<10
}
