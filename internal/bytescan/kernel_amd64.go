//go:build !purego

package bytescan

//go:noescape
func scan512(text *byte, n int, b *buckets, escape uint64, c *carry, out *uint64)

//go:noescape
func runs512(w *uint64, n int, steps *[runSteps]uint64, nonzero *uint8)

// scanBlocks goes through n blocks of text, which 3 bytes at least stand behind, into w
// from word number at on.
func (w *words) scanBlocks(text []byte, n int, b *buckets, escape uint64, at int) {
	_, _ = text[64*n+window-2], w.candidates[at+n-1]
	scan512(&text[0], n, b, escape, &w.carry, &w.candidates[at])
}

// findRuns works out the candidates and the runs of the first n words, and up to seven
// more.
func (w *words) findRuns(n int, steps *[runSteps]uint64) {
	_ = w.candidates[n-1]
	runs512(&w.candidates[0], n, steps, &w.nonzero[0])
}
