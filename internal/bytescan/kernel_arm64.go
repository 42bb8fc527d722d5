//go:build !purego

package bytescan

// The NEON kernel. Assembly looks the bytes up and makes words of bits; the logic on
// words, which logic_amd64.h has for the other kernels, is in Go.

// A looked is what scanNEON says of 64 bytes: a bit for each. The order is the assembly's.
type looked struct {
	ofWords, ofDigits, ofRuns, anywhere uint64 // where a bucket of the kind accepts

	digits, words, backslashes, letters, separators uint64 // what the bytes are
}

// scanNEON looks at n blocks of text, and reads window256-1 bytes behind them.
//
//go:noescape
func scanNEON(text *byte, n int, b *nibbles, to *looked)

// kernel goes through n blocks of text, which window-1 bytes at least stand behind, and m of
// w.tail. Of the first count words it works out the candidates and the runs.
func (t *Tables) kernel(text []byte, n, m int, escape uint64, w *words) {
	t.scan(text, 0, n, escape, w)
	t.scan(w.tail[:], n, m, escape, w)
}

// scan goes through n blocks of text, the words of which go to index at of w and on.
func (t *Tables) scan(text []byte, at, n int, escape uint64, w *words) {
	var some [8]looked
	c := w.carry
	for n > 0 {
		now := min(n, len(some))
		_ = text[64*now+window256-2]
		scanNEON(&text[0], now, &t.nibbles, &some[0])
		for i := range some[:now] {
			l := &some[i]

			// Letters of escapes, and places that count as starts because of one.
			letters := (l.backslashes<<1 | c.backslash) & l.letters & escape
			c.backslash = l.backslashes >> 63
			starts := letters<<5 | c.letters
			c.letters = letters >> 59
			w.letters[at+1] = letters

			// Candidates: what is in the middle of a word, or of digits, is none.
			word := l.words &^ letters
			wordStarts := ^(word & (word<<1 | c.word)) | starts
			c.word = word >> 63
			behindDigit := l.digits<<1 | c.digit
			digitStarts := ^(l.digits & behindDigit) | starts
			c.digit = l.digits >> 63
			w.candidates[at] = l.ofWords&wordStarts | l.ofDigits&digitStarts | l.anywhere
			w.runs[at] = l.ofRuns & digitStarts

			// A run goes on with digits, a separator behind one, and one behind that.
			separator := l.separators & behindDigit
			w.run[at] = l.digits | separator | l.separators&(separator<<1|c.separator)
			c.separator = separator >> 63
			at++
		}
		n -= now
		text = text[64*now:]
	}
	w.carry = c
}

// lookAhead works out the candidates and the runs of the first n words that kernel wrote.
func (t *Tables) lookAhead(n int, w *words) {
	for k := range n {
		// What goes on with a run, ANDed with what does so a step further, again and
		// again. It is asked only where a bucket accepts.
		run := uint64(0)
		if w.candidates[k]|w.runs[k] != 0 {
			run = w.run[k]
			next := w.run[k+1]
			for _, step := range t.steps {
				run &= run>>step | next<<(64-step)
				next &= next >> step
			}
			w.candidates[k] |= w.runs[k] & run
		}
		w.run[k] = run

		bit := uint8(1) << (k % 8)
		w.nonzero[k/8] &^= bit
		if w.candidates[k] != 0 {
			w.nonzero[k/8] |= bit
		}

		// Letters of escapes, and the five places behind each.
		near, before := w.letters[k+1], w.letters[k]
		near |= near<<1 | before>>63
		before |= before << 1
		w.special[k] = near | near<<2 | before>>62 | near<<4 | before>>60
	}
}
