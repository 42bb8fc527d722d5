package view

import (
	"math/bits"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/mcpveil/mcpveil/internal/bytescan"
)

// testHints fails where eachOdd finds other places than oddAt takes, asked about each that
// bytescan.Odd gives. It returns how many these are.
func testHints(t *testing.T, text []byte) int {
	t.Helper()
	want := []int(nil)
	var masks [bytescan.OddWords]uint64
	for at := 0; at < len(text); at += 64 * bytescan.OddWords {
		n := bytescan.Odd(text, at, &masks)
		for k, w := range masks[:n] {
			for ; w != 0; w &= w - 1 {
				i := at + 64*k + bits.TrailingZeros64(w)
				if oddAt(text, i) {
					want = append(want, i)
				}
			}
		}
	}
	if got := AppendOdd(nil, text, len(text)); !slices.Equal(got, want) {
		t.Fatalf("%q: odd at %d, want %d", text, got, want)
	}
	return len(want)
}

var hintParts = []string{
	"%40", "%2E", "%20", "%e2%80%8b", "%C2", "%31", "%2f", "&#64;", "&#x40;", "&#x2e", "&commat;", "&amp;#64;", "&period;", "&lt;b&gt;", "&shy;", "&#64",
	"@", "\n@", `\n@`, "@\n", `@\r\n`, "=\n", "=\r\n", `=\n`, "=40", "=2E", "=5F", "=3A", "=2D", "=20", "=28", "=31=32", "=4111+1111+", "=555+12", "q=jane+",
	`["4111","1111","1111","1111"]`, `["jane","@example.com"]`, "<b>", "</b>", "<i", "<!-- x -->", "<span class=x>", "</span>", "<SUP>", "<sub>", "<strong>", "<em>", "<font a>", "</code>", "<wbr>", "<kbd>", "<tt>", "<div>", "<p>", "<br>",
	`\u0026#64;`, `\u003cb\u003e`, `\\u003cb>`, `\n`, `\\n`, `\\\\n`, "\n", "\r\n", "\r", ".", "1.234.5678", "4111.1111.1111.1111", "a b c d e f ", "4.1.1.1.1.1.", "+ 4 9 1 5 1",
	"amFuZUBleGFtcGxlLmNvbQ==", "NDExMTExMTExMTExMTExMQ", "7ZWc6rWt7Ja0IGphbmU", "w6kgamFuZUBleGFtcGxl", `\namFuZUBleGFtcGxlLmNvbQ`, "H4sIAAAAAAAAA", "eJwrSS0uAQAEXQHB", "UEsDBBQAAAAIA", "KLUv_QRY", "QlpoOTFBWSZT", "/Td6WFoAAATm", "N3q8ryccAAQ",
	"\u00a0", "\u00ad", "\u200b", "\u2011", "\u2013", "é", "а", "о", "α", "\u0301", "１", "２", "＠", "．", "\u0661", "\u0966", "\u3000", "𝟏", "\U000e0041", "ⓐ", "’", "한",
	"1", "23", "4111", "a", "Z", "jane", "example.com", " ", "-", "(", ")", "/", ":", "_", "+", "\"", ",", ">", "\\", "=", "&", "<", "%", "[", "\xe2", "\xff", "0123456789abcdefghij",
}

// Whatever stands around them, odd places have a shape that eachOdd looks for.
func TestHints(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 7))
	odd := 0
	var text []byte
	for range 60_000 {
		for text = text[:0]; len(text) < 90; {
			text = append(text, hintParts[r.IntN(len(hintParts))]...)
			if r.IntN(6) == 0 {
				text = append(text, byte(r.IntN(256)))
			}
		}
		odd += testHints(t, text)
		if r.IntN(3) == 0 { // and one byte is another
			text[r.IntN(len(text))] = byte(r.IntN(128))
			odd += testHints(t, text)
		}
	}
	const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_"
	for range 200_000 {
		text = append(text[:0], " \"\\.n"[r.IntN(5)])
		for len(text) < 30 {
			text = append(text, letters[r.IntN(len(letters))])
		}
		odd += testHints(t, text)
	}
	for range 300 { // long texts, dense and sparse
		for text = text[:0]; len(text) < 5000; {
			text = append(text, hintParts[r.IntN(len(hintParts))]...)
			for r.IntN(4) == 0 {
				text = append(text, "word of Text, "...)
			}
		}
		odd += testHints(t, text)
	}
	if odd < 100_000 {
		t.Errorf("%d odd places, want more", odd)
	}
}

// Each pair of bytes in an odd place, with all that may stand around it.
func TestHintsOfPairs(t *testing.T) {
	for _, around := range [][2]string{{"1", "1 23456789"}, {"1", "11.2222.33"}, {"a", "abcdefgh>i"}, {"@", "a23456789"}, {" ", "40=41=42=43"}, {"4", `\n1111 2222`}, {`x\`, "u003cb>1234"}, {"a", ">1234567890"}, {"x", "b>123456789"}, {"1", "#x40;123456"}} {
		for a := range 256 {
			for b := range 256 {
				testHints(t, []byte(around[0]+string([]byte{byte(a), byte(b)})+around[1]))
			}
		}
	}
}

func FuzzHints(f *testing.F) {
	for _, s := range hintParts {
		f.Add([]byte("x1" + s + "1x2345678"))
	}
	f.Fuzz(func(t *testing.T, text []byte) { testHints(t, text[:min(len(text), 3000)]) })
}
