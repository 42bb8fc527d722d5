package jsonspan

import (
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
}

// next returns what takes the chunk at off, which follows the one that marks took last.
func (o *outline) next(marks *bytescan.Structure, off int) *bytescan.Structure {
	s := &o.chunks[off/bytescan.StructureChunk]
	s.Follow(marks)
	return s
}

// Keep makes c keep the bitmaps of the text that it checked last, for CheckRest and [Cursor.Follow], if it is not long. They take 13 KB.
func (c *Checker) Keep() {
	if c.kept == nil {
		c.kept = new(outline)
	}
}

// keeps reports whether the bitmaps of text, which was checked last, are kept.
func (c *Checker) keeps(text []byte) bool {
	return c.kept != nil && c.kept.n == len(text) && len(text) > 0
}

// from returns the tokens and the brackets of the 64 bytes at 64*k, and of those that follow them in the same chunk.
func (o *outline) from(k int) (tokens, brackets []uint64) {
	const blocks = bytescan.StructureChunk / 64
	s := &o.chunks[k/blocks%keptChunks]
	return s.Tokens[k%blocks:], s.Brackets[k%blocks:]
}

// CheckRest is Check for a text that CheckRouting has just found to be in order, with the same maxDepth: it looks at
// what that left out.
func (c *Checker) CheckRest(text []byte, maxDepth int) error {
	if c.keeps(text) && c.kept.inOrder(text) {
		return nil
	}
	return c.Check(text, maxDepth)
}

// inOrder reports whether tokens and scalars of text are as the grammar wants them, given that strings are, and brackets
// match. It may say no where it cannot tell.
func (o *outline) inOrder(text []byte) bool {
	const objects = 64          // as deep as a word has bits
	depth, open := 0, uint64(0) // a bit for each container, the innermost last: 1 for an object
	after := [2]uint8{fastAfterItem, fastAfterMember}
	st := uint8(fastTop)
	for base := 0; base < len(text); base += bytescan.StructureChunk {
		chunk := text[base:min(len(text), base+bytescan.StructureChunk)]
		tokens := &o.chunks[base/bytescan.StructureChunk].Tokens
		for k := 0; k<<6 < len(chunk); k++ {
			for w := tokens[k]; w != 0; w &= w - 1 {
				i := k<<6 | bits.TrailingZeros64(w)
				b := chunk[i]
				at := st | fastKind[b]
				st = fastStep[at]
				switch fastDo[at] {
				case fastGoOn:
				case fastScalar:
					end, ok := scalar(text, base+i)
					if !ok || end == len(text) {
						return false
					}
				case fastOpen:
					if depth++; depth > objects {
						return false
					}
					open = open<<1 | uint64(b>>5&1)
				case fastClose:
					open >>= 1
					if st = after[open&1]; depth == 1 {
						st = fastEnd
					}
					depth--
				default:
					return false
				}
			}
		}
	}
	return st == fastEnd
}

// Follow makes c, which stands before the first byte of text, go by the bitmaps of it that of keeps, if that has just checked
// it and does. Until c is reset all of text must stay as it is, and of must check nothing else.
func (c *Cursor) Follow(of *Checker, text []byte) {
	c.kept = nil
	if of.keeps(text) {
		c.kept = of.kept
	}
}

// follow is bulk by bitmaps that are kept.
func (c *Cursor) follow(p []byte) {
	from := int(c.pos)
	to := from + len(p)
	last := -1 // where the last token begins, in p
	if c.wants {
		c.levels[len(c.levels)-1].since = c.pos - 1
		c.wants = false
	}
	in := ^uint64(0) << (from & 63)
	for k := from >> 6; k<<6 < to; {
		tokens, brackets := c.kept.from(k)
		tokens = tokens[:min(len(tokens), (to-k<<6+63)>>6)]
		for j, w := range tokens {
			at := (k+j)<<6 - from
			if end := len(p) - at; end < 64 {
				in &= 1<<end - 1
			}
			w &= in
			if w != 0 {
				last = at + 63 - bits.LeadingZeros64(w)
				if ends := brackets[j] & in; ends != 0 {
					w = c.brackets(p, at, w, ends)
				}
				c.commas(p, at, w)
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
