package vault

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"sync"
	"time"

	"github.com/hashicorp/vault/api"

	"github.com/mcpveil/mcpveil/kms"
)

// A call goes down through these: ask gets a token, and another where Vault refuses the
// first; call makes it within the timeout, twice if need be; once waits its turn and makes
// it; send follows a redirect, if it may; classify says what the answer means.

// A request is what is asked of Vault.
type request struct {
	path       string
	capability string         // that it needs: "read", "update"; "" where no policy says so
	in         map[string]any // nil but for writing
	once       bool           // not to be made again where it is not known whether it was done
	ttlWarning bool           // a warning that a TTL was cut is no error
}

// ask makes a call with our token. It fails where no answer was got, and where one was got
// that means the same whatever was asked; any other, it returns.
func (c *Client) ask(ctx context.Context, r *request) (*answer, error) {
	token, err := c.session.token(ctx)
	if err != nil {
		return nil, err
	}
	for tries := 1; ; tries++ {
		a, err := c.call(ctx, r, token)
		if !errors.Is(err, errForbidden) || tries == maxTokens {
			return a, err
		}
		// Either the token is no good any more, or its policy says no: another token tells.
		other, loginErr := c.session.refused(ctx, token, errors.Is(err, errDeadToken))
		switch {
		case loginErr != nil:
			return nil, fmt.Errorf("%w; and to log in again: %w", err, loginErr)
		case other == token:
			return nil, err
		}
		token = other
	}
}

// maxTokens is with how many tokens a call is tried: the second may be revoked, too, before
// it is used.
const maxTokens = 3

// call makes a call with that token within the timeout.
func (c *Client) call(ctx context.Context, r *request, token string) (*answer, error) {
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	a, err := c.once(ctx, r, token)
	var f *failure
	if r.once || !errors.As(err, &f) || !f.again || !c.pause(ctx, f.wait) {
		return a, err
	}
	return c.once(ctx, r, token)
}

// pause waits before another try, and reports whether there is time for one.
func (c *Client) pause(ctx context.Context, wait time.Duration) bool {
	wait = max(wait, 50*time.Millisecond+rand.N(200*time.Millisecond))
	if by, ok := ctx.Deadline(); ok && time.Until(by) < wait {
		return false
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}

func (c *Client) once(ctx context.Context, r *request, token string) (*answer, error) {
	if wait := c.patience.left(); wait > 0 && !c.pauseFor(ctx, wait) {
		return nil, c.fail(fmt.Sprintf("asked for patience, and is not asked again for %v", wait.Round(time.Second)), kms.ErrUnavailable, ErrThrottled)
	}
	if ctx.Err() == nil && c.limit.Wait(ctx) != nil && ctx.Err() == nil {
		return nil, c.fail(fmt.Sprintf("would be asked more than %d times a second", callRate), kms.ErrUnavailable, ErrThrottled)
	}
	resp, err := c.send(ctx, r, token)
	if resp == nil {
		return nil, c.noAnswer(ctx, err)
	}
	defer resp.Body.Close()
	a, err := readAnswer(resp, r)
	if ctx.Err() != nil {
		return nil, c.noAnswer(ctx, ctx.Err())
	}
	return c.classify(r, resp, a, err)
}

// pauseFor waits that long, if there is time.
func (c *Client) pauseFor(ctx context.Context, wait time.Duration) bool {
	by, ok := ctx.Deadline()
	if ok && time.Until(by) < wait {
		return false
	}
	return c.pause(ctx, wait)
}

// send makes one call, and follows one redirect to a host that is configured.
func (c *Client) send(ctx context.Context, r *request, token string) (*api.Response, error) {
	to := ""
	for {
		cl := c.api.WithRequestCallbacks(func(q *api.Request) {
			q.ClientToken = token
			if to != "" {
				q.URL.Host, q.Host = to, to
			}
		})
		resp, err := transmit(ctx, cl, r)
		if resp == nil || to != "" || resp.StatusCode < 300 || resp.StatusCode > 399 {
			return resp, err
		}
		u, err := resp.Location()
		if err != nil || u.Scheme != resp.Request.URL.Scheme || !c.mayRedirect(u.Host) || u.Path != resp.Request.URL.Path {
			return resp, nil // classify says so
		}
		resp.Body.Close()
		to = u.Host
	}
}

func transmit(ctx context.Context, cl *api.Client, r *request) (*api.Response, error) {
	switch {
	case r.capability == "list":
		return cl.Logical().ReadRawWithDataWithContext(ctx, r.path, map[string][]string{"list": {"true"}})
	case r.capability == "delete":
		return cl.RawRequestWithContext(ctx, cl.NewRequest(http.MethodDelete, "/v1/"+r.path))
	case r.in == nil:
		return cl.Logical().ReadRawWithContext(ctx, r.path)
	}
	body, err := marshal(r.in)
	if err != nil {
		return nil, err
	}
	defer clear(body)
	return cl.Logical().WriteRawWithContext(ctx, r.path, body)
}

// classify tells what is wrong with an answer, if anything is that does not depend on what
// was asked. err is what there was to say of its body.
func (c *Client) classify(r *request, resp *api.Response, a *answer, err error) (*answer, error) {
	if status := a.status; status >= 300 && status < 400 {
		to := "another host"
		if u, err := resp.Location(); err == nil && kms.CheckName(hostName(u.Host)) == nil {
			to = u.Host
		}
		return nil, c.fail(fmt.Sprintf("answers %d, a redirect to %s, which is not followed: name the active node or the load balancer in the URI, or that host among the redirects", status, to), ErrStandby)
	}
	if err != nil && (a.status < 300 || a.status == http.StatusBadRequest || a.status == http.StatusNotFound) {
		f := c.fail("cannot be understood: "+err.Error(), ErrAnswer)
		if !errors.Is(err, errWarned) { // what stands in front of Vault may do better later
			f.is, f.again = append(f.is, kms.ErrUnavailable), true
		}
		return nil, f
	}
	switch status := a.status; {
	case status == http.StatusForbidden:
		return nil, c.forbidden(r, a)
	case status == http.StatusTooManyRequests:
		f := c.fail(fmt.Sprintf("answers %d: it is asked too often%s", status, c.patienceFor(resp)), kms.ErrUnavailable, ErrThrottled)
		f.again, f.wait = true, c.patience.left()
		return nil, f
	case a.says("sealed"):
		return nil, c.fail(fmt.Sprintf("answers %d (it is sealed: unseal it)", status), kms.ErrUnavailable, ErrSealed)
	case a.says("not initialized") || status == http.StatusNotImplemented:
		return nil, c.fail(fmt.Sprintf("answers %d (it is not initialised: vault operator init)", status), kms.ErrUnavailable, ErrUninitialised)
	case status == 472 || status == 473 || a.says("standby") || a.says("node not active"):
		f := c.fail(fmt.Sprintf("answers %d (a standby that reaches no active node)", status), kms.ErrUnavailable, ErrStandby)
		f.again = true
		return nil, f
	case status == http.StatusPreconditionFailed || status >= 500:
		f := c.fail(fmt.Sprintf("answers %d%s", status, c.patienceFor(resp)), kms.ErrUnavailable)
		f.again, f.wait = true, c.patience.left()
		return nil, f
	}
	return a, nil
}

func hostName(hostport string) string {
	out := []byte(hostport)
	for i, b := range out {
		if b == '.' || b == ':' || b == '[' || b == ']' {
			out[i] = '-'
		}
	}
	return string(out)
}

var (
	errForbidden = errors.New("vault: forbidden")
	errDeadToken = errors.New("vault: token no good")
)

func (c *Client) forbidden(r *request, a *answer) error {
	f := c.fail("denies it", kms.ErrDenied, errForbidden)
	if r.capability != "" {
		f.text += fmt.Sprintf(": the token's policy must have path %q { capabilities = [%q] }, and the token must not have expired", r.path, r.capability)
	}
	if a.says("invalid token") {
		f.is = append(f.is, errDeadToken)
	}
	return f
}

// A failure is a fault that tells whether another try may help, and after how long.
type failure struct {
	fault
	again bool
	wait  time.Duration
}

func (c *Client) fail(text string, is ...error) *failure {
	return &failure{fault: fault{text: "vault: " + c.addr + " " + text, is: is}}
}

// noAnswer says why there was none. Certificates that do not verify are nothing that
// passes with time.
func (c *Client) noAnswer(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		err = ctx.Err()
		if errors.Is(err, context.DeadlineExceeded) {
			err = fmt.Errorf("no answer within %v: %w", c.timeout, err)
		}
	}
	if errors.Is(err, errLimit) {
		return c.fail("cannot be understood: "+errLimit.Error(), ErrAnswer)
	}
	var cert *tls.CertificateVerificationError
	if errors.As(err, &cert) {
		return c.fail(fmt.Sprintf("has a certificate that does not verify: %v; give the certificate of the authority that signed it (ca_file), or the name in it (server_name)", cert.Err), ErrCertificate)
	}
	var alert *net.OpError
	if errors.As(err, &alert) && alert.Op == "remote error" {
		return c.fail(fmt.Sprintf("refuses the connection: %v; does it want a client's certificate (cert_file), or a newer one?", alert.Err), ErrCertificate)
	}
	err = bare(err)
	f := c.fail(fmt.Sprintf("cannot be reached: %v", err), kms.ErrUnavailable, ErrUnreachable)
	f.is, f.again = append(f.is, err), ctx.Err() == nil
	return f
}

// bare takes the request off an error of net/http's. Of what is left, some errors repeat what
// the other side wrote: those are not.
func bare(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		err = u.Err
	}
	var op *net.OpError
	switch {
	case errors.As(err, &op), errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded), errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return err
	}
	return errors.New("what it answers is no HTTP, or was cut")
}

// patienceFor heeds what an answer says of when to ask again.
func (c *Client) patienceFor(resp *api.Response) string {
	after := retryAfter(resp.Header.Get("Retry-After"))
	if after <= 0 {
		return ""
	}
	c.patience.set(after)
	return fmt.Sprintf(", and wants to be left alone for %v", after)
}

// maxPatience is the longest that one answer has us wait. A wrong header must not keep us
// away from a Vault that works again.
const maxPatience = time.Minute

func retryAfter(h string) time.Duration {
	if s, err := strconv.Atoi(h); err == nil && s > 0 {
		return min(time.Duration(min(s, 3600))*time.Second, maxPatience)
	}
	if t, err := http.ParseTime(h); err == nil {
		return min(time.Until(t), maxPatience)
	}
	return 0
}

// patience is until when Vault is not to be asked.
type patience struct {
	mu    sync.Mutex
	until time.Time
}

func (p *patience) set(d time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.until = time.Now().Add(d)
}

func (p *patience) left() time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	return time.Until(p.until)
}
