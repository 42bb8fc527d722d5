package envelope

import (
	"bytes"
	"math/rand/v2"
	"strings"
	"testing"
)

func parsed(token []byte) (name string, body []byte, err error) {
	w := works.Get().(*work)
	defer w.free()
	err = w.parse(token)
	return string(w.name[:w.nameLen]), bytes.Clone(w.body), err
}

func randomBody(rnd *rand.Rand, n int) []byte {
	body := make([]byte, bodyOverhead+n)
	for i := range body {
		body[i] = byte(rnd.Uint32())
	}
	return body
}

// TestBech32m holds the checksum against BIP 350's own strings, cut down to what
// polymodPrefix can express: the human-readable part "pii-<name>-" is ours.
func TestBech32m(t *testing.T) {
	for _, s := range []string{
		"a1lqfn3a",
		"an83characterlonghumanreadablepartthatcontainsthetheexcludedcharactersbioandnumber11sg7hg6",
		"abcdef1l7aum6echk45nj3s0wdvt2fg8x9yrzpqzd3ryx",
		"11llllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllludsr8",
		"split1checkupstagehandshakeupstreamerranterredcaperredlc445v",
		"?1v759aa",
	} {
		i := strings.LastIndexByte(s, '1')
		sum := uint32(1)
		for _, c := range []byte(s[:i]) {
			sum = polymod(sum, c>>5)
		}
		sum = polymod(sum, 0)
		for _, c := range []byte(s[:i]) {
			sum = polymod(sum, c&31)
		}
		for _, c := range []byte(s[i+1:]) {
			sum = polymod(sum, valueLower[c])
		}
		if sum != bech32mConst {
			t.Errorf("checksum of %q = %#x, want %#x", s, sum, bech32mConst)
		}
	}
}

func TestParse(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	for n := range 300 {
		body := randomBody(rnd, n)
		name := "abcdefghijklmnopqrst"[:1+n%maxName]
		token := appendToken(nil, []byte(name), body)
		for _, spelling := range [][]byte{token, bytes.ToUpper(token)} {
			gotName, gotBody, err := parsed(spelling)
			if err != nil || gotName != name || !bytes.Equal(gotBody, body) {
				t.Fatalf("parse of a token of %d bytes = %q, %x, %v", len(token), gotName, gotBody, err)
			}
		}
	}
}

func TestParseRefuses(t *testing.T) {
	body := randomBody(rand.New(rand.NewPCG(1, 2)), 17)
	good := string(appendToken(nil, []byte("email"), body))
	last := strings.LastIndexByte(good, '1')
	twoChecksums := func(data []byte) string { // a right checksum over wrong data
		sum := polymodPrefix([]byte("email"), inlineMark)
		for _, v := range data {
			sum = polymod(sum, v)
		}
		for range checksumLen {
			sum = polymod(sum, 0)
		}
		sum ^= bech32mConst
		out := []byte("pii-email-1")
		for _, v := range data {
			out = append(out, charset[v])
		}
		for i := range checksumLen {
			out = append(out, charset[sum>>(5*(checksumLen-1-i))&31])
		}
		return string(out)
	}
	values := make([]byte, 0, 64)
	for _, c := range []byte(good[last+1 : len(good)-checksumLen]) {
		values = append(values, valueLower[c])
	}
	if got := twoChecksums(values); got != good {
		t.Fatalf("the test's own printer = %s, want %s", got, good)
	}
	padded := bytes.Clone(values) // 38 bytes are 304 bits in 61 characters: one bit of padding
	padded[len(padded)-1] |= 1
	tests := []struct {
		name, token string
		want        error
	}{
		{"empty", "", ErrShape},
		{"prefix alone", "pii-email-1", ErrShape},
		{"other prefix", "pij" + good[3:], ErrShape},
		{"no name", "pii--1" + good[last+1:], ErrShape},
		{"long name", "pii-" + strings.Repeat("a", 21) + "-1" + good[last+1:], ErrShape},
		{"name in capitals", "pii-EMAIL-1" + good[last+1:], ErrShape},
		{"name with hyphen", "pii-e-mail-1" + good[last+1:], ErrShape},
		{"another name", "pii-phone-1" + good[last+1:], ErrChecksum},
		{"alias", "pii-email-2" + good[last+1:], ErrShape},
		{"mixed case", strings.ToUpper(good[:20]) + good[20:], ErrShape},
		{"mixed case, lower first", good[:20] + strings.ToUpper(good[20:]), ErrShape},
		{"character outside the alphabet", good[:20] + "b" + good[21:], ErrShape},
		{"blank in it", good[:20] + " " + good[20:], ErrShape},
		{"not ASCII", good[:20] + "é" + good[20:], ErrShape},
		{"cut", good[:len(good)-1], ErrChecksum},
		{"longer", good + "q", ErrChecksum},
		{"with mail", good + "@pii.invalid", ErrShape},
		{"padding not zero", twoChecksums(padded), ErrShape},
		{"five bits too many", twoChecksums(append(bytes.Clone(values), 0)), ErrShape},
		{"too short for a key", twoChecksums(values[:33]), ErrShape},
		{"too long", "pii-email-1" + strings.Repeat("q", MaxToken), ErrShape},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if _, _, err := parsed([]byte(tt.token)); err != tt.want {
				t.Errorf("parse(%q) = %v, want %v", tt.token, err, tt.want)
			}
		})
	}
}

// TestMutations: no character changed, left out, doubled or swapped goes unnoticed.
func TestMutations(t *testing.T) {
	rnd := rand.New(rand.NewPCG(3, 4))
	good := appendToken(nil, []byte("card"), randomBody(rnd, 16))
	mutate := map[string]func(b []byte, i int) []byte{
		"delete": func(b []byte, i int) []byte { return append(b[:i:i], b[i+1:]...) },
		"double": func(b []byte, i int) []byte { return append(b[:i+1:i+1], b[i:]...) },
		"cut":    func(b []byte, i int) []byte { return b[:i] },
		"swap": func(b []byte, i int) []byte {
			j := rnd.IntN(len(b))
			b[i], b[j] = b[j], b[i]
			return b
		},
		"4 others": func(b []byte, _ int) []byte {
			for range 4 {
				b[rnd.IntN(len(b))] = charset[rnd.IntN(32)]
			}
			return b
		},
		"move": func(b []byte, i int) []byte {
			return append(append([]byte(nil), b[i:]...), b[:i]...)
		},
	}
	for what, f := range mutate {
		for range 20000 {
			bad := f(bytes.Clone(good), rnd.IntN(len(good)))
			if _, _, err := parsed(bad); err == nil && !bytes.Equal(bad, good) {
				t.Errorf("%s: parse(%s) = nil, and the token was %s", what, bad, good)
			}
		}
	}
	for i := range good {
		for c := range 256 {
			bad := bytes.Clone(good)
			bad[i] = byte(c)
			if _, _, err := parsed(bad); err == nil && byte(c) != good[i] {
				t.Errorf("byte %d replaced by %#x: parse = nil", i, c)
			}
		}
	}
}

// FuzzParse: what parses prints the same, or is that in capitals.
func FuzzParse(f *testing.F) {
	rnd := rand.New(rand.NewPCG(5, 6))
	for _, n := range []int{0, 1, 16, 100} {
		token := appendToken(nil, []byte("email"), randomBody(rnd, n))
		f.Add(token)
		f.Add(bytes.ToUpper(token))
		f.Add(token[1:])
	}
	f.Fuzz(func(t *testing.T, token []byte) {
		name, body, err := parsed(token)
		if err != nil {
			return
		}
		printed := appendToken(nil, []byte(name), body)
		if !bytes.Equal(printed, token) && !bytes.Equal(bytes.ToUpper(printed), token) {
			t.Errorf("parse(%q) prints %q", token, printed)
		}
	})
}
