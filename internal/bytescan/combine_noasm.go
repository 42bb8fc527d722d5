//go:build !amd64 || purego

package bytescan

func combine512(c *Classes, at, n int, v *vectors, l *lookups) { panic("bytescan: no vector kernel") }

func combine256(c *Classes, at, n int, v *vectors, l *lookups) { panic("bytescan: no vector kernel") }
