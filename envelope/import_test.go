package envelope_test

import (
	"bytes"
	"errors"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/daead"
	"github.com/tink-crypto/tink-go/v2/daead/aessiv"
	"github.com/tink-crypto/tink-go/v2/insecurecleartextkeyset"
	"github.com/tink-crypto/tink-go/v2/insecuresecretdataaccess"
	"github.com/tink-crypto/tink-go/v2/keyset"
	tinkpb "github.com/tink-crypto/tink-go/v2/proto/tink_go_proto"

	"github.com/mcpveil/mcpveil/envelope"
	"github.com/mcpveil/mcpveil/kms"
	"github.com/mcpveil/mcpveil/kms/kmstest"
)

// tinkKeyset is a keyset as a program with Tink may have it: two keys, the second primary,
// and a third that is disabled.
func tinkKeyset(t *testing.T, templates ...*tinkpb.KeyTemplate) *keyset.Handle {
	t.Helper()
	m := keyset.NewManager()
	for i, template := range templates {
		id, err := m.Add(template)
		must(t, err)
		if i == min(1, len(templates)-1) {
			must(t, m.SetPrimary(id))
		}
		if i == 2 {
			must(t, m.Disable(id))
		}
	}
	h, err := m.Handle()
	must(t, err)
	return h
}

func inClear(t *testing.T, h *keyset.Handle, binary bool) []byte {
	t.Helper()
	var buf bytes.Buffer
	var w keyset.Writer = keyset.NewJSONWriter(&buf)
	if binary {
		w = keyset.NewBinaryWriter(&buf)
	}
	must(t, insecurecleartextkeyset.Write(h, w))
	return buf.Bytes()
}

// TestImport: a keyset made elsewhere, in each form there is, opens here what was sealed
// with it there.
func TestImport(t *testing.T) {
	siv := daead.AESSIVKeyTemplate()
	h := tinkKeyset(t, siv, siv, siv)
	d, err := daead.New(h)
	must(t, err)
	ct, err := d.EncryptDeterministically([]byte("ada@lovelace.example"), fields("pii-token/v1", alice.Tenant, alice.Kind, alice.ID, "email"))
	must(t, err)
	ct[0] = 0x20
	token := printToken("email", ct)

	theirs := kmstest.New(t)
	encrypted := func(binary bool, ad []byte) []byte {
		var buf bytes.Buffer
		var w keyset.Writer = keyset.NewJSONWriter(&buf)
		if binary {
			w = keyset.NewBinaryWriter(&buf)
		}
		must(t, h.WriteWithContext(t.Context(), w, theirs, ad))
		return buf.Bytes()
	}
	for _, tt := range []struct {
		name string
		text []byte
		kek  kms.KEK
		ad   []byte
	}{
		{"JSON", inClear(t, h, false), nil, nil},
		{"binary", inClear(t, h, true), nil, nil},
		{"JSON, encrypted", encrypted(false, nil), theirs, nil},
		{"binary, encrypted", encrypted(true, nil), theirs, nil},
		{"JSON, encrypted and bound", encrypted(false, []byte("ad")), theirs, []byte("ad")},
		{"binary, encrypted and bound", encrypted(true, []byte("ad")), theirs, []byte("ad")},
	} {
		t.Run(tt.name, func(t *testing.T) {
			ks, err := envelope.ReadKeyset(t.Context(), tt.text, tt.kek, tt.ad)
			must(t, err)
			s, _, _ := inMemory(t)
			k, err := envelope.Import(t.Context(), s.kek, s.store, "acme/keysets/token", ks, options())
			must(t, err)
			defer k.Close()
			opens(t, k, "made elsewhere", token, alice, "ada@lovelace.example")
			if again := seal(t, openRing(t, s, "acme/keysets/token", options()), "EMAIL_ADDRESS", "ada@lovelace.example", alice); again != token {
				t.Errorf("sealed here: %s, there: %s", again, token)
			}
			st := k.Status()
			if len(st) != 3 || !st[1].Primary || st[2].Enabled || !st[0].Imported || st[0].Demoted.IsZero() || st[1].Promoted.IsZero() || st[2].Disabled.IsZero() {
				t.Errorf("Status() = %+v", st)
			}
			if _, err := envelope.Import(t.Context(), s.kek, s.store, "acme/keysets/token", ks, options()); !errors.Is(err, kms.ErrConflict) {
				t.Errorf("Import where there is one = %v, want ErrConflict", err)
			}
		})
	}

	for name, tt := range map[string]struct {
		text []byte
		kek  kms.KEK
		ad   []byte
		want string
	}{
		"nothing":                   {nil, nil, nil, "no keyset"},
		"a text":                    {[]byte("hello"), nil, nil, "no keyset"},
		"JSON of another kind":      {[]byte(`{"a":1}`), nil, nil, "no keyset"},
		"half of it":                {inClear(t, h, false)[:200], nil, nil, "no keyset"},
		"half of it, binary":        {inClear(t, h, true)[:100], nil, nil, "no keyset"},
		"encrypted, no key":         {encrypted(false, nil), nil, nil, "say with which key"},
		"encrypted, binary, no key": {encrypted(true, nil), nil, nil, "keyset"},
		"in clear, a key":           {inClear(t, h, false), theirs, nil, "no encrypted keyset"},
		"another key":               {encrypted(false, nil), kmstest.New(t), nil, "another key"},
		"other associated data":     {encrypted(false, []byte("ad")), theirs, []byte("da"), "associated data"},
	} {
		if _, err := envelope.ReadKeyset(t.Context(), tt.text, tt.kek, tt.ad); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: ReadKeyset = %v, want an error that says %q", name, err, tt.want)
		}
	}
}

// TestImportRefuses: what is not of the kind that is made here is not taken, and nothing of
// it is in an error.
func TestImportRefuses(t *testing.T) {
	siv := daead.AESSIVKeyTemplate
	with := func(prefix tinkpb.OutputPrefixType) *tinkpb.KeyTemplate {
		template := siv()
		template.OutputPrefixType = prefix
		return template
	}
	secret := func(h *keyset.Handle) []byte {
		entry, err := h.Primary()
		must(t, err)
		if key, ok := entry.Key().(*aessiv.Key); ok {
			return key.KeyBytes().Data(insecuresecretdataaccess.Token{})
		}
		return []byte("not a byte of this")
	}
	for name, tt := range map[string]struct {
		templates []*tinkpb.KeyTemplate
		want      string
	}{
		"raw":        {[]*tinkpb.KeyTemplate{with(tinkpb.OutputPrefixType_RAW)}, "Tink's prefix"},
		"raw beside": {[]*tinkpb.KeyTemplate{siv(), siv(), siv(), with(tinkpb.OutputPrefixType_RAW)}, "Tink's prefix"},
		"legacy":     {[]*tinkpb.KeyTemplate{with(tinkpb.OutputPrefixType_CRUNCHY)}, "Tink's prefix"},
		"AES-GCM":    {[]*tinkpb.KeyTemplate{aead.AES256GCMKeyTemplate()}, "AES-SIV"},
		"CTR-HMAC":   {[]*tinkpb.KeyTemplate{siv(), siv(), siv(), aead.AES256CTRHMACSHA256KeyTemplate()}, "AES-SIV"},
		"33 keys":    {slices.Repeat([]*tinkpb.KeyTemplate{siv()}, 33), "33 keys"},
	} {
		h := tinkKeyset(t, tt.templates...)
		for _, binary := range []bool{false, true} {
			_, err := envelope.ReadKeyset(t.Context(), inClear(t, h, binary), nil, nil)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%s: ReadKeyset = %v, want an error that says %q", name, err, tt.want)
			} else if bytes.Contains([]byte(err.Error()), secret(h)[:8]) {
				t.Errorf("%s: the error holds a key", name)
			}
		}
	}
	// Without a primary, and with one that is disabled.
	good := inClear(t, tinkKeyset(t, siv()), false)
	for name, text := range map[string][]byte{
		"no primary":       bytes.Replace(good, []byte(`"primaryKeyId"`), []byte(`"primaryKeyId":1,"x"`), 1),
		"another primary":  replaced(good, `"primaryKeyId":\s*\d+`, `"primaryKeyId":1`),
		"disabled primary": bytes.Replace(good, []byte("ENABLED"), []byte("DISABLED"), 1),
		"destroyed":        bytes.Replace(good, []byte("ENABLED"), []byte("DESTROYED"), 1),
		"another type":     bytes.Replace(good, []byte("tink.AesSivKey"), []byte("tink.AesSivKez"), 1),
		"a short key":      replaced(good, `"value":\s*"[^"]*"`, `"value":"EiA`+strings.Repeat("A", 41)+`"`),
	} {
		if bytes.Equal(text, good) {
			t.Fatalf("%s: the test changed nothing", name)
		}
		if ks, err := envelope.ReadKeyset(t.Context(), text, nil, nil); err == nil {
			t.Errorf("%s: ReadKeyset = %+v, want an error", name, ks.Keys())
		}
	}
	if _, err := envelope.ReadKeyset(t.Context(), good, nil, nil); err != nil {
		t.Errorf("a good one: %v", err)
	}
}

func replaced(text []byte, expr, with string) []byte {
	return regexp.MustCompile(expr).ReplaceAll(text, []byte(with))
}

// FuzzReadKeyset: whatever is handed in, what is taken can be imported and used.
func FuzzReadKeyset(f *testing.F) {
	kek := kmstest.New(f)
	h, err := keyset.NewHandle(daead.AESSIVKeyTemplate())
	if err != nil {
		f.Fatal(err)
	}
	var text, binary bytes.Buffer
	if insecurecleartextkeyset.Write(h, keyset.NewJSONWriter(&text)) != nil || insecurecleartextkeyset.Write(h, keyset.NewBinaryWriter(&binary)) != nil {
		f.Fatal("no seeds")
	}
	f.Add(text.Bytes())
	f.Add(binary.Bytes())
	f.Add([]byte(`{"encryptedKeyset":"AAAA","keysetInfo":{}}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		envelope.ReadKeyset(t.Context(), text, kek, nil)
		ks, err := envelope.ReadKeyset(t.Context(), text, nil, nil)
		if err != nil {
			return
		}
		store := new(kmstest.Store)
		k, err := envelope.Import(t.Context(), kek, store, "ring", ks, options())
		if err != nil {
			t.Fatalf("Import of what was read = %v", err)
		}
		k.Close()
		opens(t, openRing(t, service{kek, store}, "ring", options()), "imported", seal(t, k, "EMAIL_ADDRESS", "x", alice), alice, "x")
	})
}

// FuzzStored: whatever stands in a store, opening it fails or it is what was written.
func FuzzStored(f *testing.F) {
	kek, store := kmstest.New(f), new(kmstest.Store)
	k, err := envelope.Create(f.Context(), kek, store, "ring", options())
	if err != nil {
		f.Fatal(err)
	}
	k.Close()
	wrapped, _, err := store.Get(f.Context(), "ring")
	if err != nil {
		f.Fatal(err)
	}
	token := seal(f, k, "EMAIL_ADDRESS", "x", alice)
	bare, _ := envelope.EncryptedKeyset(wrapped)
	f.Add(wrapped)
	f.Add(bare)
	f.Add([]byte(`{"format":"mcpveil-keyring-2"}`))
	f.Add([]byte(`{"format":"mcpveil-keyring-2","about":null,"keyset":null}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		store := new(kmstest.Store)
		must(t, store.Put(t.Context(), "ring", 1, text))
		envelope.EncryptedKeyset(text)
		k, err := envelope.Open(t.Context(), kek, store, "ring", options())
		if err != nil {
			return
		}
		k.Close()
		opens(t, k, "as written", token, alice, "x")
	})
}
