package envelope_test

import (
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/mcpveil/mcpveil/envelope"
	"github.com/mcpveil/mcpveil/kms"
	"github.com/mcpveil/mcpveil/kms/kmstest"
	"github.com/mcpveil/mcpveil/kms/local"
)

func inMemory(t *testing.T) (service, *kmstest.KEK, *kmstest.Store) {
	kek, store := kmstest.New(t), new(kmstest.Store)
	return service{kek, store}, kek, store
}

func create(t *testing.T, s service, opts *envelope.Options) *envelope.Keyring {
	t.Helper()
	k, err := envelope.Create(t.Context(), s.kek, s.store, "ring", opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { k.Close() })
	return k
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// TestRotation takes two replicas through the steps; in none does one fail to open what
// the other seals.
func TestRotation(t *testing.T) {
	s, _, _ := inMemory(t)
	a := create(t, s, options())
	b := openRing(t, s, "ring", options())
	old := seal(t, a, "EMAIL_ADDRESS", "ada@lovelace.example", alice)
	both := func(when string) {
		t.Helper()
		for i, k := range []*envelope.Keyring{a, b} {
			token := seal(t, k, "EMAIL_ADDRESS", "ada@lovelace.example", alice)
			for j, other := range []*envelope.Keyring{a, b} {
				opens(t, other, fmt.Sprint(when, ", sealed by ", i, ", opened by ", j), token, alice, "ada@lovelace.example")
				opens(t, other, fmt.Sprint(when, ", old token opened by ", j), old, alice, "ada@lovelace.example")
			}
		}
	}
	both("before")
	id, err := a.Add(t.Context())
	must(t, err)
	both("added")
	must(t, b.Refresh(t.Context()))
	both("added and seen by all")
	must(t, a.Promote(t.Context(), id))
	both("promoted")
	if token := seal(t, a, "EMAIL_ADDRESS", "ada@lovelace.example", alice); token == old {
		t.Error("the promoted key does not seal")
	}
	must(t, b.Refresh(t.Context()))
	both("promoted and seen by all")

	first := a.Status()[0].ID
	if err := a.Disable(t.Context(), id); err == nil {
		t.Error("Disable of the primary key = nil, want an error")
	}
	must(t, a.Disable(t.Context(), first))
	opens(t, a, "disabled", old, alice, envelope.ErrUnknown)
	opens(t, b, "disabled, not seen yet", old, alice, "ada@lovelace.example")
	must(t, b.Refresh(t.Context()))
	opens(t, b, "disabled and seen", old, alice, envelope.ErrUnknown)

	if got := b.Status(); len(got) != 2 || got[0].ID != first || got[0].Primary || got[0].Enabled || got[1].ID != id || !got[1].Primary || !got[1].Enabled || b.Epoch() != 4 {
		t.Errorf("Status() = %+v at epoch %d, want %08x disabled and %08x primary, at 4", got, b.Epoch(), first, id)
	}
	for _, unknown := range []func() error{
		func() error { return a.Promote(t.Context(), 12345) },
		func() error { return a.Promote(t.Context(), first) },
		func() error { return a.Disable(t.Context(), 12345) },
	} {
		if unknown() == nil {
			t.Error("Promote or Disable of a key that cannot be = nil, want an error")
		}
	}
	if b.Epoch() != 4 {
		t.Errorf("epoch after that = %d, want 4", b.Epoch())
	}
}

// TestRotationAtOnce: of two who change a keyring at once, none undoes the other.
func TestRotationAtOnce(t *testing.T) {
	s, _, _ := inMemory(t)
	create(t, s, options())
	var wg sync.WaitGroup
	var mu sync.Mutex
	added := map[uint32]bool{}
	for range 8 {
		k := openRing(t, s, "ring", options())
		wg.Go(func() {
			id, err := k.Add(t.Context())
			if errors.Is(err, kms.ErrConflict) {
				return
			}
			mu.Lock()
			defer mu.Unlock()
			if added[id] = true; err != nil {
				t.Errorf("Add = %v", err)
			}
		})
	}
	wg.Wait()
	k := openRing(t, s, "ring", options())
	for _, st := range k.Status() {
		delete(added, st.ID)
	}
	if len(added) > 0 || k.Epoch() != int64(len(k.Status())) {
		t.Errorf("%d keys that Add returned are lost; epoch %d, %d keys", len(added), k.Epoch(), len(k.Status()))
	}
}

// TestMemoryRotation: a keyring in memory can be rotated too.
func TestMemoryRotation(t *testing.T) {
	k := newRing(t)
	old := seal(t, k, "EMAIL_ADDRESS", "x", alice)
	id, err := k.Add(t.Context())
	must(t, err)
	must(t, k.Promote(t.Context(), id))
	must(t, k.Refresh(t.Context()))
	opens(t, k, "old", old, alice, "x")
	opens(t, k, "new", seal(t, k, "EMAIL_ADDRESS", "x", alice), alice, "x")
}

// TestRefresh: another replica's key is seen in time; a flood of unknown keys asks the
// store once in five seconds; and without the store, the keys serve until they are
// too old, not longer.
func TestRefresh(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, kek, store := inMemory(t)
		opts := options()
		opts.Refresh, opts.MaxAge = 5*time.Minute, 24*time.Hour
		a := create(t, s, options())
		b, err := envelope.Open(t.Context(), s.kek, s.store, "ring", opts)
		must(t, err)
		defer b.Close()
		id, err := a.Add(t.Context())
		must(t, err)
		time.Sleep(6*time.Minute + time.Second)
		synctest.Wait()
		if b.Epoch() != 2 {
			t.Errorf("after six minutes at epoch %d, want 2", b.Epoch())
		}

		// Promoted with no wait: tokens of the new key do open, since it was added before.
		must(t, a.Promote(t.Context(), id))
		opens(t, b, "promoted", seal(t, a, "EMAIL_ADDRESS", "x", alice), alice, "x")
		// Added and promoted at once: the token is not known, and five seconds later it is.
		id, err = a.Add(t.Context())
		must(t, err)
		must(t, a.Promote(t.Context(), id))
		token := seal(t, a, "EMAIL_ADDRESS", "x", alice)
		calls := store.Calls.Load()
		for range 10000 {
			b.Unseal(nil, []byte(token), alice)
		}
		time.Sleep(refreshGap + time.Second)
		synctest.Wait()
		opens(t, b, "added and promoted at once", token, alice, "x")
		forged := seal(t, newRing(t), "EMAIL_ADDRESS", "x", alice)
		for range 10 {
			opens(t, b, "forged", forged, alice, envelope.ErrUnknown)
			time.Sleep(time.Second)
		}
		synctest.Wait()
		if asked := store.Calls.Load() - calls; asked > 4 {
			t.Errorf("20,000 unknown tokens in 16 seconds asked the store %d times, want 4 at most", asked)
		}

		kek.Fail(fmt.Errorf("kmstest: %w", kms.ErrUnavailable))
		time.Sleep(23 * time.Hour)
		opens(t, b, "23 hours without a KEK", token, alice, "x")
		time.Sleep(2 * time.Hour)
		if _, err := b.Unseal(nil, []byte(token), alice); !errors.Is(err, envelope.ErrStale) {
			t.Errorf("25 hours without a KEK: Unseal = %v, want ErrStale", err)
		}
		if _, err := b.Seal(nil, "EMAIL_ADDRESS", []byte("x"), alice); !errors.Is(err, envelope.ErrStale) {
			t.Errorf("25 hours without a KEK: Seal = %v, want ErrStale", err)
		}
		kek.Fail(nil)
		time.Sleep(6*time.Minute + time.Second)
		synctest.Wait()
		opens(t, b, "the KEK is back", token, alice, "x")
	})
}

const refreshGap = 5 * time.Second

// TestRollback: a store that is put back to an older state does not bring back a key.
func TestRollback(t *testing.T) {
	s, _, store := inMemory(t)
	k := create(t, s, options())
	id, err := k.Add(t.Context())
	must(t, err)
	must(t, k.Promote(t.Context(), id))
	must(t, k.Disable(t.Context(), k.Status()[0].ID))
	store.Rewind("ring", 1)
	if err := k.Refresh(t.Context()); err == nil {
		t.Error("Refresh from an older store = nil, want an error")
	}
	if k.Epoch() != 4 || k.Status()[0].Enabled {
		t.Errorf("after that at epoch %d, first key enabled: %v", k.Epoch(), k.Status()[0].Enabled)
	}
}

// TestLocal: the folder alone is enough, and sixteen starts on an empty one get one key.
func TestLocal(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "keys")
	opts := options()
	opts.Create = true
	rings := make([]*envelope.Keyring, 16)
	var wg sync.WaitGroup
	for i := range rings {
		wg.Go(func() {
			kek, store, err := local.Open(dir)
			if err == nil {
				rings[i], err = envelope.Open(t.Context(), kek, store, "default/tokens", opts)
			}
			if err != nil {
				t.Errorf("start %d: %v", i, err)
			}
		})
	}
	wg.Wait()
	if t.Failed() {
		return
	}
	token := seal(t, rings[0], "EMAIL_ADDRESS", "x", alice)
	for i, k := range rings {
		opens(t, k, fmt.Sprint("start ", i), token, alice, "x")
		k.Close()
	}
	kek, store, err := local.Open(dir)
	must(t, err)
	opens(t, openRing(t, service{kek, store}, "default/tokens", options()), "another day", token, alice, "x")
}

// TestOpenErrors: what fails says why, by kind.
func TestOpenErrors(t *testing.T) {
	s, kek, store := inMemory(t)
	if _, err := envelope.Open(t.Context(), s.kek, s.store, "ring", options()); !errors.Is(err, kms.ErrNotFound) {
		t.Errorf("Open of nothing = %v, want ErrNotFound", err)
	}
	if _, err := envelope.Open(t.Context(), s.kek, s.store, "../ring", options()); err == nil {
		t.Error("Open of ../ring = nil, want an error")
	}
	create(t, s, options())
	for _, want := range []error{kms.ErrUnavailable, kms.ErrDenied} {
		kek.Fail(want)
		if _, err := envelope.Open(t.Context(), s.kek, s.store, "ring", options()); !errors.Is(err, want) {
			t.Errorf("Open, KEK fails = %v, want %v", err, want)
		}
		kek.Fail(nil)
		store.Fail(want)
		if _, err := envelope.Open(t.Context(), s.kek, s.store, "ring", options()); !errors.Is(err, want) {
			t.Errorf("Open, store fails = %v, want %v", err, want)
		}
		if _, err := envelope.Create(t.Context(), s.kek, s.store, "ring2", options()); !errors.Is(err, want) {
			t.Errorf("Create, store fails = %v, want %v", err, want)
		}
		store.Fail(nil)
	}
	must(t, store.Put(t.Context(), "ring", 2, []byte("not a keyset")))
	if _, err := envelope.Open(t.Context(), s.kek, s.store, "ring", options()); err == nil {
		t.Error("Open of what is no keyset = nil, want an error")
	}
}
