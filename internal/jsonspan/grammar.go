package jsonspan

import (
	"encoding/binary"
	"math/bits"
	"sync"

	"github.com/mcpveil/mcpveil/internal/bytescan"
)

// A grammar says whether tokens stand where they may, 64 at a time: which may follow is said by the one before, and
// by what both are in. So for each kind of token there is a bitmap of those behind one of that kind, and all is well if
// no token is left over. Strings are checked by the kernels that find the tokens, scalars by who calls.
type grammar struct {
	depth   int
	deepest int       // how deep it may get, no deeper than grammarDepth
	in      uint64    // what is open, the innermost lowest: a bit for each, 1 for an object
	last    following // what the last token was
}

// lists holds the memory for lists of tokens, of which one is in use only while a text is looked at.
var lists = sync.Pool{New: func() any { return new(bytescan.TokenList) }}

// grammarDepth is as many containers as a word has bits.
const grammarDepth = 64

// following says what a token follows: one of its fields is 1, the others are 0.
type following struct{ start, open, comma, colon, name, value uint64 }

// read goes on with the tokens of l. It returns false where one is wrong, or they nest too deep.
func (g *grammar) read(l *bytescan.TokenList) bool {
	for n := 0; n < l.N; n += 64 {
		if !g.read64(&l.Kinds[n/64], min(64, l.N-n)) {
			return false
		}
	}
	return true
}

// read64 is read for the first n tokens of k.
func (g *grammar) read64(k *bytescan.Kinds, n int) bool {
	all := ^uint64(0) >> (64 - n)
	if g.depth == 0 && (g.last.start == 0 || k.Open&1 == 0 && n > 1) { // one value, and nothing else
		return false
	}
	brackets := k.Open | k.Close
	objects := -(g.in & 1) // tokens that stand in objects
	if brackets != 0 {
		object, wrong, rest := uint64(0), uint64(0), ^uint64(0)
		for w := brackets; w != 0; w &= w - 1 {
			at := bits.TrailingZeros64(w)
			behind := ^uint64(0) << at << 1
			object |= objects & rest &^ behind // a bracket stands in what is around it, or in what it ends
			rest = behind
			opens, kind := k.Open>>(at&63)&1, k.Object>>(at&63)&1
			wrong |= (g.in ^ kind) &^ opens
			opened, closed := g.in<<1|kind, g.in>>1
			g.in = closed ^ (opened^closed)&-opens
			g.depth += 2*int(opens) - 1
			if uint(g.depth-1) >= uint(g.deepest) { // too deep, or at the end
				if g.depth != 0 || rest&all != 0 {
					return false
				}
			}
			objects = -(g.in & 1)
		}
		if wrong&1 != 0 {
			return false
		}
		objects = object | objects&rest
	}
	scalars := all &^ (k.Quote | k.Colon | k.Comma | brackets)
	last := &g.last
	afterOpen, afterName := k.Open<<1|last.open, uint64(0)
	item := afterOpen | k.Comma<<1 | last.comma
	value := k.Colon<<1 | last.colon | last.start
	names := k.Quote & objects & item
	afterName = names<<1 | last.name
	ends := scalars | k.Close | k.Quote&^names
	done := ends<<1 | last.value
	if k.Quote&^(value|item)|(scalars|k.Open)&^(value|item&^objects)|k.Colon&^afterName|k.Comma&^done|k.Close&^(done|afterOpen) != 0 {
		return false
	}
	top := n - 1
	*last = following{open: k.Open >> top & 1, comma: k.Comma >> top & 1, colon: k.Colon >> top & 1, name: names >> top & 1, value: ends >> top & 1}
	return true
}

// grammar returns one that goes on where c stands: in a string, behind it.
func (c *Checker) grammar() (g grammar, ok bool) {
	if c.depth > grammarDepth {
		return g, false
	}
	g.depth, g.deepest = c.depth, min(c.maxDepth, grammarDepth)
	if c.depth > 0 {
		g.in = bits.Reverse64(c.stack[0]) >> (64 - c.depth)
	}
	switch c.fastState() {
	case fastTop:
		g.last.start = 1
	case fastItem, fastName:
		g.last.comma = 1
	case fastItemOrEnd, fastNameOrEnd:
		g.last.open = 1
	case fastMember:
		g.last.colon = 1
	case fastColon:
		g.last.name = 1
	default:
		g.last.value = 1
	}
	return g, true
}

// follow makes c stand where g does, outside strings.
func (c *Checker) follow(g *grammar) {
	c.depth = g.depth
	if c.depth > 0 {
		c.stack[0] = bits.Reverse64(g.in << (64 - c.depth))
	}
	object := g.in&1 != 0
	switch last := &g.last; {
	case last.name != 0:
		c.state = stColon
	case last.value != 0:
		c.state = c.afterValue()
	case object && last.open != 0:
		c.state = stNameOrEnd
	case object && last.comma != 0:
		c.state = stName
	case last.open != 0:
		c.state = stValueOrEnd
	default:
		c.state = stValue
	}
}

// scalarsLeft checks those of text[base:] that l left. It returns false where one is wrong, and otherwise where one begins that runs
// to the end of text, or -1.
func scalarsLeft(l *bytescan.TokenList, text []byte, base, n int) (open int, ok bool) {
	for k, w := range l.Left[:(n+63)/64] {
		for ; w != 0; w &= w - 1 {
			i := base + k<<6 + bits.TrailingZeros64(w)
			if isLiteral(text, i) {
				continue // Fast path.
			}
			end, ok := scalar(text, i)
			if !ok {
				return -1, false
			}
			if end == len(text) {
				return i, true
			}
		}
	}
	return -1, true
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
