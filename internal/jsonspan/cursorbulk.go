package jsonspan

import (
	"bytes"
	"math/bits"

	"github.com/mcpveil/mcpveil/internal/bytescan"
)

// bulkLeast is the length from which on it pays to make bitmaps of a text.
const bulkLeast = 128

// bulk is Advance over long p by the bitmaps of its structure: c stands outside of scalars, or
// in the text of a string that is no name. Blocks of 64 bytes in which no container begins
// or ends cost a look for the last comma, in an object, or a count of them, in an array.
// Names are looked up at the end, for the containers that are open then.
func (c *Cursor) bulk(p []byte) {
	if c.bitmaps == nil {
		c.bitmaps = new(bytescan.Structure)
	}
	s, l := c.bitmaps, lists.Get().(*bytescan.TokenList)
	defer lists.Put(l)
	s.Reset(c.in == text)
	if c.wants {
		c.levels[len(c.levels)-1].since = c.pos - 1
		c.wants = false
	}
	last := -1 // where the last token begins
	for off := 0; off < len(p); off += bytescan.StructureChunk {
		chunk := p[off:min(off+bytescan.StructureChunk, len(p))]
		s.Next(chunk)
		l.Read(chunk, s)
		for k := range (len(chunk) + 63) / 64 {
			if tokens := s.Tokens[k]; tokens != 0 {
				at := off + 64*k
				last = at + 63 - bits.LeadingZeros64(tokens)
				c.containers(p, at, s.Brackets[k], l.Commas[k])
			}
		}
	}
	c.arrive(p, last, s.InString())
}

// arrive puts c behind p, whose containers and commas it has seen, and whose last token begins at last; -1 if there
// is none. open says that p ends in a string.
func (c *Cursor) arrive(p []byte, last int, open bool) {
	if open && last >= 0 { // the last token is its quote
		c.start = c.pos + int64(last)
	}
	rest, name := c.catchUp(p)
	switch {
	case name:
		c.in, c.name = text, true
		c.start = c.pos + int64(rest) - 1
	case open:
		c.in = text
		rest = last + 1
		n := rest + settle(p[rest:])
		c.pos += int64(n)
		c.run(p[n:])
		return
	default:
		c.in = c.scalarAt(p, last)
		rest = len(p)
	}
	c.pos += int64(rest)
	c.run(p[rest:])
}

// run moves c, inside of a string or name, over all of p.
func (c *Cursor) run(p []byte) {
	for len(p) > 0 {
		p = p[c.step(p):]
	}
}

// containers opens and closes containers, and looks at the commas between, in the 64 bytes at p[at:].
func (c *Cursor) containers(p []byte, at int, brackets, commas uint64) {
	for ; brackets != 0; brackets &= brackets - 1 {
		i := bits.TrailingZeros64(brackets)
		before := uint64(1)<<i - 1
		switch b := p[at+i]; b {
		case '{', '[':
			c.commas(at, commas&before)
			c.levels = append(c.levels, level{object: b == '{', since: c.pos + int64(at+i)})
		default: // what stood before in the container does not matter any more
			if n := len(c.levels); n > 0 {
				c.levels = c.levels[:n-1]
			}
		}
		commas &^= before
	}
	c.commas(at, commas)
}

// commas takes commas of one container.
func (c *Cursor) commas(at int, commas uint64) {
	if commas == 0 || len(c.levels) == 0 {
		return
	}
	if l := &c.levels[len(c.levels)-1]; l.object {
		l.since = c.pos + int64(at+63-bits.LeadingZeros64(commas))
	} else {
		l.index += bits.OnesCount64(commas)
	}
}

// catchUp captures the names of the open containers that began, or went on to another member,
// in p. If p ends in a name, or before one, it says so: the former by the offset of the
// name's inside and true.
func (c *Cursor) catchUp(p []byte) (inside int, name bool) {
	first := len(c.levels) // of those; all others after it are new
	for first > 0 && c.levels[first-1].since >= 0 {
		first--
	}
	end := 0
	if first > 0 {
		end = c.levels[first-1].end
	}
	c.names = c.names[:end]
	for k := first; k < len(c.levels); k++ {
		l := &c.levels[k]
		i := int(l.since-c.pos) + 1
		l.names, l.end, l.cut, l.since = len(c.names), len(c.names), false, -1
		if !l.object {
			continue
		}
		for i < len(p) && blank(p[i]) {
			i++
		}
		if i == len(p) {
			c.wants = k == len(c.levels)-1
			continue
		}
		if p[i] != '"' {
			continue // no name, so the object ends here, or this is no JSON
		}
		n := stringEnd(p[i+1:])
		if n < 0 {
			return i + 1, true
		}
		c.captureFor(l, p[i+1:i+n])
	}
	return 0, false
}

// scalarAt says what the byte after p belongs to, given where its last token begins, which is
// -1 for none, and that it is in no string.
func (c *Cursor) scalarAt(p []byte, last int) within {
	if last < 0 {
		return outside
	}
	in, of := literal, letter
	switch b := p[last]; {
	case b == '"' || b == ',' || b == ':' || b == '{' || b == '}' || b == '[' || b == ']':
		return outside
	case numberByte(b) && b != 'e' && b != 'E':
		in, of = number, numberByte
	}
	for _, b := range p[last+1:] {
		if !of(b) {
			return outside
		}
	}
	c.start = c.pos + int64(last)
	return in
}

// OpenString returns where in text, which begins outside of strings, the inside of the string
// begins that text ends in, or -1.
func OpenString(text []byte) int {
	if len(text) < bulkLeast || !bytescan.FastStructure() {
		for i := 0; ; {
			n := bytes.IndexByte(text[i:], '"')
			if n < 0 {
				return -1
			}
			i += n + 1
			if n = stringEnd(text[i:]); n < 0 {
				return i
			}
			i += n
		}
	}
	var s bytescan.Structure
	last := -1
	for at := 0; at < len(text); at += bytescan.StructureChunk {
		chunk := text[at:min(at+bytescan.StructureChunk, len(text))]
		s.Next(chunk)
		for k := (len(chunk)+63)/64 - 1; k >= 0; k-- {
			if tokens := s.Tokens[k]; tokens != 0 {
				last = at + 64*k + 63 - bits.LeadingZeros64(tokens)
				break
			}
		}
	}
	if !s.InString() {
		return -1
	}
	return last + 1
}
