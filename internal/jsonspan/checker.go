package jsonspan

import (
	"math"

	"github.com/mcpveil/mcpveil/internal/bytescan"
)

const (
	// DefaultDepth is how deep a text may nest where nothing else is said.
	DefaultDepth = 512
	// MaxNumber is the longest number accepted, in bytes. No reader needs a longer one,
	// and who replaces a number in a stream must hold it from its first digit.
	MaxNumber = 16 << 10
)

// A Checker says whether the bytes written to it are one well-formed JSON text, as
// RFC 8259 and RFC 3629 say and, beyond them: no surrogate stands alone, no number is
// longer than [MaxNumber], nothing nests deeper than the limit. The zero Checker is
// ready for use. How the text is split over Writes changes nothing.
// It is for one goroutine at a time.
//
// NOTE: run, with what it calls, is the grammar, byte by byte: it decides what is wrong
// and where. fast goes over long pieces by the bitmaps of bytescan; it says that all is
// well, and leaves the state that run would have left, or changes nothing and says no.
// Between the two, and between two Writes, all there is to know is in progress:
//
//	outside:  value … end        stack, depth
//	string:   text, escape, …    name; left, lo, hi (UTF-8); left, unit, high (\u)
//	number:   minus … exponent   length
//	literal:  literal            word, the rest of it
type Checker struct {
	progress
	stack []uint64 // a bit for each open container: 1 for an object
	room  [DefaultDepth / 64]uint64
	marks bytescan.Structure
	kept  *outline // nil unless Keep was called
	fail  SyntaxError
}

// progress is how far a Checker has come in its text.
type progress struct {
	maxDepth int
	levels   int  // that are read; see CheckRouting
	whole    bool // nothing follows the next Write
	off      int64
	state    state
	name     bool   // the string is a name
	hides    bool   // see Hides
	left     uint8  // continuation bytes or hexadecimal digits to come
	lo, hi   byte   // range of the next continuation byte
	high     bool   // unit follows the first half of a surrogate pair
	unit     rune   // \u value so far
	length   int    // of the number so far
	word     string // rest of the literal
	depth    int
	err      *SyntaxError
}

type state uint8

const (
	stValue state = iota
	stValueOrEnd
	stName
	stNameOrEnd
	stColon
	stAfter // a comma or the closing bracket
	stEnd
	stBelow // outside strings, below the routing levels
	stText
	stUTF8
	stEscape
	stHex
	stPairSlash // the backslash of a pair's second half
	stPairU     // and its u
	stMinus
	stZero
	stInt
	stDot
	stFrac
	stE
	stESign
	stExp
	stLiteral
)

// Reset makes c ready for another text that nests at most maxDepth deep,
// [DefaultDepth] if zero.
func (c *Checker) Reset(maxDepth int) {
	if maxDepth <= 0 {
		maxDepth = DefaultDepth
	}
	c.progress = progress{maxDepth: maxDepth, levels: allLevels}
	if c.kept != nil {
		c.kept.n = 0
	}
}

// Hides reports whether a string so far may hold an escape that hides a character (see the
// function [Hides]), behind one backslash or more.
func (c *Checker) Hides() bool { return c.hides }

// Check says whether text is one well-formed JSON text, as Reset(maxDepth), Write and
// Close do. The error, a [*SyntaxError], is valid until the next Reset.
func (c *Checker) Check(text []byte, maxDepth int) error {
	c.Reset(maxDepth)
	return c.check(text)
}

// RoutingLevels is how many levels of brackets [Checker.CheckRouting] reads: those of a
// message, and of what stands in it, such as its params and its result.
const RoutingLevels = 2

const allLevels = math.MaxInt

// CheckRouting is Check for who reads the routing levels of a message and no more. In
// them it checks the same. In brackets that stand deeper it checks strings, with their escapes and
// UTF-8, that brackets match, and that nothing but ASCII stands outside strings, no control
// bytes but blanks, and no backslash. Whatever else is wrong there, as in {"a" 1} or [1 02,,],
// passes. On an error in both, it may be that of Check.
func (c *Checker) CheckRouting(text []byte, maxDepth int) error {
	c.Reset(maxDepth)
	c.levels = RoutingLevels
	return c.check(text)
}

func (c *Checker) check(text []byte) error {
	c.whole = true
	if _, err := c.Write(text); err != nil {
		return err
	}
	return c.Close()
}

// Close says that the text ends here.
func (c *Checker) Close() error {
	if c.err != nil {
		return c.err
	}
	switch c.state {
	case stZero, stInt, stFrac, stExp:
		if c.depth == 0 {
			return nil
		}
	case stEnd:
		return nil
	case stText, stUTF8, stEscape, stHex, stPairSlash, stPairU:
		return c.refuse(c.off, "unterminated string")
	}
	return c.refuse(c.off, "unexpected end of text")
}

func (c *Checker) refuse(at int64, reason string) error {
	if c.kept != nil {
		c.kept.n = 0
	}
	c.fail = SyntaxError{at, reason}
	c.err = &c.fail
	return c.err
}

// Write checks the next bytes of the text. After an error it returns that error again.
func (c *Checker) Write(p []byte) (int, error) {
	if c.err != nil {
		return 0, c.err
	}
	if c.stack == nil {
		c.stack = c.room[:]
	}
	if c.maxDepth == 0 {
		c.maxDepth, c.levels = DefaultDepth, allLevels
	}
	i, reason := 0, ""
	if len(p) >= minFast && bytescan.FastStructure() {
		// fast begins outside of characters, escapes, numbers and literals.
		for i < len(p) && c.state > stText && reason == "" {
			var n int
			n, reason = c.run(p[i : i+1])
			i += n
		}
		if reason == "" {
			n, _ := c.fast(p[i:])
			i += n
		}
	}
	if reason == "" {
		var n int
		n, reason = c.run(p[i:])
		i += n
	}
	if reason != "" {
		return i, c.refuse(c.off+int64(i), reason)
	}
	c.off += int64(len(p))
	return len(p), nil
}

func (c *Checker) inObject() bool {
	d := c.depth - 1
	return c.stack[d>>6]>>(d&63)&1 != 0
}

func (c *Checker) push(object bool) bool {
	if c.depth == c.maxDepth {
		return false
	}
	w, bit := c.depth>>6, uint64(1)<<(c.depth&63)
	if w == len(c.stack) {
		c.stack = append(c.stack, 0)
	}
	c.stack[w] &^= bit
	if object {
		c.stack[w] |= bit
	}
	c.depth++
	return true
}

// afterValue is the state after a value.
func (c *Checker) afterValue() state {
	if c.depth == 0 {
		return stEnd
	}
	if c.depth > c.levels {
		return stBelow
	}
	return stAfter
}

// below reports whether the next byte stands below the levels that are read.
func (c *Checker) below() bool { return c.depth > c.levels }

// run checks p. It returns len(p) and "", or the place of the first byte that is wrong
// and what is wrong with it.
func (c *Checker) run(p []byte) (int, string) {
	st := c.state
	i := 0
	for i < len(p) {
		if st < stBelow {
			b := p[i]
			if blank(b) {
				i++
				continue
			}
			next, reason := c.outside(st, b)
			if reason != "" {
				return i, reason
			}
			i++
			if st = next; st != stText {
				continue
			}
		}
		var reason string
		if st >= stText && st <= stPairU {
			i, st, reason = c.inString(p, i, st)
		} else if st == stBelow {
			i, st, reason = c.inBelow(p, i)
		} else if st == stLiteral {
			i, st, reason = c.inLiteral(p, i)
		} else {
			i, st, reason = c.inNumber(p, i, st)
		}
		if reason != "" {
			return i, reason
		}
	}
	c.state = st
	return i, ""
}

// idle are the bytes with which nothing happens below the routing levels.
var idle = func() (t [256]bool) {
	for b := range t {
		t[b] = blank(byte(b)) || b >= 0x20 && b < 0x80 && b != '\\' && fastKind[b] == kindScalar
	}
	t[','], t[':'] = true, true
	return t
}()

// inBelow takes the bytes outside strings below the routing levels.
func (c *Checker) inBelow(p []byte, i int) (int, state, string) {
	for ; i < len(p); i++ {
		b := p[i]
		if idle[b] {
			continue
		}
		switch b {
		case '"':
			c.name = false
			return i + 1, stText, ""
		case '{', '[':
			if !c.push(b == '{') {
				return i, stBelow, "nested too deep"
			}
		case '}', ']':
			next, reason := c.closing(b, "want the closing bracket")
			if reason != "" {
				return i, stBelow, reason
			}
			if next != stBelow {
				return i + 1, next, ""
			}
		default:
			return i, stBelow, "want a value"
		}
	}
	return i, stBelow, ""
}

// outside takes b, no blank, outside strings, numbers and literals.
func (c *Checker) outside(st state, b byte) (state, string) {
	switch st {
	case stColon:
		if b == ':' {
			return stValue, ""
		}
		return st, "want a colon after a name"
	case stAfter:
		if b == ',' {
			if c.inObject() {
				return stName, ""
			}
			return stValue, ""
		}
		return c.closing(b, "want a comma or the closing bracket")
	case stName, stNameOrEnd:
		if b == '"' {
			c.name = true
			return stText, ""
		}
		if st == stName {
			return st, "want a name"
		}
		return c.closing(b, "want a name or the closing bracket")
	case stEnd:
		return st, "data after the text's end"
	}
	switch b {
	case '"':
		c.name = false
		return stText, ""
	case '{':
		if !c.push(true) {
			return st, "nested too deep"
		}
		if c.below() {
			return stBelow, ""
		}
		return stNameOrEnd, ""
	case '[':
		if !c.push(false) {
			return st, "nested too deep"
		}
		if c.below() {
			return stBelow, ""
		}
		return stValueOrEnd, ""
	case ']':
		if st == stValueOrEnd {
			return c.closing(b, "")
		}
	case 't':
		c.word = "rue"
		return stLiteral, ""
	case 'f':
		c.word = "alse"
		return stLiteral, ""
	case 'n':
		c.word = "ull"
		return stLiteral, ""
	case '-':
		c.length = 1
		return stMinus, ""
	case '0':
		c.length = 1
		return stZero, ""
	case '1', '2', '3', '4', '5', '6', '7', '8', '9':
		c.length = 1
		return stInt, ""
	}
	return st, "want a value"
}

func (c *Checker) closing(b byte, reason string) (state, string) {
	if want := c.inObject(); want && b == '}' || !want && b == ']' {
		c.depth--
		return c.afterValue(), ""
	}
	return stAfter, reason
}

func (c *Checker) inLiteral(p []byte, i int) (int, state, string) {
	for i < len(p) && c.word != "" {
		if p[i] != c.word[0] {
			return i, stLiteral, "want a value"
		}
		c.word = c.word[1:]
		i++
	}
	if c.word != "" {
		return i, stLiteral, ""
	}
	return i, c.afterValue(), ""
}

// inNumber takes the bytes of a number. The byte that ends it is not taken.
func (c *Checker) inNumber(p []byte, i int, st state) (int, state, string) {
	start := i
	for ; i < len(p); i++ {
		b := p[i]
		digit := b-'0' <= 9
		switch {
		case digit && (st == stInt || st == stFrac || st == stExp):
		case digit && st == stMinus:
			st = stInt
			if b == '0' {
				st = stZero
			}
		case digit && st == stDot:
			st = stFrac
		case digit && (st == stE || st == stESign):
			st = stExp
		case b == '.' && (st == stZero || st == stInt):
			st = stDot
		case b|0x20 == 'e' && (st == stZero || st == stInt || st == stFrac):
			st = stE
		case (b == '+' || b == '-') && st == stE:
			st = stESign
		case st == stZero && digit:
			return i, st, "number with a leading zero"
		case st == stZero || st == stInt || st == stFrac || st == stExp:
			return i, c.afterValue(), ""
		default:
			return i, st, "want a digit"
		}
		if c.length+i-start >= MaxNumber {
			return i, st, "number too long"
		}
	}
	c.length += i - start
	return i, st, ""
}
