package envelope

import (
	"bytes"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"flag"
	"fmt"
	"math/big"
	"os"
	"strings"
	"testing"

	"github.com/tink-crypto/tink-go/v2/daead/subtle"

	"github.com/mcpveil/mcpveil/redact"
)

// A second implementation of aliases, surrogates and keys of subjects, slow and written from docs/token.md alone, with Tink's AES-SIV.

func specFields(label string, fields ...string) []byte {
	out := append([]byte(label), byte(len(fields)))
	for _, f := range fields {
		out = append(binary.BigEndian.AppendUint32(out, uint32(len(f))), f...)
	}
	return out
}

// specS2V is the first 16 bytes of what AES-SIV makes.
func specS2V(t testing.TB, key, ad []byte, text string) []byte {
	t.Helper()
	s, err := subtle.NewAESSIV(key)
	if err != nil {
		t.Fatal(err)
	}
	out, err := s.EncryptDeterministically([]byte(text), ad)
	if err != nil {
		t.Fatal(err)
	}
	return out[:16]
}

func specID(v []byte) (id string) {
	const alphabet = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
	bits := new(big.Int).SetBytes(v[:8])
	bits.Rsh(bits, 4)
	for range 12 {
		var c big.Int
		bits.DivMod(bits, big.NewInt(32), &c)
		id = string(alphabet[c.Int64()]) + id
	}
	return id
}

func specAlias(name string, v []byte) string {
	const alphabet = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
	hrp, id := "pii-"+name+"-2", specID(v)
	var values []byte
	for _, c := range hrp {
		values = append(values, byte(c)>>5)
	}
	values = append(values, 0)
	for _, c := range hrp {
		values = append(values, byte(c)&31)
	}
	for _, c := range id {
		values = append(values, byte(strings.IndexRune(alphabet, c)))
	}
	sum := uint32(1)
	for _, v := range append(values, 0, 0, 0, 0, 0, 0) {
		top := sum >> 25
		sum = sum&0x1ffffff<<5 ^ uint32(v)
		for i, g := range []uint32{0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3} {
			if top>>i&1 == 1 {
				sum ^= g
			}
		}
	}
	sum ^= 0x2bc830a3
	out := hrp + id
	for i := range 6 {
		out += string(alphabet[sum>>(5*(5-i))&31])
	}
	return out
}

// specBelow is ⌊v · n / 2^64⌋.
func specBelow(v []byte, n string) *big.Int {
	limit, _ := new(big.Int).SetString(n, 10)
	x := new(big.Int).SetBytes(v[:8])
	return x.Rsh(x.Mul(x, limit), 64)
}

func specSurrogate(form string, v []byte) string {
	day := func(i int64) string {
		n := i + 1
		return fmt.Sprintf("%04d-%02d-%02d", 9000+n/336, 1+n/28%12, 1+n%28)
	}
	switch form {
	case "phone":
		return fmt.Sprintf("+999%012d", specBelow(v, "1000000000000"))
	case "date":
		return day(specBelow(v, "335663").Int64())
	case "date-time":
		m := specBelow(v, fmt.Sprint(335663*86400)).Int64()
		return fmt.Sprintf("%sT%02d:%02d:%02dZ", day(m/86400), m%86400/3600, m%3600/60, m%60)
	case "uuid":
		var half []byte
		for _, b := range v {
			half = append(half, b&15, b>>4)
		}
		next := func(n int) (s string) {
			for range n {
				s, half = s+fmt.Sprintf("%x", half[0]), half[1:]
			}
			return s
		}
		s := "70696900-" + next(4) + "-8" + next(3) + "-"
		y := half[0]&3 | 8
		half = half[1:]
		return s + fmt.Sprintf("%x", y) + next(3) + "-" + next(12)
	case "ipv4":
		n := specBelow(v, fmt.Sprint(15<<24)).Int64() + 240<<24
		return fmt.Sprintf("%d.%d.%d.%d", n>>24, n>>16&255, n>>8&255, n&255)
	case "ipv6":
		s := "2001:db8"
		for i := range 6 {
			s += fmt.Sprintf(":%x", binary.BigEndian.Uint16(v[2*i:])|0x1000)
		}
		return s
	case "uri":
		return "https://pii.invalid/" + specID(v)
	}
	var n int
	fmt.Sscanf(form, "digits%d", &n)
	digits := fmt.Sprintf("999%0*d", n-3, specBelow(v, "1"+strings.Repeat("0", n-3)))
	sum := 0
	for i := range digits {
		d := int(digits[len(digits)-1-i] - '0')
		if i%2 == 1 {
			d = d*2/10 + d*2%10
		}
		sum += d
	}
	if sum%10 == 0 {
		last := (digits[n-1]-'0'+1)%10 + '0'
		digits = digits[:n-1] + string(last)
	}
	return digits
}

// specRing returns a keyring of the key 00 01 … 3f with the id 0x01020304, and the key.
func specRing(t testing.TB) (*Keyring, []byte) {
	t.Helper()
	key := make([]byte, 64)
	for i := range key {
		key[i] = byte(i)
	}
	k := aliasRing(t, nil)
	s, err := newSIV(key)
	if err != nil {
		t.Fatal(err)
	}
	ks := *k.keys.Load()
	ks.primary, ks.open = 0x01020304, map[uint32]*siv{0x01020304: s}
	k.keys.Store(&ks)
	return k, key
}

var specAlice = redact.Scope{Tenant: "acme", Kind: "principal", ID: "alice"}

// TestSpecificationOfAliases holds the package against the second implementation, with many values.
func TestSpecificationOfAliases(t *testing.T) {
	k, key := specRing(t)
	for i := range 500 {
		value := strings.Repeat("v", i%40) + fmt.Sprint(i)
		want := specAlias("email", specS2V(t, key, specFields("pii-alias-id/v1", "acme", "principal", "alice", "email", "alias"), "\x00"+value))
		if got := sealAlias(t, k, "EMAIL_ADDRESS", value, specAlice); got != want {
			t.Fatalf("alias of %q is %s, want %s", value, got, want)
		}
	}
	forms := []*form{phoneForm, dateForm, dateTimeForm, uuidForm, ipv4Form, ipv6Form, uriForm}
	forms = append(forms, digitForms[minDigits:]...)
	for _, f := range forms {
		for i := range 200 {
			value := fmt.Sprint("value ", i)
			w := works.Get().(*work)
			got, err := k.standIn(w, nil, "EMAIL_ADDRESS", []byte(value), &specAlice, f, nil)
			w.free()
			if err != nil {
				t.Fatal(err)
			}
			matched := false
			for try := range aliasTries {
				want := specSurrogate(f.name, specS2V(t, key, specFields("pii-alias-id/v1", "acme", "principal", "alice", "email", f.name), string(rune(try))+value))
				if matched = string(got) == want; matched {
					break
				}
			}
			if !matched {
				t.Fatalf("surrogate %s of %q is %s, which the second implementation does not make", f.name, value, got)
			}
		}
	}
}

var printSpec = flag.Bool("spec", false, "print what the worked examples of docs/token.md should say")

// TestSpecificationExamples checks the examples of docs/token.md that are of aliases, surrogates and subjects, with the second implementation
// and with the package.
func TestSpecificationExamples(t *testing.T) {
	text, err := os.ReadFile("../docs/token.md")
	if err != nil {
		t.Fatal(err)
	}
	_, example, _ := strings.Cut(string(text), "## Worked example")
	said := func(what, want string) {
		t.Helper()
		if *printSpec {
			fmt.Printf("%-16s %s\n", what, want)
		}
		for line := range strings.Lines(example) {
			if value, ok := strings.CutPrefix(strings.TrimSpace(line), what+" "); ok {
				if strings.ReplaceAll(strings.TrimSpace(value), " ", "") != strings.ReplaceAll(want, " ", "") {
					t.Errorf("the page says of %q %s, want %s", what, strings.TrimSpace(value), want)
				}
				return
			}
		}
		t.Errorf("the page does not say %q", what)
	}
	const value = "ada@lovelace.example"
	k, key := specRing(t)
	bound := specFields("pii-alias-id/v1", "acme", "principal", "alice", "email", "alias")
	v := specS2V(t, key, bound, "\x00"+value)
	alias := specAlias("email", v)
	ad := specFields("pii-alias/v1", "acme", "principal", "alice", "email", alias)
	tink, err := subtle.NewAESSIV(key)
	if err != nil {
		t.Fatal(err)
	}
	ct, err := tink.EncryptDeterministically([]byte(value), ad)
	if err != nil {
		t.Fatal(err)
	}
	entry := append([]byte{0x20, 1, 2, 3, 4}, ct...)
	said("bound to the id", hex.EncodeToString(bound))
	said("its S2V", hex.EncodeToString(v))
	said("alias", alias)
	said("bound to it", hex.EncodeToString(ad))
	said("entry", hex.EncodeToString(entry))
	if got := sealAlias(t, k, "EMAIL_ADDRESS", value, specAlice); got != alias || !bytes.Equal(k.aliases.newest.sealed, entry) {
		t.Errorf("the package: alias %s, entry %x", got, k.aliases.newest.sealed)
	}

	v = specS2V(t, key, specFields("pii-alias-id/v1", "acme", "principal", "alice", "email", "digits16"), "\x00"+value)
	said("S2V", hex.EncodeToString(v))
	said("surrogate", specSurrogate("digits16", v))

	salt := make([]byte, 32)
	for i := range salt {
		salt[i] = 0xa0 + byte(i)
	}
	root, err := hkdf.Key(sha256.New, key, nil, "pii-subject-root/v1", 32)
	if err != nil {
		t.Fatal(err)
	}
	subjectKey, err := hkdf.Key(sha256.New, root, salt, string(specFields("pii-subject/v1", "acme", "customer-4711")), 64)
	if err != nil {
		t.Fatal(err)
	}
	said("salt", hex.EncodeToString(salt))
	said("root", hex.EncodeToString(root))
	said("subject's key", hex.EncodeToString(subjectKey))
	tink, err = subtle.NewAESSIV(subjectKey)
	if err != nil {
		t.Fatal(err)
	}
	ct, err = tink.EncryptDeterministically([]byte(value), specFields("pii-token/v1", "acme", "subject", "customer-4711", "email"))
	if err != nil {
		t.Fatal(err)
	}
	token := string(appendToken(nil, []byte("email"), append([]byte{0x28, 1, 2, 3, 4}, ct...)))
	said("its token", token)
	ourRoot, err := rootOf(key)
	if err != nil || !bytes.Equal(ourRoot, root) {
		t.Errorf("rootOf = %x, %v", ourRoot, err)
	}
	s, err := derive(root, salt, "acme", "customer-4711")
	if err != nil {
		t.Fatal(err)
	}
	var w scratch
	if plain := bytes.Clone(ct); !s.open(&w, plain, specFields("pii-token/v1", "acme", "subject", "customer-4711", "email")) || string(plain[16:]) != value {
		t.Error("the package derives another key")
	}
}
