//go:build !purego

package bytescan

//go:noescape
func classes512(text *byte, n, rest int, table *[128]uint8, c *Classes)

//go:noescape
func begin512(c *Classes, n int, escape uint64, end int)

//go:noescape
func classes256(text *byte, n, at int, halves *[2][16]uint8, c *Classes)

//go:noescape
func begin256(c *Classes, n int, escape uint64, end int)
