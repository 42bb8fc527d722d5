//go:build !purego

package bytescan

//go:noescape
func census512(text *[CensusText]byte, h *Heads, c *Census)
