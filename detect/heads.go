package detect

import (
	"slices"
	"sync"
	"unicode"
	"unicode/utf8"

	"github.com/mcpveil/mcpveil/internal/bytescan"
)

// heads tell words that begin no phrase. They are a filter: what passes may still begin none.
//
// A word of letters of ASCII is told by the hash of all of it. Many phrases begin with one word, such as
// date or number, which alone says nothing: they are told by that and the next. Where what is beyond ASCII, or an escape,
// stands near, it may be part of either: the first word up to there decides alone. What begins with a character beyond
// ASCII is told by that and the next.
type heads struct {
	known  bytescan.Words
	single [2048]uint64 // 128 Ki bits: words that are a phrase, or whose next one begins with a digit
	pairs  [4096]uint64 // 256 Ki bits: two words
}

// add notes how a phrase begins, with a word.
func (h *heads) add(phrase []byte) {
	w := nextWord(phrase, 0, len(phrase))
	switch c := phrase[0]; {
	case c >= utf8.RuneSelf:
		h.addChars(phrase)
		return
	case isDigit(c):
		h.known.AddDigit(c)
		return
	}
	first := phrase[w.start:w.end]
	n := 0
	for n < len(first) && isLetter(first[n]) {
		if first[n]|0x20 == 'i' { // in Turkish a capital of it has a dot, and is beyond ASCII
			h.addPrefix(first[:n])
		}
		n++
	}
	if n < len(first) {
		h.addPrefix(first[:n])
		return
	}
	then := nextWord(phrase, w.end, len(phrase))
	var second []uint32 // none if it has what is beyond ASCII: one of the words is Vague then
	alone := then.start < 0 || isDigit(phrase[then.start])
	if !alone {
		second = inflected(phrase[then.start:then.end])
	}
	for _, a := range inflected(first) {
		h.known.AddWord(a)
		if alone {
			mark(h.single[:], uint64(a)*sixPrime)
		}
		for _, b := range second {
			mark(h.pairs[:], both(a, b))
		}
	}
}

// addPrefix notes that a phrase begins with letters of ASCII, and goes on with others.
func (h *heads) addPrefix(letters []byte) {
	if len(letters) > 0 {
		h.known.AddWord(bytescan.WordHash(letters))
		return
	}
	h.known.AddChar([]byte("İ"))
}

// inflected returns the hashes of a word of letters, and of its plural, or nil if some are beyond ASCII.
func inflected(w []byte) []uint32 {
	for _, c := range w {
		if !isLetter(c) {
			return nil
		}
	}
	return []uint32{bytescan.WordHash(w), bytescan.WordHash(append(slices.Clone(w), 's'))}
}

const sixPrime = 0x9e3779b97f4a7c15

// both is the hash of two words.
func both(a, b uint32) uint64 { return (uint64(a)<<32 | uint64(b)) * sixPrime }

// mark enters a hash in a table, of a power of two words, twice. marked reports whether it is there.
func mark(table []uint64, h uint64) {
	for range 2 {
		at := h >> 40 & uint64(64*len(table)-1)
		table[at>>6] |= 1 << (at & 63)
		h <<= 18
	}
}

func marked(table []uint64, h uint64) bool {
	for range 2 {
		at := h >> 40 & uint64(64*len(table)-1)
		if table[at>>6]>>(at&63)&1 == 0 {
			return false
		}
		h <<= 18
	}
	return true
}

// may reports whether a phrase may begin with the k'th word of f, which is known; text is where f's offsets are in.
func (h *heads) may(f *bytescan.Found, k uint16, text []byte) bool {
	a, b := f.Hash[k], f.Hash[k+1]
	if (a|b)&bytescan.Vague != 0 {
		return true
	}
	if marked(h.single[:], uint64(a)*sixPrime) {
		return true
	}
	if !marked(h.pairs[:], both(a, b)) {
		return false
	}
	// Is the next word near, and the next indeed?
	for i := int(f.At[k+1]) - 1; i >= max(0, int(f.At[k+1])-maxPhraseGap-1) && !isDigit(text[i]); i-- {
		if isLetter(text[i]) {
			return true
		}
	}
	return false
}

// addChars notes how a phrase begins, with a character beyond ASCII.
func (h *heads) addChars(phrase []byte) {
	g, first, n := glyphAt(phrase, 0)
	w := nextWord(phrase, 0, len(phrase))
	for _, char := range spelled(first, phrase[:n]) {
		char = char[:min(len(char), 3)]
		if !(g == ideo || w.end > n) || n > 3 || len(phrase) == n || phrase[n] < utf8.RuneSelf {
			h.known.AddChar(char)
			continue
		}
		_, second, m := glyphAt(phrase, n)
		for _, next := range spelled(second, phrase[n:n+m]) {
			h.known.AddChar(append(slices.Clone(char), next[:2]...))
		}
	}
}

// spelled returns the characters that are r in lower case, which is written as text.
func spelled(r rune, text []byte) (all [][]byte) {
	all = append(all, text)
	for _, c := range capitals()[r] {
		all = append(all, []byte(string(c)))
	}
	return all
}

// cased is the least character beyond which words know no case: see glyphAt.
const cased = 0x2000

// capitals returns the capitals of letters beyond ASCII, as glyphAt has them.
var capitals = sync.OnceValue(func() map[rune][]rune {
	all := make(map[rune][]rune)
	for r := rune(utf8.RuneSelf); r < cased; r++ {
		if unicode.IsUpper(r) {
			lower := unicode.ToLower(r)
			all[lower] = append(all[lower], r)
		}
	}
	return all
})
