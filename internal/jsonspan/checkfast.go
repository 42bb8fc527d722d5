package jsonspan

import (
	"bytes"
	"encoding/binary"
	"math/bits"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/mcpveil/mcpveil/internal/bytescan"
)

// minFast is the length from which on the bitmaps pay.
const minFast = 48

// The states of fast: what may come next, and in what. A string is done with at its opening
// quote; the kernels see to its inside. With a kind of token they make an index of fastStep.
const (
	fastTop         = iota << 3 // a value, in nothing
	fastItem                    // a value, in an array
	fastItemOrEnd               //
	fastMember                  // a value, in an object
	fastName                    //
	fastNameOrEnd               //
	fastColon                   //
	fastAfterItem               // a comma or the end
	fastAfterMember             //
	fastEnd                     // nothing
)

// What is to be done at a token, beside the change of state.
const (
	fastGoOn   = iota
	fastOpen   // push what was opened
	fastClose  // pop; the state is that after a value
	fastScalar // check it
	fastWrong
)

// The kinds of tokens, by their first byte.
const (
	kindScalar = iota
	kindQuote
	kindComma
	kindColon
	kindObject
	kindObjectEnd
	kindArray
	kindArrayEnd
)

var fastKind = [256]uint8{'"': kindQuote, ',': kindComma, ':': kindColon,
	'{': kindObject, '}': kindObjectEnd, '[': kindArray, ']': kindArrayEnd}

// fastStep has, for a state and a kind, the next state; fastDo, what is to be done. These
// are two tables, since from one token to the next only the state is waited for.
var fastStep, fastDo = func() (step, do [256]uint8) {
	for i := range do {
		do[i] = fastWrong
	}
	on := func(state, kind, next, what uint8) { step[state|kind], do[state|kind] = next, what }
	for state, after := range map[uint8]uint8{fastTop: fastEnd, fastItem: fastAfterItem, fastItemOrEnd: fastAfterItem, fastMember: fastAfterMember} {
		on(state, kindQuote, after, fastGoOn)
		on(state, kindScalar, after, fastScalar)
		on(state, kindObject, fastNameOrEnd, fastOpen)
		on(state, kindArray, fastItemOrEnd, fastOpen)
	}
	on(fastItemOrEnd, kindArrayEnd, 0, fastClose)
	on(fastName, kindQuote, fastColon, fastGoOn)
	on(fastNameOrEnd, kindQuote, fastColon, fastGoOn)
	on(fastNameOrEnd, kindObjectEnd, 0, fastClose)
	on(fastColon, kindColon, fastMember, fastGoOn)
	on(fastAfterItem, kindComma, fastItem, fastGoOn)
	on(fastAfterItem, kindArrayEnd, 0, fastClose)
	on(fastAfterMember, kindComma, fastName, fastGoOn)
	on(fastAfterMember, kindObjectEnd, 0, fastClose)
	return step, do
}()

// runState has the states of run for those of fast.
var runState = [...]state{
	fastTop >> 3: stValue, fastItem >> 3: stValue, fastItemOrEnd >> 3: stValueOrEnd, fastMember >> 3: stValue,
	fastName >> 3: stName, fastNameOrEnd >> 3: stNameOrEnd, fastColon >> 3: stColon,
	fastAfterItem >> 3: stAfter, fastAfterMember >> 3: stAfter, fastEnd >> 3: stEnd,
}

// fastState returns the state of fast for c's: in a string, the one behind it.
func (c *Checker) fastState() uint8 {
	switch c.state {
	case stValue:
		if c.depth > 0 && c.inObject() {
			return fastMember
		} else if c.depth > 0 {
			return fastItem
		}
		return fastTop
	case stValueOrEnd:
		return fastItemOrEnd
	case stName:
		return fastName
	case stNameOrEnd:
		return fastNameOrEnd
	case stColon:
		return fastColon
	case stText:
		if c.name {
			return fastColon
		}
	}
	return c.fastAfter()
}

// fastAfter is the state of fast after a value.
func (c *Checker) fastAfter() uint8 {
	switch {
	case c.depth == 0:
		return fastEnd
	case c.inObject():
		return fastAfterMember
	}
	return fastAfterItem
}

// fast checks as much of p as it can, in a state of run that is outside a character, an
// escape, a number and a literal. It returns how much that is; c is then as run would have
// left it there. Where anything is wrong it returns 0 and false, and has changed nothing.
func (c *Checker) fast(p []byte) (n int, ok bool) {
	if n = len(p); !c.whole {
		n = cut(p)
	}
	if n == 0 || c.depth >= DefaultDepth {
		return 0, false
	}
	depth, hides := c.depth, c.hides
	var open [len(c.room)]uint64
	if depth > 0 {
		copy(open[:], c.stack)
	}
	var list *bytescan.TokenList
	if c.levels == allLevels {
		list = lists.Get().(*bytescan.TokenList)
	}
	n, ok = c.tokens(p, n, list)
	if list != nil {
		lists.Put(list)
	}
	if !ok {
		if depth > 0 {
			copy(c.stack, open[:])
		}
		c.depth, c.hides = depth, hides
	}
	return n, ok
}

// tokens is fast for p[:n], with list where all levels are read, else nil. It may return less than n, where a scalar may go on behind it.
// Where it returns false, what is open and hides are spoilt.
func (c *Checker) tokens(p []byte, n int, list *bytescan.TokenList) (int, bool) {
	var g grammar
	full, ok := list != nil, true
	if full {
		if g, ok = c.grammar(); !ok {
			return 0, false
		}
	}
	st, below := c.fastState(), c.below()
	marks, keep := &c.marks, c.kept != nil && c.whole && c.off == 0 && n == len(p) && n <= keptText
	marks.Reset(c.state == stText)
	seen := 0 // the escapes before
	for off := 0; off < n; off += bytescan.StructureChunk {
		if keep {
			marks = c.kept.next(marks, off)
		}
		chunk := p[off:min(off+bytescan.StructureChunk, n)]
		bad, escapes := marks.Next(chunk)
		if bad {
			return 0, false
		}
		if escapes {
			if seen = c.escapes(marks, p, off, len(chunk), seen); seen < 0 {
				return 0, false
			}
		}
		end, ok := -1, false
		if full {
			list.Read(chunk, marks)
			if keep {
				c.kept.take(list, off)
			}
			if ok = g.read(list); ok {
				end, ok = scalarsLeft(list, p[:n], off, len(chunk))
			}
			if end >= 0 {
				c.follow(&g)
			}
		} else {
			end, ok = c.outermost(marks, p[:n], off, len(chunk), &st, &below)
		}
		if !ok {
			return 0, false
		}
		if end >= 0 {
			c.state = stValue
			return end, true
		}
	}
	name := !below && st == fastColon
	switch {
	case full:
		c.follow(&g)
		name = g.last.name != 0
	case below:
		c.state = stBelow
	default:
		c.state = runState[st>>3]
	}
	if marks.InString() {
		c.state, c.name = stText, name
	}
	if keep {
		c.kept.n, c.kept.sorted = n, full
	}
	return n, true
}

// outermost goes from token to token of text[off:off+n] in the levels that are read, and from bracket to bracket below. It returns false where
// one is wrong, and otherwise where a scalar begins that runs to the end of text, or -1.
func (c *Checker) outermost(marks *bytescan.Structure, text []byte, off, n int, state *uint8, isBelow *bool) (open int, ok bool) {
	st, below := *state, *isBelow
	look := &marks.Tokens
	if below {
		look = &marks.Brackets
	}
	chunk := text[off : off+n]
	for k := 0; k<<6 < len(chunk); k++ {
		for w := look[k]; w != 0; {
			bit := bits.TrailingZeros64(w)
			w &= w - 1
			b := chunk[k<<6|bit]
			if below {
				if b&2 != 0 { // { and [, but not } and ]
					if !c.push(b == '{') {
						return -1, false
					}
					continue
				}
				if c.inObject() != (b == '}') {
					return -1, false
				}
				if c.depth--; c.depth == c.levels {
					below, look, st = false, &marks.Tokens, c.fastAfter()
					w = look[k] &^ (2<<bit - 1)
				}
				continue
			}
			at := st | fastKind[b]
			st = fastStep[at]
			switch fastDo[at] {
			case fastGoOn:
			case fastOpen:
				if !c.push(b == '{') {
					return -1, false
				}
				if c.below() {
					below, look = true, &marks.Brackets
					w = look[k] &^ (2<<bit - 1)
				}
			case fastClose:
				c.depth--
				st = c.fastAfter()
			case fastScalar:
				i := off + k<<6 + bit
				end, ok := scalar(text, i)
				if !ok {
					return -1, false
				}
				if end == len(text) {
					return i, true
				}
			default:
				return -1, false
			}
		}
	}
	*state, *isBelow = st, below
	return -1, true
}

// escapes looks at the escapes that marks, the bitmaps of p[at:at+n], show, but for those before
// seen: it checks \u, and sees what hides something. It returns what is seen now, or -1.
func (c *Checker) escapes(marks *bytescan.Structure, p []byte, at, n, seen int) int {
	if marks.Letters(p, at, n) { // Fast path: nearly all of them, where there are many.
		c.hides = true
	}
	for k := 0; k<<6 < n; k++ {
		for w := marks.Escapes[k]; w != 0; w &= w - 1 {
			i := at + k<<6 + bits.TrailingZeros64(w)
			if i < seen {
				continue
			}
			if p[i] == '/' {
				c.hides = true
				continue
			}
			unit := hex4(p, i+1)
			if slashes(p[:i])&1 == 0 { // in a text within the string
				c.hides = c.hides || unit >= 0 && !separates(unit)
				continue
			}
			if unit < 0 {
				return -1
			}
			c.hides = c.hides || !separates(unit)
			if utf16.IsSurrogate(unit) {
				if unit >= 0xDC00 || i+6 >= len(p) || p[i+5] != '\\' || p[i+6] != 'u' {
					return -1
				}
				if low := hex4(p, i+7); low < 0xDC00 || low > 0xDFFF {
					return -1
				}
				seen = i + 7
			}
		}
	}
	return seen
}

// slashes returns how many backslashes p ends in.
func slashes(p []byte) int {
	n := len(p)
	for n > 0 && p[n-1] == '\\' {
		n--
	}
	return len(p) - n
}

// scalar checks the number or the literal that begins at p[i], and returns where it ends.
// What runs to the end of p passes: it may go on.
func scalar(p []byte, i int) (end int, ok bool) {
	if p[i] < 'a' {
		if n := shortNumber(p[i:]); n > 0 {
			return i + n, true // Fast path.
		}
	}
	n := 0
	switch rest := p[i:]; {
	case rest[0] != 't' && rest[0] != 'f' && rest[0] != 'n':
		n = NumberLen(rest)
	case len(rest) >= 4 && (string(rest[:4]) == "true" || string(rest[:4]) == "null"):
		n = 4
	case len(rest) >= 5 && string(rest[:5]) == "false":
		n = 5
	}
	end = i + n
	if n > 0 && n <= MaxNumber && end < len(p) && scalarEnds(p[end]) {
		return end, true
	}
	for end < len(p) && !scalarEnds(p[end]) {
		end++
	}
	return end, end == len(p)
}

// shortNumber returns the length of the number that p begins with, if that is short, has no exponent, its end is seen, and it is
// all of the scalar; else 0.
func shortNumber(p []byte) int {
	if len(p) < 24 {
		return 0
	}
	i := 0
	if p[0] == '-' {
		i = 1
	}
	n := shortDigits(p[i:])
	if n == 0 || n == 8 || p[i] == '0' && n > 1 {
		return 0
	}
	if i += n; p[i] == '.' {
		if n = shortDigits(p[i+1:]); n == 0 || n == 8 {
			return 0
		}
		i += 1 + n
	}
	if !scalarEnds(p[i]) {
		return 0
	}
	return i
}

// shortDigits returns how many digits p begins with, at most 8.
func shortDigits(p []byte) int {
	v := binary.LittleEndian.Uint64(p) ^ lows*'0'
	return bits.TrailingZeros64((v+lows*0x76|v)&highs) / 8 // 0x76 carries what is no digit into the high bit of its byte
}

// scalarEnds reports whether b, which follows a scalar, is none of it.
func scalarEnds(b byte) bool { return endsScalar[b] }

var endsScalar = func() (t [256]bool) {
	for b := range t {
		t[b] = blank(byte(b)) || fastKind[b] != kindScalar
	}
	return t
}()

// cut returns the length of a prefix of p, nearly all of it, that ends outside characters
// and escapes if it is well formed, or 0.
func cut(p []byte) int {
	const escape = 12 // the longest: a surrogate pair
	for n := len(p); n > max(escape, len(p)-64); n-- {
		// Between escapes, or where one begins, unless it may be the second half of a pair.
		clear := bytes.IndexByte(p[n-escape:n], '\\') < 0 ||
			n < len(p) && p[n] == '\\' && p[n-1] != '\\' && p[n-5] != 'u'
		if !clear || n < len(p) && !utf8.RuneStart(p[n]) {
			continue
		}
		last := n - 1
		for last > n-utf8.UTFMax && !utf8.RuneStart(p[last]) {
			last--
		}
		if utf8.Valid(p[last:n]) {
			return n
		}
	}
	return 0
}
