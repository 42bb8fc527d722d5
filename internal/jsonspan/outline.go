package jsonspan

import (
	"encoding/binary"
	"math/bits"

	"github.com/mcpveil/mcpveil/internal/bytescan"
)

// Most messages are only checked, as far as they are routed. Where something is found in one, its whole
// grammar is checked as well, and a Cursor goes to what was found. Both go by the tokens of the same
// bitmaps, so those of a message that is not long are kept, and no byte of it is sorted twice.

// keptChunks is of how many chunks the bitmaps are kept, keptText how much text that is.
const (
	keptChunks = 8
	keptText   = keptChunks * bytescan.StructureChunk
)

// An outline is the bitmaps of a text.
type outline struct {
	n      int // how long the text is, once all of it is known to be well formed as far as it was checked; else 0
	chunks [keptChunks]bytescan.Structure
	kinds  chunkKinds            // of a chunk, while it is looked at
	commas [keptText / 64]uint64 // which tokens are commas, once that is looked up
	sorted bool                  // it is
}

// blocks is how many blocks of 64 bytes a chunk has.
const blocks = bytescan.StructureChunk / 64

// chunkKinds are the kinds of what stands in a chunk's blocks, where these have tokens.
type chunkKinds [blocks]bytescan.Kinds

// next returns what takes the chunk at off, which follows the one that marks took last.
func (o *outline) next(marks *bytescan.Structure, off int) *bytescan.Structure {
	s := &o.chunks[off/bytescan.StructureChunk]
	s.Follow(marks)
	o.sorted = false
	return s
}

// Keep makes c keep the bitmaps of the text that it checked last, for CheckRest and [Cursor.Follow], if it is not long. They take 16 KB.
func (c *Checker) Keep() {
	if c.kept == nil {
		c.kept = new(outline)
	}
}

// keeps reports whether the bitmaps of text, which was checked last, are kept.
func (c *Checker) keeps(text []byte) bool {
	return c.kept != nil && c.kept.n == len(text) && len(text) > 0
}

// from returns the tokens, brackets and commas of the 64 bytes at 64*k, and of those that follow them in the same chunk.
func (o *outline) from(k int) (tokens, brackets, commas []uint64) {
	s, i := &o.chunks[k/blocks%keptChunks], k%blocks
	return s.Tokens[i:], s.Brackets[i:], o.commas[k%len(o.commas):]
}

// sort looks up which tokens of text are commas.
func (o *outline) sort(text []byte) {
	for base := 0; base < len(text); base += bytescan.StructureChunk {
		chunk := text[base:min(len(text), base+bytescan.StructureChunk)]
		tokens := &o.chunks[base/bytescan.StructureChunk].Tokens
		o.kinds.of(chunk, tokens)
		for k := range (len(chunk) + 63) / 64 {
			o.commas[base>>6+k] = o.kinds[k].Comma
		}
	}
	o.sorted = true
}

// of makes kinds those of chunk, of which tokens are known.
func (kinds *chunkKinds) of(chunk []byte, tokens *[blocks]uint64) {
	n := (len(chunk) + 63) / 64
	bytescan.Sort(chunk, tokens[:n], kinds[:n])
}

// CheckRest is Check for a text that CheckRouting has just found to be in order, with the same maxDepth: it looks at
// what that left out.
func (c *Checker) CheckRest(text []byte, maxDepth int) error {
	if c.keeps(text) && c.kept.inOrder(text) {
		return nil
	}
	return c.Check(text, maxDepth)
}

// inOrder reports whether tokens and scalars of text are as the grammar wants them, given that strings are, brackets
// match, and the routing levels are in order. It may say no where it cannot tell.
//
// Which token may stand where is said by the one before it, and by what both are in. So for each kind of token
// there is a bitmap of those that follow one of that kind, and a block is in order if no token is left over.
func (o *outline) inOrder(text []byte) bool {
	const deepest = 64      // containers: as many as a word has bits
	depth := 0              // of containers
	objects := uint64(0)    // a bit for each, the innermost last: 1 for an object
	in := uint64(0)         // all ones in an object
	var last following      // what the last token of the blocks before was, all ones
	last.start = ^uint64(0) // there was none
	for base := 0; base < len(text); base += bytescan.StructureChunk {
		chunk := text[base:min(len(text), base+bytescan.StructureChunk)]
		marks := &o.chunks[base/bytescan.StructureChunk]
		o.kinds.of(chunk, &marks.Tokens)
		for k, tokens := range marks.Tokens[:(len(chunk)+63)/64] {
			if tokens == 0 {
				continue
			}
			kinds, brackets := &o.kinds[k], marks.Brackets[k]
			o.commas[base>>6+k] = kinds.Comma
			object, opens, closes := in, uint64(0), uint64(0) // tokens that stand in objects, that begin containers, that end some
			if brackets != 0 {
				object = 0
				rest := ^uint64(0)
				for w := brackets; w != 0; w &= w - 1 {
					bit := w & -w
					object |= in & rest & (bit<<1 - 1) // a bracket stands in what is around it, or in what it ends
					rest &^= bit<<1 - 1
					if b := chunk[k<<6|bits.TrailingZeros64(bit)]; b&2 != 0 { // { and [, but not } and ]
						if depth++; depth > deepest {
							return false
						}
						opens |= bit
						objects = objects<<1 | uint64(b>>5&1)
					} else {
						depth--
						closes |= bit
						objects >>= 1
					}
					in = -(objects & 1)
				}
				object |= in & rest
			}
			scalars := tokens &^ (kinds.Quote | kinds.Colon | kinds.Comma | brackets)
			first := tokens & -tokens
			// after returns the tokens that follow one of some, or, if it is the first here, of last's: what stands
			// between is filled by a carry.
			after := func(some, before uint64) uint64 { return (some<<1+^tokens)&tokens | first&before }
			item := after(opens, last.open) | after(kinds.Comma, last.comma)
			value := after(kinds.Colon, last.colon) | first&last.start
			names := kinds.Quote & object & item
			ends := scalars | closes | kinds.Quote&^names
			done := after(ends, last.value)
			if wrong := kinds.Quote&^(value|item) | (scalars|opens)&^(value|item&^object) | kinds.Colon&^after(names, last.name) |
				kinds.Comma&^done | closes&^(done|after(opens, last.open)); wrong != 0 {
				return false
			}
			top := bits.LeadingZeros64(tokens)
			of := func(some uint64) uint64 { return uint64(int64(some<<top) >> 63) }
			last = following{open: of(opens), comma: of(kinds.Comma), colon: of(kinds.Colon), name: of(names), value: of(ends)}
			scalars &^= numbers(kinds, scalars, kinds.Comma|closes)
			for ; scalars != 0; scalars &= scalars - 1 {
				i := base + k<<6 + bits.TrailingZeros64(scalars)
				if isLiteral(text, i) {
					continue // Fast path.
				}
				if end, ok := scalar(text, i); !ok || end == len(text) {
					return false
				}
			}
		}
	}
	o.sorted = true
	return last.value != 0 && depth == 0
}

// isLiteral reports whether true, false or null stands at text[i], and all of it is seen. Which of them cannot be foreseen, so there is
// no branch for it. It may say no near the end of text.
func isLiteral(text []byte, i int) bool {
	if i+8 > len(text) {
		return false
	}
	v := binary.LittleEndian.Uint64(text[i:])
	const (
		yes  = 't' | 'r'<<8 | 'u'<<16 | 'e'<<24
		none = 'n' | 'u'<<8 | 'l'<<16 | 'l'<<24
		no   = 'f' | 'a'<<8 | 'l'<<16 | 's'<<24 | 'e'<<32
	)
	four := isZero(v&(1<<32-1)^yes) | isZero(v&(1<<32-1)^none)
	five := isZero(v&(1<<40-1) ^ no)
	after := uint8(v >> (32 + 8*five))
	return four|five != 0 && endsScalar[after]
}

// isZero returns 1 if v is 0, else 0.
func isZero(v uint64) uint64 { return ^(v | -v) >> 63 }

// numbers returns those of scalars that are digits, perhaps with a point between them, up to one of ends: as nearly all numbers are.
// From the first digit of each a carry runs to the byte behind the last.
func numbers(k *bytescan.Kinds, scalars, ends uint64) uint64 {
	all := scalars & k.Digit
	all &^= all & k.Zero & (k.Digit >> 1) // a zero leads
	if all == 0 {
		return 0
	}
	behind := (all + k.Digit) &^ k.Digit
	points := behind & k.Point
	fractions := points << 1 & k.Digit
	after := (fractions + k.Digit) &^ k.Digit
	found := all
	if last := highest(all); last > behind { // it goes on in the next block
		found &^= last
	}
	if last := highest(fractions); last > after {
		found &^= highest(all & (last - 1))
	}
	for odd := behind&^(ends|points) | points&^(k.Digit>>1) | after&^ends; odd != 0; odd &= odd - 1 {
		found &^= highest(all & (odd&-odd - 1))
	}
	return found
}

// highest returns the highest bit of w.
func highest(w uint64) uint64 { return 1 << 63 >> bits.LeadingZeros64(w) }

// following says what the last token before a block was: one of its fields is all ones.
type following struct{ start, open, comma, colon, name, value uint64 }

// Follow makes c, which stands before the first byte of text, go by the bitmaps of it that of keeps, if that has just checked
// it and does. Until c is reset all of text must stay as it is, and of must check nothing else.
func (c *Cursor) Follow(of *Checker, text []byte) {
	c.kept, c.text = nil, nil
	if of.keeps(text) {
		c.kept, c.text = of.kept, text
	}
}

// follow is bulk by bitmaps that are kept.
func (c *Cursor) follow(p []byte) {
	if !c.kept.sorted {
		c.kept.sort(c.text)
	}
	from := int(c.pos)
	to := from + len(p)
	last := -1 // where the last token begins, in p
	if c.wants {
		c.levels[len(c.levels)-1].since = c.pos - 1
		c.wants = false
	}
	in := ^uint64(0) << (from & 63)
	for k := from >> 6; k<<6 < to; {
		tokens, brackets, commas := c.kept.from(k)
		tokens = tokens[:min(len(tokens), (to-k<<6+63)>>6)]
		for j, w := range tokens {
			at := (k+j)<<6 - from
			if end := len(p) - at; end < 64 {
				in &= 1<<end - 1
			}
			if w &= in; w != 0 {
				last = at + 63 - bits.LeadingZeros64(w)
				c.containers(p, at, brackets[j]&in, commas[j]&in)
			}
			in = ^uint64(0)
		}
		k += len(tokens)
	}
	open := c.in == text
	if last >= 0 {
		open = p[last] == '"'
	}
	if open {
		open = !closed(p[last+1:])
	}
	c.arrive(p, last, open)
}

// closed reports whether the string ends in p that begins before p and has no token of the text behind it in p.
func closed(p []byte) bool {
	n := len(p)
	for n > 0 && blank(p[n-1]) {
		n--
	}
	return n > 0 && p[n-1] == '"' && slashes(p[:n-1])&1 == 0
}
