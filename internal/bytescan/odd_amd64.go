//go:build !purego

package bytescan

// oddBlocks fills masks for so many blocks of text, of which it reads one more. carry is of the byte
// before.
func oddBlocks(text []byte, blocks int, carry uint64, masks []uint64) {
	_, _ = text[64*(blocks+1)-1], masks[blocks-1]
	switch active {
	case avx512:
		odd512(&text[0], blocks, odds, carry, &masks[0])
	case avx2:
		var b [OddWords + 1]oddBlock
		odd256(&text[0], blocks, odds, &b[0])
		for k := range blocks {
			masks[k] = b[k].odd(&b[k+1], carry)
			carry = b[k].letter>>63 | b[k].digit>>63<<1
		}
	default:
		oddPlain(text, blocks, carry, masks)
	}
}

// odd512 reads so many blocks of text, at least one, and the one behind them.
//
//go:noescape
func odd512(text *byte, blocks int, t *oddTables, carry uint64, masks *uint64)

// odd256 fills out for so many blocks of text, at least one, and of the one behind them its
// letters, digits, and what sets apart.
//
//go:noescape
func odd256(text *byte, blocks int, t *oddTables, out *oddBlock)
