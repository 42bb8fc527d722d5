//go:build !amd64 || purego

package bytescan

func classes512(text *byte, n, at int, c *Classes) { panic("bytescan: no vector kernel") }

func begin512(c *Classes, n int, escape uint64) { panic("bytescan: no vector kernel") }

func run512(c *Classes, n int) { panic("bytescan: no vector kernel") }

func classes256(text *byte, n, at int, c *Classes) { panic("bytescan: no vector kernel") }
