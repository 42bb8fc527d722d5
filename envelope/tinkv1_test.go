package envelope_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/insecurecleartextkeyset"
	"github.com/tink-crypto/tink-go/v2/keyset"
	"github.com/tink-crypto/tink-go/v2/tink"

	"github.com/mcpveil/mcpveil/envelope"
	"github.com/mcpveil/mcpveil/kms"
	"github.com/mcpveil/mcpveil/kms/kmstest"
)

// A peer is another process: internal/tinkv1peer, which does things with
// github.com/google/tink/go v1.7.0, or its twin with tink-go v2.
type peer struct {
	t    *testing.T
	name string
	in   *json.Encoder
	out  *json.Decoder
}

type request struct {
	Op, Kind, Format      string
	Keys                  int
	Keyset, KEK, AD, Text []byte
}

// startPeer starts "tinkv1peer" or "tinkv2peer".
func startPeer(t *testing.T, name string) *peer {
	t.Helper()
	source := "../internal/" + name
	for _, file := range []string{"main.go", "ops.go"} { // so that go test knows that we depend on them
		_, err := os.ReadFile(filepath.Join(source, file))
		must(t, err)
	}
	program := filepath.Join(t.TempDir(), name)
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
	return &peer{t, name, json.NewEncoder(in), json.NewDecoder(out)}
}

// ask returns what the peer answers, and what it says where it cannot.
func (p *peer) ask(r request) (out []byte, trouble string) {
	p.t.Helper()
	must(p.t, p.in.Encode(r))
	var a struct {
		Out   []byte
		Error string
	}
	must(p.t, p.out.Decode(&a))
	return a.Out, a.Error
}

func (p *peer) must(r request) []byte {
	p.t.Helper()
	out, trouble := p.ask(r)
	if trouble != "" {
		p.t.Fatalf("%s cannot %s %s: %s", p.name, r.Op, r.Kind, trouble)
	}
	return out
}

// kindsV1 are all that both Tinks have templates for.
var kindsV1 = []string{
	"siv", "gcm", "gcm128", "gcmraw", "ctrhmac128", "ctrhmac256", "chacha", "xchacha", "envelope",
	"hmac256", "hmac512", "cmac", "prfhmac", "prfhkdf", "prfcmac", "streamgcm", "streamctrhmac",
	"hpke", "ecies", "ed25519", "ecdsa", "jwths256",
}

// TestTinkV1 has keysets and ciphertexts go between google/tink/go v1.7.0 and its successor in each direction:
// keysets made by either in each format, sealed by either, opened by either, rotated by the one that did not make them.
func TestTinkV1(t *testing.T) {
	peers := []*peer{startPeer(t, "tinkv1peer"), startPeer(t, "tinkv2peer")}
	kek := peers[0].must(request{Op: "make", Kind: "gcm", Keys: 1})
	n := 0
	for _, kind := range kindsV1 {
		for m, maker := range peers {
			for _, format := range []string{"", "json", "encrypted"} {
				for _, keys := range []int{1, 3} {
					set := maker.must(request{Op: "make", Kind: kind, Format: format, KEK: kek, Keys: keys})
					rotated := peers[1-m].must(request{Op: "rotate", Kind: kind, Format: format, KEK: kek, Keyset: set})
					for _, a := range peers {
						for _, b := range peers {
							n++
							crossover(t, a, b, fmt.Sprintf("%d keys %s made by %s (%s)", keys, kind, maker.name, format), request{Kind: kind, Format: format, KEK: kek, Keyset: set}, rotated)
						}
					}
				}
			}
		}
	}
	if want := len(kindsV1) * 2 * 3 * 2 * 4; n != want || n < 1000 {
		t.Errorf("%d cases, want %d", n, want)
	}
	t.Logf("%d cases", n)
}

// crossover has b open what a seals, with a keyset as it was and after its rotation, and not with other associated data.
func crossover(t *testing.T, a, b *peer, what string, r request, rotated []byte) {
	t.Helper()
	set := r.Keyset
	step := func(p *peer, op string, set []byte, ad string, text []byte) ([]byte, string) {
		r.Op, r.Keyset, r.AD, r.Text = op, set, []byte(ad), text
		return p.ask(r)
	}
	text := []byte("ada@lovelace.example")
	sealed, trouble := step(a, "seal", set, "ad", text)
	if trouble != "" {
		t.Errorf("%s: %s cannot seal: %s", what, a.name, trouble)
		return
	}
	for when, with := range map[string][]byte{"": set, " once it is rotated": rotated} {
		if got, trouble := step(b, "open", with, "ad", sealed); trouble != "" || !bytes.Equal(got, text) {
			t.Errorf("%s, sealed by %s: %s opens it%s as %q: %s", what, a.name, b.name, when, got, trouble)
		}
		if _, trouble := step(b, "open", with, "other", sealed); trouble == "" {
			t.Errorf("%s, sealed by %s: %s opens it%s with other associated data", what, a.name, b.name, when)
		}
	}
	later, trouble := step(a, "seal", rotated, "ad", text)
	if got, again := step(b, "open", rotated, "ad", later); trouble != "" || again != "" || !bytes.Equal(got, text) {
		t.Errorf("%s, rotated, sealed by %s: %s opens it as %q: %s%s", what, a.name, b.name, got, trouble, again)
	}
	if _, trouble := step(b, "open", set, "ad", later); trouble == "" && r.Kind != "envelope" { // whose keys are all the service's one
		t.Errorf("%s, rotated, sealed by %s: %s opens it without the new key", what, a.name, b.name)
	}
	broken := slices.Clone(sealed)
	broken[len(broken)-1] ^= 1
	if _, trouble := step(b, "open", set, "ad", broken); trouble == "" && !strings.HasPrefix(r.Kind, "jwt") { // whose last bits may not count
		t.Errorf("%s, sealed by %s: %s opens it with a bit changed", what, a.name, b.name)
	}
}

// TestTinkV1Limits: of what is new in v2, v1.7.0 opens AES-GCM-SIV and says of the rest that it does not know it.
func TestTinkV1Limits(t *testing.T) {
	v1, v2 := startPeer(t, "tinkv1peer"), startPeer(t, "tinkv2peer")
	for kind, want := range map[string]string{"gcmsiv": "", "xaes": "unsupported key type"} {
		set := v2.must(request{Op: "make", Kind: kind, Keys: 1})
		sealed := v2.must(request{Op: "seal", Kind: kind, Keyset: set, Text: []byte("text")})
		got, trouble := v1.ask(request{Op: "open", Kind: kind, Keyset: set, Text: sealed})
		if want == "" && (trouble != "" || string(got) != "text") || !strings.Contains(trouble, want) {
			t.Errorf("v1.7.0 opens %s as %q: %q, want %q", kind, got, trouble, want)
		}
	}
}

// TestTinkTwins: what the two peers do is the same code.
func TestTinkTwins(t *testing.T) {
	v1, err := os.ReadFile("../internal/tinkv1peer/ops.go")
	must(t, err)
	v2, err := os.ReadFile("../internal/tinkv2peer/ops.go")
	must(t, err)
	if got := bytes.ReplaceAll(v1, []byte("github.com/google/tink/go/"), []byte("github.com/tink-crypto/tink-go/v2/")); !bytes.Equal(got, v2) {
		t.Error("tinkv1peer/ops.go and tinkv2peer/ops.go differ in more than their imports")
	}
}

// TestKeyringTinkV1: a keyring opens from a keyset that v1.7.0 made and wrapped, and each
// opens the other's tokens.
func TestKeyringTinkV1(t *testing.T) {
	p := startPeer(t, "tinkv1peer")
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

// A vector is what v1.7.0 once made of a kind.
type vector struct {
	Kind                     string
	Keyset, AD, Text, Sealed []byte // Keyset in binary and in clear
	KEK, Wrapped             []byte // and wrapped, in JSON, with AD
}

// TestTinkV1Vectors opens what v1.7.0 once made, for when there is no building it any more.
func TestTinkV1Vectors(t *testing.T) {
	const file = "testdata/tinkv1.json"
	if _, err := os.Stat(file); *makeGolden && err != nil {
		writeVectors(t, file)
	}
	text, err := os.ReadFile(file)
	must(t, err)
	var all []vector
	must(t, json.Unmarshal(text, &all))
	for _, kind := range kindsV1 {
		if !slices.ContainsFunc(all, func(v vector) bool { return v.Kind == kind }) {
			t.Errorf("there is no vector of %s", kind)
		}
	}
	p := startPeer(t, "tinkv2peer")
	for _, v := range all {
		set, trouble := p.ask(request{Op: "unwrap", KEK: v.KEK, AD: v.AD, Text: v.Wrapped})
		// (v2 writes points and scalars of curves with another number of zeros before them.)
		if trouble != "" || v.Kind != "ecies" && v.Kind != "ecdsa" && !bytes.Equal(set, v.Keyset) {
			t.Errorf("%s: the wrapped keyset unwraps to another, or not at all: %s", v.Kind, trouble)
		}
		if got, trouble := p.ask(request{Op: "open", Kind: v.Kind, Keyset: set, AD: v.AD, Text: v.Sealed}); trouble != "" || !bytes.Equal(got, v.Text) {
			t.Errorf("%s: opens as %q: %s", v.Kind, got, trouble)
		}
	}
}

func writeVectors(t *testing.T, file string) {
	p := startPeer(t, "tinkv1peer")
	var all []vector
	for _, kind := range kindsV1 {
		v := vector{Kind: kind, AD: []byte("associated data"), Text: []byte("ada@lovelace.example")}
		v.Keyset, v.KEK = p.must(request{Op: "make", Kind: kind, Keys: 2}), p.must(request{Op: "make", Kind: "gcm", Keys: 1})
		v.Sealed = p.must(request{Op: "seal", Kind: kind, Keyset: v.Keyset, AD: v.AD, Text: v.Text})
		v.Wrapped = p.must(request{Op: "wrap", KEK: v.KEK, AD: v.AD, Keyset: v.Keyset})
		all = append(all, v)
	}
	text, err := json.MarshalIndent(all, "", "\t")
	must(t, err)
	must(t, os.WriteFile(file, append(text, '\n'), 0o600))
}
