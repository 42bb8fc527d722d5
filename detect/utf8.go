package detect

import "unicode/utf8"

// A byteSeq is a sequence of byte ranges: the UTF-8 of a range of runes that
// differ in one place only, or in a suffix of continuation bytes.
type byteSeq struct {
	lo, hi [utf8.UTFMax]byte
	n      int
}

// utf8Seqs calls yield with byte sequences that together match the UTF-8 of the
// runes lo to hi, and nothing else. Surrogates have no UTF-8 and are left out.
func utf8Seqs(lo, hi rune, yield func(byteSeq)) {
	if lo <= 0xdfff && hi >= 0xd800 {
		if lo < 0xd800 {
			utf8Seqs(lo, 0xd7ff, yield)
		}
		if hi > 0xdfff {
			utf8Seqs(0xe000, hi, yield)
		}
		return
	}
	// Both ends of the same length.
	for _, m := range [...]rune{0x7f, 0x7ff, 0xffff} {
		if lo <= m && hi > m {
			utf8Seqs(lo, m, yield)
			utf8Seqs(m+1, hi, yield)
			return
		}
	}
	// The same bytes but for a suffix that runs from all 0x80 to all 0xbf.
	for i := 1; i < utf8.RuneLen(hi); i++ {
		m := rune(1)<<(6*i) - 1
		if lo&^m == hi&^m {
			continue
		}
		if lo&m != 0 {
			utf8Seqs(lo, lo|m, yield)
			utf8Seqs(lo|m+1, hi, yield)
			return
		}
		if hi&m != m {
			utf8Seqs(lo, hi&^m-1, yield)
			utf8Seqs(hi&^m, hi, yield)
			return
		}
	}
	var s byteSeq
	s.n = utf8.EncodeRune(s.lo[:], lo)
	utf8.EncodeRune(s.hi[:], hi)
	yield(s)
}
