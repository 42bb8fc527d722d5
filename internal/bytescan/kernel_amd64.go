//go:build !purego

package bytescan

import "unsafe"

//go:noescape
func scan512(text *byte, n int, tail *byte, m int, b *buckets, escape uint64, w *words)

//go:noescape
func runs512(w *words, n int, steps *[runSteps]uint64, layouts *[128]uint8)

//go:noescape
func scan256(text *byte, n int, tail *byte, m int, b *nibbles, escape uint64, w *words)

//go:noescape
func runs256(w *words, n int, steps *[runSteps]uint64)

// kernel goes through n blocks of text, which window-1 bytes at least stand behind, and m of
// w.tail. Of the first count words it works out the candidates and the runs.
func (t *Tables) kernel(text []byte, n, m int, escape uint64, w *words) {
	if n > 0 {
		_ = text[64*n+window-2]
	}
	_, _ = w.tail[64*m+window-2], w.candidates[n+m]
	if t.by == avx512 {
		scan512(unsafe.SliceData(text), n, &w.tail[0], m, &t.buckets, escape, w)
	} else {
		scan256(unsafe.SliceData(text), n, &w.tail[0], m, &t.nibbles, escape, w)
	}
}

// lookAhead works out the candidates and the runs of the first n words that kernel wrote.
func (t *Tables) lookAhead(n int, w *words) {
	_ = w.candidates[n+8]
	if t.by == avx512 {
		runs512(w, n, &t.steps, &t.buckets.layouts)
	} else {
		runs256(w, n, &t.steps)
	}
}
