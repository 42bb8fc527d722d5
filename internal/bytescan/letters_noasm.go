//go:build !amd64 || purego

package bytescan

func letters512(text *byte, blocks int, escapes *uint64, t *[4][128]uint8) (took uint64) {
	panic("bytescan: no vector kernel")
}
