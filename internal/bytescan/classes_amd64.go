//go:build !purego

package bytescan

//go:noescape
func classes512(text *byte, n, at int, c *Classes)

//go:noescape
func begin512(c *Classes, n int, escape uint64)

//go:noescape
func run512(c *Classes, n int)

//go:noescape
func classes256(text *byte, n, at int, c *Classes)
