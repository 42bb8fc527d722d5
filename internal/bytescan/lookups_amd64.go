//go:build !purego

package bytescan

import "unsafe"

//go:noescape
func codes512(text *byte, n, rest int, l *lookups, codes *byte)

//go:noescape
func accept512(codes *byte, n int, l *lookups, set int, to *accepted)

//go:noescape
func combine512(c *Classes, at, n int, v *vectors, l *lookups)

//go:noescape
func places512(candidates *[maxWords]uint64, nonzero uint64, places *[maxHits + 64]uint16) (found int, left uint64)

// code writes n blocks of text, and what is behind them, as they are looked up: with AVX2 they are looked up where they stand.
func (t *Tables) code(text []byte, n int, v *vectors) {
	if t.by == avx2 {
		return
	}
	full, rest := min(n+1, len(text)/64), -1 // with one for the places behind
	if full <= n {
		rest = len(text) - 64*full
	}
	codes512(unsafe.SliceData(text), full, rest, &t.lookups, aligned(&v.codes))
}

// accept works out where buckets accept in the first n blocks of text, which have been written; with AVX2 combine256 does.
func (t *Tables) accept(text []byte, n int, v *vectors) {
	if t.by == avx2 {
		return
	}
	for s := range t.lookups.count {
		accept512(aligned(&v.codes), n, &t.lookups, s, &v.accepted[s])
	}
}

// aligned returns the first byte of b from which on blocks do not cross lines of the cache. There is room for
// a whole stretch and two blocks.
func aligned(b *[codesSize]byte) *byte {
	return &b[-uintptr(unsafe.Pointer(b))%64]
}

func (c *Classes) classifyNEON(text []byte, n, at int) { panic("bytescan: no such kernel") }
