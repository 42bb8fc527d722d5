package envelope_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/daead"
	"github.com/tink-crypto/tink-go/v2/insecurecleartextkeyset"
	"github.com/tink-crypto/tink-go/v2/keyset"
	"github.com/tink-crypto/tink-go/v2/tink"

	"github.com/mcpveil/mcpveil/envelope"
	"github.com/mcpveil/mcpveil/kms"
	"github.com/mcpveil/mcpveil/kms/kmstest"
)

// A peer is internal/tinkv1peer, which does things with github.com/google/tink/go v1.7.0.
type peer struct {
	t   *testing.T
	in  *json.Encoder
	out *json.Decoder
}

type request struct {
	Op, Kind              string
	Keys                  int
	Keyset, KEK, AD, Text []byte
}

func startPeer(t *testing.T) *peer {
	t.Helper()
	const source = "../internal/tinkv1peer"
	_, err := os.ReadFile(filepath.Join(source, "main.go")) // so that go test knows that we depend on it
	must(t, err)
	program := filepath.Join(t.TempDir(), "tinkv1peer")
	if out, err := exec.Command("go", "build", "-o", program, source).CombinedOutput(); err != nil {
		t.Fatalf("go build %s: %v\n%s", source, err, out)
	}
	cmd := exec.Command(program)
	in, err := cmd.StdinPipe()
	must(t, err)
	out, err := cmd.StdoutPipe()
	must(t, err)
	must(t, cmd.Start())
	t.Cleanup(func() {
		in.Close()
		cmd.Wait()
	})
	return &peer{t, json.NewEncoder(in), json.NewDecoder(out)}
}

// ask returns what the peer answers, and whether it could.
func (p *peer) ask(r request) ([]byte, bool) {
	p.t.Helper()
	must(p.t, p.in.Encode(r))
	var a struct {
		Out   []byte
		Error string
	}
	must(p.t, p.out.Decode(&a))
	return a.Out, a.Error == ""
}

func (p *peer) must(r request) []byte {
	p.t.Helper()
	out, ok := p.ask(r)
	if !ok {
		p.t.Fatalf("Tink 1.7.0 cannot %s", r.Op)
	}
	return out
}

// A side makes keysets, seals and opens, with the one Tink or the other.
type side struct {
	name         string
	make         func(kind string, keys int) []byte
	seal, open   func(kind string, set, ad, text []byte) ([]byte, bool)
	wrap, unwrap func(kek, ad, set []byte) ([]byte, bool)
}

func oldSide(p *peer) side {
	use := func(op string) func(string, []byte, []byte, []byte) ([]byte, bool) {
		return func(kind string, set, ad, text []byte) ([]byte, bool) {
			return p.ask(request{Op: op, Kind: kind, Keyset: set, AD: ad, Text: text})
		}
	}
	return side{
		name: "google/tink/go v1.7.0",
		make: func(kind string, keys int) []byte { return p.must(request{Op: "make", Kind: kind, Keys: keys}) },
		seal: use("seal"), open: use("open"),
		wrap: func(kek, ad, set []byte) ([]byte, bool) {
			return p.ask(request{Op: "wrap", KEK: kek, AD: ad, Keyset: set})
		},
		unwrap: func(kek, ad, text []byte) ([]byte, bool) {
			return p.ask(request{Op: "unwrap", KEK: kek, AD: ad, Text: text})
		},
	}
}

func newSide(t *testing.T) side {
	read := func(set []byte) *keyset.Handle {
		h, err := insecurecleartextkeyset.Read(keyset.NewBinaryReader(bytes.NewReader(set)))
		must(t, err)
		return h
	}
	write := func(h *keyset.Handle) []byte {
		var buf bytes.Buffer
		must(t, insecurecleartextkeyset.Write(h, keyset.NewBinaryWriter(&buf)))
		return buf.Bytes()
	}
	kekOf := func(set []byte) tink.AEAD {
		a, err := aead.New(read(set))
		must(t, err)
		return a
	}
	return side{
		name: "tink-go v2",
		make: func(kind string, keys int) []byte {
			m := keyset.NewManager()
			for range keys {
				template := daead.AESSIVKeyTemplate()
				if kind == "gcm" {
					template = aead.AES256GCMKeyTemplate()
				}
				id, err := m.Add(template)
				must(t, err)
				must(t, m.SetPrimary(id))
			}
			h, err := m.Handle()
			must(t, err)
			return write(h)
		},
		seal: func(kind string, set, ad, text []byte) (out []byte, _ bool) {
			if kind == "gcm" {
				out, err := kekOf(set).Encrypt(text, ad)
				return out, err == nil
			}
			d, err := daead.New(read(set))
			must(t, err)
			out, err = d.EncryptDeterministically(text, ad)
			return out, err == nil
		},
		open: func(kind string, set, ad, text []byte) (out []byte, _ bool) {
			if kind == "gcm" {
				out, err := kekOf(set).Decrypt(text, ad)
				return out, err == nil
			}
			d, err := daead.New(read(set))
			must(t, err)
			out, err = d.DecryptDeterministically(text, ad)
			return out, err == nil
		},
		wrap: func(kek, ad, set []byte) ([]byte, bool) {
			var buf bytes.Buffer
			err := read(set).WriteWithAssociatedData(keyset.NewJSONWriter(&buf), kekOf(kek), ad)
			return buf.Bytes(), err == nil
		},
		unwrap: func(kek, ad, text []byte) ([]byte, bool) {
			h, err := keyset.ReadWithAssociatedData(keyset.NewJSONReader(bytes.NewReader(text)), kekOf(kek), ad)
			if err != nil {
				return nil, false
			}
			return write(h), true
		},
	}
}

// TestTinkV1 has keysets and ciphertexts go between google/tink/go v1.7.0 and its
// successor in each direction: made by either, sealed by either, opened by either.
func TestTinkV1(t *testing.T) {
	sides := []side{oldSide(startPeer(t)), newSide(t)}
	n := 0
	for _, maker := range sides {
		for _, kind := range []string{"siv", "gcm"} {
			for _, keys := range []int{1, 3} {
				set, kek := maker.make(kind, keys), maker.make("gcm", 1)
				for _, a := range sides {
					for _, b := range sides {
						n++
						what := fmt.Sprintf("%d keys %s made by %s, sealed by %s, opened by %s", keys, kind, maker.name, a.name, b.name)
						crossover(t, what, a, b, kind, set, kek)
					}
				}
			}
		}
	}
	if n != 32 {
		t.Errorf("%d cases, want 32", n)
	}
}

func crossover(t *testing.T, what string, a, b side, kind string, set, kek []byte) {
	t.Helper()
	for _, text := range []string{"", "x", "ada@lovelace.example", string(make([]byte, 5000))} {
		sealed, ok := a.seal(kind, set, []byte("ad"), []byte(text))
		if !ok {
			t.Fatalf("%s: not sealed", what)
		}
		if got, ok := b.open(kind, set, []byte("ad"), sealed); !ok || string(got) != text {
			t.Errorf("%s: %d bytes open as %d, %v", what, len(text), len(got), ok)
		}
		if _, ok := b.open(kind, set, []byte("other"), sealed); ok {
			t.Errorf("%s: opens with other associated data", what)
		}
	}
	wrapped, ok := a.wrap(kek, []byte("ad"), set)
	if !ok {
		t.Fatalf("%s: not wrapped", what)
	}
	if got, ok := b.unwrap(kek, []byte("ad"), wrapped); !ok || len(got) == 0 {
		t.Errorf("%s: keyset does not unwrap", what)
	}
	if _, ok := b.unwrap(kek, []byte("other"), wrapped); ok {
		t.Errorf("%s: keyset unwraps with other associated data", what)
	}
}

// TestKeyringTinkV1: a keyring opens from a keyset that v1.7.0 made and wrapped, and each
// opens the other's tokens.
func TestKeyringTinkV1(t *testing.T) {
	p := startPeer(t)
	set, kekSet := p.must(request{Op: "make", Kind: "siv", Keys: 2}), p.must(request{Op: "make", Kind: "gcm", Keys: 1})
	store := new(kmstest.Store)
	must(t, store.Put(t.Context(), "ring", 1, p.must(request{Op: "wrap", KEK: kekSet, AD: fields("mcpveil-keyset/v1", "ring", "1"), Keyset: set})))
	h, err := insecurecleartextkeyset.Read(keyset.NewBinaryReader(bytes.NewReader(kekSet)))
	must(t, err)
	kek, err := aead.New(h)
	must(t, err)
	k, err := envelope.Open(t.Context(), tinkKEK{kek}, store, "ring", options())
	must(t, err)
	defer k.Close()

	ad := fields("pii-token/v1", alice.Tenant, alice.Kind, alice.ID, "email")
	body := bodyOf(t, seal(t, k, "EMAIL_ADDRESS", "ada@lovelace.example", alice))
	body[0] = 1
	if got := p.must(request{Op: "open", Kind: "siv", Keyset: set, AD: ad, Text: body}); string(got) != "ada@lovelace.example" {
		t.Errorf("v1.7.0 opens our token as %q", got)
	}
	body = p.must(request{Op: "seal", Kind: "siv", Keyset: set, AD: ad, Text: []byte("bob@example.com")})
	body[0] = 0x20
	opens(t, k, "sealed by v1.7.0", printToken("email", body), alice, "bob@example.com")
}

// tinkKEK has a Tink AEAD stand in for a KEK.
type tinkKEK struct{ tink.AEAD }

func (k tinkKEK) URI() string { return "tink:" }

func (k tinkKEK) EncryptWithContext(_ context.Context, plaintext, ad []byte) ([]byte, error) {
	return k.Encrypt(plaintext, ad)
}

func (k tinkKEK) DecryptWithContext(_ context.Context, ciphertext, ad []byte) ([]byte, error) {
	return k.Decrypt(ciphertext, ad)
}

var _ kms.KEK = tinkKEK{}

// TestTinkV1Vectors opens what v1.7.0 once made, for when there is no building it any more.
func TestTinkV1Vectors(t *testing.T) {
	const file = "testdata/tinkv1.json"
	type vectors struct{ Keyset, KEK, AD, Text, Sealed, Wrapped []byte }
	if _, err := os.Stat(file); *makeGolden && err != nil {
		p := startPeer(t)
		v := vectors{AD: []byte("associated data"), Text: []byte("ada@lovelace.example")}
		v.Keyset, v.KEK = p.must(request{Op: "make", Kind: "siv", Keys: 2}), p.must(request{Op: "make", Kind: "gcm", Keys: 1})
		v.Sealed = p.must(request{Op: "seal", Kind: "siv", Keyset: v.Keyset, AD: v.AD, Text: v.Text})
		v.Wrapped = p.must(request{Op: "wrap", KEK: v.KEK, AD: v.AD, Keyset: v.Keyset})
		text, err := json.MarshalIndent(v, "", "\t")
		must(t, err)
		must(t, os.WriteFile(file, append(text, '\n'), 0o600))
	}
	text, err := os.ReadFile(file)
	must(t, err)
	var v vectors
	must(t, json.Unmarshal(text, &v))
	set, ok := newSide(t).unwrap(v.KEK, v.AD, v.Wrapped)
	if !ok || !bytes.Equal(set, v.Keyset) {
		t.Errorf("the wrapped keyset unwraps: %v; to the same: %v", ok, bytes.Equal(set, v.Keyset))
	}
	if got, ok := newSide(t).open("siv", set, v.AD, v.Sealed); !ok || !bytes.Equal(got, v.Text) {
		t.Errorf("the ciphertext opens as %q, %v", got, ok)
	}
}
