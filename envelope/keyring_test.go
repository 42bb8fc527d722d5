package envelope_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"testing"

	"github.com/tink-crypto/tink-go/v2/daead"
	"github.com/tink-crypto/tink-go/v2/keyset"

	"github.com/mcpveil/mcpveil/detect"
	"github.com/mcpveil/mcpveil/envelope"
	"github.com/mcpveil/mcpveil/kms"
	"github.com/mcpveil/mcpveil/kms/kmstest"
	"github.com/mcpveil/mcpveil/redact"
)

var names = map[detect.Entity]string{"EMAIL_ADDRESS": "email", "CREDIT_CARD": "card", "PHONE_NUMBER": "phone"}

var alice = redact.Scope{Tenant: "acme", Kind: "principal", ID: "alice"}

func options() *envelope.Options {
	return &envelope.Options{Names: names, Refresh: -1, Rotation: envelope.Rotation{Force: true}, Log: slog.New(slog.NewTextHandler(io.Discard, nil))}
}

func newRing(t testing.TB) *envelope.Keyring {
	t.Helper()
	k, err := envelope.New(options())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { k.Close() })
	return k
}

func seal(t testing.TB, k *envelope.Keyring, entity detect.Entity, plaintext string, in redact.Scope) string {
	t.Helper()
	token, err := k.Seal(nil, entity, []byte(plaintext), in)
	if err != nil {
		t.Fatalf("Seal(%s) = %v", entity, err)
	}
	return string(token)
}

// opens checks that token opens to want, or with want an error, that it does not for
// that reason, and that the error tells an outsider nothing.
func opens(t *testing.T, k *envelope.Keyring, what, token string, in redact.Scope, want any) {
	t.Helper()
	got, err := k.Unseal([]byte("dst:"), []byte(token), in)
	switch want := want.(type) {
	case string:
		if err != nil || string(got) != "dst:"+want {
			t.Errorf("%s: Unseal = %q, %v; want %q", what, got, err, want)
		}
	case error:
		if !errors.Is(err, want) || !errors.Is(err, redact.ErrNotOurs) || string(got) != "dst:" {
			t.Errorf("%s: Unseal = %q, %v; want %v", what, got, err, want)
		}
		if err != nil && err.Error() != "envelope: token does not open here" {
			t.Errorf("%s: error says %q", what, err)
		}
		for _, other := range []error{envelope.ErrShape, envelope.ErrChecksum, envelope.ErrUnknown, envelope.ErrAuth} {
			if errors.Is(err, other) != (other == want) {
				t.Errorf("%s: errors.Is(err, %v) = %v", what, other, errors.Is(err, other))
			}
		}
	}
}

func TestRoundTrip(t *testing.T) {
	k := newRing(t)
	for _, n := range []int{0, 1, 15, 16, 17, 31, 32, 33, 120, 1000, envelope.MaxPlaintext} {
		plaintext := strings.Repeat("aé\x00\xff", n)[:n]
		token := seal(t, k, "EMAIL_ADDRESS", plaintext, alice)
		if len(token) > envelope.MaxToken || !strings.HasPrefix(token, "pii-email-1") {
			t.Errorf("Seal(%d bytes) = %d bytes, %.12s…", n, len(token), token)
		}
		opens(t, k, fmt.Sprint(n, " bytes"), token, alice, plaintext)
		opens(t, k, "in capitals", strings.ToUpper(token), alice, plaintext)
	}
	if _, err := k.Seal(nil, "EMAIL_ADDRESS", make([]byte, envelope.MaxPlaintext+1), alice); !errors.Is(err, envelope.ErrTooLong) {
		t.Errorf("Seal(too long) = %v, want ErrTooLong", err)
	}
	if _, err := k.Seal(nil, "US_SSN", []byte("x"), alice); !errors.Is(err, envelope.ErrNoName) {
		t.Errorf("Seal(entity without a name) = %v, want ErrNoName", err)
	}
}

// TestLengths is the table in docs/token.md.
func TestLengths(t *testing.T) {
	k := newRing(t)
	for _, tt := range []struct{ plaintext, token int }{{0, 51}, {16, 77}, {17, 78}, {22, 86}, {120, 243}, {5000, 8051}} {
		got := seal(t, k, "EMAIL_ADDRESS", strings.Repeat("x", tt.plaintext), alice)
		if len(got) != tt.token {
			t.Errorf("token of %d bytes has %d characters, want %d", tt.plaintext, len(got), tt.token)
		}
	}
}

// TestBinding: a token opens where it was made and nowhere else, and equal values are
// equal in one scope and have nothing in common elsewhere.
func TestBinding(t *testing.T) {
	k, other := newRing(t), newRing(t)
	scopes := []redact.Scope{
		alice,
		{Tenant: "acme", Kind: "principal", ID: "bob"},
		{Tenant: "acme", Kind: "subject", ID: "alice"},
		{Tenant: "acme", Kind: "conversation", ID: "alice"},
		{Tenant: "acme", Kind: "tenant", ID: "alice"},
		{Tenant: "acme", Kind: "tenant"},
		{Tenant: "", Kind: "tenant"},
		{Tenant: "umbrella", Kind: "principal", ID: "alice"},
		{Tenant: "acm", Kind: "principal", ID: "ealice"}, // the same letters, cut elsewhere
		{Tenant: "acmeprincipal", Kind: "principal", ID: "alice"},
		{Tenant: "acme\x00", Kind: "principal", ID: "alice"},
	}
	seen := map[string]string{}
	for _, in := range scopes {
		for entity, name := range names {
			token := seal(t, k, entity, "4111111111111111", in)
			if again := seal(t, k, entity, "4111111111111111", in); again != token {
				t.Errorf("two tokens in %v: %s, %s", in, token, again)
			}
			body := token[len("pii-")+len(name)+len("-1"):]
			body = body[10 : len(body)-6] // without header, key id and checksum
			if was, ok := seen[body]; ok {
				t.Errorf("%s in %v has the body of %s", name, in, was)
			}
			seen[body] = fmt.Sprint(name, in)
			for _, at := range scopes {
				var want any = envelope.ErrAuth
				if at == in {
					want = "4111111111111111"
				}
				opens(t, k, fmt.Sprint(in, " at ", at), token, at, want)
			}
			opens(t, other, "another keyring", token, in, envelope.ErrUnknown)
		}
	}
}

func TestScopeIncomplete(t *testing.T) {
	k := newRing(t)
	token := seal(t, k, "EMAIL_ADDRESS", "a@b.example", alice)
	for _, in := range []redact.Scope{{}, {Tenant: "acme"}, {Tenant: "acme", Kind: "principal"}, {Kind: "conversation"}, {Kind: "session", ID: "x"}} {
		if _, err := k.Seal(nil, "EMAIL_ADDRESS", []byte("x"), in); !errors.Is(err, envelope.ErrScope) {
			t.Errorf("Seal in %+v = %v, want ErrScope", in, err)
		}
		if _, err := k.Unseal(nil, []byte(token), in); !errors.Is(err, envelope.ErrScope) || errors.Is(err, redact.ErrNotOurs) {
			t.Errorf("Unseal in %+v = %v, want ErrScope", in, err)
		}
	}
}

// TestRelabelled: whoever changes a token and sets its checksum right gains nothing.
func TestRelabelled(t *testing.T) {
	k := newRing(t)
	token := seal(t, k, "EMAIL_ADDRESS", "ada@lovelace.example", alice)
	body := bodyOf(t, token)
	flip := func(i int, bit byte) string {
		b := bytes.Clone(body)
		b[i] ^= bit
		return printToken("email", b)
	}
	if printToken("email", body) != token {
		t.Fatalf("the test prints %s, want %s", printToken("email", body), token)
	}
	opens(t, k, "as it was", token, alice, "ada@lovelace.example")
	opens(t, k, "another entity", printToken("card", body), alice, envelope.ErrAuth)
	opens(t, k, "another entity, whose name is as long", printToken("phone", body), alice, envelope.ErrAuth)
	opens(t, k, "an entity nobody knows", printToken("zz9", body), alice, envelope.ErrAuth)
	for bit := range 8 {
		opens(t, k, "header", flip(0, 1<<bit), alice, envelope.ErrUnknown)
		for i := 1; i < 5; i++ {
			opens(t, k, "key id", flip(i, 1<<bit), alice, envelope.ErrUnknown)
		}
		for i := 5; i < len(body); i++ {
			opens(t, k, fmt.Sprint("byte ", i), flip(i, 1<<bit), alice, envelope.ErrAuth)
		}
	}
	opens(t, k, "cut and checksum set right", printToken("email", body[:len(body)-1]), alice, envelope.ErrAuth)
	opens(t, k, "cut to nothing", printToken("email", body[:21]), alice, envelope.ErrAuth)
	for n := range 21 {
		opens(t, k, fmt.Sprint("cut to ", n, " bytes and checksum set right"), printToken("email", body[:n]), alice, envelope.ErrShape)
	}
	opens(t, k, "cut", token[:len(token)-3], alice, envelope.ErrChecksum)
	opens(t, k, "not a token", "hello", alice, envelope.ErrShape)
	s := k.Stats()
	if s.Sealed != 1 || s.Opened != 1 || s.Checksum != 1 || s.Shape != 22 || s.Unknown != 40 || s.Auth == 0 || s.Forged() != s.Auth+63 {
		t.Errorf("Stats() = %+v", s)
	}
}

// FuzzSeal: Unseal(Seal(x)) is x, and with any bit flipped it does not open.
func FuzzSeal(f *testing.F) {
	k := newRing(f)
	f.Add([]byte("ada@lovelace.example"), "acme", "alice", uint(0))
	f.Add([]byte{}, "", "x", uint(77))
	f.Fuzz(func(t *testing.T, plaintext []byte, tenant, id string, bit uint) {
		in := redact.Scope{Tenant: tenant, Kind: "principal", ID: id}
		token, err := k.Seal(nil, "CREDIT_CARD", plaintext, in)
		if err != nil {
			if id == "" || len(plaintext) > envelope.MaxPlaintext {
				return
			}
			t.Fatalf("Seal = %v", err)
		}
		if got, err := k.Unseal(nil, token, in); err != nil || !bytes.Equal(got, plaintext) {
			t.Fatalf("Unseal(Seal(%x)) = %x, %v", plaintext, got, err)
		}
		bad := bytes.Clone(token)
		bad[bit/8%uint(len(bad))] ^= 1 << (bit % 8)
		if got, err := k.Unseal(nil, bad, in); err == nil {
			t.Fatalf("Unseal(%s) = %x, and the token was %s", bad, got, token)
		}
	})
}

func FuzzUnseal(f *testing.F) {
	k := newRing(f)
	f.Add([]byte(seal(f, k, "EMAIL_ADDRESS", "x", alice)))
	f.Fuzz(func(t *testing.T, token []byte) {
		got, err := k.Unseal(nil, token, alice)
		if err == nil && seal(t, k, "EMAIL_ADDRESS", string(got), alice) != strings.ToLower(string(token)) {
			t.Errorf("Unseal(%q) opened", token)
		}
	})
}

// TestStockTink: with the associated data that docs/token.md gives, Tink opens the body
// of our tokens, and we open what Tink makes.
func TestStockTink(t *testing.T) {
	h, k := ringOfTink(t)
	d, err := daead.New(h)
	if err != nil {
		t.Fatal(err)
	}
	for _, plaintext := range []string{"", "a", "ada@lovelace.example", strings.Repeat("x", 1000)} {
		ad := fields("pii-token/v1", alice.Tenant, alice.Kind, alice.ID, "email")
		ct := bodyOf(t, seal(t, k, "EMAIL_ADDRESS", plaintext, alice))
		if ct[0] != 0x20 {
			t.Errorf("header = %#x, want 0x20", ct[0])
		}
		ct[0] = 1
		if got, err := d.DecryptDeterministically(ct, ad); err != nil || string(got) != plaintext {
			t.Errorf("Tink opens our token of %q as %q, %v", plaintext, got, err)
		}
		ct, err := d.EncryptDeterministically([]byte(plaintext), ad)
		if err != nil {
			t.Fatal(err)
		}
		ct[0] = 0x20
		opens(t, k, "made by Tink", printToken("email", ct), alice, plaintext)
	}
}

// ringOfTink returns a keyset made by Tink and the keyring that reads it from a store,
// wrapped by Tink with the associated data that docs/token.md gives.
func ringOfTink(t *testing.T) (*keyset.Handle, *envelope.Keyring) {
	t.Helper()
	h, err := keyset.NewHandle(daead.AESSIVKeyTemplate())
	if err != nil {
		t.Fatal(err)
	}
	k, err := openTink(t, h)
	if err != nil {
		t.Fatal(err)
	}
	return h, k
}

func openTink(t *testing.T, h *keyset.Handle) (*envelope.Keyring, error) {
	t.Helper()
	kek, store := kmstest.New(t), new(kmstest.Store)
	var buf bytes.Buffer
	if err := h.WriteWithContext(t.Context(), keyset.NewJSONWriter(&buf), kek, fields("mcpveil-keyset/v1", "tenant/ring", "1")); err != nil {
		t.Fatal(err)
	}
	if err := store.Put(t.Context(), "tenant/ring", 1, buf.Bytes()); err != nil {
		t.Fatal(err)
	}
	return envelope.Open(t.Context(), kek, store, "tenant/ring", options())
}

// readStored reads what a store holds, from docs/token.md alone.
func readStored(t *testing.T, kek kms.KEK, wrapped []byte, name, epoch string) (*keyset.Handle, error) {
	t.Helper()
	var s struct {
		Format        string
		About, Keyset json.RawMessage
	}
	must(t, json.Unmarshal(wrapped, &s))
	if s.Format != "mcpveil-keyring-2" {
		t.Fatalf("format %q", s.Format)
	}
	return keyset.ReadWithContext(t.Context(), keyset.NewJSONReader(bytes.NewReader(s.Keyset)), kek, fields("mcpveil-keyset/v2", name, epoch, string(s.About)))
}

// fields is written from docs/token.md alone.
func fields(label string, fields ...string) []byte {
	out := append([]byte(label), byte(len(fields)))
	for _, f := range fields {
		out = binary.BigEndian.AppendUint32(out, uint32(len(f)))
		out = append(out, f...)
	}
	return out
}

func TestTransformers(t *testing.T) {
	k := newRing(t)
	call := &redact.Call{Scope: alice}
	run := func(tr redact.Transformer, entity detect.Entity, text string) (string, error) {
		out, err := tr.Transform(context.Background(), []byte("> "), redact.Value{Text: []byte(text), Entity: entity, Call: call})
		return strings.TrimPrefix(string(out), "> "), err
	}
	token, err := run(k.Encrypt(), "EMAIL_ADDRESS", "ada@lovelace.example")
	if err != nil || token != seal(t, k, "EMAIL_ADDRESS", "ada@lovelace.example", alice) {
		t.Errorf("Encrypt = %q, %v", token, err)
	}
	for _, again := range []string{token, strings.ToUpper(token)} {
		if got, err := run(k.Encrypt(), "EMAIL_ADDRESS", again); err != nil || got != token {
			t.Errorf("Encrypt of a token = %q, %v; want the token", got, err)
		}
	}
	if got, err := run(k.Encrypt(), "EMAIL_ADDRESS", token[:40]); err != nil || !strings.HasPrefix(got, "pii-email-1") {
		t.Errorf("Encrypt of half a token = %q, %v; want it sealed as any text", got, err)
	}
	for _, text := range []string{token, token + "@pii.invalid", strings.ToUpper(token + "@pii.invalid")} {
		if got, err := run(k.Decrypt(), "EMAIL_ADDRESS", text); err != nil || got != "ada@lovelace.example" {
			t.Errorf("Decrypt(%q) = %q, %v", text, got, err)
		}
	}
	for _, text := range []string{token[:60], token + "q", "@pii.invalid", token + "@pii.example", seal(t, newRing(t), "EMAIL_ADDRESS", "x", alice)} {
		if got, err := run(k.Decrypt(), "EMAIL_ADDRESS", text); !errors.Is(err, redact.ErrNotOurs) || got != "" {
			t.Errorf("Decrypt(%q) = %q, %v; want ErrNotOurs", text, got, err)
		}
	}
	if _, err := run(k.Decrypt(), "CREDIT_CARD", token); !errors.Is(err, redact.ErrNotOurs) {
		t.Errorf("Decrypt of an e-mail address's token found as a card's = %v, want ErrNotOurs", err)
	}
	if got, err := run(k.Encrypt(), "EMAIL_ADDRESS", strings.Repeat("x", envelope.MaxPlaintext+1)); !errors.Is(err, redact.ErrNoToken) || got != "" || k.Stats().TooLong != 1 {
		t.Errorf("Encrypt(too long) = %.60q, %v, counted %d; want ErrNoToken", got, err, k.Stats().TooLong)
	}
	hash, err := run(k.Hash(), "EMAIL_ADDRESS", "ada@lovelace.example")
	if err != nil || len(hash) != len("hash-email-")+26 || !strings.HasPrefix(hash, "hash-email-") {
		t.Errorf("Hash = %q, %v", hash, err)
	}
	for _, tt := range []struct {
		entity detect.Entity
		text   string
		in     redact.Scope
	}{
		{"EMAIL_ADDRESS", "bob@lovelace.example", alice},
		{"CREDIT_CARD", "ada@lovelace.example", alice},
		{"EMAIL_ADDRESS", "ada@lovelace.example", redact.Scope{Tenant: "acme", Kind: "principal", ID: "bob"}},
	} {
		call = &redact.Call{Scope: tt.in}
		if got, err := run(k.Hash(), tt.entity, tt.text); err != nil || got[len(got)-26:] == hash[len(hash)-26:] {
			t.Errorf("Hash(%s, %q, %v) = %q, %v; want another than %q", tt.entity, tt.text, tt.in, got, err, hash)
		}
	}
	for _, tr := range []redact.Transformer{k.Encrypt(), k.Decrypt(), k.Hash()} {
		if _, err := tr.Transform(context.Background(), nil, redact.Value{Text: []byte(token), Entity: "EMAIL_ADDRESS"}); err == nil {
			t.Error("Transform without a call = nil, want an error")
		}
		call = &redact.Call{}
		if _, err := run(tr, "EMAIL_ADDRESS", token); !errors.Is(err, envelope.ErrScope) {
			t.Errorf("Transform without a scope = %v, want ErrScope", err)
		}
	}
}

func TestNames(t *testing.T) {
	for _, bad := range []map[detect.Entity]string{{"A": ""}, {"A": "Email"}, {"A": "e-mail"}, {"A": strings.Repeat("a", 21)}, {"A": "x", "B": "x"}} {
		if _, err := envelope.New(&envelope.Options{Names: bad}); err == nil {
			t.Errorf("New(%v) = nil, want an error", bad)
		}
	}
	for entity, want := range map[detect.Entity]string{"EMPLOYEE_ID": "employeeid", "acme.badge-2": "acmebadge2", "A_VERY_LONG_NAME_OF_AN_ENTITY": "averylongnameofanent"} {
		if got := envelope.Name(entity); got != want {
			t.Errorf("Name(%s) = %q, want %q", entity, got, want)
		}
	}
}

// TestAllocations: opening and sealing allocate nothing once warm.
func TestAllocations(t *testing.T) {
	k := newRing(t)
	buf := make([]byte, 0, 256)
	plaintext, token := []byte("ada@lovelace.example"), []byte(seal(t, k, "EMAIL_ADDRESS", "ada@lovelace.example", alice))
	forged := append(bytes.Clone(token[:len(token)-1]), 'q')
	transform := func(tr redact.Transformer, text []byte) func() {
		v := redact.Value{Text: text, Entity: "EMAIL_ADDRESS", Call: &redact.Call{Scope: alice}}
		return func() { tr.Transform(t.Context(), buf, v) }
	}
	for name, f := range map[string]func(){
		"Seal":             func() { k.Seal(buf, "EMAIL_ADDRESS", plaintext, alice) },
		"Unseal":           func() { k.Unseal(buf, token, alice) },
		"Unseal of forged": func() { k.Unseal(buf, forged, alice) },
		"Encrypt":          transform(k.Encrypt(), plaintext),
		"Decrypt":          transform(k.Decrypt(), token),
		"Hash":             transform(k.Hash(), plaintext),
	} {
		if n := testing.AllocsPerRun(1000, f); n != 0 {
			t.Errorf("%s allocates %v times, want 0", name, n)
		}
	}
}

func BenchmarkSeal(b *testing.B) {
	k := newRing(b)
	buf, plaintext := make([]byte, 0, 256), []byte("ada@lovelace.example")
	b.ReportAllocs()
	for b.Loop() {
		k.Seal(buf, "EMAIL_ADDRESS", plaintext, alice)
	}
}

func BenchmarkUnseal(b *testing.B) {
	k := newRing(b)
	buf, token := make([]byte, 0, 256), []byte(seal(b, k, "EMAIL_ADDRESS", "ada@lovelace.example", alice))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := k.Unseal(buf, token, alice); err != nil {
			b.Fatal(err)
		}
	}
}

var _ kms.KEK = (*kmstest.KEK)(nil)
