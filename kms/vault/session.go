package vault

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"github.com/mcpveil/mcpveil/kms"
)

// A session has a token at hand. What it got it renews when two thirds of its life are
// over, and where that gives less than a life, or is refused, it logs in anew. (The client
// library's LifetimeWatcher says so only when the token is dead: a call in between fails.)
// The token before stays in use until there is another. It never gives up.
type session struct {
	c     *Client
	login Login
	log   *slog.Logger

	cur  atomic.Pointer[grant]
	lock chan struct{} // held by who changes cur or asks Vault to

	// Under lock.
	failed  int       // logins in a row that did
	retryAt time.Time // no login before, after one that failed
	lastErr error     // what that one said
	forced  time.Time // when a refused token was last given up that may have been good
	looks   bool      // tokens of this login may look at themselves

	start  sync.Once
	ctx    context.Context
	stop   context.CancelFunc
	done   chan struct{} // closed when keep has ended, or was never begun and never will be
	renewd chan struct{} // cur is another
}

const (
	// policyGap is the least time between two logins made because Vault denied a call with
	// a token that may well be good: it is the policy that says no, then.
	policyGap = time.Minute

	minBackOff, maxBackOff = time.Second, 30 * time.Second
)

// A grant is a token and what is known of its life.
type grant struct {
	token     string
	from      time.Time     // when it was got, or last renewed
	ttl       time.Duration // from then on; 0 if it does not end, or nobody knows
	life      time.Duration // ttl when it was got
	renewable bool
	unknown   bool // it was given to us, and Vault was not asked about it yet
	ours      bool // a login got it, and nobody else has it
}

func newSession(c *Client, l Login, log *slog.Logger) *session {
	s := &session{c: c, login: l, log: log, lock: make(chan struct{}, 1), done: make(chan struct{}), renewd: make(chan struct{}, 1)}
	s.ctx, s.stop = context.WithCancel(context.Background())
	return s
}

func (s *session) acquire(ctx context.Context) error {
	select {
	case s.lock <- struct{}{}:
		return nil
	case <-ctx.Done():
		return s.c.noAnswer(ctx, ctx.Err())
	}
}

func (s *session) release() { <-s.lock }

// token returns a token that is good as far as we know.
func (s *session) token(ctx context.Context) (string, error) {
	if r, ok := s.login.(reader); ok {
		return s.given(ctx, r)
	}
	if g := s.cur.Load(); g != nil && !g.over() {
		return g.token, nil
	}
	if err := s.acquire(ctx); err != nil {
		return "", err
	}
	defer s.release()
	if g := s.cur.Load(); g != nil && !g.over() {
		return g.token, nil
	}
	if err := s.enter(ctx); err != nil {
		return "", err
	}
	return s.cur.Load().token, nil
}

// given returns the token that was given to us. One that cannot be read now, as when it is
// being replaced, leaves the one before.
func (s *session) given(ctx context.Context, r reader) (string, error) {
	token, err := r.read(ctx)
	g := s.cur.Load()
	switch {
	case err != nil && g != nil && !g.over():
		return g.token, nil
	case err != nil:
		return "", err
	case g != nil && g.token == token:
		return token, nil
	}
	s.put(&grant{token: token, from: time.Now(), unknown: r.ask()})
	return token, nil
}

func (g *grant) over() bool { return g.ttl > 0 && time.Since(g.from) >= g.ttl }

// due is in how long to renew.
func (g *grant) due() time.Duration {
	part := .6 + .1*rand.Float64() // not all replicas at once
	return time.Until(g.from.Add(time.Duration(float64(g.ttl) * part)))
}

func (s *session) put(g *grant) {
	s.cur.Store(g)
	if g.ttl > 0 || g.unknown {
		s.start.Do(func() { go s.keep() })
	}
	select {
	case s.renewd <- struct{}{}:
	default:
	}
}

// enter logs in. The caller holds lock. After a login that failed, the next waits.
func (s *session) enter(ctx context.Context) error {
	if wait := time.Until(s.retryAt); wait > 0 {
		return fmt.Errorf("%w (tried again in %v)", s.lastErr, wait.Round(time.Second))
	}
	g, err := s.login.login(ctx, s.c)
	if err != nil {
		if ctx.Err() == nil { // else it is the caller that gave up
			s.failed++
			back := min(minBackOff<<min(s.failed-1, 10), maxBackOff)
			s.retryAt = time.Now().Add(time.Duration(float64(back) * (.8 + .4*rand.Float64())))
			s.lastErr = err
		}
		return err
	}
	s.failed, s.retryAt, s.lastErr = 0, time.Time{}, nil
	g.from, g.life = time.Now(), g.ttl
	s.put(g)
	s.log.Info("logged in to Vault", "vault", s.c.addr, "login", s.login.String(), "ttl", g.ttl, "renewable", g.renewable)
	return nil
}

// loginIn returns in how long a login may be tried again after one that failed.
func (s *session) loginIn() time.Duration {
	if s.acquire(s.ctx) != nil {
		return 0
	}
	defer s.release()
	return time.Until(s.retryAt)
}

// refused returns another token than one that Vault denied a call with, or that one if
// there is no other, or it is not the token's fault. dead says that the token is no good,
// else it may be what its policy says.
func (s *session) refused(ctx context.Context, token string, dead bool) (string, error) {
	if r, ok := s.login.(reader); ok {
		return s.given(ctx, r)
	}
	if err := s.acquire(ctx); err != nil {
		return "", err
	}
	defer s.release()
	if g := s.cur.Load(); g.token != token && !g.over() {
		return g.token, nil
	}
	// Vault says which it is, OpenBao does not: there, whether the token may still look at
	// itself tells, if ever one of ours could.
	if !dead && !(s.looks && !s.alive(ctx, token)) {
		if time.Since(s.forced) < policyGap {
			return token, nil
		}
		s.forced = time.Now()
	}
	if err := s.enter(ctx); err != nil {
		return "", err
	}
	token = s.cur.Load().token
	s.looks = s.looks || !dead && s.alive(ctx, token)
	return token, nil
}

// alive reports whether a token may look at itself.
func (s *session) alive(ctx context.Context, token string) bool {
	a, err := s.c.call(ctx, &request{path: "auth/token/lookup-self"}, token)
	return !errors.Is(err, errForbidden) && (err != nil || a.status == 200)
}

// keep sees to it that the token lives, until close.
func (s *session) keep() {
	defer close(s.done)
	for backOff := time.Duration(0); ; {
		wait := backOff
		if g := s.cur.Load(); backOff == 0 {
			switch {
			case g.unknown:
			case g.ttl == 0:
				wait = time.Duration(1<<63 - 1)
			default:
				wait = max(g.due(), 0)
			}
		}
		timer := time.NewTimer(wait)
		select {
		case <-s.ctx.Done():
			timer.Stop()
			return
		case <-s.renewd:
			timer.Stop()
			backOff = 0
			continue
		case <-timer.C:
		}
		if err := s.extend(s.ctx); err == nil {
			backOff = 0
		} else if s.ctx.Err() == nil {
			backOff = min(max(2*backOff, minBackOff), maxBackOff)
			backOff = time.Duration(float64(backOff) * (.8 + .4*rand.Float64()))
			if wait := s.loginIn(); wait > 0 { // not later than it may: two waits in a row would be twice the longest
				backOff = wait
			}
			s.log.Warn("token of Vault not renewed: it stays in use", "vault", s.c.addr, "login", s.login.String(), "left", s.cur.Load().left(), "class", Class(err), "error", err)
		}
	}
}

func (g *grant) left() time.Duration {
	if g.ttl == 0 {
		return 0
	}
	return max(0, time.Until(g.from.Add(g.ttl))).Round(time.Second)
}

// extend renews the token, or gets another.
func (s *session) extend(ctx context.Context) error {
	if err := s.acquire(ctx); err != nil {
		return err
	}
	defer s.release()
	g := s.cur.Load()
	_, isGiven := s.login.(reader)
	if g.unknown {
		return s.lookUp(ctx, g)
	}
	if g.renewable && !g.over() {
		next, err := s.renew(ctx, g)
		switch {
		case err == nil && next.ttl > 0 && (isGiven || next.ttl > g.life/2):
			s.put(next)
			return nil
		case err == nil && next.ttl > 0: // its end is near
			s.put(next)
		case err == nil: // so near that seconds do not say how
		case isGiven && errors.Is(err, kms.ErrDenied):
			return s.giveUp(g, err)
		case !errors.Is(err, kms.ErrDenied):
			return err
		}
	}
	if isGiven {
		return s.giveUp(g, nil)
	}
	return s.enter(ctx)
}

// giveUp leaves a token that was given to us to its end: only who gave it has another.
func (s *session) giveUp(g *grant, err error) error {
	s.log.Warn("token of Vault cannot be renewed: put another in its place before it ends", "vault", s.c.addr, "login", s.login.String(), "left", g.left(), "error", err)
	rest := *g
	rest.ttl = 0
	s.put(&rest)
	return nil
}

// renew asks for a longer life of a token.
func (s *session) renew(ctx context.Context, g *grant) (*grant, error) {
	a, err := s.c.call(ctx, &request{path: "auth/token/renew-self", in: map[string]any{}, ttlWarning: true}, g.token)
	switch {
	case err != nil:
		return nil, err
	case a.status == 400: // as of a token that is not renewable
		return nil, s.c.fail("does not renew the token", kms.ErrDenied)
	case a.status != 200:
		return nil, s.c.unexpected(a, "auth/token/renew-self")
	}
	next, err := s.c.grant(a)
	if err != nil {
		return nil, err
	}
	next.from, next.life, next.ours = time.Now(), g.life, g.ours
	return next, nil
}

// lookUp asks what a token that was given to us is good for. One that may not even ask
// that lives as it lives.
func (s *session) lookUp(ctx context.Context, g *grant) error {
	a, err := s.c.call(ctx, &request{path: "auth/token/lookup-self"}, g.token)
	if err != nil && !errors.Is(err, kms.ErrDenied) {
		return err
	}
	known := *g
	known.unknown = false
	if err == nil && a.status == 200 {
		known.from = time.Now()
		known.ttl = time.Duration(a.number("ttl")) * time.Second
		if known.ttl == 0 && a.text("expire_time") != "" { // the last second was cut off
			known.ttl = time.Second
		}
		known.life = known.ttl
		known.renewable, _ = a.data["renewable"].(bool)
	}
	s.put(&known)
	return nil
}

// grant reads what a login or a renewal brought.
func (c *Client) grant(a *answer) (*grant, error) {
	switch {
	case a.auth == nil:
		return nil, c.fail("answers a login without a token", ErrAnswer)
	case a.auth.MFA != nil && a.auth.Token == "":
		return nil, c.fail("wants a second factor, which a program has not", kms.ErrDenied, ErrLogin)
	case !printable(a.auth.Token) || a.auth.Seconds < 0:
		return nil, c.fail("answers a login without a token", ErrAnswer)
	}
	return &grant{
		token: a.auth.Token, ttl: time.Duration(min(a.auth.Seconds, 1<<31)) * time.Second,
		renewable: a.auth.Renewable, ours: a.auth.Type != "batch",
	}, nil
}

// close ends keep and revokes the token, if it is ours.
func (s *session) close() error {
	s.stop()
	s.start.Do(func() { close(s.done) })
	<-s.done
	g := s.cur.Load()
	if g == nil || !g.ours || g.over() {
		return nil
	}
	s.cur.Store(&grant{})
	if _, err := s.c.call(context.Background(), &request{path: "auth/token/revoke-self", in: map[string]any{}, once: true}, g.token); err != nil {
		return fmt.Errorf("token not revoked, it ends by itself: %w", err)
	}
	return nil
}
