//go:build !purego

package bytescan

// oddBlocks fills masks for so many blocks of text from at on.
func oddBlocks(text []byte, at, words int, masks *OddMasks) {
	if active == avx512 {
		before := byte(0)
		if at > 0 {
			before = text[at-1]
		}
		odd512(&text[at], len(text)-at, words, odds512, uint64(before), &masks[0])
		return
	}
	oddInParts(text, at, words, masks)
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

// odd512 fills masks for so many blocks of text, n bytes, and one word more. before is the byte
// before it, 0 if there is none.
//
//go:noescape
func odd512(text *byte, n, blocks int, t *oddTables512, before uint64, masks *uint64)

// odd256 fills out for so many blocks of text, at least one, and of the one behind them its
// letters, digits, and what sets apart.
//
//go:noescape
func odd256(text *byte, blocks int, t *oddTables, out *oddBlock)
