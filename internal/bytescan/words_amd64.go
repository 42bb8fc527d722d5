//go:build !purego

package bytescan

import "unsafe"

//go:noescape
func alphabet512(text *byte, n int, table *[128]uint8, all *alphabet)

// words512 fills At and Hash of f for n blocks of text, of which another stands behind each, from word count
// on. The first of them is at from. It returns how many words there are then.
//
//go:noescape
func words512(text *byte, n int, blocks *wordBlock, f *Found, count, from int) int

//go:noescape
func known512(w *Words, f *Found, count int) (known int)

// look512 is the last part of look.
func (w *Words) look512(text []byte, here, n int, f *Found) {
	count := 0
	if direct := min(here, n); direct > 0 {
		_ = text[64*direct+63]
		count = words512(unsafe.SliceData(text), direct, &f.blocks[0], f, 0, 0)
	}
	if n > here {
		_ = f.tail[64*(n-here)+63]
		count = words512(&f.tail[0], n-here, &f.blocks[here], f, count, 64*here)
	}
	f.N, f.Hash[count] = count, Vague
	f.Known = f.known[:known512(w, f, count)]
}
