//go:build !purego

package bytescan

// letters512 is [Structure.Letters] for so many blocks, at least one. It returns what it took, as some bits.
//
//go:noescape
func letters512(text *byte, blocks int, escapes *uint64, t *[4][128]uint8) (took uint64)
