package envelope

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tink-crypto/tink-go/v2/daead/aessiv"
	"github.com/tink-crypto/tink-go/v2/insecuresecretdataaccess"
	"github.com/tink-crypto/tink-go/v2/keyset"
	"github.com/tink-crypto/tink-go/v2/secretdata"

	"github.com/mcpveil/mcpveil/detect"
	"github.com/mcpveil/mcpveil/redact"
)

var (
	ann = redact.Scope{Tenant: "acme", Kind: "principal", ID: "ann"}
	bob = redact.Scope{Tenant: "acme", Kind: "principal", ID: "bob"}
)

// aliasRing returns a keyring with a store of aliases. Its key is always the same: which values meet in a form of which
// there are few texts is no matter of luck then.
func aliasRing(t testing.TB, opts *AliasOptions) *Keyring {
	t.Helper()
	k, err := prepare(nil, nil, "memory", &Options{Names: map[detect.Entity]string{"EMAIL_ADDRESS": "email", "CREDIT_CARD": "card"}, Aliases: NewAliases(opts)})
	if err != nil {
		t.Fatal(err)
	}
	params, err := aessiv.NewParameters(64, aessiv.VariantTink)
	if err != nil {
		t.Fatal(err)
	}
	raw := make([]byte, 64)
	for i := range raw {
		raw[i] = byte(3 * i)
	}
	key, err := aessiv.NewKey(secretdata.NewBytesFromData(raw, insecuresecretdataaccess.Token{}), 0x01020304, params)
	if err != nil {
		t.Fatal(err)
	}
	m := keyset.NewManager()
	if _, err = m.AddKey(key); err == nil {
		err = m.SetPrimary(0x01020304)
	}
	if err != nil {
		t.Fatal(err)
	}
	h, err := m.Handle()
	if err != nil {
		t.Fatal(err)
	}
	ks, err := k.write(t.Context(), h, 1, firstAbout(h))
	if err != nil {
		t.Fatal(err)
	}
	k.start(ks)
	t.Cleanup(func() { k.Close() })
	return k
}

func sealAlias(t testing.TB, k *Keyring, e detect.Entity, plaintext string, in redact.Scope) string {
	t.Helper()
	alias, err := k.SealAlias(nil, e, []byte(plaintext), in)
	if err != nil {
		t.Fatalf("SealAlias(%s) = %v", e, err)
	}
	return string(alias)
}

// fewer is n, or a tenth of it under the race detector.
func fewer(n int) int {
	if UnderRace {
		return n / 10
	}
	return n
}

// wantOpen checks what alias opens to; "" for an error of that class.
func wantOpen(t testing.TB, k *Keyring, alias string, in redact.Scope, want string, class error) {
	t.Helper()
	got, err := k.Unseal([]byte("dst:"), []byte(alias), in)
	switch {
	case class == nil && (err != nil || string(got) != "dst:"+want):
		t.Errorf("Unseal(%s) = %.40q, %v; want %.40q", alias, got, err, want)
	case class != nil && (!errors.Is(err, class) || !errors.Is(err, redact.ErrNotOurs) || string(got) != "dst:"):
		t.Errorf("Unseal(%s) = %.40q, %v; want %v", alias, got, err, class)
	}
}

// Any value comes back, and equal values of one entity in one scope have one alias of 29 characters for "email".
func TestAlias(t *testing.T) {
	k := aliasRing(t, nil)
	seen := map[string]string{}
	for _, value := range []string{"", "x", "ada@lovelace.example", "홍길동", "\x00\xff\"\\", strings.Repeat("long ", 2000), strings.Repeat("x", MaxAlias)} {
		for _, in := range []redact.Scope{ann, bob, {Tenant: "acme", Kind: "subject", ID: "ann"}, {Tenant: "acme", Kind: "conversation", ID: "ann"}, {Tenant: "acme", Kind: "tenant"}, {Tenant: "beta", Kind: "principal", ID: "ann"}} {
			for e, name := range map[detect.Entity]string{"EMAIL_ADDRESS": "email", "CREDIT_CARD": "card"} {
				alias := sealAlias(t, k, e, value, in)
				if want := len("pii--2") + len(name) + 18; len(alias) != want || !strings.HasPrefix(alias, "pii-"+name+"-2") {
					t.Fatalf("alias %s has %d characters, want %d", alias, len(alias), want)
				}
				if again := sealAlias(t, k, e, value, in); again != alias {
					t.Errorf("two aliases of a value: %s, %s", alias, again)
				}
				id := alias[len("pii--2")+len(name):]
				if was, ok := seen[id]; ok {
					t.Errorf("%s of %v has the id of %s", alias, in, was)
				}
				seen[id] = alias
				wantOpen(t, k, alias, in, value, nil)
				wantOpen(t, k, strings.ToUpper(alias), in, value, nil)
			}
		}
	}
	if _, err := k.SealAlias(nil, "EMAIL_ADDRESS", make([]byte, MaxAlias+1), ann); !errors.Is(err, ErrNoAlias) {
		t.Errorf("SealAlias(too long) = %v, want ErrNoAlias", err)
	}
	if _, err := k.SealAlias(nil, "US_SSN", []byte("x"), ann); !errors.Is(err, ErrNoName) {
		t.Errorf("SealAlias(entity without a name) = %v, want ErrNoName", err)
	}
	if _, err := k.SealAlias(nil, "CREDIT_CARD", []byte("x"), redact.Scope{Tenant: "acme", Kind: "subject"}); !errors.Is(err, ErrScope) {
		t.Errorf("SealAlias(scope without an id) = %v, want ErrScope", err)
	}
}

// An alias opens in its scope only, under its name only, and no mutation of one opens.
func TestAliasBinding(t *testing.T) {
	k := aliasRing(t, nil)
	alias := sealAlias(t, k, "EMAIL_ADDRESS", "ada@lovelace.example", ann)
	for _, in := range []redact.Scope{bob, {Tenant: "beta", Kind: "principal", ID: "ann"}, {Tenant: "acme", Kind: "subject", ID: "ann"}, {Tenant: "acme", Kind: "tenant", ID: "ann"}, {Tenant: "acm", Kind: "principal", ID: "eann"}} {
		wantOpen(t, k, alias, in, "", ErrGone)
	}
	// Another keyring on the same store: another tenant's, say. It finds the entry and does not open it.
	other, err := New(&Options{Names: map[detect.Entity]string{"EMAIL_ADDRESS": "email"}, Aliases: k.aliases})
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	wantOpen(t, other, alias, ann, "", ErrUnknown)
	w := works.Get().(*work)
	id := [8]byte{}
	if err := w.parse([]byte(alias)); err != nil || !w.alias {
		t.Fatal(err, w.alias)
	}
	w.free()
	var bits uint64
	for _, c := range []byte(alias[len("pii-email-2"):][:aliasID]) {
		bits = bits<<5 | uint64(valueLower[c])
	}
	for i := range 8 {
		id[i] = byte(bits << 4 >> (56 - 8*i))
	}
	if got := string(appendAlias(nil, []byte("email"), id[:])); got != alias {
		t.Fatalf("the test prints %s, want %s", got, alias)
	}
	wantOpen(t, k, string(appendAlias(nil, []byte("card"), id[:])), ann, "", ErrGone)
	wantOpen(t, k, strings.Replace(alias, "email-2", "email-1", 1), ann, "", ErrShape)
	wantOpen(t, k, strings.Replace(alias, "email-2", "email-3", 1), ann, "", ErrShape)
	wantOpen(t, k, strings.Replace(alias, "email", "card", 1), ann, "", ErrChecksum)
	rnd := rand.New(rand.NewPCG(7, 8))
	for range 50_000 {
		bad := []byte(alias)
		for range 1 + rnd.IntN(4) {
			bad[rnd.IntN(len(bad))] = "pi-2emailqyzr9"[rnd.IntN(14)]
		}
		if got, err := k.Unseal(nil, bad, ann); err == nil && string(bad) != alias {
			t.Fatalf("Unseal(%s) = %q", bad, got)
		}
	}
	if s := k.aliases.Stats(); s.Entries != 1 {
		t.Errorf("Stats = %+v, want one entry", s)
	}
}

// The store holds no value in clear, and no name of a scope.
func TestAliasesAreSealed(t *testing.T) {
	k := aliasRing(t, nil)
	sealAlias(t, k, "EMAIL_ADDRESS", "canary@lovelace.example", redact.Scope{Tenant: "canarytenant", Kind: "principal", ID: "canaryid"})
	if text := fmt.Sprintf("%s %+v", k.aliases.newest.sealed, *k.aliases.newest); strings.Contains(text, "canary") {
		t.Errorf("the store says %s", text)
	}
	if got := len(k.aliases.newest.sealed); got != bodyOverhead+len("canary@lovelace.example") {
		t.Errorf("%d bytes kept", got)
	}
}

// narrow is a form of which there are few texts, so that values meet.
func narrow(bits int) *form {
	return &form{name: "alias", few: true, text: func(dst, name []byte, b *block) []byte {
		var id [8]byte
		copy(id[:3], b[:3])
		n := uint32(id[0])<<16 | uint32(id[1])<<8 | uint32(id[2])
		n &^= 1<<(24-bits) - 1
		id[0], id[1], id[2] = byte(n>>16), byte(n>>8), byte(n)
		return appendAlias(dst, name, id[:])
	}}
}

func standIn(k *Keyring, value string, in redact.Scope, f *form) (string, error) {
	w := works.Get().(*work)
	defer w.free()
	out, err := k.standIn(w, nil, "EMAIL_ADDRESS", []byte(value), &in, f, nil)
	return string(out), err
}

// TestAliasCollisions gives 4,000 values ids of 20 bits, where some eight pairs would meet, and then more than there are ids:
// no alias ever stands for two values.
func TestAliasCollisions(t *testing.T) {
	for _, tt := range []struct{ bits, values int }{{20, 4000}, {8, 400}} {
		k := aliasRing(t, nil)
		given, refused := map[string]string{}, 0
		for i := range tt.values {
			value := fmt.Sprint("value ", i)
			alias, err := standIn(k, value, ann, narrow(tt.bits))
			if errors.Is(err, ErrNoAlias) {
				refused++
				continue
			} else if err != nil {
				t.Fatal(err)
			}
			if was, ok := given[alias]; ok {
				t.Fatalf("%s stands for %q and %q", alias, was, value)
			}
			given[alias] = value
		}
		for alias, value := range given {
			wantOpen(t, k, alias, ann, value, nil)
		}
		s := k.aliases.Stats()
		if s.Taken == 0 || s.Entries != len(given) || (tt.bits == 8) != (refused > 0) {
			t.Errorf("%d bits: %d refused, %+v: want collisions, and refusals among 256 ids only", tt.bits, refused, s)
		}
	}
}

// An alias lives as long as it is met or opened, and its text never stands for another value, also where there are few.
func TestAliasTTL(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := aliasRing(t, &AliasOptions{TTL: time.Hour})
		used, met, left := sealAlias(t, k, "EMAIL_ADDRESS", "used", ann), sealAlias(t, k, "EMAIL_ADDRESS", "met", ann), sealAlias(t, k, "EMAIL_ADDRESS", "left", ann)
		few := narrow(8)
		old, err := standIn(k, "old", ann, few)
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(40 * time.Minute)
		wantOpen(t, k, used, ann, "used", nil)
		sealAlias(t, k, "EMAIL_ADDRESS", "met", ann)
		time.Sleep(40 * time.Minute)
		wantOpen(t, k, used, ann, "used", nil)
		wantOpen(t, k, met, ann, "met", nil)
		wantOpen(t, k, left, ann, "", ErrGone)
		wantOpen(t, k, old, ann, "", ErrGone)
		if s := k.aliases.Stats(); s.Entries != 2 || s.Expired != 2 || s.Retired != 1 {
			t.Errorf("Stats = %+v", s)
		}
		for i := range 400 { // more than there are texts
			if got, err := standIn(k, fmt.Sprint(i), ann, few); err == nil && got == old {
				t.Fatalf("the text of %q, %s, was given to another value", "old", old)
			}
		}
		wantOpen(t, k, old, ann, "", ErrGone)
		if got, err := standIn(k, "old", ann, few); err != nil || got != old {
			t.Errorf("the value has %s, %v when it comes again, want %s as before", got, err, old)
		}
		wantOpen(t, k, old, ann, "old", nil)
		if got := sealAlias(t, k, "EMAIL_ADDRESS", "left", ann); got != left {
			t.Errorf("the value has %s when it comes again, want %s as before", got, left)
		}
	})
}

// What is remembered of spent texts is bounded too: then there are no more of a form of which there are few.
func TestRetiredAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := aliasRing(t, &AliasOptions{MaxEntries: 10, TTL: time.Hour})
		few, given, refused := narrow(20), map[string]bool{}, 0
		for i := range 100 {
			alias, err := standIn(k, fmt.Sprint(i), ann, few)
			if errors.Is(err, ErrNoAlias) {
				refused++
			} else if err != nil || given[alias] {
				t.Fatalf("%s, %v: given before: %v", alias, err, given[alias])
			}
			given[alias] = true
			time.Sleep(time.Hour)
		}
		sealAlias(t, k, "EMAIL_ADDRESS", "of many", ann)
		if s := k.aliases.Stats(); s.Retired != 10 || refused != 90 {
			t.Errorf("%d refused, %+v: want 10 texts given and remembered, and no more", refused, s)
		}
	})
}

// A full store takes nothing from anybody: new values get a token that needs none, and what is there stays.
func TestAliasesFull(t *testing.T) {
	for what, opts := range map[string]*AliasOptions{"entries": {MaxEntries: 40}, "bytes": {MaxBytes: 40 * (perAlias + 40)}} {
		k := aliasRing(t, opts)
		given := map[string]string{}
		var first error
		for i := range 100 {
			value := fmt.Sprintf("value %03d", i)
			alias, err := k.SealAlias(nil, "CREDIT_CARD", []byte(value), ann)
			if err == nil {
				given[string(alias)] = value
			} else if first == nil {
				first = err
			}
		}
		if !errors.Is(first, ErrNoAlias) || len(given) < 20 || len(given) > 25 {
			t.Fatalf("%s: %d aliases and then %v, want about 20 and ErrNoAlias", what, len(given), first)
		}
		for alias, value := range given {
			wantOpen(t, k, alias, ann, value, nil)
		}
		wantOpen(t, k, sealAlias(t, k, "CREDIT_CARD", "bob's", bob), bob, "bob's", nil) // ann has no more than half
		out, err := k.Alias().Transform(t.Context(), nil, redact.Value{Text: []byte("value 099"), Entity: "CREDIT_CARD", Call: &redact.Call{Scope: ann}})
		if err != nil || !bytes.HasPrefix(out, []byte("pii-card-1")) {
			t.Errorf("%s: Alias() = %s, %v; want a token that needs no store", what, out, err)
		}
		_, err = k.Encrypt().Transform(t.Context(), nil, redact.Value{Text: make([]byte, MaxPlaintext+1), Entity: "CREDIT_CARD", Call: &redact.Call{Scope: ann}})
		if what == "bytes" && !errors.Is(err, redact.ErrNoToken) {
			t.Errorf("%s: Encrypt of what is too long for a token = %v, want ErrNoToken", what, err)
		}
		for i := range 100 { // of many, each with less than half
			in := redact.Scope{Tenant: "acme", Kind: "principal", ID: fmt.Sprint(i % 10)}
			_, err = k.SealAlias(nil, "CREDIT_CARD", fmt.Appendf(nil, "value %03d", i), in)
		}
		if !errors.Is(err, ErrNoAlias) {
			t.Errorf("%s: SealAlias after 100 more of ten scopes = %v, want ErrNoAlias", what, err)
		}
		if s := k.aliases.Stats(); s.Full == 0 || s.Entries > 45 {
			t.Errorf("%s: Stats = %+v", what, s)
		}
	}
}

// After a restart aliases stay closed, and the same value gets the same alias.
func TestAliasRestart(t *testing.T) {
	k := aliasRing(t, nil)
	alias := sealAlias(t, k, "EMAIL_ADDRESS", "ada@lovelace.example", ann)
	k.aliases = NewAliases(nil)
	wantOpen(t, k, alias, ann, "", ErrGone)
	if again := sealAlias(t, k, "EMAIL_ADDRESS", "ada@lovelace.example", ann); again != alias {
		t.Errorf("alias is %s after a restart, was %s", again, alias)
	}
	wantOpen(t, k, alias, ann, "ada@lovelace.example", nil)
	k.aliases = nil
	wantOpen(t, k, alias, ann, "", ErrGone)
	if _, err := k.SealAlias(nil, "EMAIL_ADDRESS", []byte("x"), ann); !errors.Is(err, ErrNoAlias) {
		t.Errorf("SealAlias without a store = %v, want ErrNoAlias", err)
	}
}

// What was sealed under a key opens for as long as that key does, whatever is primary.
func TestAliasRotation(t *testing.T) {
	k := aliasRing(t, nil)
	alias := sealAlias(t, k, "EMAIL_ADDRESS", "ada@lovelace.example", ann)
	ctx := context.Background()
	was := k.keys.Load().primary
	id, err := k.Add(ctx)
	if err == nil {
		err = k.Promote(ctx, id)
	}
	if err != nil {
		t.Fatal(err)
	}
	wantOpen(t, k, alias, ann, "ada@lovelace.example", nil)
	again := sealAlias(t, k, "EMAIL_ADDRESS", "ada@lovelace.example", ann)
	if again == alias {
		t.Error("another key makes the same alias")
	}
	if err := k.Disable(ctx, was); err != nil {
		t.Fatal(err)
	}
	wantOpen(t, k, alias, ann, "", ErrUnknown)
	wantOpen(t, k, again, ann, "ada@lovelace.example", nil)
}

// Transform gives and opens aliases, leaves them as they are, and does what is too long for a token.
func TestAliasTransformers(t *testing.T) {
	k := aliasRing(t, nil)
	call := &redact.Call{Scope: ann}
	run := func(tr redact.Transformer, text string) string {
		t.Helper()
		out, err := tr.Transform(t.Context(), nil, redact.Value{Text: []byte(text), Entity: "EMAIL_ADDRESS", Call: call})
		if err != nil {
			t.Fatalf("Transform(%.40q) = %v", text, err)
		}
		return string(out)
	}
	alias := run(k.Alias(), "ada@lovelace.example")
	if want := sealAlias(t, k, "EMAIL_ADDRESS", "ada@lovelace.example", ann); alias != want {
		t.Errorf("Alias() = %s, want %s", alias, want)
	}
	for _, text := range []string{alias, strings.ToUpper(alias), alias + "@pii.invalid"} {
		if got := run(k.Decrypt(), text); got != "ada@lovelace.example" {
			t.Errorf("Decrypt(%s) = %q", text, got)
		}
	}
	for _, tr := range []redact.Transformer{k.Encrypt(), k.Alias()} {
		if got := run(tr, strings.ToUpper(alias)); got != alias {
			t.Errorf("an alias becomes %s, want itself", got)
		}
	}
	forged := "pii-email-2" + strings.Repeat("q", 18)
	if got := run(k.Encrypt(), forged); !strings.HasPrefix(got, "pii-email-1") {
		t.Errorf("what looks like an alias becomes %s, want a token of it", got)
	}
	long := strings.Repeat("-----BEGIN ", 1000)
	if got := run(k.Encrypt(), long); len(got) != 29 || run(k.Decrypt(), got) != long {
		t.Errorf("what is too long for a token becomes %.60s, want an alias that opens", got)
	}
	inline := run(k.Encrypt(), "ada@lovelace.example")
	if !strings.HasPrefix(inline, "pii-email-1") || run(k.Alias(), inline) != inline {
		t.Errorf("a token becomes %s as alias, want itself", run(k.Alias(), inline))
	}
	if _, err := k.Decrypt().Transform(t.Context(), nil, redact.Value{Text: []byte(alias), Entity: "CREDIT_CARD", Call: call}); !errors.Is(err, redact.ErrNotOurs) {
		t.Errorf("Decrypt of an e-mail address's alias found as a card's = %v, want ErrNotOurs", err)
	}
}

// The store is bounded whatever comes, and the mutex holds.
func TestAliasesConcurrent(t *testing.T) {
	k := aliasRing(t, &AliasOptions{MaxEntries: 500})
	var wg sync.WaitGroup
	for g := range 4 {
		wg.Go(func() {
			in := redact.Scope{Tenant: "acme", Kind: "principal", ID: fmt.Sprint(g % 2)}
			for i := range 2000 {
				value := fmt.Sprint(i % 700)
				alias, err := k.SealAlias(nil, "CREDIT_CARD", []byte(value), in)
				if err != nil {
					continue
				}
				if got, err := k.Unseal(nil, alias, in); err != nil || string(got) != value {
					t.Errorf("Unseal = %q, %v; want %q", got, err, value)
				}
			}
		})
	}
	wg.Wait()
	if s := k.aliases.Stats(); s.Entries != 500 {
		t.Errorf("%d entries, want 500", s.Entries)
	}
}

// An entry takes about what perAlias says.
func TestAliasMemory(t *testing.T) {
	const n = 20_000
	k := aliasRing(t, &AliasOptions{MaxEntries: 4 * n})
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	for i := range n {
		sealAlias(t, k, "CREDIT_CARD", fmt.Sprint("value ", i), ann)
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	got, said := int(after.HeapAlloc-before.HeapAlloc), k.aliases.Stats().Bytes
	t.Logf("%d bytes an entry, counted as %d", got/n, said/n)
	if got > said {
		t.Errorf("%d entries take %d bytes, counted as %d", n, got, said)
	}
}
