//go:build purego || !amd64

package bytescan

// oddBlocks fills masks for so many blocks of text from at on, and returns which are not 0.
func oddBlocks(text []byte, at, words int, masks *OddMasks) uint64 {
	return oddPlain(text, at, words, masks[:])
}
