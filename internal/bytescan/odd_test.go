package bytescan

import (
	"encoding/base64"
	"math/bits"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// oddSlow is what Odd finds, byte by byte and from its words alone, but for shapes.
func oddSlow(text []byte) (odd []int) {
	at := func(i int) byte {
		if i < 0 || i >= len(text) {
			return 0
		}
		return text[i]
	}
	letter := func(i int) bool {
		return strings.IndexByte("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_", at(i)) >= 0
	}
	digit := func(i int) bool { return IsDigit(at(i)) }
	apart := func(i int) bool { return at(i) == ' ' || at(i) == '.' }
	row := func(c byte, rows string) bool { return strings.IndexByte(rows, "0123456789ABCDEF"[c>>4]) >= 0 }
	column := func(c byte, columns string) bool { return strings.IndexByte(columns, "0123456789ABCDEF"[c&15]) >= 0 }
	here := func(i int) bool {
		c, n := at(i), at(i+1)
		plain := n & 0x7f
		beside := letter(i-1) || letter(i+2)
		switch {
		case (c == '&' || c == '[' || c == '+' || c == 'V') && (plain == '#' || plain == '"'),
			c == '%' && row(plain, "346") && column(n, "0123456789"),
			c == '&' && row(plain, "4567"),
			c == '=' && (row(plain, "345") && column(plain, "234567C") || plain == '\n' || plain == '\r'),
			c == '<' && row(plain, "24567"),
			c == '\\' && plain == 'u',
			c == '@':
			return true
		case c < 0x80 || n&0xc0 != 0x80:
		case c == 0xc2 && row(n, "AB") && column(n, "02379ADF"),
			c >= 0xcc && c <= 0xcf && beside, c >= 0xd0 && c <= 0xd4 && beside,
			c == 0xe3 && n == 0x80, (c == 0xd9 || c == 0xdb) && row(n, "AB") && column(n, "0123456789"),
			(c == 0xe0 || c == 0xe1) && column(n, "13579BCDF"),
			c == 0xe2 && (n != 0x80 || !strings.ContainsRune("\x18\x19\x1c\x1d", rune(at(i+2)&0x3f))), c == 0xef && n != 0x80, c == 0xf0, c == 0xf3:
			return true
		}
		if (c == '\\' || c == '\n' || c == '\r') && digit(i-1) {
			return true
		}
		if apart(i) && digit(i-1) && digit(i+1) && digit(i+2) && (digit(i+3) || apart(i+3)) && (apart(i+3) || apart(i+4) || apart(i+5) || apart(i+6)) {
			return true
		}
		if !letter(i) || letter(i-1) {
			return false
		}
		run, set := true, true
		for k := 1; k < 14; k++ {
			run = run && letter(i+k)
		}
		for k := 1; k < 12; k += 2 {
			set = set && apart(i+k)
		}
		return run || set
	}
	for i := range text {
		if here(i) && hasShape(text, i) {
			odd = append(odd, i)
		}
	}
	return odd
}

// Odd is OddMay with those places only that have a shape. It returns which masks are not 0.
func Odd(text []byte, at int, masks *OddMasks) (some uint64) {
	some = OddMay(text, at, len(text), masks)
	for m := some; m != 0; m &= m - 1 {
		k := bits.TrailingZeros64(m) % OddWords
		if masks[k] = shaped(text, at+64*k, masks[k]); masks[k] == 0 {
			some &^= 1 << k
		}
	}
	return some
}

// shaped returns those places of w, counted from text[base], that have a shape.
func shaped(text []byte, base int, w uint64) uint64 {
	for m := w; m != 0; m &= m - 1 {
		bit := bits.TrailingZeros64(m)
		i := base + bit
		if !HasShape(text, i) {
			w &^= 1 << bit
		}
	}
	return w
}

func allOdd(text []byte, step int) (odd []int) {
	var masks OddMasks
	for at := 0; at < len(text); at += min(step, OddWords) * 64 {
		some := Odd(text, at, &masks)
		for k := range min(step, OddWords) {
			if (masks[k] != 0) != (some>>k&1 != 0) && at+64*k < len(text) {
				panic("some words of masks are not those that are not 0")
			}
			if some>>k&1 == 0 {
				continue
			}
			for i := range 64 {
				if masks[k]>>i&1 != 0 {
					odd = append(odd, at+k*64+i)
				}
			}
		}
	}
	return odd
}

func testOdd(t *testing.T, text []byte) {
	t.Helper()
	want := oddSlow(text)
	for _, step := range []int{1, 3, OddWords} {
		if got := allOdd(text, step); !slices.Equal(got, want) {
			t.Fatalf("%q, %d words at a time: %v, want %v", text, step, got, want)
		}
	}
}

var oddParts = []string{"[", "\"", "%", "40", "&", "#", "&amp;", "=", "=40", "<b>", "<", "\\", "\\u0026", "\\n", "\n", "@", " ", ".", "/", "1", "22", "a b c d e f ", "1.234.567", "abcdefghijklm", "ABCDEFGHIJKLMNOP",
	"é", "한국어", "\u00a0", "\u00ad", "\u0301", "α", "а", "\u3000", "\u0661", "\u0966", "\u2011", "１", "😀", "\U0001d7ce", "\xff", "\x00", "-", "_", "+", "x"}

func TestOdd(t *testing.T) {
	each(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(3, 9))
		for n := range 400 {
			var text []byte
			for len(text) < n {
				text = append(text, oddParts[r.IntN(len(oddParts))]...)
				for r.IntN(3) == 0 {
					text = append(text, "abcdef 0123456789./"[r.IntN(19)])
				}
			}
			testOdd(t, text[:n])
		}
		for n := range 12 { // more than one call looks at
			var text []byte
			for len(text) < 64*OddWords*2+64*n {
				text = append(text, strings.Repeat("a b, c ", r.IntN(40))...)
				text = append(text, oddParts[r.IntN(len(oddParts))]...)
			}
			testOdd(t, text[:len(text)-r.IntN(70)])
		}
		for n := range 140 { // at all places of a block, and across two
			for _, what := range []string{"amFuZUBleGFt", "amFuZUBleGFtc", "amFuZUBleGFtcw", "amFuZUBleGFtc한국", "a b c d e f ", "a한b한c한d한", "x=Smith+Doe", "7.34567.89", "12.34567.89", "12.34.5", "7\\n8", "C\xcf2 C\xcf2 C\xcf2 ", "\\C\xcf2C\xc9\x80C\xcf2C\xcf2C"} {
				testOdd(t, []byte(strings.Repeat(" ", n)+what+" is what it is"))
				testOdd(t, []byte(strings.Repeat("A", n)+what+" is what it is"))
			}
		}
		for n := 180; n < 330; n++ { // behind a long run
			testOdd(t, []byte(strings.Repeat("A", n)+"7\\n8"+strings.Repeat(" ", 150)))
		}
		for range 300 { // letters of a text, and of what is none
			var text []byte
			for len(text) < 200 {
				bytes := make([]byte, 9+r.IntN(12))
				for i := range bytes {
					bytes[i] = byte(r.IntN(256) & (0xff >> r.IntN(2)))
				}
				text = append(append(text, " \\n:"[r.IntN(4)]), base64.StdEncoding.EncodeToString(bytes)...)
			}
			testOdd(t, text)
		}
		for c := range 256 {
			for d := range 256 {
				testOdd(t, []byte{'1', byte(c), byte(d), 'a'})
				testOdd(t, []byte{' ', byte(c), byte(d), ' '})
			}
		}
	})
}

func FuzzOdd(f *testing.F) {
	f.Add([]byte("to jane%40example.com, 4 1 1 1 1 1 1 1 1111\\n1111 amFuZUBleGFtcGxlLmNvbQ== \u200b１ а"))
	f.Fuzz(func(t *testing.T, text []byte) {
		for _, name := range Kernels() {
			undo := SetKernel(name)
			testOdd(t, text[:min(len(text), 5000)])
			undo()
		}
	})
}

func BenchmarkOdd(b *testing.B) {
	text := []byte(strings.Repeat("The quick brown fox jumps over the lazy dog, and says: \\\"12 times\\\" is enough.\\n", 500))
	for _, name := range Kernels() {
		b.Run(name, func(b *testing.B) {
			defer SetKernel(name)()
			b.SetBytes(int64(len(text)))
			var masks OddMasks
			for b.Loop() {
				for at := 0; at < len(text); at += OddWords * 64 {
					Odd(text, at, &masks)
				}
			}
		})
	}
}

// Whether 64 bytes are all letters of base64, but for _, is told eight at a time.
func TestAllLetters(t *testing.T) {
	for i := range 64 {
		for c := range 256 {
			text := [64]byte([]byte(strings.Repeat("AZaz09+/", 8)))
			text[i] = byte(c)
			if got, want := allLetters(&text), c != '_' && strings.IndexByte(base64Letters, byte(c)) >= 0; got != want {
				t.Errorf("all letters with %q at %d: %v", byte(c), i, got)
			}
		}
	}
}
