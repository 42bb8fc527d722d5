package view

import (
	"sync"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// A class says what a character beyond ASCII is to who looks for values.
type class uint8

const (
	plain class = iota // itself
	alnum              // stands for ASCII, a letter or digit at least
	punct              // for other ASCII
	space              // a blank
	dash               // a hyphen, or looks like one
	gone               // nothing: it is not seen, or belongs to the character before
	twin               // looks like an ASCII letter, in a word with such letters
)

// A folded says what becomes of a character: its class, and the ASCII that it stands for, up to
// seven bytes.
type folded struct {
	class
	n    uint8
	text [6]byte
}

// Characters are looked up by pages of 128. Most pages are empty, and nil.
const page = 128

var pages = sync.OnceValue(makePages)

// fold returns what becomes of r.
func fold(r rune) *folded {
	if p := pages(); int(r)/page < len(p) {
		if q := p[r/page]; q != nil {
			return &q[r%page]
		}
	}
	return &unchanged
}

var unchanged folded

// compat are the blocks in which characters stand for ASCII ones: Latin-1, phonetic and
// modifier letters, super- and subscripts, letterlike, numbers, enclosed, mathematical,
// presentation forms and full width.
var compat = [][2]rune{{0xa0, 0xff}, {0x2b0, 0x2ff}, {0x1d2c, 0x1dbf}, {0x2000, 0x206f}, {0x2070, 0x209f}, {0x2100, 0x218f},
	{0x2460, 0x24ff}, {0x2c7c, 0x2c7d}, {0x3000, 0x3000}, {0xfb00, 0xfb06}, {0xfe10, 0xfe6f}, {0xff01, 0xff5e}, {0x1d400, 0x1d7ff}, {0x1f100, 0x1f16f}}

// unseen are characters that leave no trace: format characters, fillers, variation selectors.
var unseen = [][2]rune{{0xad, 0xad}, {0x34f, 0x34f}, {0x61c, 0x61c}, {0x115f, 0x1160}, {0x17b4, 0x17b5}, {0x180b, 0x180f}, {0x200b, 0x200f},
	{0x202a, 0x202e}, {0x2060, 0x206f}, {0x3164, 0x3164}, {0xfe00, 0xfe0f}, {0xfeff, 0xfeff}, {0xffa0, 0xffa0}, {0xfff9, 0xfffb},
	{0x1d173, 0x1d17a}, {0xe0000, 0xe0fff}}

// combining marks, of which one more or less on a Latin letter makes the same word.
var combining = [][2]rune{{0x300, 0x36f}, {0x483, 0x487}, {0x1ab0, 0x1aff}, {0x1dc0, 0x1dff}, {0x20d0, 0x20f0}, {0xfe20, 0xfe2f}}

const (
	dashes = "\u00af\u02d7\u058a\u05be\u1806\u2010\u2011\u2012\u2013\u2014\u2015\u2043\u207b\u208b\u2212\u2796\u2e3a\u2e3b\u30fc\ufe31\ufe32\ufe58\ufe63\uff0d\uff70"
	spaces = "\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000"
)

// twins are letters of Cyrillic and Greek, each before the Latin one that it looks like
// (Unicode TR 39).
const twins = "аaеeоoрpсcуyхxіiјjѕsһhԁdԛqԝwѵvӏlАAВBЕEЅSІIЈJКKМMНHОOРPСCТTУYХXҮYԌGԚQԜW" +
	"αaοoνvρpιiυuγyκkχxϲcϳjΑAΒBΕEΖZΗHΙIΚKΜMΝNΟOΡPΤTΥYΧXϹC"

// others look like ASCII punctuation without being compatible with it: dots and slashes.
const others = "\u3002.\uff61.\u2024.\u2044/\u2215/\u29f8/\u2236:\u02d0:\ua789:\u2042*\u2217*\u00b7.\u2022.\u30fb."

func makePages() []*[page]folded {
	p := make([]*[page]folded, 0xe1000/page)
	at := func(r rune) *folded {
		q := &p[r/page]
		if *q == nil {
			*q = new([page]folded)
		}
		return &(*q)[r%page]
	}
	set := func(r rune, text string) {
		f := folded{class: punct, n: uint8(len(text))}
		copy(f.text[:], text)
		for _, c := range []byte(text) {
			if isAlnum(c) {
				f.class = alnum
			}
		}
		*at(r) = f
	}
	for _, b := range compat {
		for r := b[0]; r <= b[1]; r++ {
			text := norm.NFKC.String(string(r))
			if len(text) <= len(folded{}.text) && ascii(text) {
				set(r, text)
			}
		}
	}
	for _, b := range unicode.Nd.R16 {
		digits(rune(b.Lo), rune(b.Hi), set)
	}
	for _, b := range unicode.Nd.R32 {
		digits(rune(b.Lo), rune(b.Hi), set)
	}
	pairs := []rune(others)
	for i := 0; i < len(pairs); i += 2 {
		set(pairs[i], string(pairs[i+1]))
	}
	for i := range 10 { // which NFKC leaves alone
		set(0x2776+rune(i), circled[i])
		set(0x2780+rune(i), circled[i])
		set(0x278a+rune(i), circled[i])
		set(0x24f5+rune(i), circled[i])
	}
	set(0x24ff, "0")
	for r := rune(0x1f130); r <= 0x1f189; r++ {
		if k := (r - 0x1f130) % 32; k < 26 {
			set(r, string('A'+k))
		}
	}
	pairs = []rune(twins)
	for i := 0; i < len(pairs); i += 2 {
		set(pairs[i], string(pairs[i+1]))
		at(pairs[i]).class = twin
	}
	for _, r := range dashes {
		*at(r) = folded{class: dash, n: 1, text: [6]byte{'-'}}
	}
	for _, r := range spaces {
		*at(r) = folded{class: space, n: 1, text: [6]byte{' '}}
	}
	for _, set := range [][][2]rune{unseen, combining} {
		for _, b := range set {
			for r := b[0]; r <= b[1]; r++ {
				*at(r) = folded{class: gone}
			}
		}
	}
	for r := rune(0xe0020); r <= 0xe007e; r++ { // tags: ASCII that nobody sees
		set(r, string(r-0xe0000))
	}
	return p
}

var circled = [10]string{"1", "2", "3", "4", "5", "6", "7", "8", "9", "10"}

// digits sets the digits of lo to hi, each ten of which are those from 0 to 9.
func digits(lo, hi rune, set func(rune, string)) {
	for r := max(lo, utf8.RuneSelf); r <= hi; r++ {
		set(r, string('0'+(r-lo)%10))
	}
}

func ascii(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return len(s) > 0
}

func isAlnum(c byte) bool { return c-'0' < 10 || c|0x20-'a' < 26 }
func isDigit(c byte) bool { return c-'0' < 10 }
