package view

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// oddSlow is where text is odd, place by place: it asks oddAt of more places than bytescan.Odd
// does, for which no shape decides.
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
	digit := func(i int) bool { return isDigit(at(i)) }
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
			c == 0xe2, c == 0xef, c == 0xf0, c == 0xf3:
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
		if here(i) && oddAt(text, i) {
			odd = append(odd, i)
		}
	}
	return odd
}

// oddPlaces returns where in text something odd begins.
func oddPlaces(text []byte) (odd []int) {
	o := oddReader{text: text, end: len(text)}
	for i := o.first(0, len(text)); i >= 0; i = o.first(i+1, len(text)) {
		odd = append(odd, i)
	}
	return odd
}

// testOddPlaces fails where other places are odd than oddSlow says, or their groups other than they make. It returns how many these are.
func testOddPlaces(t *testing.T, text []byte) int {
	t.Helper()
	want := oddSlow(text)
	if got := oddPlaces(text); !slices.Equal(got, want) {
		t.Fatalf("%q: odd at %d, want %d", text, got, want)
	}
	testOddSpans(t, text, len(text), 1+len(text)%20, want)
	return len(want)
}

// testOddSpans fails where the groups of the odd places of text, those before end, are other than AppendOddSpans says, or OddBefore says that there are some or none.
func testOddSpans(t *testing.T, text []byte, end, gap int, odd []int) {
	t.Helper()
	want := []int{}
	for i, at := range odd {
		switch {
		case at >= end:
		case i > 0 && at-odd[i-1] <= gap:
			want[len(want)-1] = at
		default:
			want = append(want, at, at)
		}
	}
	if got := AppendOddSpans([]int{}, text, end, gap); !slices.Equal(got, want) {
		t.Fatalf("%q, to %d: odd from and to %d, want %d", text, end, got, want)
	}
	if got, want := OddBefore(text, end), len(odd) > 0 && odd[0] < end; got != want {
		t.Fatalf("%q, to %d: odd is %v, want %v", text, end, got, want)
	}
}

// Groups of odd places are the same where they go on over several windows.
func TestOddSpans(t *testing.T) {
	r := rand.New(rand.NewPCG(8, 1))
	for range 300 {
		var text []byte
		for n := r.IntN(20_000); len(text) < n; {
			switch r.IntN(4) {
			case 0:
				text = append(text, strings.Repeat(".. ", r.IntN(1000))...)
			case 1:
				text = append(text, strings.Repeat("a b c d e f g ", r.IntN(60))...)
			default:
				text = append(text, oddParts[r.IntN(len(oddParts))]...)
			}
		}
		odd := oddPlaces(text)
		for _, gap := range []int{1, 64, 512, 5000} {
			testOddSpans(t, text, len(text), gap, odd)
			testOddSpans(t, text, r.IntN(len(text)+1), gap, odd)
		}
	}
}

var oddParts = []string{
	"%40", "%2E", "%20", "%e2%80%8b", "%C2", "%31", "%2f", "&#64;", "&#x40;", "&#x2e", "&commat;", "&amp;#64;", "&period;", "&lt;b&gt;", "&shy;", "&#64",
	"@", "\n@", `\n@`, "@\n", `@\r\n`, "=\n", "=\r\n", `=\n`, "=40", "=2E", "=5F", "=3A", "=2D", "=20", "=28", "=31=32", "=4111+1111+", "=555+12", "q=jane+",
	`["4111","1111","1111","1111"]`, `["jane","@example.com"]`, "<b>", "</b>", "<i", "<!-- x -->", "<span class=x>", "</span>", "<SUP>", "<sub>", "<strong>", "<em>", "<font a>", "</code>", "<wbr>", "<kbd>", "<tt>", "<div>", "<p>", "<br>",
	`\u0026#64;`, `\u003cb\u003e`, `\\u003cb>`, `\n`, `\\n`, `\\\\n`, "\n", "\r\n", "\r", ".", "1.234.5678", "4111.1111.1111.1111", "a b c d e f ", "4.1.1.1.1.1.", "+ 4 9 1 5 1",
	"amFuZUBleGFtcGxlLmNvbQ==", "NDExMTExMTExMTExMTExMQ", "7ZWc6rWt7Ja0IGphbmU", "w6kgamFuZUBleGFtcGxl", `\namFuZUBleGFtcGxlLmNvbQ`, "H4sIAAAAAAAAA", "eJwrSS0uAQAEXQHB", "UEsDBBQAAAAIA", "KLUv_QRY", "QlpoOTFBWSZT", "/Td6WFoAAATm", "N3q8ryccAAQ",
	"\u00a0", "\u00ad", "\u200b", "\u2011", "\u2013", "é", "а", "о", "α", "\u0301", "１", "２", "＠", "．", "\u0661", "\u0966", "\u3000", "𝟏", "\U000e0041", "ⓐ", "’", "한",
	"1", "23", "4111", "a", "Z", "jane", "example.com", " ", "-", "(", ")", "/", ":", "_", "+", "\"", ",", ">", "\\", "=", "&", "<", "%", "[", "\xe2", "\xff", "0123456789abcdefghij",
}

// Whatever stands around them, odd places have a shape that bytescan.OddMay looks for.
func TestOddPlaces(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 7))
	odd := 0
	var text []byte
	for range 60_000 {
		for text = text[:0]; len(text) < 90; {
			text = append(text, oddParts[r.IntN(len(oddParts))]...)
			if r.IntN(6) == 0 {
				text = append(text, byte(r.IntN(256)))
			}
		}
		odd += testOddPlaces(t, text)
		if r.IntN(3) == 0 { // and one byte is another
			text[r.IntN(len(text))] = byte(r.IntN(128))
			odd += testOddPlaces(t, text)
		}
	}
	const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_"
	for range 200_000 {
		text = append(text[:0], " \"\\.n"[r.IntN(5)])
		for len(text) < 30 {
			text = append(text, letters[r.IntN(len(letters))])
		}
		odd += testOddPlaces(t, text)
	}
	for range 300 { // long texts, dense and sparse
		for text = text[:0]; len(text) < 5000; {
			text = append(text, oddParts[r.IntN(len(oddParts))]...)
			for r.IntN(4) == 0 {
				text = append(text, "word of Text, "...)
			}
		}
		odd += testOddPlaces(t, text)
	}
	if odd < 100_000 {
		t.Errorf("%d odd places, want more", odd)
	}
}

// Each pair of bytes in an odd place, with all that may stand around it.
func TestOddPairs(t *testing.T) {
	for _, around := range [][2]string{{"1", "1 23456789"}, {"1", "11.2222.33"}, {"a", "abcdefgh>i"}, {"@", "a23456789"}, {" ", "40=41=42=43"}, {"4", `\n1111 2222`}, {`x\`, "u003cb>1234"}, {"a", ">1234567890"}, {"x", "b>123456789"}, {"1", "#x40;123456"}} {
		for a := range 256 {
			for b := range 256 {
				testOddPlaces(t, []byte(around[0]+string([]byte{byte(a), byte(b)})+around[1]))
			}
		}
	}
}

func FuzzOddPlaces(f *testing.F) {
	for _, s := range oddParts {
		f.Add([]byte("x1" + s + "1x2345678"))
	}
	f.Fuzz(func(t *testing.T, text []byte) { testOddPlaces(t, text[:min(len(text), 3000)]) })
}
