package envelope_test

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tink-crypto/tink-go/v2/daead"
	"github.com/tink-crypto/tink-go/v2/daead/aessiv"
	"github.com/tink-crypto/tink-go/v2/insecuresecretdataaccess"
	"github.com/tink-crypto/tink-go/v2/keyset"
	"github.com/tink-crypto/tink-go/v2/secretdata"

	"github.com/mcpveil/mcpveil/detect"
	"github.com/mcpveil/mcpveil/envelope"
	"github.com/mcpveil/mcpveil/kms/local"
	"github.com/mcpveil/mcpveil/redact"
)

// testdata/golden holds a folder of kms/local with a keyring of fixed keys, and tokens
// and digests made with it. They must open for ever: never write them anew because a
// test fails. -golden writes them where there are none.
var makeGolden = flag.Bool("golden", false, "make testdata/golden where there is none")

type golden struct {
	Entity    detect.Entity
	Scope     redact.Scope
	Plaintext string
	Token     string
	Hash      string `json:",omitempty"`
}

const (
	goldenDir  = "testdata/golden"
	goldenRing = "golden/tokens"
)

// goldenKeyset returns the fixed keyset: key 0x01020304 of the bytes 00 01 … 3f, and
// key 0xfffefdfc of ff fe … c0, of which the given one is primary.
func goldenKeyset(t *testing.T, primary uint32) *keyset.Handle {
	t.Helper()
	params, err := aessiv.NewParameters(64, aessiv.VariantTink)
	must(t, err)
	m := keyset.NewManager()
	for _, k := range []struct {
		id   uint32
		flip byte
	}{{0x01020304, 0}, {0xfffefdfc, 0xff}} {
		raw := make([]byte, 64)
		for i := range raw {
			raw[i] = byte(i) ^ k.flip
		}
		key, err := aessiv.NewKey(secretdata.NewBytesFromData(raw, insecuresecretdataaccess.Token{}), k.id, params)
		must(t, err)
		_, err = m.AddKey(key)
		must(t, err)
	}
	must(t, m.SetPrimary(primary))
	h, err := m.Handle()
	must(t, err)
	return h
}

func TestGolden(t *testing.T) {
	if *makeGolden {
		writeGolden(t)
	}
	// Git keeps no modes: copy the folder to where it may lie.
	dir := filepath.Join(t.TempDir(), "keys")
	must(t, os.CopyFS(dir, os.DirFS(filepath.Join(goldenDir, "keys"))))
	must(t, os.Chmod(dir, 0o700))
	must(t, os.Chmod(filepath.Join(dir, "key"), 0o600))
	kek, store, err := local.Open(dir)
	must(t, err)
	k := openRing(t, service{kek, store}, goldenRing, options())

	text, err := os.ReadFile(filepath.Join(goldenDir, "tokens.json"))
	must(t, err)
	var all []golden
	must(t, json.Unmarshal(text, &all))
	if len(all) < 10 {
		t.Fatalf("%d golden tokens, want at least 10", len(all))
	}
	for i, g := range all {
		opens(t, k, fmt.Sprint("golden token ", i), g.Token, g.Scope, g.Plaintext)
		if g.Hash == "" { // made with the other key
			continue
		}
		if got := seal(t, k, g.Entity, g.Plaintext, g.Scope); got != g.Token {
			t.Errorf("golden token %d: Seal = %s, want %s", i, got, g.Token)
		}
		if got := hash(t, k, g); got != g.Hash {
			t.Errorf("golden token %d: Hash = %s, want %s", i, got, g.Hash)
		}
	}
}

func hash(t *testing.T, k *envelope.Keyring, g golden) string {
	t.Helper()
	out, err := k.Hash().Transform(context.Background(), nil, redact.Value{Text: []byte(g.Plaintext), Entity: g.Entity, Call: &redact.Call{Scope: g.Scope}})
	must(t, err)
	return string(out)
}

func writeGolden(t *testing.T) {
	if _, err := os.Stat(goldenDir); err == nil {
		t.Fatal("testdata/golden is there: what is in it must open for ever")
	}
	dir := filepath.Join(t.TempDir(), "keys")
	kek, store, err := local.Open(dir)
	must(t, err)
	var buf bytes.Buffer
	must(t, goldenKeyset(t, 0x01020304).WriteWithContext(t.Context(), keyset.NewJSONWriter(&buf), kek, fields("mcpveil-keyset/v1", goldenRing, "1")))
	must(t, store.Put(t.Context(), goldenRing, 1, buf.Bytes()))
	must(t, os.CopyFS(filepath.Join(goldenDir, "keys"), os.DirFS(dir)))

	first := openRing(t, service{kek, store}, goldenRing, options())
	second, err := openTink(t, goldenKeyset(t, 0xfffefdfc))
	must(t, err)
	var all []golden
	for _, plaintext := range []string{"", "7", "ada@lovelace.example", "4111 1111 1111 1111", "홍길동", "a\x00b\"\\\u007f", strings.Repeat("long ", 60)} {
		for entity := range names {
			for _, in := range []redact.Scope{alice, {Tenant: "", Kind: "tenant"}} {
				if (len(plaintext)+len(entity)+len(in.ID))%2 == 0 {
					continue // half of them are enough
				}
				g := golden{Entity: entity, Scope: in, Plaintext: plaintext}
				g.Token = seal(t, first, entity, plaintext, in)
				g.Hash = hash(t, first, g)
				all = append(all, g)
				all = append(all, golden{Entity: entity, Scope: in, Plaintext: plaintext, Token: seal(t, second, entity, plaintext, in)})
			}
		}
	}
	text, err := json.MarshalIndent(all, "", "\t")
	must(t, err)
	must(t, os.WriteFile(filepath.Join(goldenDir, "tokens.json"), append(text, '\n'), 0o600))
}

// TestSpecification checks the worked example of docs/token.md, step by step, with
// Tink and the slow printer of this test alone, and then with the package.
func TestSpecification(t *testing.T) {
	text, err := os.ReadFile("../docs/token.md")
	must(t, err)
	_, example, ok := strings.Cut(string(text), "## Worked example")
	if !ok {
		t.Fatal("docs/token.md has no worked example")
	}
	given := func(what string) string {
		t.Helper()
		for line := range strings.Lines(example) {
			if value, ok := strings.CutPrefix(strings.TrimSpace(line), what+" "); ok {
				return strings.TrimSpace(value)
			}
		}
		t.Fatalf("the worked example does not say %q", what)
		return ""
	}
	bytesOf := func(what string) []byte {
		t.Helper()
		b, err := hex.DecodeString(strings.ReplaceAll(given(what), " ", ""))
		must(t, err)
		return b
	}
	in := redact.Scope{Tenant: given("tenant"), Kind: given("scope kind"), ID: given("scope id")}
	ad := fields("pii-token/v1", in.Tenant, in.Kind, in.ID, given("name"))
	if !bytes.Equal(ad, bytesOf("associated data")) {
		t.Errorf("associated data = %x", ad)
	}
	h := goldenKeyset(t, 0x01020304)
	d, err := daead.New(h)
	must(t, err)
	ct, err := d.EncryptDeterministically([]byte(given("plaintext")), ad)
	must(t, err)
	if !bytes.Equal(ct, bytesOf("Tink ciphertext")) {
		t.Errorf("Tink ciphertext = %x", ct)
	}
	ct[0] = 0x20
	if !bytes.Equal(ct, bytesOf("body")) {
		t.Errorf("body = %x", ct)
	}
	if got := printToken(given("name"), ct); got != given("token") {
		t.Errorf("token = %s", got)
	}
	digest, err := d.EncryptDeterministically([]byte(given("plaintext")), fields("pii-hash/v1", in.Tenant, in.Kind, in.ID, given("name")))
	must(t, err)
	if !bytes.Equal(digest[5:21], bytesOf("digest")) {
		t.Errorf("digest = %x", digest[5:21])
	}
	k, err := openTink(t, h)
	must(t, err)
	opens(t, k, "the example", given("token"), in, given("plaintext"))
	if got := hash(t, k, golden{Entity: "EMAIL_ADDRESS", Scope: in, Plaintext: given("plaintext")}); got != given("hash") {
		t.Errorf("hash = %s", got)
	}
}
