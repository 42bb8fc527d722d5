package envelope_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/mcpveil/mcpveil/envelope"
	"github.com/mcpveil/mcpveil/kms"
	"github.com/mcpveil/mcpveil/kms/kmstest"
	"github.com/mcpveil/mcpveil/redact"
)

// aging are options of a keyring that refreshes and grows old as it does unless told otherwise.
func aging() *envelope.Options {
	opts := options()
	opts.Refresh = 0
	return opts
}

// use seals, opens and hashes a value in the scopes of a principal and a subject, and
// returns how many of the five failed.
func use(t *testing.T, r *envelope.Keyrings) (failed int, err error) {
	t.Helper()
	note := func(e error) {
		if e != nil {
			err = e
			failed++
		}
	}
	for _, in := range []redact.Scope{alice, bob} {
		token, e := transform(t, r.Encrypt(), "EMAIL_ADDRESS", "ada@lovelace.example", in)
		note(e)
		if e != nil {
			token = "pii-email-1yqqsyqcyj8llk5mha070sk8eqax2sr50mhldsucngv9nt6xd9yj9vc6zr94flxc38csnj35q"
		}
		_, e = transform(t, r.Decrypt(), "EMAIL_ADDRESS", token, in)
		note(e)
	}
	_, e := transform(t, r.Hash(), "EMAIL_ADDRESS", "ada@lovelace.example", alice)
	note(e)
	return failed, err
}

// TestKeyServiceDead: without a key service nothing fails until the hard lifetime is over,
// everything does afterwards, and nothing does again soon after it is back. Meanwhile it
// is asked little.
func TestKeyServiceDead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, kek, store := inMemory(t)
		r := newRings(t, s, &envelope.KeyringsOptions{Options: *aging()})
		defer r.Close()
		must(t, r.Create(t.Context(), "acme"))
		must(t, r.Load(t.Context(), "acme"))
		uses := func(when string, want int) {
			t.Helper()
			if failed, err := use(t, r); failed != want {
				t.Fatalf("%s: %d of 5 failed, want %d: %v", when, failed, want, err)
			}
		}
		state := func(when string, want envelope.State, class string) envelope.Health {
			t.Helper()
			h := envelope.Worst(r.Health())
			if h.State != want || h.Error != class {
				t.Errorf("%s: health is %+v, want %s, %q", when, h, want, class)
			}
			return h
		}
		uses("at first", 0)
		state("at first", envelope.OK, "")
		time.Sleep(6 * time.Minute)

		down := fmt.Errorf("kmstest: %w", kms.ErrUnavailable)
		kek.Fail(down)
		store.Fail(down)
		calls := store.Calls.Load()
		for range 600 {
			uses("dead for less than ten minutes", 0)
			time.Sleep(time.Second)
		}
		if h := state("dead for ten minutes", envelope.Degraded, "unavailable"); h.Age < 10*time.Minute || h.Left > 24*time.Hour-10*time.Minute || h.Failures < 3 {
			t.Errorf("health is %+v", h)
		}
		if asked := store.Calls.Load() - calls; asked > 60 {
			t.Errorf("dead for ten minutes, it was asked %d times, want 60 at most", asked)
		}
		if err := newRings(t, s, nil).Load(t.Context(), "acme"); !errors.Is(err, kms.ErrUnavailable) {
			t.Errorf("a start meanwhile = %v, want ErrUnavailable", err)
		}
		for range 22 {
			time.Sleep(time.Hour)
			uses("dead for less than 24 hours", 0)
		}
		time.Sleep(2 * time.Hour)
		for range 20 {
			uses("dead for more than 24 hours", 5)
			time.Sleep(10 * time.Second)
		}
		state("dead for more than 24 hours", envelope.Expired, "unavailable")

		kek.Fail(nil)
		store.Fail(nil)
		use(t, r)
		time.Sleep(40 * time.Second) // of which the breaker takes 36 at most
		use(t, r)                    // one look is its try, and refuses others meanwhile
		time.Sleep(6 * time.Second)
		use(t, r) // has these look again
		time.Sleep(6 * time.Second)
		uses("back for less than a minute", 0)
		state("back for less than a minute", envelope.OK, "")
	})
}

// TestHardLifetimeHanging: keys are refused in time even if the store hangs, and does not
// heed that nobody waits any more.
func TestHardLifetimeHanging(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		kek, store := kmstest.New(t), &hanging{Store: new(kmstest.Store), until: make(chan struct{})}
		opts := aging()
		opts.MaxAge = time.Hour
		k, err := envelope.Create(t.Context(), kek, store, "ring", opts)
		must(t, err)
		store.hangs.Store(true)
		time.Sleep(time.Hour - time.Second)
		seal(t, k, "EMAIL_ADDRESS", "x", alice)
		time.Sleep(2 * time.Second)
		if _, err := k.Seal(nil, "EMAIL_ADDRESS", []byte("x"), alice); !errors.Is(err, envelope.ErrStale) {
			t.Errorf("Seal with keys of an hour = %v, want ErrStale", err)
		}
		close(store.until)
		k.Close()
	})
}

// A hanging store does not answer until it is told to.
type hanging struct {
	*kmstest.Store
	hangs atomic.Bool
	until chan struct{}
}

func (h *hanging) wait() {
	if h.hangs.Load() {
		<-h.until
	}
}

func (h *hanging) Get(ctx context.Context, name string) ([]byte, int64, error) {
	h.wait()
	return h.Store.Get(ctx, name)
}

func (h *hanging) Epoch(ctx context.Context, name string) (int64, error) {
	h.wait()
	return h.Store.Epoch(ctx, name)
}

// TestDisabled: a key that is disabled opens nothing elsewhere once the keyring is
// refreshed; where it is in use, as soon as its epoch is looked at; and without the right
// to look at that, as it would be otherwise.
func TestDisabled(t *testing.T) {
	for _, tt := range []struct {
		name   string
		uses   bool
		denied bool
		within time.Duration
	}{
		{"idle", false, false, 6*time.Minute + time.Second},
		{"in use", true, false, 37 * time.Second},
		{"epoch denied", true, true, 6*time.Minute + time.Second},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s, _, store := inMemory(t)
				a := create(t, s, options())
				old := seal(t, a, "EMAIL_ADDRESS", "x", alice)
				first := a.Status()[0].ID
				id, err := a.Add(t.Context())
				must(t, err)
				must(t, a.Promote(t.Context(), id))
				b, err := envelope.Open(t.Context(), s.kek, &noEpoch{store, tt.denied}, "ring", aging())
				must(t, err)
				defer b.Close()
				opens(t, b, "at first", old, alice, "x")
				time.Sleep(time.Second)
				must(t, a.Disable(t.Context(), first))
				opens(t, b, "not seen yet", old, alice, "x")
				for end := time.Now().Add(tt.within); time.Now().Before(end); time.Sleep(time.Second) {
					if tt.uses {
						seal(t, b, "EMAIL_ADDRESS", "x", alice)
					}
				}
				synctest.Wait()
				opens(t, b, "disabled", old, alice, envelope.ErrUnknown)
			})
		})
	}
}

type noEpoch struct {
	*kmstest.Store
	denied bool
}

func (s *noEpoch) Epoch(ctx context.Context, name string) (int64, error) {
	if s.denied {
		return 0, fmt.Errorf("kmstest: %w", kms.ErrDenied)
	}
	return s.Store.Epoch(ctx, name)
}

// TestDestroyed: a keyring that is destroyed, or in whose place another stands, is refused
// with the next look; one that is merely not to be had is not.
func TestDestroyed(t *testing.T) {
	s, kek, store := inMemory(t)
	k := create(t, s, options())
	token := seal(t, k, "EMAIL_ADDRESS", "x", alice)
	wrapped, _, err := store.Get(t.Context(), "ring")
	must(t, err)
	refused := func(what, class string) {
		t.Helper()
		if k.Refresh(t.Context()) == nil {
			t.Errorf("%s: Refresh = nil, want an error", what)
		}
		if _, err := k.Unseal(nil, []byte(token), alice); !errors.Is(err, envelope.ErrStale) {
			t.Errorf("%s: Unseal = %v, want ErrStale", what, err)
		}
		if h := k.Health(); h.State != envelope.Expired || h.Error != class || h.Left != 0 {
			t.Errorf("%s: health is %+v, want expired, %q", what, h, class)
		}
	}
	for class, err := range map[string]error{"unavailable": kms.ErrUnavailable, "denied": kms.ErrDenied, "ciphertext": kms.ErrCiphertext, "other": errors.New("?")} {
		kek.Fail(err)
		if k.Refresh(t.Context()) == nil {
			t.Errorf("%s: Refresh = nil, want an error", class)
		}
		if h := k.Health(); h.State != envelope.Degraded || h.Error != class {
			t.Errorf("%s: health is %+v, want degraded", class, h)
		}
		opens(t, k, class, token, alice, "x")
	}
	kek.Fail(nil)
	must(t, store.Delete(t.Context(), "ring"))
	refused("destroyed", "not found")
	store.Fail(fmt.Errorf("kmstest: %w", kms.ErrUnavailable))
	refused("destroyed, and then the store away", "unavailable")
	store.Fail(nil)
	must(t, store.Put(t.Context(), "ring", 1, wrapped))
	must(t, k.Refresh(t.Context()))
	opens(t, k, "put back", token, alice, "x")

	must(t, store.Delete(t.Context(), "ring"))
	other := create(t, s, options())
	_, err = other.Add(t.Context()) // of a later epoch, even
	must(t, err)
	refused("replaced", "replaced")
}

// TestMinEpoch: who knows of an epoch takes none from before.
func TestMinEpoch(t *testing.T) {
	s, _, store := inMemory(t)
	k := create(t, s, options())
	for range 3 {
		must(t, k.Rewrap(t.Context()))
	}
	opts := options()
	opts.MinEpoch = 4
	openRing(t, s, "ring", opts)
	store.Rewind("ring", 3)
	if _, err := envelope.Open(t.Context(), s.kek, s.store, "ring", opts); !errors.Is(err, envelope.ErrRollback) {
		t.Errorf("Open of epoch 3, want 4 at least: %v, want ErrRollback", err)
	}
	rings := newRings(t, s, nil)
	must(t, rings.Create(t.Context(), "acme"))
	pinned := newRings(t, s, &envelope.KeyringsOptions{Options: *options(), MinEpochs: map[string]int64{"acme/keysets/token": 2}})
	if err := pinned.Load(t.Context(), "acme"); !errors.Is(err, envelope.ErrRollback) {
		t.Errorf("Load of epoch 1, want 2 at least: %v, want ErrRollback", err)
	}
	must(t, get(t, rings, "acme", envelope.Tokens).Rewrap(t.Context()))
	old, err := envelope.Create(t.Context(), s.kek, s.store, "other/default", options())
	must(t, err)
	old.Close()
	gone := &envelope.KeyringsOptions{Options: *options(), Legacy: "default", MinEpochs: map[string]int64{"other/keysets/token": 2}}
	gone.Create = true
	if err := newRings(t, s, gone).Load(t.Context(), "other"); !errors.Is(err, kms.ErrNotFound) {
		t.Errorf("Load of one that is gone, want epoch 2 at least: %v, want ErrNotFound", err)
	}
	must(t, newRings(t, s, &envelope.KeyringsOptions{Options: *options(), MinEpochs: map[string]int64{"acme/keysets/token": 2}}).Load(t.Context(), "acme"))
}

// TestOnlyNotFoundCreates: whatever else fails at a first start, nothing is written, though
// it could be.
func TestOnlyNotFoundCreates(t *testing.T) {
	for _, fail := range []error{kms.ErrUnavailable, kms.ErrDenied, kms.ErrCiphertext, errors.New("500")} {
		kek, store := kmstest.New(t), &choosy{Store: new(kmstest.Store)}
		create(t, service{kek, store}, options()) // so that there is something
		opts := &envelope.KeyringsOptions{Options: *options(), Legacy: "default"}
		opts.Create = true
		for _, what := range []string{"reading", "unwrapping"} {
			store.writes = 0
			name := "new"
			if what == "reading" {
				store.choose(func(string) error { return fail }, nil)
			} else {
				store.choose(nil, nil)
				kek.Fail(fail)
				name = "ring"
			}
			r := newRings(t, service{kek, store}, opts)
			if err := r.Load(t.Context(), "acme"); !errors.Is(err, fail) {
				t.Errorf("%s fails with %v: Load = %v", what, fail, err)
			}
			if _, err := envelope.Open(t.Context(), kek, store, name, &opts.Options); !errors.Is(err, fail) {
				t.Errorf("%s fails with %v: Open = %v", what, fail, err)
			}
			if store.writes > 0 {
				t.Errorf("%s fails with %v: %d writes, want none", what, fail, store.writes)
			}
		}
		kek.Fail(nil)
		must(t, newRings(t, service{kek, store}, opts).Load(t.Context(), "acme"))
		if store.writes != 2 {
			t.Errorf("where nothing is: %d writes, want 2", store.writes)
		}
	}
}

// A choosy store fails where it is told to.
type choosy struct {
	*kmstest.Store
	mu       sync.Mutex
	get, put func(name string) error
	writes   int
}

// choose has reading and writing fail as get and put say; nil for never.
func (c *choosy) choose(get, put func(name string) error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.get, c.put = get, put
}

func (c *choosy) fails(name string, writing bool) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	f := c.get
	if writing {
		f = c.put
	}
	if f == nil {
		return nil
	}
	return f(name)
}

func (c *choosy) Get(ctx context.Context, name string) ([]byte, int64, error) {
	if err := c.fails(name, false); err != nil {
		return nil, 0, err
	}
	return c.Store.Get(ctx, name)
}

func (c *choosy) Put(ctx context.Context, name string, epoch int64, wrapped []byte) error {
	if err := c.fails(name, true); err != nil {
		return err
	}
	err := c.Store.Put(ctx, name, epoch, wrapped)
	if err == nil {
		c.writes++
	}
	return err
}

// TestSubjectsDenied: where salts are not to be had, what is known of a subject serves as
// long as keys do, and where none may be made the error says so.
func TestSubjectsDenied(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		kek, store := kmstest.New(t), &choosy{Store: new(kmstest.Store)}
		r := newRings(t, service{kek, store}, &envelope.KeyringsOptions{Options: *aging()})
		defer r.Close()
		must(t, r.Create(t.Context(), "acme"))
		k := get(t, r, "acme", envelope.Tokens)
		token := seal(t, k, "EMAIL_ADDRESS", "x", bob)
		subject := func(name string) error {
			if strings.Contains(name, "/subjects/") {
				return fmt.Errorf("kmstest: %w", kms.ErrDenied)
			}
			return nil
		}
		store.choose(subject, nil)
		time.Sleep(23 * time.Hour)
		opens(t, k, "denied for 23 hours", token, bob, "x")
		time.Sleep(2 * time.Hour)
		if _, err := k.Unseal(nil, []byte(token), bob); !errors.Is(err, kms.ErrDenied) {
			t.Errorf("denied for 25 hours: Unseal = %v, want ErrDenied", err)
		}
		seal(t, k, "EMAIL_ADDRESS", "x", alice)
		store.choose(nil, subject)
		time.Sleep(refreshGap + time.Second)
		opens(t, k, "not denied any more", token, bob, "x")
		calls := store.Calls.Load()
		erin := redact.Scope{Tenant: "acme", Kind: "subject", ID: "erin"}
		if _, err := k.Seal(nil, "EMAIL_ADDRESS", []byte("x"), erin); !errors.Is(err, kms.ErrDenied) {
			t.Errorf("Seal where no salt may be made = %v, want ErrDenied", err)
		}
		if asked := store.Calls.Load() - calls; asked > 2 {
			t.Errorf("it was asked %d times, want 2", asked)
		}
	})
}
