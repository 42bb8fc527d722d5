//go:build !amd64 || purego

package bytescan

func combine512(c *Classes, at, n int, v *vectors, l *lookups) { panic("bytescan: no vector kernel") }

func (t *Tables) combine256(text []byte, c *Classes, at, n int, v *vectors) {
	panic("bytescan: no vector kernel")
}

func (t *Tables) exactPlaces(text []byte, c *Classes, i, at int, h *Hits, places []uint16) int {
	return t.exactPlain(text, c, i, at, h, places)
}

func places512(candidates *[maxWords]uint64, nonzero uint64, places *[maxHits + 64]uint16) (int, uint64) {
	panic("bytescan: no vector kernel")
}

func places256(candidates *[maxWords]uint64, nonzero uint64, places *[maxHits + 64]uint16) (int, uint64) {
	panic("bytescan: no vector kernel")
}
