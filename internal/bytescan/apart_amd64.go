//go:build !purego

package bytescan

// apartBlocks fills blocks, at least one, of so much text.
func apartBlocks(text []byte, blocks []apartBlock) {
	_ = text[64*len(blocks)-1]
	switch active {
	case avx512:
		apart512(&text[0], len(blocks), &blocks[0])
	case avx2:
		apart256(&text[0], len(blocks), &blocks[0])
	default:
		for k := range blocks {
			blocks[k].plain((*[64]byte)(text[64*k:]))
		}
	}
}

//go:noescape
func apart512(text *byte, n int, blocks *apartBlock)

//go:noescape
func apart256(text *byte, n int, blocks *apartBlock)
