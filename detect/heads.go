package detect

import (
	"encoding/binary"
	"math/bits"
	"sync"
	"unicode"
	"unicode/utf8"

	"github.com/mcpveil/mcpveil/internal/bytescan"
)

// Where a word is known to end, as nearly all are, all of it is compared with the first words of
// phrases, by a hash. What begins with a character beyond ASCII is compared by its first two.

// markWords enters the first word of a phrase, which is w and begins with a letter of ASCII, or its first two.
func (h *heads) markWords(phrase []byte, w word) {
	first := inflected(phrase[w.start:w.end])
	var text [maxPhrase + 16]byte
	for n, end := copy(text[:], phrase[w.start:w.end]), 0; end < 2; end++ {
		v := shortHash(binary.LittleEndian.Uint64(text[:]), n)
		h.short[v>>54] |= 1 << (v >> 48 & 63)
		text[n] = 's'
		n++
	}
	then := nextWord(phrase, w.end, len(phrase))
	var second []uint64
	if then.start >= 0 && isLetter(phrase[then.start]) {
		second = inflected(phrase[then.start:then.end])
	}
	for _, a := range first {
		if then.start < 0 || second == nil {
			mark(h.whole[:], a)
			continue
		}
		mark(h.first[:], a)
		for _, b := range second {
			mark(h.then[:], both(a, b))
		}
	}
}

// inflected returns the hashes of a word of letters, and of its plural, or nil if some are beyond ASCII: then it is
// never asked for by its hash, or may be anything.
func inflected(w []byte) []uint64 {
	var text [maxPhrase + 16]byte
	n := copy(text[:], w)
	for _, c := range w {
		if !isLetter(c) {
			return nil
		}
	}
	all := []uint64{wholeHash(text[:], n)}
	text[n] = 's'
	return append(all, wholeHash(text[:], n+1))
}

// both is the hash of two words.
func both(a, b uint64) uint64 { return (a ^ b<<1) * sixPrime }

// mark enters a hash in a table, twice: a table holds a power of two words. marked reports whether it is there.
func mark(table []uint64, h uint64) {
	n := 6 + bits.Len(uint(len(table)-1))
	for range 2 {
		at := h >> (64 - n)
		table[at>>6] |= 1 << (at & 63)
		h <<= n
	}
}

// hasWhole and the others report whether a phrase is the word of that hash, or begins with it, or with the two of those.
func (h *heads) hasWhole(a uint64) bool {
	return h.whole[a>>53]>>(a>>47&63)&1 != 0 && h.whole[a>>36&2047]>>(a>>30&63)&1 != 0
}

func (h *heads) hasFirst(a uint64) bool {
	return h.first[a>>54]>>(a>>48&63)&1 != 0 && h.first[a>>38&1023]>>(a>>32&63)&1 != 0
}

func (h *heads) hasBoth(a, b uint64) bool {
	a = both(a, b)
	return h.then[a>>53]>>(a>>47&63)&1 != 0 && h.then[a>>36&2047]>>(a>>30&63)&1 != 0
}

// sift puts into places those of starts, which are where words begin in the first 64 bytes of text, at which a phrase may
// begin, by the first letters and the length of the word there. It is a filter, without a branch that could not
// be foretold. Words end before ends: where words begin, or what is no letter stands. Those of odd, and words that end before
// doubt or beyond the bytes, are not looked at.
func (h *heads) sift(text *[bytescan.CensusText]byte, starts, ends, odd, doubt uint64, places *[64]uint8) []uint8 {
	n := 0
	for ; starts != 0; starts &= starts - 1 {
		k := bits.TrailingZeros64(starts) & 63
		long := bits.TrailingZeros64(ends>>1>>k) + 1
		v := shortHash(binary.LittleEndian.Uint64(text[k:]), long)
		pass := h.short[v>>54&1023]>>(v>>48&63) | odd>>k | doubt>>(k+long) | uint64(long+k)>>6 | uint64(long+k)>>7
		places[n&63] = uint8(k)
		n += int(pass & 1)
	}
	return places[:n]
}

// shortHash is of the first letters of v, in lower case, a word of n letters.
func shortHash(v uint64, n int) uint64 {
	const fold = 0x2020202020202020
	return ((v|fold)<<(64-8*min(n, 8)) ^ uint64(min(n, 9))) * sixPrime
}

// told says whether a phrase may begin with the word that begins at text[k], by all of it, if that is known. c and
// ends are as for sift. slash says that a backslash stands before text[k].
func (h *heads) told(text *[bytescan.CensusText]byte, c *bytescan.Census, ends uint64, k int, slash bool) (known, may bool) {
	k &= 63
	if c.Lead>>k&1 != 0 {
		return true, h.hasPair(text[k:])
	}
	if c.Letter>>k&1 == 0 {
		return false, false
	}
	if slash {
		switch text[k] {
		case 'u':
			return false, false
		case 'b', 'f', 'n', 'r', 't': // the word begins behind it, if one does
			if k == 63 || c.High>>(k+1)&1 != 0 {
				return false, false
			}
			if (c.Letter&^c.Upper)>>(k+1)&1 == 0 {
				return true, false
			}
			k++
		}
	}
	n, ok := span(c, ends, k)
	switch {
	case !ok:
		return false, false
	case n == 1:
		return true, h.hasOne(text[k:])
	}
	a := wholeHash(text[k:], n)
	if h.hasWhole(a) {
		return true, true
	}
	if !h.hasFirst(a) {
		return true, false
	}
	// The next word, if it is near.
	next := (c.Letter | c.High | ^(c.Letter|c.High)&digitsAt(text, k+n)) >> ((k + n) & 63)
	gap := bits.TrailingZeros64(next)
	if k+n+maxPhraseGap >= 64 {
		return true, true
	}
	if gap > maxPhraseGap {
		return true, false
	}
	k += n + gap
	if n, ok = span(c, ends, k); !ok || c.Letter>>(k&63)&1 == 0 {
		return true, true
	}
	return true, h.hasBoth(a, wholeHash(text[k:], n))
}

// digitsAt returns which of the few bytes from text[k] on are digits, as bits from the k'th on.
func digitsAt(text *[bytescan.CensusText]byte, k int) (digits uint64) {
	for i := k; i <= min(63, k+maxPhraseGap); i++ {
		if isDigit(text[i]) {
			digits |= 1 << i
		}
	}
	return digits
}

// span returns how many letters the word has that begins at the k'th of 64 bytes, if that is known: it is in small letters but
// for the first, or in capitals, has no letters beyond ASCII, and ends before the bytes do.
func span(c *bytescan.Census, ends uint64, k int) (n int, ok bool) {
	k &= 63
	rest := ends >> 1 >> k
	if (c.Upper&(c.Upper>>1))>>k&1 != 0 { // it must be all capitals
		rest = ^(c.Upper >> k) &^ 1
		if n = bits.TrailingZeros64(rest); n+k >= 64 {
			return 0, false
		}
		return n, (c.Letter|c.High)>>((k+n)&63)&1 == 0
	}
	if rest == 0 {
		return 0, false
	}
	n = bits.TrailingZeros64(rest) + 1
	return n, c.High>>((k+n)&63)&1 == 0
}

// wholeHash is of the n letters that text begins with, in lower case: of the first eight, the last eight and
// how many there are.
func wholeHash(text []byte, n int) uint64 {
	const fold = 0x2020202020202020
	a := binary.LittleEndian.Uint64(text) | fold
	b := uint64(n)
	if n > 8 {
		b ^= (binary.LittleEndian.Uint64(text[n-8:]) | fold) * hashPrime
	} else {
		a <<= 64 - 8*n
	}
	return (a ^ b<<3 ^ b) * sixPrime
}

// markPair enters a phrase that begins with a character beyond ASCII.
func (h *heads) markPair(phrase []byte) {
	a, n := foldAt(phrase)
	b := uint32(0)
	g, _, _ := glyphAt(phrase, 0)
	if long := nextWord(phrase, 0, len(phrase)).end > n; (long || g == ideo) && len(phrase) > n && phrase[n] >= utf8.RuneSelf {
		b, _ = foldAt(phrase[n:])
	}
	if b < utf8.RuneSelf {
		k := pairHash(a, 0)
		h.solo[k>>6] |= 1 << (k & 63)
		return
	}
	k := pairHash(a, b)
	h.pairs[k>>6] |= 1 << (k & 63)
}

// hasPair reports whether a phrase may begin with the character beyond ASCII that text begins with, and the next.
// At least eight bytes must stand in text.
func (h *heads) hasPair(text []byte) bool {
	a, n := foldAt(text)
	if a < utf8.RuneSelf {
		return true
	}
	if k := pairHash(a, 0); h.solo[k>>6]>>(k&63)&1 != 0 {
		return true
	}
	if text[n] < utf8.RuneSelf {
		return false
	}
	b, _ := foldAt(text[n:])
	k := pairHash(a, b)
	return b >= utf8.RuneSelf && h.pairs[k>>6]>>(k&63)&1 != 0
}

func pairHash(a, b uint32) uint64 { return (uint64(a)<<32 | uint64(b)) * sixPrime >> 48 }

// foldAt returns the character beyond ASCII that text begins with, in lower case as glyphAt has it, and its length. What is
// no such character, or has more than three bytes, is some character of ASCII.
func foldAt(text []byte) (uint32, int) {
	if len(text) < 3 {
		r, n := utf8.DecodeRune(text)
		return folded(uint32(r)), n
	}
	switch c := text[0]; {
	case c < 0xe0:
		return folded(uint32(c&0x1f)<<6 | uint32(text[1]&0x3f)), 2
	case c < 0xf0:
		return folded(uint32(c&0xf)<<12 | uint32(text[1]&0x3f)<<6 | uint32(text[2]&0x3f)), 3
	}
	return 0, 1
}

func folded(r uint32) uint32 {
	if r < cased {
		return uint32(lowerCases()[r])
	}
	return r
}

// cased is the least character beyond which words know no case: see glyphAt.
const cased = 0x2000

var lowerCases = sync.OnceValue(func() *[cased]uint16 {
	all := new([cased]uint16)
	for r := range all {
		all[r] = uint16(r)
		if unicode.IsUpper(rune(r)) {
			all[r] = uint16(unicode.ToLower(rune(r)))
		}
	}
	return all
})
