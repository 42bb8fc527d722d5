package view

import (
	"math/bits"

	"github.com/mcpveil/mcpveil/internal/bytescan"
)

// A text may be odd at every other byte: "1 1 1 1". Who decodes what is near odd places needs to know
// where these begin and end, and not each of them.

// AppendOddSpans appends, of each group of places in text[:end] where something odd begins, the first and the last.
// Those of a group are each no further than gap behind the one before.
func AppendOddSpans(dst []int, text []byte, end, gap int) []int {
	o := oddReader{text: text, end: end}
	for at := 0; ; at += gap + 1 {
		first := o.first(at, end)
		if first < 0 {
			return dst
		}
		at = first
		for next := at; next >= 0; next = o.last(at+1, min(end, at+gap+1)) {
			at = next
		}
		dst = append(dst, first, at)
	}
}

// An oddReader looks for odd places of a text forwards and backwards. It keeps what it asked bytescan last.
type oddReader struct {
	text  []byte
	end   int // of what is asked about
	known [2]oddWindow
}

// An oddWindow is a part of a text, and where in it something odd may begin.
type oddWindow struct {
	n     int    // which, plus 1
	some  uint64 // masks that are not 0
	masks bytescan.OddMasks
}

const oddWindowLen = 64 * bytescan.OddWords

// window returns the n'th window.
func (o *oddReader) window(n int) *oddWindow {
	w := &o.known[n%len(o.known)]
	if w.n != n+1 {
		w.n = n + 1
		w.some = bytescan.OddMay(o.text, n*oddWindowLen, o.end, &w.masks)
	}
	return w
}

// is reports whether something odd begins at text[i], one of the places of a mask.
func (o *oddReader) is(i int) bool { return bytescan.HasShape(o.text, i) && oddAt(o.text, i) }

// first returns the first odd place in text[from:to], or -1.
func (o *oddReader) first(from, to int) int {
	for from < to {
		n := from / oddWindowLen
		w := o.window(n)
		base := n * oddWindowLen
		for some := w.some &^ (1<<((from-base)/64) - 1); some != 0; some &= some - 1 {
			k := bits.TrailingZeros64(some) % bytescan.OddWords
			mask := w.masks[k]
			if at := base + 64*k; at < from {
				mask &^= 1<<(from-at) - 1
			}
			for ; mask != 0; mask &= mask - 1 {
				i := base + 64*k + bits.TrailingZeros64(mask)
				if i >= to {
					return -1
				}
				if o.is(i) {
					return i
				}
			}
		}
		from = base + oddWindowLen
	}
	return -1
}

// last returns the last odd place in text[from:to], or -1.
func (o *oddReader) last(from, to int) int {
	for to > from {
		n := (to - 1) / oddWindowLen
		w := o.window(n)
		base := n * oddWindowLen
		for k := (to - 1 - base) / 64; k >= 0 && base+64*k+63 >= from; k-- {
			if w.some>>k&1 == 0 {
				continue
			}
			mask := w.masks[k]
			if rest := to - base - 64*k; rest < 64 {
				mask &= 1<<rest - 1
			}
			for mask != 0 {
				bit := 63 - bits.LeadingZeros64(mask)
				mask &^= 1 << bit
				i := base + 64*k + bit
				if i < from {
					return -1
				}
				if o.is(i) {
					return i
				}
			}
		}
		to = base
	}
	return -1
}
