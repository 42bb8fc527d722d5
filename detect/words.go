package detect

import (
	"unicode"
	"unicode/utf8"
)

// Context words and member names are compared by 64-bit hashes of their letters
// and digits in lower case, so that nothing has to be copied or allocated.

const (
	hashSeed  = 14695981039346656037
	hashPrime = 1099511628211
)

func hashByte(h uint64, c byte) uint64 { return (h ^ uint64(c)) * hashPrime }

func hashRune(h uint64, r rune) uint64 {
	for ; r >= 0x80; r >>= 7 {
		h = hashByte(h, byte(r)|0x80)
	}
	return hashByte(h, byte(r))
}

// A glyph says what a character is to a reader of words.
type glyph uint8

const (
	gap   glyph = iota // neither of the others
	digit              // a decimal digit
	lower              // a letter without case, or in lower case
	upper              // a letter in upper case
	ideo               // of a script that is written without spaces: Hangul, Han, kana …
)

// glyphAt returns what stands at text[i], folded to lower case, and its length.
func glyphAt(text []byte, i int) (glyph, rune, int) {
	c := text[i]
	switch {
	case c-'a' < 26:
		return lower, rune(c), 1
	case c-'A' < 26:
		return upper, rune(c | 0x20), 1
	case c-'0' < 10:
		return digit, rune(c), 1
	case c < utf8.RuneSelf:
		return gap, rune(c), 1
	}
	r, n := utf8.DecodeRune(text[i:])
	switch {
	case '가' <= r && r <= '힣' || '一' <= r && r <= '鿿': // Fast path: Hangul and Han
		return ideo, r, n
	case r == utf8.RuneError && n <= 1:
		return gap, r, 1
	case r >= 0x0e00 && !(0x1e00 <= r && r < 0x2000) && unicode.IsLetter(r):
		return ideo, r, n
	case unicode.IsUpper(r):
		return upper, unicode.ToLower(r), n
	case unicode.IsLetter(r) || unicode.IsMark(r):
		return lower, r, n
	}
	return gap, r, n
}

// A word is a run of letters, or of digits, in text: a word of a sentence, or one
// of those that snake_case and camelCase put together.
type word struct {
	start, end int
	hash       uint64 // of the word in lower case
	singular   uint64 // of the word without its last s; equal to hash if it has none
}

// ascii holds what glyphAt says of ASCII: the glyph, and the byte in lower case.
var ascii = func() (t [128]struct{ glyph, lower uint8 }) {
	for c := range t {
		g, r, _ := glyphAt([]byte{byte(c)}, 0)
		t[c].glyph, t[c].lower = uint8(g), uint8(r)
	}
	return t
}()

// nextWord returns the first word of text that begins at i or later and before
// end; its start is -1 if there is none. A word of an unspaced script is one
// character. It must not be called with i inside a word.
func nextWord(text []byte, i, end int) word {
	for ; i < end; i++ {
		c := text[i]
		if c >= utf8.RuneSelf {
			if g, _, n := glyphAt(text, i); g == gap {
				i += n - 1
				continue
			}
			break
		}
		if ascii[c].glyph != uint8(gap) {
			break
		}
	}
	if i >= end {
		return word{start: -1}
	}
	w := word{start: i, hash: hashSeed}
	var g glyph
	last := rune(0)
	for i < len(text) {
		var g2 glyph
		var r rune
		n := 1
		if c := text[i]; c < utf8.RuneSelf {
			g2, r = glyph(ascii[c].glyph), rune(ascii[c].lower)
		} else {
			g2, r, n = glyphAt(text, i)
		}
		if i > w.start && (g == ideo || !joins(text, g, g2, i+n)) {
			break
		}
		w.singular = w.hash
		if r < utf8.RuneSelf {
			w.hash = hashByte(w.hash, byte(r))
		} else {
			w.hash = hashRune(w.hash, r)
		}
		g, last = g2, r
		i += n
	}
	w.end = i
	if last != 's' || w.end < w.start+3 {
		w.singular = w.hash
	}
	return w
}

// joins reports whether a glyph b belongs to the word that a, just before it, is of.
// The last of several capitals begins a word if a small letter follows: HTTPServer.
func joins(text []byte, a, b glyph, after int) bool {
	if b == lower {
		return a == lower || a == upper
	}
	return a == b && (b == digit || b == upper && !smallAt(text, after))
}

// smallAt reports whether a small letter stands at text[i], other than the s of a
// plural: SSNs.
func smallAt(text []byte, i int) bool {
	if i >= len(text) {
		return false
	}
	g, r, n := glyphAt(text, i)
	if g == lower && r == 's' {
		if i+n == len(text) {
			return false
		}
		next, _, _ := glyphAt(text, i+n)
		return next == lower || next == upper
	}
	return g == lower
}

// inWord reports whether a word that began before text[i] goes on there.
func inWord(text []byte, i int) bool {
	if i <= 0 || i >= len(text) {
		return false
	}
	if !utf8.RuneStart(text[i]) {
		return true
	}
	j := i - 1
	for j > 0 && i-j < utf8.UTFMax && !utf8.RuneStart(text[j]) {
		j--
	}
	a, _, n := glyphAt(text, j)
	if j+n != i {
		return false // what stands between is no character
	}
	b, _, n := glyphAt(text, i)
	return joins(text, a, b, i+n)
}
