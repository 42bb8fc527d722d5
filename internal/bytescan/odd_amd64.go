//go:build !purego

package bytescan

// oddBlocks fills masks for so many blocks of text from at on, and returns which are not 0.
func oddBlocks(text []byte, at, words int, masks *OddMasks) uint64 {
	switch active {
	case avx512:
		before := uint64(0)
		if at > 0 {
			before = oddCarry(text[at-1]) | 4
		}
		return odd512(&text[at], len(text)-at, words, odds512, before, &masks[0])
	case avx2:
		return oddBlocks256(text, at, words, masks)
	}
	return oddPlain(text, at, words, masks[:])
}

// odd512 fills masks for so many blocks of text, n bytes, and up to seven words more. before is the
// carry of the byte before it, and 4; or 0 if there is none. It returns which masks are not 0.
//
//go:noescape
func odd512(text *byte, n, blocks int, t *oddTables512, before uint64, masks *uint64) (some uint64)
