//go:build !purego

package bytescan

import "unsafe"

//go:noescape
func exactAsm(text *byte, places *uint16, n int, t *Tables, special, run *uint64, i int, h *Hits, others, runs uint64, last int) int

// exactPlaces is exactPlain. The compiler keeps too little of it in registers.
func (t *Tables) exactPlaces(text []byte, c *Classes, i, at int, h *Hits, places []uint16) int {
	const anchors = escapeBit - 1
	_ = c.Special[at+int(places[len(places)-1])/64]
	return exactAsm(unsafe.SliceData(text[i:]), &places[0], len(places), t, &c.Special[at], &c.Run[at], i, h, anchors&^t.run, anchors&t.run, len(text)-i-Depth)
}
