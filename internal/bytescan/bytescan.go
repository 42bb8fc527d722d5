// Package bytescan finds, in one pass over a text, the few positions at which a
// pattern can begin.
//
// What it looks for is a set of anchors, each of which says where it may stand
// (at the start of a word, of a group of digits, or anywhere), which bytes may be
// the first four there, and which may stand before them:
//
//	text   {"card":"4111 1111 …","key":"AKIA…
//	stage 1 ^^   ^ ^^    ^         ^    ^        starts: one table look-up a byte, no branch
//	stage 2       "4111                "AKIA     hits: five look-ups a start, no branch
//
// Each of the five tables maps a byte to 64 bits, one for every anchor: the AND of
// the five has the bits of the anchors that fit. A hit is a candidate and no more:
// the caller runs an exact automaton there. There is never a false negative.
//
// The text is worked on in blocks, from a caller's loop, into a buffer of fixed
// size:
//
//	var h bytescan.Hits
//	for i := 0; i < len(text); {
//		i = tables.Next(text, i, len(text), &h)
//		for k := range h.N { … h.At[k], h.Mask[k] … }
//	}
//
// A vector kernel replaces [Tables.Next] and nothing else; the rest of the
// package is its reference.
package bytescan

// Block is the number of bytes that one call of [Tables.Next] looks at.
const Block = 256

// Anchors is how many anchors a [Tables] holds; they are numbered from 0.
const Anchors = 62

// EscapeBit is the bit of a hit that stands at a backslash followed by an escape
// letter: what comes after the escape is a boundary, which the tables do not see.
// See [Tables.At].
const EscapeBit = 1 << 62

// A Where says where an anchor may stand.
type Where uint8

const (
	Anywhere   Where = iota
	WordStart        // a word byte must follow none
	DigitStart       // a digit must follow none
)

// A Set is a set of bytes.
type Set [4]uint64

// Add puts c into s.
func (s *Set) Add(c byte) { s[c>>6] |= 1 << (c & 63) }

// Remove takes c out of s.
func (s *Set) Remove(c byte) { s[c>>6] &^= 1 << (c & 63) }

// Has reports whether c is in s.
func (s *Set) Has(c byte) bool { return s[c>>6]>>(c&63)&1 != 0 }

// Union puts all of o into s.
func (s *Set) Union(o *Set) {
	for i := range s {
		s[i] |= o[i]
	}
}

// The low bits of an entry of Tables.start say what may start at a byte, the high
// ones what the byte holds back from starting after it: an entry and not the one
// before it shifted down.
const (
	startWord  = 1 << iota // a word
	startDigit             // a group of digits
	startAny               // something that starts anywhere
)

// Tables are what [Tables.Next] looks bytes up in. The zero Tables finds
// nothing. They must not be changed while in use.
type Tables struct {
	start  [256]uint8
	before [256]uint64
	mask   [4][256]uint64
}

// New returns Tables without anchors.
func New() *Tables {
	t := new(Tables)
	for c := range 256 {
		if IsWord(byte(c)) {
			t.start[c] |= startWord << 4
		}
		if IsDigit(byte(c)) {
			t.start[c] |= startDigit << 4
		}
	}
	t.start['\\'] |= startAny
	for c := range t.before {
		t.before[c] = EscapeBit
	}
	t.mask[0]['\\'] |= EscapeBit
	for _, c := range "bfnrtu" {
		t.mask[1][c] |= EscapeBit
	}
	for k := 2; k < 4; k++ {
		for c := range 256 {
			t.mask[k][c] |= EscapeBit
		}
	}
	return t
}

// Add adds the anchor of that number, which stands where w says, whose first four
// bytes are of sets, and before which a byte of before stands, or the text begins.
func (t *Tables) Add(anchor int, w Where, before *Set, sets *[4]Set) {
	for c := range 256 {
		b := byte(c)
		if before.Has(b) {
			t.before[c] |= 1 << anchor
		}
		for k := range sets {
			if sets[k].Has(b) {
				t.mask[k][c] |= 1 << anchor
			}
		}
		switch {
		case !sets[0].Has(b):
		case w == WordStart && IsWord(b):
			t.start[c] |= startWord
		case w == DigitStart && IsDigit(b):
			t.start[c] |= startDigit
		default:
			t.start[c] |= startAny
		}
	}
}

// Hits is the buffer that [Tables.Next] fills.
type Hits struct {
	N    int
	At   [Block]int32  // offset in the text
	Mask [Block]uint64 // bit i: anchor i

	starts [Block + 8]uint16
}

// Next looks at up to [Block] bytes of text[i:end], puts what it finds there into
// h, in order, and returns where to go on. It looks past end, but not past text,
// to see what follows a start.
func (t *Tables) Next(text []byte, i, end int, h *Hits) int {
	j := min(i+Block, end)
	var prev uint8
	if i > 0 {
		prev = t.start[text[i-1]]
	}
	n, k := 0, 0
	block := text[i:j]
	starts := &h.starts
	for ; len(block) >= 4; block = block[4:] {
		a, b, c, d := t.start[block[0]], t.start[block[1]], t.start[block[2]], t.start[block[3]]
		starts[n&(Block-1)] = uint16(k)
		n += int((a&^(prev>>4)&15 + 15) >> 4)
		starts[n&(Block-1)] = uint16(k + 1)
		n += int((b&^(a>>4)&15 + 15) >> 4)
		starts[n&(Block-1)] = uint16(k + 2)
		n += int((c&^(b>>4)&15 + 15) >> 4)
		starts[n&(Block-1)] = uint16(k + 3)
		n += int((d&^(c>>4)&15 + 15) >> 4)
		prev = d
		k += 4
	}
	for _, c := range block {
		cur := t.start[c]
		starts[n&(Block-1)] = uint16(k)
		n += int((cur&^(prev>>4)&15 + 15) >> 4)
		prev = cur
		k++
	}
	h.N = t.filter(text, i, h, n)
	return j
}

// filter turns the first n starts of h, offsets from i, into hits.
func (t *Tables) filter(text []byte, i int, h *Hits, n int) int {
	hits := 0
	for _, k := range h.starts[:n] {
		p := i + int(k)
		var m uint64
		if p > 0 && p+4 <= len(text) {
			q := text[p-1 : p+4 : p+4]
			m = t.before[q[0]] & t.mask[0][q[1]] & t.mask[1][q[2]] & t.mask[2][q[3]] & t.mask[3][q[4]]
		} else if m = t.At(text, p); p > 0 {
			m &= t.before[text[p-1]]
		}
		h.At[hits&(Block-1)] = int32(p)
		h.Mask[hits&(Block-1)] = m
		hits += int((m | -m) >> 63)
	}
	return hits
}

// At returns the anchors whose sets fit at text[p:], whatever stands before. What is
// missing where text ends early fits every set.
//
// It is also for places behind an escape: there [Tables.Next] takes the escape's
// letter for what it is not.
func (t *Tables) At(text []byte, p int) uint64 {
	if p+4 <= len(text) { // Fast path.
		q := text[p : p+4 : p+4]
		return t.mask[0][q[0]] & t.mask[1][q[1]] & t.mask[2][q[2]] & t.mask[3][q[3]]
	}
	if p >= len(text) {
		return 0
	}
	m := ^uint64(0)
	for k := range t.mask {
		if p+k >= len(text) {
			break
		}
		m &= t.mask[k][text[p+k]]
	}
	return m
}

// IsDigit reports whether c is an ASCII digit.
func IsDigit(c byte) bool { return c-'0' < 10 }

// IsWord reports whether c is an ASCII letter, a digit or an underscore.
func IsWord(c byte) bool { return c-'0' < 10 || c|0x20-'a' < 26 || c == '_' }
