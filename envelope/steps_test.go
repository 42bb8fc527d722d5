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
)

// TestSteps takes a keyring through its life on a clock: each step is refused until it is
// safe, and then is done, and its time is kept.
func TestSteps(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, _, _ := inMemory(t)
		opts := options()
		opts.Rotation = envelope.Rotation{Token: 48 * time.Hour, Grace: 24 * time.Hour}
		k := create(t, s, opts)
		defer k.Close()
		created := time.Now()
		first := k.Status()[0].ID
		tooSoon := func(step string, err error, after time.Duration) {
			t.Helper()
			var soon *envelope.TooSoonError
			if !errors.As(err, &soon) || !errors.Is(err, envelope.ErrTooSoon) || soon.Step != step || !soon.Ready.Equal(time.Now().Add(after)) {
				t.Errorf("%s = %v, want it refused until %v from now", step, err, after)
			}
		}
		refused := func(what string, err error) {
			t.Helper()
			if err == nil || errors.Is(err, envelope.ErrTooSoon) {
				t.Errorf("%s = %v, want it refused for good", what, err)
			}
		}
		time.Sleep(time.Hour)
		id, err := k.Add(t.Context())
		must(t, err)
		tooSoon("promote", k.Promote(t.Context(), id), 10*time.Minute)
		time.Sleep(10*time.Minute - time.Second)
		tooSoon("promote", k.Promote(t.Context(), id), time.Second)
		time.Sleep(time.Second)
		must(t, k.Promote(t.Context(), id))
		promoted := time.Now()
		refused("Promote again", k.Promote(t.Context(), id))
		refused("Promote of no key", k.Promote(t.Context(), 12345))
		refused("Disable of the primary", k.Disable(t.Context(), id))
		refused("Delete of an enabled key", k.Delete(t.Context(), first))
		refused("Enable of an enabled key", k.Enable(t.Context(), first))
		tooSoon("disable", k.Disable(t.Context(), first), 48*time.Hour)
		time.Sleep(48 * time.Hour)
		must(t, k.Disable(t.Context(), first))
		refused("Disable again", k.Disable(t.Context(), first))
		refused("Promote of a disabled key", k.Promote(t.Context(), first))
		tooSoon("delete", k.Delete(t.Context(), first), 24*time.Hour)
		must(t, k.Enable(t.Context(), first))
		tooSoon("promote", k.Promote(t.Context(), first), 10*time.Minute) // replicas that refreshed meanwhile have not got it
		must(t, k.Disable(t.Context(), first))
		disabled := time.Now()
		time.Sleep(24 * time.Hour)

		in := openRing(t, s, "ring", options()).Info()
		if st := in.Keys[0]; st.ID != first || !st.Promoted.Equal(created) || !st.Demoted.Equal(promoted) || !st.Disabled.Equal(disabled) {
			t.Errorf("first key: %+v", st)
		}
		if st := in.Keys[1]; st.ID != id || !st.Added.Equal(created.Add(time.Hour)) || !st.Promoted.Equal(promoted) || !st.Demoted.IsZero() || !st.Disabled.IsZero() {
			t.Errorf("second key: %+v", st)
		}
		if in.Epoch != 6 || in.Equality != 3 || !in.Created.Equal(created) || !in.Written.Equal(disabled) || len(in.ID) != 32 || in.Name != "ring" {
			t.Errorf("Info() = %+v", in)
		}
		must(t, k.Delete(t.Context(), first))
		refused("Delete again", k.Delete(t.Context(), first))
		must(t, k.Rewrap(t.Context()))
		if in := k.Info(); len(in.Keys) != 1 || len(in.Deleted) != 1 || in.Deleted[0].ID != first || !in.Rewrapped.Equal(time.Now()) || in.Equality != 3 {
			t.Errorf("Info() = %+v", in)
		}

		// A key that never sealed can go at once.
		id, err = k.Add(t.Context())
		must(t, err)
		must(t, k.Disable(t.Context(), id))
		// There are 32 at most.
		for range 30 {
			_, err = k.Add(t.Context())
			must(t, err)
		}
		_, err = k.Add(t.Context())
		refused("a 33rd key", err)
	})
}

// TestStepsUnknown: where an earlier version added a key, nobody knows when.
func TestStepsUnknown(t *testing.T) {
	_, k := ringOfTink(t)
	if k.Info().ID != "" || k.Info().Equality != 0 {
		t.Errorf("Info() = %+v", k.Info())
	}
	old := k.Status()[0].ID
	token := seal(t, k, "EMAIL_ADDRESS", "x", alice)
	id, err := k.Add(t.Context())
	must(t, err)
	must(t, k.Promote(t.Context(), id)) // forced
	if st := k.Status(); st[0].ID != old || !st[0].Added.IsZero() || st[0].Demoted.IsZero() || len(k.Info().ID) != 32 {
		t.Errorf("Status() = %+v", st)
	}
	opens(t, k, "of before", token, alice, "x")
	must(t, k.Refresh(t.Context()))
	opens(t, k, "of before", token, alice, "x")
}

// A pair is two replicas under traffic: what each seals, the other is to open at once, and
// what was sealed long ago both are.
type pair struct {
	rings  [2]*envelope.Keyrings
	old    string
	sealed atomic.Int64
	failed atomic.Int64
	why    atomic.Pointer[error] // of one that did
}

func (p *pair) fail(err error) {
	p.failed.Add(1)
	p.why.Store(&err)
}

// reason says why something failed.
func (p *pair) reason() error {
	if err := p.why.Load(); err != nil {
		return *err
	}
	return nil
}

func (p *pair) step(t *testing.T, i int) {
	in := alice
	if p.sealed.Add(1)%2 == 0 {
		in = bob
	}
	token, err := transform(t, p.rings[i%2].Encrypt(), "EMAIL_ADDRESS", "ada@lovelace.example", in)
	if err != nil {
		p.fail(err)
		return
	}
	for _, r := range p.rings {
		if got, err := transform(t, r.Decrypt(), "EMAIL_ADDRESS", token, in); err != nil || got != "ada@lovelace.example" {
			p.fail(err)
		}
		if p.old == "" {
			continue
		}
		if got, err := transform(t, r.Decrypt(), "EMAIL_ADDRESS", p.old, alice); err != nil || got != "ada@lovelace.example" {
			p.fail(err)
		}
	}
}

func newPair(t *testing.T, s service, opts *envelope.Options) *pair {
	t.Helper()
	p := new(pair)
	for i := range p.rings {
		p.rings[i] = newRings(t, s, &envelope.KeyringsOptions{Options: *opts})
		must(t, p.rings[i].Load(t.Context(), "acme"))
	}
	var err error
	p.old, err = transform(t, p.rings[0].Encrypt(), "EMAIL_ADDRESS", "ada@lovelace.example", alice)
	must(t, err)
	return p
}

// TestRotationSafe: two replicas go through a rotation, as an operator does it who
// follows what he is told, and none fails to open anything; and through one that is
// forced at once, in which tokens do not open until the other replica has looked.
func TestRotationSafe(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, _, _ := inMemory(t)
		admin := newRings(t, s, &envelope.KeyringsOptions{Options: envelope.Options{Names: names, Refresh: -1, Rotation: envelope.Rotation{Token: 24 * time.Hour}}})
		must(t, admin.Create(t.Context(), "acme"))
		opts := aging()
		opts.Poll = -1 // as where the right is not given
		p := newPair(t, s, opts)
		defer p.rings[0].Close()
		defer p.rings[1].Close()
		traffic := func(d time.Duration) {
			for end := time.Now().Add(d); time.Now().Before(end); time.Sleep(2 * time.Second) {
				p.step(t, 0)
				p.step(t, 1)
			}
		}
		k := get(t, admin, "acme", envelope.Tokens)
		first := k.Status()[0].ID
		traffic(time.Minute)
		id, err := k.Add(t.Context())
		must(t, err)
		for {
			err := k.Promote(t.Context(), id)
			if err == nil {
				break
			}
			var soon *envelope.TooSoonError
			if !errors.As(err, &soon) {
				t.Fatalf("Promote = %v", err)
			}
			traffic(time.Until(soon.Ready))
		}
		traffic(10 * time.Minute)
		for i, r := range p.rings {
			if in := get(t, r, "acme", envelope.Tokens).Info(); in.Epoch != 3 || in.Equality != 3 {
				t.Errorf("replica %d is at epoch %d, equality since %d; want 3, 3", i, in.Epoch, in.Equality)
			}
		}
		if n := p.failed.Load(); n > 0 {
			t.Errorf("%d of %d tokens did not open somewhere: %v", n, p.sealed.Load(), p.reason())
		}
		p.old = ""
		time.Sleep(24 * time.Hour)
		must(t, k.Disable(t.Context(), first))
		traffic(10 * time.Minute)
		if n := p.failed.Load(); n > 0 {
			t.Errorf("after Disable %d of %d tokens did not open somewhere: %v", n, p.sealed.Load(), p.reason())
		}

		naive, err := envelope.Open(t.Context(), s.kek, s.store, k.Name(), options()) // forced
		must(t, err)
		defer naive.Close()
		id, err = naive.Add(t.Context())
		must(t, err)
		must(t, naive.Promote(t.Context(), id))
		must(t, get(t, p.rings[0], "acme", envelope.Tokens).Refresh(t.Context()))
		p.step(t, 0)
		if p.failed.Load() == 0 {
			t.Error("after adding and promoting at once everything opened: what is the waiting for?")
		}
		time.Sleep(refreshGap + time.Second) // the replica that met the token looks again
		p.failed.Store(0)
		traffic(time.Minute)
		if n := p.failed.Load(); n > 0 {
			t.Errorf("six seconds later %d tokens did not open", n)
		}
	})
}

// TestRotationUnderLoad is a rotation of keys and of the KEK on a real Vault, with two
// replicas at work all the while, which may read only.
func TestRotationUnderLoad(t *testing.T) {
	v := kmstest.StartVault(t)
	v.CreateKey("kek", nil)
	admin := newRings(t, reachVault(t, v, kmstest.AdminPolicy("kek", "mcpveil")), nil)
	must(t, admin.Create(t.Context(), "acme"))
	opts := options()
	opts.Refresh = 200 * time.Millisecond
	p := newPair(t, reachVault(t, v, kmstest.SidecarPolicy("kek", "mcpveil")), opts)
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	for i := range 4 {
		wg.Go(func() {
			for ctx.Err() == nil {
				p.step(t, i)
				time.Sleep(time.Millisecond)
			}
		})
	}
	seen := func(epoch int64) {
		t.Helper()
		eventually(t, fmt.Sprintf("both to see epoch %d", epoch), func() bool {
			return get(t, p.rings[0], "acme", envelope.Tokens).Epoch() >= epoch && get(t, p.rings[1], "acme", envelope.Tokens).Epoch() >= epoch
		})
	}
	k := get(t, admin, "acme", envelope.Tokens)
	id, err := k.Add(t.Context())
	must(t, err)
	seen(2)
	must(t, k.Promote(t.Context(), id))
	seen(3)
	v.Root("POST", "transit/keys/kek/rotate", nil)
	for _, purpose := range envelope.Purposes() {
		must(t, get(t, admin, "acme", purpose).Rewrap(t.Context()))
	}
	v.Root("POST", "transit/keys/kek/config", map[string]any{"min_decryption_version": 2})
	alone := time.Now()
	seen(4)
	for i, r := range p.rings {
		eventually(t, fmt.Sprintf("replica %d to refresh with the KEK's new version alone", i), func() bool {
			for _, h := range r.Health() {
				if h.State != envelope.OK || h.Age > time.Since(alone) {
					return false
				}
			}
			return true
		})
	}
	eventually(t, "a hundred tokens", func() bool { return p.sealed.Load() >= 100 })
	cancel()
	wg.Wait()
	if n, of := p.failed.Load(), p.sealed.Load(); n > 0 {
		t.Errorf("%d failures with %d tokens: %v", n, of, p.reason())
	}
}

// TestCreateRace: of many who create a tenant's keyrings at once, all have the same afterwards.
func TestCreateRace(t *testing.T) {
	v := kmstest.StartVault(t)
	v.CreateKey("kek", nil)
	s := reachVault(t, v, kmstest.AdminPolicy("kek", "mcpveil"))
	var wg sync.WaitGroup
	rings := make([]*envelope.Keyrings, 8)
	for i := range rings {
		rings[i] = newRings(t, s, nil)
		wg.Go(func() {
			if err := rings[i].Create(t.Context(), "acme"); err != nil && !errors.Is(err, kms.ErrConflict) {
				t.Errorf("Create = %v", err)
			}
		})
	}
	wg.Wait()
	token := seal(t, get(t, rings[0], "acme", envelope.Tokens), "EMAIL_ADDRESS", "x", bob)
	for i, r := range rings {
		k := get(t, r, "acme", envelope.Tokens)
		opens(t, k, "of another", token, bob, "x")
		if k.Epoch() != 1 || len(k.Status()) != 1 {
			t.Errorf("%d: epoch %d, %d keys", i, k.Epoch(), len(k.Status()))
		}
	}
}

// TestVaultShred: in a real Vault, too, nothing is left of what is shredded, and a sidecar
// may make what is kept of a subject, and not destroy it.
func TestVaultShred(t *testing.T) {
	v := kmstest.StartVault(t)
	v.CreateKey("kek", nil)
	admin := newRings(t, reachVault(t, v, kmstest.AdminPolicy("kek", "mcpveil")), nil)
	sidecar := newRings(t, reachVault(t, v, kmstest.SidecarPolicy("kek", "mcpveil")), nil)
	must(t, admin.Create(t.Context(), "acme"))
	k := get(t, sidecar, "acme", envelope.Tokens)
	token := seal(t, k, "EMAIL_ADDRESS", "x", bob)
	opens(t, get(t, admin, "acme", envelope.Tokens), "elsewhere", token, bob, "x")
	if err := sidecar.ShredSubject(t.Context(), "acme", bob.ID); !errors.Is(err, kms.ErrDenied) {
		t.Errorf("ShredSubject by a sidecar = %v, want ErrDenied", err)
	}
	must(t, admin.ShredSubject(t.Context(), "acme", bob.ID))
	opens(t, get(t, newRings(t, reachVault(t, v, kmstest.SidecarPolicy("kek", "mcpveil")), nil), "acme", envelope.Tokens), "shredded", token, bob, envelope.ErrUnknown)
	seal(t, k, "EMAIL_ADDRESS", "x", bob)
	if rings, subjects, err := admin.ShredTenant(t.Context(), "acme"); rings != 3 || err != nil {
		t.Errorf("ShredTenant = %d, %d, %v; want 3", rings, subjects, err)
	}
	status, answer := v.Do("LIST", "secret/metadata/mcpveil/", v.RootToken, nil)
	if status != 404 {
		t.Errorf("after that Vault lists %v", answer["data"])
	}
}

// TestAboutBound: what is kept of a keyring's life is not changed by one who can write to
// the store, nor taken away.
func TestAboutBound(t *testing.T) {
	s, _, store := inMemory(t)
	k := create(t, s, options())
	_, err := k.Add(t.Context())
	must(t, err)
	wrapped, _, err := store.Get(t.Context(), "ring")
	must(t, err)
	bare, err := envelope.EncryptedKeyset(wrapped)
	must(t, err)
	year := time.Now().UTC().Format("2006-")
	for what, text := range map[string]string{
		"as it was":    string(wrapped),
		"another time": strings.Replace(string(wrapped), year, "2020-", 1),
		"another id":   strings.Replace(string(wrapped), `"id":"`, `"id":"0`, 1),
		"a space":      strings.Replace(string(wrapped), `"id":"`, `"id": "`, 1),
		"nothing kept": string(bare),
	} {
		store.Rewind("ring", 1)
		must(t, store.Put(t.Context(), "ring", 2, []byte(text)))
		_, err := envelope.Open(t.Context(), s.kek, s.store, "ring", options())
		if what == "as it was" {
			must(t, err)
		} else if text == string(wrapped) || !errors.Is(err, kms.ErrCiphertext) {
			t.Errorf("%s: Open = %v, want ErrCiphertext", what, err)
		}
	}
	store.Rewind("ring", 1)
	must(t, store.Put(t.Context(), "ring", 2, []byte(strings.Replace(string(wrapped), "keyring-2", "keyring-3", 1))))
	if _, err := envelope.Open(t.Context(), s.kek, s.store, "ring", options()); err == nil || !strings.Contains(err.Error(), "later version") {
		t.Errorf("Open of a later format = %v", err)
	}
}

// TestSealedMidFlight: a Vault that is sealed under traffic fails nothing, says so in the
// health, and is used again within seconds of being unsealed.
func TestSealedMidFlight(t *testing.T) {
	v := kmstest.StartVault(t)
	v.CreateKey("kek", nil)
	must(t, newRings(t, reachVault(t, v, kmstest.AdminPolicy("kek", "mcpveil")), nil).Create(t.Context(), "acme"))
	opts := options()
	opts.Refresh = 100 * time.Millisecond
	p := newPair(t, reachVault(t, v, kmstest.SidecarPolicy("kek", "mcpveil")), opts)
	until := func(want envelope.State) time.Duration {
		t.Helper()
		start := time.Now()
		eventually(t, fmt.Sprintf("health to be %v", want), func() bool {
			p.step(t, 0)
			return envelope.Worst(p.rings[0].Health()).State == want
		})
		return time.Since(start)
	}
	until(envelope.OK)
	p.step(t, 1) // the subject of this one is known from now on
	v.Seal()
	until(envelope.Degraded)
	if h := envelope.Worst(p.rings[0].Health()); h.Error != "unavailable" {
		t.Errorf("sealed, health is %+v", h)
	}
	for range 200 {
		p.step(t, 1)
		time.Sleep(5 * time.Millisecond)
	}
	v.Unseal()
	t.Logf("used again %v after it was unsealed", until(envelope.OK))
	if n := p.failed.Load(); n > 0 {
		t.Errorf("%d failures with %d tokens: %v", n, p.sealed.Load(), p.reason())
	}
}
