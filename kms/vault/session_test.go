package vault_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/mcpveil/mcpveil/internal/testenv"
	"github.com/mcpveil/mcpveil/kms"
	"github.com/mcpveil/mcpveil/kms/kmstest"
	"github.com/mcpveil/mcpveil/kms/vault"
)

// long is what nothing here takes, however busy the machine is.
const long = 2 * time.Minute

// eventually waits until done says so.
func eventually(t *testing.T, what string, done func() bool) {
	t.Helper()
	for end := time.Now().Add(long); !done(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("waited %v for %s", long, what)
		}
	}
}

// users call a key again and again, and count what failed.
type users struct {
	stop  chan struct{}
	wg    sync.WaitGroup
	calls [4]atomic.Int64 // that ended, of each
	bad   atomic.Int64
}

func uses(t *testing.T, k kms.KEK) *users {
	u := &users{stop: make(chan struct{})}
	for i := range u.calls {
		u.wg.Go(func() {
			for {
				select {
				case <-u.stop:
					return
				default:
				}
				if _, err := k.EncryptWithContext(t.Context(), []byte{byte(i)}, []byte("ad")); err != nil && u.bad.Add(1) < 4 {
					t.Errorf("after %d calls: %v", u.calls[i].Load(), err)
				}
				u.calls[i].Add(1)
				time.Sleep(2 * time.Millisecond)
			}
		})
	}
	return u
}

// turn waits until each of them has made a call that it had not begun before.
func (u *users) turn(t *testing.T) {
	t.Helper()
	var had [len(u.calls)]int64
	for i := range had {
		had[i] = u.calls[i].Load()
	}
	eventually(t, "everybody's next call", func() bool {
		for i := range had {
			if u.calls[i].Load() < had[i]+2 {
				return false
			}
		}
		return true
	})
}

// end ends them and returns how many calls there were, and how many of them failed.
func (u *users) end() (calls, failed int64) {
	close(u.stop)
	u.wg.Wait()
	for i := range u.calls {
		calls += u.calls[i].Load()
	}
	return calls, u.bad.Load()
}

// TestMaxTTL (T28): tokens end by their maximal TTL several times, under load, and no call
// fails. Before that they are renewed.
// The fake does the same for a month, in TestMonth.
func TestMaxTTL(t *testing.T) { t.Parallel(); testMaxTTL(t, kmstest.StartVault(t)) }

func testMaxTTL(t *testing.T, v *kmstest.Vault) {
	grantPolicy(v)
	id := enableAppRole(v, map[string]any{"token_ttl": "2s", "token_max_ttl": "3s"})
	path, _ := secretFile(t, secretID(v))
	var logins, renewals atomic.Int64
	v.Intercept(func(_ http.ResponseWriter, r *http.Request) bool {
		switch {
		case strings.HasSuffix(r.URL.Path, "/login"):
			logins.Add(1)
		case strings.HasSuffix(r.URL.Path, "/renew-self"):
			renewals.Add(1)
		}
		return false
	})
	k := works(t, v, withLogin(t, v, &vault.AppRole{RoleID: id, SecretIDFile: path}), "kek")
	u := uses(t, k)
	eventually(t, "3 logins and 2 renewals", func() bool { return logins.Load() >= 3 && renewals.Load() >= 2 })
	u.turn(t)
	calls, failed := u.end()
	t.Logf("of %d calls %d failed, with %d logins and %d renewals", calls, failed, logins.Load(), renewals.Load())
	if failed != 0 {
		t.Errorf("of %d calls %d failed, with %d logins and %d renewals", calls, failed, logins.Load(), renewals.Load())
	}
}

// TestRevoked (T30): tokens are revoked under load, and no call fails.
func TestRevoked(t *testing.T) { onBothAtOnce(t, testRevoked) }

func testRevoked(t *testing.T, v *kmstest.Vault) {
	grantPolicy(v)
	id := enableAppRole(v, nil)
	path, _ := secretFile(t, secretID(v))
	c := withLogin(t, v, &vault.AppRole{RoleID: id, SecretIDFile: path})
	k := works(t, v, c, "kek")
	u := uses(t, k)
	for range 5 {
		u.turn(t)
		revoked := revokeAll(t, v)
		eventually(t, "a token to be revoked", revoked.Load)
	}
	u.turn(t)
	if calls, failed := u.end(); failed != 0 {
		t.Errorf("of %d calls %d failed", calls, failed)
	}
	// Closed, it leaves no token behind.
	var last string
	v.Intercept(func(_ http.ResponseWriter, r *http.Request) bool { last = r.Header.Get("X-Vault-Token"); return false })
	if _, err := k.EncryptWithContext(t.Context(), []byte("x"), nil); err != nil {
		t.Fatal(err)
	}
	if err := c.Close(); err != nil {
		t.Errorf("Close = %v", err)
	}
	if status, _ := v.Do("GET", "auth/token/lookup-self", last, nil); status != http.StatusForbidden {
		t.Errorf("after Close the token still serves: status %d", status)
	}
}

// TestGivenToken: a token that was given to us is renewed as long as that goes, and stays the
// same.
func TestGivenToken(t *testing.T) { onBothAtOnce(t, testGivenToken) }

func testGivenToken(t *testing.T, v *kmstest.Vault) {
	grantPolicy(v)
	create := func(body map[string]any) string {
		auth, _ := v.Root("POST", "auth/token/create", body)["auth"].(map[string]any)
		s, _ := auth["client_token"].(string)
		return s
	}
	file, write := secretFile(t, create(map[string]any{"policies": []string{"sidecar"}, "ttl": "12s"}))
	made := time.Now()
	k := works(t, v, withLogin(t, v, &vault.Token{File: file}), "kek")
	for time.Since(made) < 13*time.Second {
		time.Sleep(500 * time.Millisecond)
		if _, err := k.EncryptWithContext(t.Context(), []byte("x"), nil); err != nil {
			t.Fatalf("a token of 12 s that is renewed, after %v: %v", time.Since(made), err)
		}
	}
	// One that cannot be renewed ends; what is put in its place is taken.
	write(create(map[string]any{"policies": []string{"sidecar"}, "ttl": "5s", "renewable": false}))
	if _, err := k.EncryptWithContext(t.Context(), []byte("x"), nil); err != nil {
		t.Errorf("with the next token: %v", err)
	}
	eventually(t, "a token to end", func() bool {
		_, err := k.EncryptWithContext(t.Context(), []byte("x"), nil)
		if err != nil && !errors.Is(err, kms.ErrDenied) {
			t.Errorf("with a token that ended = %v, want ErrDenied", err)
		}
		return err != nil
	})
}

// A world is a fake Vault in a bubble of time, with an AppRole.
type world struct {
	*kmstest.Vault
	k   kms.KEK
	log *testenv.Buffer

	mu    sync.Mutex
	paths []string
}

func newWorld(t *testing.T, role map[string]any) *world {
	t.Helper()
	w := &world{Vault: kmstest.FakeVaultInProcess(t), log: new(testenv.Buffer)}
	grantPolicy(w.Vault)
	id := enableAppRole(w.Vault, role)
	path, _ := secretFile(t, secretID(w.Vault))
	w.watch(nil)
	c, err := vault.New(parse(t, w.URI()), &vault.Options{Login: &vault.AppRole{RoleID: id, SecretIDFile: path}, Client: w.Client(), Log: slog.New(slog.NewTextHandler(w.log, nil))})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	w.k = works(t, w.Vault, c, "kek")
	return w
}

// watch notes what is asked, and has f answer it first.
func (w *world) watch(f func(http.ResponseWriter, *http.Request) bool) {
	w.Intercept(func(rw http.ResponseWriter, r *http.Request) bool {
		w.mu.Lock()
		w.paths = append(w.paths, strings.TrimPrefix(r.URL.Path, "/v1/"))
		w.mu.Unlock()
		return f != nil && f(rw, r)
	})
}

// asked returns how often a path was asked for since the last time.
func (w *world) asked(path string) (n int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, p := range w.paths {
		if strings.HasSuffix(p, path) {
			n++
		}
	}
	w.paths = nil
	return n
}

func (w *world) use(t *testing.T) error {
	t.Helper()
	_, err := w.k.EncryptWithContext(t.Context(), []byte("x"), nil)
	return err
}

func answer(status int, body string) func(http.ResponseWriter, *http.Request) bool {
	return func(w http.ResponseWriter, _ *http.Request) bool {
		w.WriteHeader(status)
		fmt.Fprint(w, body)
		return true
	}
}

// at has f answer what is asked at paths that end so.
func at(suffix string, f func(http.ResponseWriter, *http.Request) bool) func(http.ResponseWriter, *http.Request) bool {
	return func(w http.ResponseWriter, r *http.Request) bool {
		return strings.HasSuffix(r.URL.Path, suffix) && f(w, r)
	}
}

const hour = time.Hour

// A month with tokens of an hour, a day at most: they are renewed, replaced before the day is
// over, and not asked about more than that takes.
func TestMonth(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, map[string]any{"token_ttl": "1h", "token_max_ttl": "24h"})
		logins, renewals, failed := 0, 0, 0
		for range 30 * 24 * 4 {
			time.Sleep(hour / 4)
			if err := w.use(t); err != nil {
				failed++
				t.Log(err)
			}
			w.mu.Lock()
			for _, p := range w.paths {
				switch {
				case strings.HasSuffix(p, "/login"):
					logins++
				case strings.HasSuffix(p, "renew-self"):
					renewals++
				}
			}
			w.paths = nil
			w.mu.Unlock()
		}
		t.Logf("%d logins, %d renewals, %d calls failed", logins, renewals, failed)
		if failed > 0 || logins < 30 || logins > 35 || renewals < 1000 || renewals > 1250 {
			t.Errorf("in a month: %d failed, %d logins, %d renewals; want none, 30 to 35, 1000 to 1250", failed, logins, renewals)
		}
	})
}

// While Vault cannot be asked, the token at hand stays in use; afterwards it is renewed as if
// nothing had been. Tries become rarer, and do not stop.
func TestRenewalFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, map[string]any{"token_ttl": "1h", "token_max_ttl": "24h"})
		w.asked("")
		w.watch(at("renew-self", answer(503, `{"errors":["canary"]}`)))
		time.Sleep(50 * time.Minute)
		if err := w.use(t); err != nil {
			t.Errorf("while renewing fails: %v", err)
		}
		if n := w.asked("renew-self"); n < 15 || n > 120 {
			t.Errorf("asked %d times in the last third of the hour, want about every half minute", n)
		}
		w.watch(nil)
		time.Sleep(time.Minute)
		if n := w.asked("renew-self"); n != 1 {
			t.Errorf("renewed %d times once it worked, want once", n)
		}
		// Down for longer than the token lives, the next call after that logs in.
		w.Down(true)
		time.Sleep(3 * hour)
		if err := w.use(t); !errors.Is(err, kms.ErrUnavailable) || !errors.Is(err, vault.ErrUnreachable) {
			t.Errorf("while Vault is down: %v", err)
		}
		w.Down(false)
		time.Sleep(maxBackOff)
		w.asked("")
		if err := w.use(t); err != nil {
			t.Errorf("%v after Vault is up again: %v", maxBackOff, err)
		}
		if n := w.asked("encrypt/kek"); n != 1 {
			t.Errorf("it asked %d times: a token that is over needs not be tried", n)
		}
		for _, s := range []string{"canary", "hvs.", w.RootToken} {
			if strings.Contains(w.log.String(), s) {
				t.Errorf("the log holds %q:\n%s", s, w.log)
			}
		}
		if !strings.Contains(w.log.String(), "stays in use") || !strings.Contains(w.log.String(), "class=unreachable") {
			t.Errorf("the log does not say what happened:\n%s", w.log)
		}
	})
}

const maxBackOff = 36 * time.Second // with jitter

// Without the right to renew, it logs in at two thirds of the token's life; what the login says
// while the old token lives is nobody's trouble.
func TestRenewalDenied(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, map[string]any{"token_ttl": "1h"})
		w.asked("")
		w.watch(func(rw http.ResponseWriter, r *http.Request) bool {
			return at("renew-self", answer(403, `{"errors":["permission denied"]}`))(rw, r) || at("/login", answer(500, `{}`))(rw, r)
		})
		time.Sleep(50 * time.Minute)
		if err := w.use(t); err != nil {
			t.Errorf("while logging in anew fails, the old token is good: %v", err)
		}
		w.watch(at("renew-self", answer(403, `{"errors":["permission denied"]}`)))
		w.asked("")
		time.Sleep(time.Minute)
		if n := w.asked("/login"); n != 1 {
			t.Errorf("logged in %d times once it worked, want once", n)
		}
		time.Sleep(20 * time.Minute) // the old one is over
		if err := w.use(t); err != nil {
			t.Error(err)
		}
	})
}

// A call that is denied by policy makes one login, not one each: a minute later another.
func TestPolicyDenies(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, map[string]any{"token_ttl": "1h"})
		w.asked("")
		w.watch(at("encrypt/kek", answer(403, `{"errors":["1 error occurred:\n\t* permission denied\n\n"]}`)))
		for range 20 {
			err := w.use(t)
			if !errors.Is(err, kms.ErrDenied) || errors.Is(err, vault.ErrLogin) || !strings.Contains(err.Error(), `path "transit/encrypt/kek"`) {
				t.Fatalf("denied: %v", err)
			}
			time.Sleep(time.Second)
		}
		if n := w.asked("/login"); n != 1 {
			t.Errorf("20 calls that policy denies made %d logins, want 1", n)
		}
		time.Sleep(2 * time.Minute)
		w.use(t)
		if n := w.asked("/login"); n != 1 {
			t.Errorf("two minutes later: %d logins, want 1", n)
		}
		// Where the login fails, too, the error says both.
		time.Sleep(2 * time.Minute)
		w.watch(func(rw http.ResponseWriter, r *http.Request) bool {
			return at("encrypt/kek", answer(403, `{"errors":["2 errors occurred:\n\t* permission denied\n\t* invalid token\n\n"]}`))(rw, r) || at("/login", answer(400, `{"errors":["invalid role or secret ID"]}`))(rw, r)
		})
		w.asked("")
		for range 5 {
			if err := w.use(t); !errors.Is(err, kms.ErrDenied) || !errors.Is(err, vault.ErrLogin) {
				t.Errorf("denied, and no other login: %v", err)
			}
		}
		if n := w.asked("/login"); n != 1 {
			t.Errorf("5 calls at once with a revoked token made %d logins, want 1", n)
		}
	})
}

// A hundred calls at once, none of them logged in: one login.
func TestLoginOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, map[string]any{"token_ttl": "1h"})
		time.Sleep(10 * time.Minute)
		revokeAll(t, w.Vault)
		w.use(t) // meets it
		w.asked("")
		w.watch(nil)
		v := w.Vault
		id := data(v.Root("GET", "auth/approle/role/mcpveil/role-id", nil), "role_id")
		path, _ := secretFile(t, secretID(v))
		c, err := vault.New(parse(t, v.URI()), &vault.Options{Login: &vault.AppRole{RoleID: id, SecretIDFile: path}, Client: v.Client()})
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		var wg sync.WaitGroup
		for range 100 {
			wg.Go(func() {
				if err := c.Login(t.Context()); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if n := w.asked("/login"); n != 1 {
			t.Errorf("%d logins, want 1", n)
		}
	})
}

// TestPatience (T38): Vault is not asked again before it wants to be, nor is a caller kept
// waiting longer than a call may take.
func TestPatience(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, nil)
		wait := func(status int, after string) func(http.ResponseWriter, *http.Request) bool {
			return func(rw http.ResponseWriter, _ *http.Request) bool {
				rw.Header().Set("Retry-After", after)
				rw.WriteHeader(status)
				fmt.Fprint(rw, `{"errors":["canary"]}`)
				return true
			}
		}
		for _, status := range []int{429, 503} {
			w.watch(wait(status, "20"))
			w.asked("")
			first := w.use(t)
			start := time.Now()
			for range 50 {
				if err := w.use(t); !errors.Is(err, vault.ErrThrottled) || !errors.Is(err, kms.ErrUnavailable) || vault.Class(err) != "throttled" {
					t.Errorf("%d, within what it wants: %v", status, err)
				}
			}
			if n := w.asked("encrypt/kek"); n != 1 || time.Since(start) > time.Second || !errors.Is(first, kms.ErrUnavailable) {
				t.Errorf("%d: asked %d times, in %v, the first was %v; want once, at once", status, n, time.Since(start), first)
			}
			w.watch(nil)
			time.Sleep(20 * time.Second)
			if err := w.use(t); err != nil {
				t.Errorf("%d, after the time it wanted: %v", status, err)
			}
		}
		// A second is within a call: it is waited for.
		asked := 0
		w.watch(func(rw http.ResponseWriter, r *http.Request) bool {
			asked++
			return asked == 1 && wait(429, "1")(rw, r)
		})
		if err := w.use(t); err != nil || asked != 2 {
			t.Errorf("with Retry-After: 1: %v after %d calls, want success with the second", err, asked)
		}
		// Nor does a wrong header keep us away for ever.
		w.watch(wait(503, "86400"))
		w.use(t)
		w.watch(nil)
		time.Sleep(61 * time.Second)
		if err := w.use(t); err != nil {
			t.Errorf("a minute after Retry-After: a day: %v", err)
		}
		// What takes too long is given up in two seconds, and is tried once more where there is time.
		w.watch(func(_ http.ResponseWriter, r *http.Request) bool { <-r.Context().Done(); return true })
		start := time.Now()
		err := w.use(t)
		if took := time.Since(start); took != 2*time.Second || !errors.Is(err, context.DeadlineExceeded) || !errors.Is(err, vault.ErrUnreachable) {
			t.Errorf("a Vault that does not answer: %v after %v, want a deadline after 2s", err, took)
		}
	})
}

// TestRate: we do not ask more than callRate times a second, whoever wants it.
func TestRate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, nil)
		time.Sleep(time.Minute)
		w.asked("")
		var wg sync.WaitGroup
		var throttled atomic.Int64
		for range 5000 {
			wg.Go(func() {
				if err := w.use(t); errors.Is(err, vault.ErrThrottled) {
					throttled.Add(1)
				} else if err != nil && !errors.Is(err, kms.ErrUnavailable) {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if n := w.asked("encrypt/kek"); n < 1000 || n > 1600 || throttled.Load() < 3400 {
			t.Errorf("5000 calls at once: %d asked, %d throttled; want 500 at once and 500 a second for the 2 s that a call has", n, throttled.Load())
		}
	})
}
