//go:build !amd64 || purego

package bytescan

func classes512(text *byte, n, rest int, table *[128]uint8, c *Classes) {
	panic("bytescan: no vector kernel")
}

func begin512(c *Classes, n int, escape uint64, end int) { panic("bytescan: no vector kernel") }

func classes256(text *byte, n, at int, halves *[2][16]uint8, c *Classes) {
	panic("bytescan: no vector kernel")
}

func begin256(c *Classes, n int, escape uint64, end int) { panic("bytescan: no vector kernel") }
