//go:build !purego

package bytescan

// The NEON kernel, which looks bytes up; the logic on words of bits is Go's.

// A looked says of 64 bytes what they are: a bit for each. The order is the assembly's.
type looked struct{ digits, words, backslashes, letters, separators uint64 }

// classesNEON looks at n blocks of text.
//
//go:noescape
func classesNEON(text *byte, n int, halves *[2][16]uint8, to *looked)

// acceptNEON says of n blocks of text, and reads Depth-1 bytes behind them, where buckets of a set of each kind accept. The words for a block
// are in a row.
//
//go:noescape
func acceptNEON(text *byte, n int, halves *[Depth][2][16]uint8, windows int, others *[bucketKinds][32]uint8, to *[bucketKinds]uint64)

// some is how many blocks are looked at in a call.
const some = 8

// classifyNEON tells what n blocks of text are, from word at on.
func (c *Classes) classifyNEON(text []byte, n, at int) {
	var of [some]looked
	for ; n > 0; n -= some {
		now := min(n, some)
		_ = text[64*now-1]
		classesNEON(&text[0], now, &classHalves, &of[0])
		for i, l := range of[:now] {
			c.Digit[at+i], c.Word[at+i], c.Separator[at+i], c.backslash[at+i], c.escape[at+i] = l.digits, l.words, l.separators, l.backslashes, l.letters
		}
		at += now
		text = text[64*now:]
	}
}

// look works out where buckets accept in text[i:end], and fills the first half of c, unless that is nil.
func (t *Tables) look(text []byte, i, end int, c *Classes, v *vectors) {
	if c != nil {
		c.classify(text, i, end)
	}
	text = text[i:]
	n := (end - i + 63) / 64
	full := min(n, max(0, len(text)-(Depth-1))/64)
	t.acceptBlocks(text, full, 0, v)
	if full < n { // there is one more block in which something is behind
		tail := fillers
		copy(tail[:], text[64*full:])
		t.acceptBlocks(tail[:], n-full, full, v)
	}
}

// acceptBlocks is accept for n blocks, and as many bytes behind them as are looked at, from word at on.
func (t *Tables) acceptBlocks(text []byte, n, at int, v *vectors) {
	l := &t.lookups
	for s := range l.count {
		var of [some][bucketKinds]uint64
		for k := 0; k < n; k += some {
			now := min(n-k, some)
			_ = text[64*(k+now)+Depth-2]
			acceptNEON(&text[64*k], now, &l.halves[s], l.windows, &l.others[s], &of[0])
			for i := range now {
				for kind, m := range of[i] {
					v.accepted[s][kind][at+k+i] = m
				}
			}
		}
	}
}
