//go:build !amd64 || purego

package bytescan

func census512(text *[CensusText]byte, h *Heads, c *Census) { panic("bytescan: no vector kernel") }
