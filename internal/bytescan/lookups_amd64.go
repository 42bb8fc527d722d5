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

//go:noescape
func combine256(c *Classes, at, n int, v *vectors, l *lookups)

//go:noescape
func halves256(text *byte, n int, raw, high *byte)

//go:noescape
func accept256(raw, high *byte, n int, l *lookups, set int, to *accepted)

// code writes n blocks of text, and what is behind them, as they are looked up.
func (t *Tables) code(text []byte, n int, v *vectors) {
	full := min(n+1, len(text)/64) // with one for the places behind
	if t.by == avx512 {
		rest := -1
		if full <= n {
			rest = len(text) - 64*full
		}
		codes512(unsafe.SliceData(text), full, rest, &t.lookups, aligned(&v.codes))
		return
	}
	raw, high := aligned(&v.codes), aligned(&v.halves)
	if full > 0 {
		halves256(&text[0], full, raw, high)
	}
	if full <= n {
		tail := fillers
		copy(tail[:], text[64*full:])
		halves256(&tail[0], 2, at(raw, 64*full), at(high, 64*full))
	}
}

// accept works out where buckets accept in the first n blocks of text, which have been written.
func (t *Tables) accept(text []byte, n int, v *vectors) {
	l := &t.lookups
	for s := range l.count {
		if t.by == avx512 {
			accept512(aligned(&v.codes), n, l, s, &v.accepted[s])
		} else {
			accept256(aligned(&v.codes), aligned(&v.halves), n, l, s, &v.accepted[s])
		}
	}
}

// aligned returns the first byte of b from which on blocks do not cross lines of the cache. There is room for
// a whole stretch and two blocks.
func aligned(b *[codesSize]byte) *byte {
	return &b[-uintptr(unsafe.Pointer(b))%64]
}

// at returns the byte of a buffer so many behind p.
func at(p *byte, n int) *byte { return (*byte)(unsafe.Add(unsafe.Pointer(p), n)) }

func (c *Classes) classifyNEON(text []byte, n, at int) { panic("bytescan: no such kernel") }
