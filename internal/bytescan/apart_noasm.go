//go:build purego || !amd64

package bytescan

// apartBlocks fills blocks of so much text.
func apartBlocks(text []byte, blocks []apartBlock) {
	for k := range blocks {
		blocks[k].plain((*[64]byte)(text[64*k:]))
	}
}
