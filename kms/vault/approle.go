package vault

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"

	"github.com/mcpveil/mcpveil/kms"
)

// An AppRole logs in with a role id and a secret id.
//
// With Wrapped the file holds, in place of the secret id, a token that wraps it and can be
// used once. Then whoever carried it could not read it unseen: if it was used before us, or
// made by somebody else than the role's own path, login fails with [ErrTampered]. A restart
// needs a new one, so does a secret id that has ended: put it in the file, and the next
// login takes it.
type AppRole struct {
	Mount        string // "approle" if empty
	RoleID       string // this or RoleIDFile
	RoleIDFile   string
	SecretIDFile string
	Wrapped      bool
	Role         string // the name of the role, which a wrapped secret id must be of

	mu       sync.Mutex
	wrapping string // the wrapping token that secret came in
	secret   string
}

func (l *AppRole) String() string { return "auth/" + l.mount() }

func (l *AppRole) mount() string { return orElse(l.Mount, "approle") }

func (l *AppRole) login(ctx context.Context, c *Client) (*grant, error) {
	role := l.RoleID
	if role == "" {
		var err error
		if role, err = readSecret("role id", l.RoleIDFile); err != nil {
			return nil, err
		}
	}
	secret, err := l.secretID(ctx, c)
	if err != nil {
		return nil, err
	}
	advice := "is the role id right, and the secret id in " + l.SecretIDFile + " neither expired nor used up, and for this address?"
	if l.Wrapped {
		advice = "is the role id right? The secret id that was unwrapped may have expired or be used up: put another wrapped one in " + l.SecretIDFile
	}
	return c.login(ctx, l.mount(), map[string]any{"role_id": role, "secret_id": secret}, advice)
}

// secretID reads the secret id, or unwraps it.
func (l *AppRole) secretID(ctx context.Context, c *Client) (string, error) {
	if !l.Wrapped {
		return readSecret("secret id", l.SecretIDFile)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	wrapping, err := readSecret("wrapped secret id", l.SecretIDFile)
	if l.secret != "" && (err != nil || wrapping == l.wrapping) {
		return l.secret, nil // the file may have been taken away since
	}
	if err != nil {
		return "", err
	}
	secret, err := l.unwrap(ctx, c, wrapping)
	if err != nil {
		return "", err
	}
	l.wrapping, l.secret = wrapping, secret
	return secret, nil
}

// unwrap takes a secret id out of its wrapping, after a look at where that was made: once it
// is open, nobody can tell any more.
func (l *AppRole) unwrap(ctx context.Context, c *Client, wrapping string) (string, error) {
	const lookup, unwrap = "sys/wrapping/lookup", "sys/wrapping/unwrap"
	a, err := c.call(ctx, &request{path: lookup, in: map[string]any{"token": wrapping}}, "")
	switch {
	case err == nil && a.status == http.StatusBadRequest, isDenied(err):
		return "", l.tampered(c, "is not valid any more: it was unwrapped before, or has expired. If it was not you who started mcpveil with it before, someone else has the secret id: revoke it")
	case err != nil:
		return "", err
	case a.status != http.StatusOK:
		return "", c.unexpected(a, lookup)
	}
	if path := a.text("creation_path"); !l.made(path, c.namespace) {
		return "", l.tampered(c, fmt.Sprintf("was not made by auth/%s/role/%s/secret-id: it was not unwrapped, and someone may have put it there in place of yours", l.mount(), orElse(l.Role, "ROLE")))
	}
	a, err = c.call(ctx, &request{path: unwrap, in: map[string]any{}, once: true}, wrapping)
	switch {
	case err == nil && a.status == http.StatusBadRequest, isDenied(err):
		return "", l.tampered(c, "was unwrapped while we looked at it: someone else has the secret id: revoke it")
	case err != nil:
		return "", err
	case a.status != http.StatusOK || !printable(a.text("secret_id")):
		return "", c.fail("unwraps no secret id", ErrAnswer)
	}
	return a.text("secret_id"), nil
}

func isDenied(err error) bool { return errors.Is(err, kms.ErrDenied) }

// made reports whether path makes secret ids of our role. It may begin with our namespace.
func (l *AppRole) made(path, namespace string) bool {
	if namespace != "" {
		path = strings.TrimPrefix(path, strings.Trim(namespace, "/")+"/")
	}
	rest, ok := strings.CutPrefix(path, "auth/"+l.mount()+"/role/")
	role, end := strings.CutSuffix(rest, "/secret-id")
	return ok && end && role != "" && !strings.Contains(role, "/") && (l.Role == "" || role == l.Role)
}

func (l *AppRole) tampered(c *Client, what string) error {
	return &fault{"vault: ALARM: the wrapped secret id in " + l.SecretIDFile + " " + what + " (at " + c.addr + ")", []error{ErrTampered, ErrLogin, kms.ErrDenied}}
}
