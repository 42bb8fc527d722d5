//go:build !purego

package bytescan

import "unsafe"

//go:noescape
func looks512(text *byte, n, full, rest int, l *lookups, codes *byte, to *[maxSets]accepted, c *Classes, table *[128]uint8)

//go:noescape
func combine512(c *Classes, at, n int, v *vectors, l *lookups)

//go:noescape
func places512(candidates *[maxWords]uint64, nonzero uint64, places *[maxHits + 64]uint16) (found int, left uint64)

// look works out where buckets accept in text[i:end], where combine does not, and fills the first half of c, unless that is nil.
func (t *Tables) look(text []byte, i, end int, c *Classes, v *vectors) {
	if t.by == avx2 {
		if c != nil {
			c.classify(text, i, end)
		}
		return
	}
	if c != nil {
		c.stretch(text, i, end)
	}
	text = text[i:]
	n := (end - i + 63) / 64
	full, rest := min(n+1, len(text)/64), -1 // with one for the places behind
	if full <= n {
		rest = len(text) - 64*full
	}
	looks512(unsafe.SliceData(text), n, full, rest, &t.lookups, aligned(&v.codes), &v.accepted, c, &classes128)
}

// aligned returns the first byte of b from which on blocks do not cross lines of the cache. There is room for
// a whole stretch and two blocks.
func aligned(b *[codesSize]byte) *byte {
	return &b[-uintptr(unsafe.Pointer(b))%64]
}

func (c *Classes) classifyNEON(text []byte, n, at int) { panic("bytescan: no such kernel") }
