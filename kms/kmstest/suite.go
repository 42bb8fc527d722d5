package kmstest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/mcpveil/mcpveil/kms"
)

// Run checks that the keys that open returns do what kms.KEK asks for. Each call of
// open is to return a key that is not the one before.
func Run(t *testing.T, open func(t *testing.T) kms.KEK) {
	t.Run("round trip", func(t *testing.T) { testRoundTrip(t, open(t)) })
	t.Run("associated data", func(t *testing.T) { testAssociatedData(t, open(t)) })
	t.Run("altered", func(t *testing.T) { testAltered(t, open(t)) })
	t.Run("another key", func(t *testing.T) { testOtherKey(t, open(t), open(t)) })
	t.Run("randomised", func(t *testing.T) { testRandomised(t, open(t)) })
	t.Run("cancelled", func(t *testing.T) { testCancelled(t, open(t)) })
	t.Run("at once", func(t *testing.T) { testAtOnce(t, open(t)) })
	t.Run("URI", func(t *testing.T) {
		if uri := open(t).URI(); !strings.Contains(uri, ":") {
			t.Errorf("URI() = %q, want scheme:…", uri)
		}
	})
}

func seal(t *testing.T, k kms.KEK, plaintext, ad []byte) []byte {
	t.Helper()
	out, err := k.EncryptWithContext(t.Context(), plaintext, ad)
	if err != nil {
		t.Fatalf("EncryptWithContext(%d bytes) = %v", len(plaintext), err)
	}
	return out
}

func testRoundTrip(t *testing.T, k kms.KEK) {
	for _, n := range []int{1, 16, 462, 4096, 64 << 10} {
		plaintext := bytes.Repeat([]byte{0, 0xff, 'a'}, n)[:n]
		for _, ad := range []string{"a", "keyrings/ä\x00\xff", strings.Repeat("x", 1000)} {
			got, err := k.DecryptWithContext(t.Context(), seal(t, k, plaintext, []byte(ad)), []byte(ad))
			if err != nil || !bytes.Equal(got, plaintext) {
				t.Errorf("DecryptWithContext of %d bytes, ad of %d = %d bytes, %v", n, len(ad), len(got), err)
			}
		}
	}
}

func refuses(t *testing.T, k kms.KEK, what string, ciphertext, ad []byte) {
	t.Helper()
	got, err := k.DecryptWithContext(t.Context(), ciphertext, ad)
	if !errors.Is(err, kms.ErrCiphertext) || got != nil {
		t.Errorf("DecryptWithContext with %s = %d bytes, %v; want ErrCiphertext", what, len(got), err)
	}
	for _, other := range []error{kms.ErrUnavailable, kms.ErrDenied, kms.ErrNotFound, kms.ErrConflict} {
		if errors.Is(err, other) {
			t.Errorf("DecryptWithContext with %s = %v, which is %v too", what, err, other)
		}
	}
}

func testAssociatedData(t *testing.T, k kms.KEK) {
	ct := seal(t, k, []byte("data key"), []byte("tenant a"))
	refuses(t, k, "other ad", ct, []byte("tenant b"))
	refuses(t, k, "empty ad", ct, []byte{})
	refuses(t, k, "nil ad", ct, nil)
	refuses(t, k, "longer ad", ct, []byte("tenant a "))
}

func testAltered(t *testing.T, k kms.KEK) {
	ct := seal(t, k, []byte("data key"), []byte("ad"))
	for _, i := range []int{len(ct) - 1, len(ct) / 2} {
		// In place of a byte another of the alphabet of base64, should it be text.
		bad := bytes.Clone(ct)
		if bad[i] == 'A' {
			bad[i] = 'B'
		} else {
			bad[i] = 'A'
		}
		if i == len(ct)-1 && bad[i-1] == '=' { // not the padding
			continue
		}
		refuses(t, k, fmt.Sprintf("byte %d of %d altered", i, len(ct)), bad, []byte("ad"))
	}
	refuses(t, k, "half", ct[:len(ct)/2], []byte("ad"))
	refuses(t, k, "nothing", nil, []byte("ad"))
	refuses(t, k, "another text", []byte("no ciphertext at all"), []byte("ad"))
}

func testOtherKey(t *testing.T, a, b kms.KEK) {
	refuses(t, b, "another key's ciphertext", seal(t, a, []byte("data key"), []byte("ad")), []byte("ad"))
}

func testRandomised(t *testing.T, k kms.KEK) {
	if bytes.Equal(seal(t, k, []byte("x"), []byte("ad")), seal(t, k, []byte("x"), []byte("ad"))) {
		t.Error("two ciphertexts of one plaintext are equal")
	}
}

func testCancelled(t *testing.T, k kms.KEK) {
	ct := seal(t, k, []byte("data key"), []byte("ad"))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := k.EncryptWithContext(ctx, []byte("x"), []byte("ad")); !errors.Is(err, kms.ErrUnavailable) || !errors.Is(err, context.Canceled) {
		t.Errorf("EncryptWithContext(cancelled) = %v, want ErrUnavailable and context.Canceled", err)
	}
	if _, err := k.DecryptWithContext(ctx, ct, []byte("ad")); !errors.Is(err, kms.ErrUnavailable) || !errors.Is(err, context.Canceled) {
		t.Errorf("DecryptWithContext(cancelled) = %v, want ErrUnavailable and context.Canceled", err)
	}
}

func testAtOnce(t *testing.T, k kms.KEK) {
	var wg sync.WaitGroup
	for i := range 16 {
		wg.Go(func() {
			plaintext, ad := []byte{byte(i), 1, 2}, []byte{byte(i)}
			ct, err := k.EncryptWithContext(t.Context(), plaintext, ad)
			if err != nil {
				t.Errorf("EncryptWithContext = %v", err)
				return
			}
			if got, err := k.DecryptWithContext(t.Context(), ct, ad); err != nil || !bytes.Equal(got, plaintext) {
				t.Errorf("DecryptWithContext = %v, %v", got, err)
			}
		})
	}
	wg.Wait()
}

// RunStore checks that the stores that open returns do what kms.Store asks for. Each
// is to be empty.
func RunStore(t *testing.T, open func(t *testing.T) kms.Store) {
	t.Run("empty", func(t *testing.T) {
		s := open(t)
		if got, epoch, err := s.Get(t.Context(), "tenant/ring"); !errors.Is(err, kms.ErrNotFound) || got != nil || epoch != 0 {
			t.Errorf("Get of nothing = %d bytes, %d, %v; want ErrNotFound", len(got), epoch, err)
		}
	})
	t.Run("epochs", func(t *testing.T) { testEpochs(t, open(t)) })
	t.Run("names", func(t *testing.T) { testNames(t, open(t)) })
	t.Run("race", func(t *testing.T) { testRace(t, open(t)) })
	t.Run("list", func(t *testing.T) { testList(t, open(t)) })
	t.Run("delete", func(t *testing.T) { testDelete(t, open(t)) })
	t.Run("cancelled", func(t *testing.T) { testStoreCancelled(t, open(t)) })
}

func testList(t *testing.T, s kms.Store) {
	lists := func(folder string, want ...string) {
		t.Helper()
		if got, err := s.List(t.Context(), folder); err != nil || !slices.Equal(got, want) {
			t.Errorf("List(%q) = %q, %v; want %q", folder, got, err, want)
		}
	}
	lists("")
	lists("acme")
	for _, name := range []string{"ring", "acme", "acme/keysets/token", "acme/keysets/digest", "acme2/ring", "Z"} {
		if err := s.Put(t.Context(), name, 1, []byte(name)); err != nil {
			t.Fatalf("Put(%q) = %v", name, err)
		}
	}
	lists("", "Z", "acme", "acme/", "acme2/", "ring")
	lists("acme", "keysets/")
	lists("acme/keysets", "digest", "token")
	lists("acme/keysets/token")
	lists("ring")
	lists("nothing/there")
	for _, folder := range []string{"/", "..", "acme/", "a b", "../acme"} {
		if got, err := s.List(t.Context(), folder); err == nil {
			t.Errorf("List(%q) = %q, want an error", folder, got)
		}
	}
}

func testDelete(t *testing.T, s kms.Store) {
	absent := func(name string) {
		t.Helper()
		if _, _, err := s.Get(t.Context(), name); !errors.Is(err, kms.ErrNotFound) {
			t.Errorf("Get(%q) = %v, want ErrNotFound", name, err)
		}
		if epoch, err := s.Epoch(t.Context(), name); !errors.Is(err, kms.ErrNotFound) || epoch != 0 {
			t.Errorf("Epoch(%q) = %d, %v; want ErrNotFound", name, epoch, err)
		}
		if err := s.Delete(t.Context(), name); !errors.Is(err, kms.ErrNotFound) {
			t.Errorf("Delete(%q) = %v, want ErrNotFound", name, err)
		}
	}
	absent("acme/ring")
	for epoch := int64(1); epoch <= 3; epoch++ {
		for _, name := range []string{"acme/ring", "acme", "acme/ring/below", "acme/rings"} {
			if err := s.Put(t.Context(), name, epoch, fmt.Appendf(nil, "%s %d", name, epoch)); err != nil {
				t.Fatalf("Put(%q, %d) = %v", name, epoch, err)
			}
		}
	}
	if err := s.Delete(t.Context(), "acme/ring"); err != nil {
		t.Fatalf("Delete = %v", err)
	}
	absent("acme/ring")
	for _, name := range []string{"acme", "acme/ring/below", "acme/rings"} {
		got, epoch, err := s.Get(t.Context(), name)
		at, err2 := s.Epoch(t.Context(), name)
		if err != nil || err2 != nil || epoch != 3 || at != 3 || string(got) != name+" 3" {
			t.Errorf("after deleting another, Get(%q) = %q, %d, %v; Epoch = %d, %v", name, got, epoch, err, at, err2)
		}
	}
	if err := s.Put(t.Context(), "acme/ring", 4, []byte("x")); !errors.Is(err, kms.ErrConflict) {
		t.Errorf("Put(epoch 4) after Delete = %v, want ErrConflict", err)
	}
	if err := s.Put(t.Context(), "acme/ring", 1, []byte("anew")); err != nil {
		t.Errorf("Put(epoch 1) after Delete = %v", err)
	}
	if got, epoch, err := s.Get(t.Context(), "acme/ring"); err != nil || epoch != 1 || string(got) != "anew" {
		t.Errorf("Get after that = %q, %d, %v", got, epoch, err)
	}
	for _, name := range []string{"", "..", "acme/", "a b"} {
		if err := s.Delete(t.Context(), name); err == nil || errors.Is(err, kms.ErrNotFound) {
			t.Errorf("Delete(%q) = %v, want an error that is not ErrNotFound", name, err)
		}
		if _, err := s.Epoch(t.Context(), name); err == nil || errors.Is(err, kms.ErrNotFound) {
			t.Errorf("Epoch(%q) = %v, want an error that is not ErrNotFound", name, err)
		}
	}
}

func testStoreCancelled(t *testing.T, s kms.Store) {
	if err := s.Put(t.Context(), "ring", 1, []byte("x")); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, _, get := s.Get(ctx, "ring")
	_, epoch := s.Epoch(ctx, "ring")
	_, list := s.List(ctx, "")
	for what, err := range map[string]error{"Get": get, "Epoch": epoch, "List": list, "Put": s.Put(ctx, "ring", 2, []byte("y")), "Delete": s.Delete(ctx, "ring")} {
		if !errors.Is(err, kms.ErrUnavailable) || !errors.Is(err, context.Canceled) || errors.Is(err, kms.ErrNotFound) {
			t.Errorf("%s(cancelled) = %v, want ErrUnavailable and context.Canceled", what, err)
		}
	}
	if got, at, err := s.Get(t.Context(), "ring"); err != nil || at != 1 || string(got) != "x" {
		t.Errorf("after that Get = %q, %d, %v", got, at, err)
	}
}

func testEpochs(t *testing.T, s kms.Store) {
	put := func(epoch int64, want error) {
		t.Helper()
		err := s.Put(t.Context(), "ring", epoch, []byte{'{', byte('0' + epoch%10), '}'})
		if !errors.Is(err, want) {
			t.Errorf("Put(epoch %d) = %v, want %v", epoch, err, want)
		}
	}
	put(0, kms.ErrConflict)
	put(2, kms.ErrConflict)
	for epoch := int64(1); epoch <= 15; epoch++ {
		put(epoch, nil)
		put(epoch, kms.ErrConflict)
		put(epoch+2, kms.ErrConflict)
		got, at, err := s.Get(t.Context(), "ring")
		if want := []byte{'{', byte('0' + epoch%10), '}'}; err != nil || at != epoch || !bytes.Equal(got, want) {
			t.Fatalf("Get after Put(epoch %d) = %q, %d, %v", epoch, got, at, err)
		}
		if at, err := s.Epoch(t.Context(), "ring"); err != nil || at != epoch {
			t.Fatalf("Epoch after Put(epoch %d) = %d, %v", epoch, at, err)
		}
	}
}

func testNames(t *testing.T, s kms.Store) {
	for _, name := range []string{"a", "b", "tenant/a", "tenant/b", "a_b-C/9"} {
		if err := s.Put(t.Context(), name, 1, []byte(name)); err != nil {
			t.Errorf("Put(%q) = %v", name, err)
		}
	}
	if got, _, err := s.Get(t.Context(), "tenant/a"); err != nil || string(got) != "tenant/a" {
		t.Errorf(`Get("tenant/a") = %q, %v`, got, err)
	}
	for _, name := range []string{"", "/", "..", "../a", "a/../b", "a//b", "/a", "a/", "a b", "a%2fb", "ä", "a\x00", "a?b", "a.json", strings.Repeat("x", 65)} {
		if err := s.Put(t.Context(), name, 1, []byte("x")); err == nil {
			t.Errorf("Put(%q) = nil, want an error", name)
		}
		if _, _, err := s.Get(t.Context(), name); err == nil || errors.Is(err, kms.ErrNotFound) {
			t.Errorf("Get(%q) = %v, want an error that is not ErrNotFound", name, err)
		}
	}
}

func testRace(t *testing.T, s kms.Store) {
	var won atomic.Int64
	var mu sync.Mutex
	var winner []byte
	var wg sync.WaitGroup
	for i := range 16 {
		wg.Go(func() {
			mine := []byte{'w', byte('a' + i)}
			switch err := s.Put(t.Context(), "race", 1, mine); {
			case err == nil:
				won.Add(1)
				mu.Lock()
				winner = mine
				mu.Unlock()
			case !errors.Is(err, kms.ErrConflict):
				t.Errorf("Put that lost = %v, want ErrConflict", err)
			}
		})
	}
	wg.Wait()
	got, epoch, err := s.Get(t.Context(), "race")
	if won.Load() != 1 || err != nil || epoch != 1 || !bytes.Equal(got, winner) {
		t.Errorf("of 16 writers %d won; Get = %q, %d, %v; want the winner's %q", won.Load(), got, epoch, err, winner)
	}
}
