//go:build !purego

package bytescan

import "encoding/binary"

// The kernel with AVX2 looks bytes up where they stand, in tables for their halves, of which [Classes] has the high ones. It goes over
// the text once for all sets of buckets, and leaves candidates.

// combine256 is combine.
func (t *Tables) combine256(text []byte, c *Classes, at, n int, v *vectors) {
	if t.lookups.count == 0 { // only anchors at runs: what others would fill is of texts before
		clear(v.candidates[:n])
	}
	full := min(n, max(0, len(text)-(Depth-1))/64)
	nonzero := uint64(0)
	if full > 0 {
		nonzero = t.accept256(&text[0], &c.high[64*at], c, at, full, &v.candidates[0])
	}
	if full < n {
		tail, high := fillers, [len(fillers)]byte{}
		copy(tail[:], text[64*full:])
		halves256(&tail[0], n-full+1, &high[0])
		nonzero |= t.accept256(&tail[0], &high[0], c, at+full, n-full, &v.candidates[full]) << full
	}
	if t.runs != 0 {
		nonzero |= runs256(c, at, n, &t.lookups, &v.candidates[0])
	}
	binary.LittleEndian.PutUint64(v.nonzero[:], nonzero)
}

// accept256 fills candidates for n blocks of text, of which the first has word at of c.
func (t *Tables) accept256(text, high *byte, c *Classes, at, n int, candidates *uint64) (nonzero uint64) {
	words, digits := &c.WordStart[at], &c.DigitStart[at]
	switch t.lookups.count {
	case 1:
		return acceptOne256(text, high, n, &t.lookups, words, digits, candidates)
	case 2:
		return acceptTwo256(text, high, n, &t.lookups, words, digits, candidates)
	case 3:
		return acceptThree256(text, high, n, &t.lookups, words, digits, candidates)
	}
	return 0 // only anchors at runs
}

// halves256 writes the high halves of n blocks of text.
//
//go:noescape
func halves256(text *byte, n int, high *byte)

// acceptOne256 fills candidates for n blocks of text, with one set of buckets: where they accept, and words and digits begin. It
// returns which words are not 0.
//
//go:noescape
func acceptOne256(text, high *byte, n int, l *lookups, words, digits, candidates *uint64) (nonzero uint64)

// acceptTwo256 is acceptOne256 with two sets.
//
//go:noescape
func acceptTwo256(text, high *byte, n int, l *lookups, words, digits, candidates *uint64) (nonzero uint64)

// acceptThree256 is acceptOne256 with three.
//
//go:noescape
func acceptThree256(text, high *byte, n int, l *lookups, words, digits, candidates *uint64) (nonzero uint64)

// runs256 adds to candidates where runs begin whose digits lie right. It returns in which words.
//
//go:noescape
func runs256(c *Classes, at, n int, l *lookups, candidates *uint64) (nonzero uint64)

// places256 is places, of a nonzero that is not 0.
//
//go:noescape
func places256(candidates *[maxWords]uint64, nonzero uint64, places *[maxHits + 64]uint16) (found int, left uint64)
