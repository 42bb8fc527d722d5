//go:build !purego

package bytescan

// oddBlocks fills masks for so many blocks of text from at on, and returns which are not 0.
func oddBlocks(text []byte, at, words int, masks *OddMasks) uint64 {
	if active == avx512 {
		before := uint64(0)
		if at > 0 {
			before = oddCarry(text[at-1]) | 4
		}
		return odd512(&text[at], len(text)-at, words, odds512, before, &masks[0])
	}
	return oddInParts(text, at, words, masks)
}

// oddPart fills masks for so many blocks of text, of which it reads one more. carry is of the byte
// before.
func oddPart(text []byte, blocks int, carry uint64, masks []uint64) {
	if active != avx2 {
		oddPlain(text, blocks, carry, masks)
		return
	}
	_, _ = text[64*(blocks+1)-1], masks[blocks-1]
	var b [OddWords + 1]oddBlock
	odd256(&text[0], blocks, odds, &b[0])
	for k := range blocks {
		masks[k] = b[k].odd(&b[k+1], carry)
		carry = b[k].letter>>63 | b[k].digit>>63<<1
	}
}

// odd512 fills masks for so many blocks of text, n bytes, and up to seven words more. before is the
// carry of the byte before it, and 4; or 0 if there is none. It returns which masks are not 0.
//
//go:noescape
func odd512(text *byte, n, blocks int, t *oddTables512, before uint64, masks *uint64) (some uint64)

// odd256 fills out for so many blocks of text, at least one, and of the one behind them its
// letters, digits and dots.
//
//go:noescape
func odd256(text *byte, blocks int, t *oddTables, out *oddBlock)
