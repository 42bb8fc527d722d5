//go:build !amd64 || purego

package bytescan

func oddBlocks(text []byte, blocks int, carry uint64, masks []uint64) {
	oddPlain(text, blocks, carry, masks)
}
