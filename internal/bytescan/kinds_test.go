package bytescan

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

// tokenList is what [TokenList.Read] says of a text, read in one chunk, token by token: first bytes, and kinds. left are the
// scalars that are left, by where they begin.
func tokenList(text []byte) (s Structure, l TokenList, tokens []string, left map[int]bool, bad bool) {
	for k := range l.Left { // what must not be read
		l.Left[k], l.Commas[k], l.all[k], l.Kinds[k] = ^uint64(0), ^uint64(0), ^uint64(0), Kinds{^uint64(0), ^uint64(0), ^uint64(0), ^uint64(0), ^uint64(0), ^uint64(0)}
	}
	for k := range l.bytes {
		l.bytes[k] = '"'
	}
	if bad, _ = s.Next(text); bad {
		return s, l, nil, nil, true
	}
	l.Read(text, &s)
	for i := range (l.N + 63) / 64 * 64 {
		k, at := &l.Kinds[i/64], i%64
		kinds := ""
		for n, w := range []uint64{k.Quote, k.Colon, k.Comma, k.Open, k.Close, k.Object} {
			if w>>at&1 != 0 {
				kinds += fmt.Sprint(n)
			}
		}
		if i < l.N {
			kinds = "token " + kinds
		}
		tokens = append(tokens, kinds)
	}
	left = map[int]bool{}
	for i := range len(text) {
		if l.Left[i/64]>>(i%64)&1 != 0 {
			left[i] = true
		}
	}
	return s, l, tokens, left, false
}

// testTokenList holds what a kernel says against the bytes of text. It returns how many scalars there are, and how many were not left.
func testTokenList(t *testing.T, text []byte) (scalars, right int) {
	t.Helper()
	s, l, got, left, bad := tokenList(text)
	if bad { // then its bitmaps say nothing
		return 0, 0
	}
	var want []string
	for i, b := range text {
		token := s.Tokens[i/64]>>(i%64)&1 != 0
		if comma := l.Commas[i/64]>>(i%64)&1 != 0; comma != (token && b == ',') {
			t.Fatalf("%q: at %d, a comma is %v", text, i, comma)
		}
		if !token {
			if left[i] {
				t.Fatalf("%q: at %d is no token, but it is left", text, i)
			}
			continue
		}
		kind := map[byte]string{'"': "0", ':': "1", ',': "2", '{': "35", '[': "3", '}': "45", ']': "4"}[b]
		want = append(want, "token "+kind)
		if kind != "" {
			if left[i] {
				t.Fatalf("%q: at %d is no scalar, but it is left", text, i)
			}
			continue
		}
		scalars++
		if left[i] {
			continue
		}
		right++
		number := text[i:]
		end := strings.IndexAny(string(number), ",]}")
		if end < 0 || number[0] > '9' || !json.Valid(number[:end]) || strings.TrimSpace(string(number[:end])) != string(number[:end]) {
			t.Fatalf("%q: the scalar at %d is not left", text, i)
		}
	}
	for len(want)%64 != 0 {
		want = append(want, "")
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Fatalf("%q:\n got %q\nwant %q", text, got, want)
	}
	return scalars, right
}

var listParts = []string{"{", "}", "[", "]", ":", ",", ",", "]", `"a 1.5,"`, `"`, " ", "\n", "0", "1", "-", ".", "12", "007", "-3.25", "0.5", "10", "1e5", "e", "1234567890123456789", "true", "null", "x"}

func TestTokenList(t *testing.T) {
	each(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(3, 5))
		for n := range 4000 {
			var text []byte
			for len(text) <= n%700 {
				text = append(text, listParts[r.IntN(len(listParts))]...)
				if r.IntN(10) == 0 {
					text = append(text, strings.Repeat(listParts[8+r.IntN(len(listParts)-8)], r.IntN(30))...)
				}
			}
			testTokenList(t, text[:min(len(text), StructureChunk)])
		}
		for _, part := range []string{"1", ",", "-1.5,"} { // a whole chunk of them
			testTokenList(t, []byte(strings.Repeat(part, StructureChunk)[:StructureChunk]))
		}
		for _, cut := range []string{"7", "-", "0", "12", "1.", "1.5", "12.25"} { // a number that may go on in the next chunk
			for _, n := range []int{64, 128} {
				testTokenList(t, []byte("[1,"+strings.Repeat(" ", n-3-len(cut))+cut))
			}
		}
		for n := range 130 { // numbers across blocks, right and wrong
			for _, scalar := range []string{"-12.75", "0", "0.5", "20", "-", "00", "-01", "1.", ".5", "1.2.3", "1-2", "--1", "1e", "5x"} {
				text := []byte("[1," + strings.Repeat(" ", n) + scalar + ",2,\"x\"]")
				scalars, right := testTokenList(t, text)
				if active == avx512 && scalars == 3 && n > 63 && right != 3 && json.Valid(text) {
					t.Errorf("%q: %d numbers are known to be right, want 3", text, right)
				}
			}
		}
	})
}

func FuzzTokenList(f *testing.F) {
	f.Add([]byte(`{"a":[1,"b",-2.50,true]}`))
	f.Add([]byte("\xdd"))
	f.Fuzz(func(t *testing.T, text []byte) {
		if text = text[:min(len(text), StructureChunk)]; len(text) == 0 {
			return
		}
		for _, kernel := range Kernels() {
			undo := SetKernel(kernel)
			testTokenList(t, text)
			undo()
		}
	})
}
