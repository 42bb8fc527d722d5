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
	commas [keptText / 64]uint64 // which tokens are commas, once that is looked up
	sorted bool                  // it is
}

// next returns what takes the chunk at off, which follows the one that marks took last.
func (o *outline) next(marks *bytescan.Structure, off int) *bytescan.Structure {
	s := &o.chunks[off/bytescan.StructureChunk]
	s.Follow(marks)
	o.sorted = false
	return s
}

// Keep makes c keep the bitmaps of the text that it checked last, for CheckRest and [Cursor.Follow], if it is not long. They take 17 KB.
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
	const blocks = bytescan.StructureChunk / 64
	s, i := &o.chunks[k/blocks%keptChunks], k%blocks
	return s.Tokens[i:], s.Brackets[i:], o.commas[k%len(o.commas):]
}

// take keeps which tokens are commas of l, the list of the chunk at off.
func (o *outline) take(l *bytescan.TokenList, off int) { copy(o.commas[off/64:], l.Commas[:]) }

// sort looks up which tokens of text are commas.
func (o *outline) sort(text []byte) {
	l := lists.Get().(*bytescan.TokenList)
	for off := 0; off < len(text); off += bytescan.StructureChunk {
		l.Read(text[off:min(off+bytescan.StructureChunk, len(text))], &o.chunks[off/bytescan.StructureChunk])
		o.take(l, off)
	}
	lists.Put(l)
	o.sorted = true
}

// CheckRest is Check for a text that CheckRouting has just found to be in order, with the same maxDepth: it looks at
// what that left out.
func (c *Checker) CheckRest(text []byte, maxDepth int) error {
	if c.keeps(text) && c.inOrder(text) {
		return nil
	}
	return c.Check(text, maxDepth)
}

// inOrder reports whether tokens and scalars of text, which c keeps, are as the grammar wants them, given that strings are. It
// may say no where it cannot tell.
func (c *Checker) inOrder(text []byte) bool {
	g := grammar{deepest: min(c.maxDepth, grammarDepth), last: following{start: 1}}
	l := lists.Get().(*bytescan.TokenList)
	defer lists.Put(l)
	for off := 0; off < len(text); off += bytescan.StructureChunk {
		chunk := text[off:min(off+bytescan.StructureChunk, len(text))]
		l.Read(chunk, &c.kept.chunks[off/bytescan.StructureChunk])
		c.kept.take(l, off)
		if !g.read(l) {
			return false
		}
		if open, ok := scalarsLeft(l, text, off, len(chunk)); !ok || open >= 0 {
			return false
		}
	}
	c.kept.sorted = true
	return g.last.value != 0 && g.depth == 0
}

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
