// Package bytescan finds, in one pass over a text, the few positions at which a
// pattern can begin.
//
// What it looks for is a set of anchors, each of which says where it may stand
// (at the start of a word, of a group of digits, or anywhere), which bytes may be
// the first eight there, and which may stand before them:
//
//	text   {"card":"4111 1111 …","key":"AKIA…
//	stage 1         4111           key  AKIA     places: cheap, and too many
//	stage 2         4111                AKIA     hits: a few look-ups a place
//
// Stage 1 is a vector kernel, or plain Go, which groups anchors and lets too much through:
// see vector.go and generic.go. Each of the tables of stage 2, the exact filter, maps a byte
// to 64 bits, one for every anchor: the AND of them has the bits of the anchors that fit. So
// all implementations find the same. A hit is a candidate and no more: the caller runs an
// exact automaton there. There is never a false negative.
//
// The text is worked on in blocks, from a caller's loop, into a buffer of fixed size:
//
//	var h bytescan.Hits
//	for i := 0; i < len(text); {
//		i = tables.Next(text, i, len(text), escaped, &h)
//		for k := range h.N { … h.At[k], h.Mask[k] … }
//	}
//
// # Escapes
//
// In the text of a JSON string, as it stands in a message, what an escape hides counts
// for nothing: the n of \n is no letter, and the word behind it begins there. A backslash
// followed by one of b f n r t, or by u and four hexadecimal digits, is an escape, however
// many backslashes stand before it: every level of nested JSON doubles them. What it hides
// starts no word and no group of digits; what stands behind it is at a boundary, and
// anchors are found there whatever is before.
package bytescan

// Block is the number of bytes that one call of [Tables.Next] looks at, at most.
const Block = 4096

// Anchors is how many anchors a [Tables] holds; they are numbered from 0.
const Anchors = 62

// Depth is how many bytes an [Anchor] may speak of.
const Depth = 8

// A Where says where an anchor may stand.
type Where uint8

const (
	Anywhere   Where = iota
	WordStart        // where it begins with a word byte, a word byte must follow none
	DigitStart       // where it begins with a digit, a digit must follow none
)

// An Anchor is what is looked for.
type Anchor struct {
	Where  Where
	Before *Set       // bytes that may stand before it; or the text begins there
	Sets   [Depth]Set // bytes that may stand at it and behind it; where the text ends early, what is missing fits

	// Inside is for an anchor inside a pattern, such as the @ of an address: Before must
	// hold for it behind an escape, too.
	Inside bool

	// Run is for an anchor that needs a run of digits to begin there: see [RunLength].
	Run bool
}

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

// maxHits is how many hits fit into a [Hits].
const maxHits = 1024

// Hits is the buffer that [Tables.Next] fills. It need not be cleared before.
type Hits struct {
	N    int
	At   [maxHits]int32  // offset in the text, ascending
	Mask [maxHits]uint64 // bit i: anchor i; never 0

	places  [maxHits + 64]uint16
	classes Classes
	vectors vectors
	sums    sums
}

// Next looks at up to [Block] bytes of text[i:end], puts what it finds there into h, in
// order, and returns where to go on: sooner if h is full. It looks past end to see what
// follows a start, and before i, but never past text. What it finds does not depend on
// where the calls begin and end. escaped says that text is of JSON, with its escapes.
func (t *Tables) Next(text []byte, i, end int, escaped bool, h *Hits) int {
	end = min(i+Block, end)
	if t.by == generic {
		return t.nextGeneric(text, i, end, escaped, h)
	}
	if h.N = 0; i >= end {
		return end
	}
	c := &h.classes
	t.look(text, i, end, c, &h.vectors)
	c.begin(text, escaped)
	return t.gather(text, c, i, end, escaped, h)
}

// NextIn is Next where c has been read, for text and escaped, from i on, or a multiple of 64 bytes
// before it, and to end at least.
func (t *Tables) NextIn(text []byte, c *Classes, i, end int, escaped bool, h *Hits) int {
	if t.by == generic {
		return t.nextGeneric(text, i, end, escaped, h)
	}
	if h.N = 0; i >= end {
		return end
	}
	t.look(text, i, end, nil, &h.vectors)
	return t.gather(text, c, i, end, escaped, h)
}

// IsDigit reports whether c is an ASCII digit.
func IsDigit(c byte) bool { return c-'0' < 10 }

// IsWord reports whether c is an ASCII letter, a digit or an underscore.
func IsWord(c byte) bool { return c-'0' < 10 || c|0x20-'a' < 26 || c == '_' }
