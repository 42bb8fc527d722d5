package jsonspan

import (
	"strconv"
	"unicode/utf8"

	"github.com/mcpveil/mcpveil/internal/bytescan"
)

const (
	// MaxToken is the longest name a Pointer holds, in bytes of the text; a longer one
	// is cut and ends in [Cut].
	MaxToken = 256
	// MaxPointer is the longest Pointer, its last token aside; what does not fit is
	// cut, and one token [Cut] stands for the rest.
	MaxPointer = 4 << 10
	// Cut marks what a Pointer leaves out.
	Cut = "…"
)

// A Cursor goes forward through a well-formed JSON text, given piece by piece, and says
// in which scalar, or name, it stands and under what JSON Pointer. On anything else than
// well-formed JSON it does not panic, and says something. Its memory is bounded by the
// text's depth. The zero Cursor is ready for use, by one goroutine at a time.
type Cursor struct {
	pos    int64 // offset of the next byte
	in     within
	name   bool  // the string is a name
	start  int64 // of the scalar
	escape int64 // of the last escape's backslash
	left   int   // bytes of the escape to come, where that is known
	surr   bool  // the escape may be the first half of a pair
	levels []level
	wants  bool   // the next string is a name
	names  []byte // the insides of the open objects' current names, cut

	bitmaps *bytescan.Structure // where there are kernels for it
	kept    *outline            // of text, or nil
	text    []byte              // all of it
}

// within is what the byte before the cursor belongs to.
type within uint8

const (
	outside within = iota
	text           // of a string
	slash          // an escape's backslash
	hexes          // an escape's later bytes
	number         // a number
	literal        // true, false, null
)

type level struct {
	object bool
	cut    bool  // its name was cut
	names  int   // where its name begins in Cursor.names
	end    int   // and ends
	index  int   // of the element, in an array
	since  int64 // offset of the comma or brace that its name follows, if that is not looked up yet; else -1
}

// A Place is where a Cursor stands.
type Place struct {
	Kind   Kind  // String, Name, Number, True (for any literal), or Invalid outside them, quotes included
	Start  int64 // of the scalar: of its opening quote, if it has one
	Escape int64 // of the escape the cursor stands inside of, or -1
}

// Reset puts c before the first byte of a text.
func (c *Cursor) Reset() {
	if c.pos == 0 { // Fast path: it is there.
		c.kept, c.text = nil, nil
		return
	}
	*c = Cursor{levels: c.levels[:0], names: c.names[:0], bitmaps: c.bitmaps}
}

// Pos returns the offset of the next byte.
func (c *Cursor) Pos() int64 { return c.pos }

// Depth returns how many containers are open.
func (c *Cursor) Depth() int { return len(c.levels) }

// At says where the next byte stands; it is the first of rest. rest may be empty only
// at the end of the text.
func (c *Cursor) At(rest []byte) Place {
	p := Place{Start: c.start, Escape: -1}
	var next byte
	if len(rest) > 0 {
		next = rest[0]
	}
	switch c.in {
	case slash, hexes:
		p.Escape = c.escape
		p.Kind = c.stringKind()
	case text:
		if next != '"' {
			p.Kind = c.stringKind()
		}
	case number:
		if numberByte(next) {
			p.Kind = Number
		}
	case literal:
		if letter(next) {
			p.Kind = True
		}
	default:
		p.Start = c.pos
		switch {
		case next == '-' || next-'0' <= 9:
			p.Kind = Number
		case next == 't' || next == 'f' || next == 'n':
			p.Kind = True
		}
	}
	return p
}

func (c *Cursor) stringKind() Kind {
	if c.name {
		return Name
	}
	return String
}

func letter(b byte) bool { return b|0x20-'a' < 26 }

func numberByte(b byte) bool {
	return b-'0' <= 9 || b == '.' || b == '-' || b == '+' || b|0x20 == 'e'
}

// Open returns the offset of the string, name, number or literal that the byte before
// the cursor belongs to, if it may go on; else c.Pos().
func (c *Cursor) Open() int64 {
	switch c.in {
	case outside:
		return c.pos
	}
	return c.start
}

// InString reports whether the next byte belongs to a string or name, its closing
// quote included.
func (c *Cursor) InString() bool { return c.in == text || c.in == slash || c.in == hexes }

// Advance moves c over p, the next bytes of the text.
func (c *Cursor) Advance(p []byte) {
	for len(p) > 0 {
		n := 0
		switch {
		case c.kept != nil && (c.in == outside || c.in == text && !c.name):
			c.follow(p)
			return
		case c.in == outside && len(p) >= bulkLeast && bytescan.FastStructure():
			c.bulk(p)
			return
		case c.in == outside:
			n = c.skip(p)
		case c.in == text && !c.name:
			n = c.inside(p)
		default:
			n = c.step(p)
		}
		p = p[n:]
	}
}

// skip moves c, outside of strings, numbers and literals, over p, or up to where p ends
// inside of one of them. It returns how far it came, at least a byte.
func (c *Cursor) skip(p []byte) int {
	base := c.pos
	for i := 0; i < len(p); {
		at := i
		b := p[i]
		i++
		switch b {
		case ' ', '\n', '\r', '\t', ':':
		case ',':
			if n := len(c.levels); n > 0 {
				l := &c.levels[n-1]
				l.index++
				c.wants = l.object
			}
		case '"':
			c.start = base + int64(at)
			c.name = c.wants && len(c.levels) > 0
			if c.name {
				c.wants = false
				l := &c.levels[len(c.levels)-1]
				c.names = c.names[:l.names]
				l.end, l.cut = l.names, false
			}
			n := stringEnd(p[i:])
			if n < 0 {
				c.in, c.pos = text, base+int64(i)
				return i
			}
			if c.name {
				c.capture(p[i : i+n-1])
				c.name = false
			}
			i += n
		case '{', '[':
			c.levels = append(c.levels, level{object: b == '{', names: len(c.names), end: len(c.names), since: -1})
			c.wants = b == '{'
		case '}', ']':
			if n := len(c.levels); n > 0 {
				c.names = c.names[:c.levels[n-1].names]
				c.levels = c.levels[:n-1]
			}
			c.wants = false
		default:
			c.start = base + int64(at)
			in := literal
			if numberByte(b) && b != 'e' && b != 'E' {
				in = number
				for i < len(p) && numberByte(p[i]) {
					i++
				}
			} else {
				for i < len(p) && letter(p[i]) {
					i++
				}
			}
			if i == len(p) {
				c.in = in
			}
		}
	}
	c.pos = base + int64(len(p))
	return len(p)
}

// longestEscape is the length of a surrogate pair's.
const longestEscape = 12

// inside moves c, in the text of a string that is no name, to the string's end, or to the
// end of p if the string goes on there. It returns how far it came.
func (c *Cursor) inside(p []byte) int {
	n, sure := stringEndSoon(p, 8)
	switch {
	case n >= 0:
		c.in = outside
		c.pos += int64(n)
		return n
	case !sure && len(p) >= bulkLeast && bytescan.FastStructure():
		c.bulk(p)
		return len(p)
	case !sure:
		if n = stringEnd(p); n >= 0 {
			c.in = outside
			c.pos += int64(n)
			return n
		}
	}
	n = settle(p)
	c.pos += int64(n)
	for n < len(p) {
		n += c.step(p[n:])
	}
	return len(p)
}

// settle returns a place in p, which begins inside a string that does not end in it, and not
// inside an escape, where no escape goes on: its end, or the last one before it that is easily told.
func settle(p []byte) int {
	n, plain := len(p), 0
	for n > 0 {
		n--
		plain++
		switch {
		case p[n] != '\\':
			if plain == longestEscape {
				return n + longestEscape
			}
			continue
		case n > 0 && p[n-1] == '\\' || afterHigh(p[:n]):
			plain = 0
		default: // the first of some backslashes begins an escape
			return n
		}
	}
	return 0
}

// afterHigh reports whether what follows p may be the second half of a surrogate pair.
func afterHigh(p []byte) bool {
	n := len(p) - 6
	return n >= 0 && p[n] == '\\' && p[n+1] == 'u' && p[n+2]|0x20 == 'd' && hexValue[p[n+3]]&^3 == 8
}

// AfterEscape returns the first place from p[at:] on where no escape goes on. p begins inside
// a string and not inside an escape, and the string does not end before p[at]. It needs
// to see so many bytes behind at as an escape has at most.
func AfterEscape(p []byte, at int) int {
	n := settle(p[:at])
	for n < at {
		k := 1
		if p[n] == '\\' {
			_, k, _ = Unescape(p[n:])
		}
		n += k
	}
	return n
}

// step moves c, inside a string, name, number or literal, over the first bytes of p. It
// returns over how many, which is 0 where the number or literal has ended before p.
func (c *Cursor) step(p []byte) int {
	n := 1
	switch c.in {
	case text:
		if n = content(p); n > 0 {
			c.capture(p[:n])
		} else if n = 1; p[0] == '"' {
			c.in, c.name = outside, false
		} else {
			c.capture(p[:1])
			c.in, c.escape, c.surr = slash, c.pos, false
		}
	case slash:
		c.capture(p[:1])
		if c.in = text; p[0] == 'u' {
			c.in, c.left = hexes, 4
		}
	case hexes:
		c.hex(p[0])
	case number:
		if !numberByte(p[0]) {
			c.in, n = outside, 0
		}
	case literal:
		if !letter(p[0]) {
			c.in, n = outside, 0
		}
	}
	c.pos += int64(n)
	return n
}

// SkipString moves c over the bytes of p that belong to the string or name it stands
// in, its closing quote not included, and returns how many they are.
func (c *Cursor) SkipString(p []byte) int {
	i := 0
	for i < len(p) && c.InString() {
		n := 1
		if c.in == text {
			if p[i] == '"' {
				return i
			}
			n = max(content(p[i:]), 1)
		}
		c.Advance(p[i : i+n])
		i += n
	}
	return i
}

// hex takes a byte of a \u escape after the u. A pair of surrogates is one escape of
// twelve bytes.
func (c *Cursor) hex(b byte) {
	if c.name {
		c.capture([]byte{b})
	}
	switch {
	case c.left == 4 && c.pos-c.escape == 2:
		c.surr = b|0x20 == 'd'
	case c.left == 3 && c.pos-c.escape == 3:
		c.surr = c.surr && (b == '8' || b == '9' || b|0x20 == 'a' || b|0x20 == 'b')
	}
	if c.left--; c.left > 0 {
		return
	}
	if c.surr {
		c.surr, c.left = false, 6
		return
	}
	c.in = text
}

func (c *Cursor) capture(p []byte) {
	if !c.name || len(p) == 0 {
		return
	}
	c.captureFor(&c.levels[len(c.levels)-1], p)
}

// captureFor appends p to the name of l, whose name is the last one in c.names.
func (c *Cursor) captureFor(l *level, p []byte) {
	room := max(0, min(MaxToken-(l.end-l.names), MaxPointer-l.end))
	if len(p) > room {
		p, l.cut = p[:room], true
	}
	c.names = append(c.names, p...)
	l.end += len(p)
}

// AppendPointer appends the JSON Pointer of the scalar or name in which, or before
// which, c stands; the pointer of a name is that of its member. rest are the bytes
// after the cursor: a name that c stands in is read on in it.
func (c *Cursor) AppendPointer(dst, rest []byte) []byte {
	start := len(dst)
	for i := range c.levels {
		l := &c.levels[i]
		if len(dst)-start > MaxPointer {
			return append(append(dst, '/'), Cut...)
		}
		dst = append(dst, '/')
		if !l.object {
			dst = strconv.AppendInt(dst, int64(l.index), 10)
			continue
		}
		raw, cut := c.names[l.names:l.end], l.cut
		if i == len(c.levels)-1 && c.name && c.InString() && !cut {
			var buf [MaxToken]byte
			raw = buf[:copy(buf[:], raw)]
			n := nameEnd(rest, c.in, c.left)
			cut = n < 0
			if cut {
				n = len(rest)
			}
			room := max(0, min(MaxToken-len(raw), MaxPointer-l.end))
			if n > room {
				n, cut = room, true
			}
			raw = append(raw, rest[:n]...)
		}
		dst = appendToken(dst, raw, cut)
	}
	return dst
}

// nameEnd returns where the name ends that goes on in p, or -1.
func nameEnd(p []byte, in within, left int) int {
	skip := 0
	switch in {
	case slash:
		skip = 1
	case hexes:
		skip = left
	}
	if skip > len(p) {
		return -1
	}
	n := stringEnd(p[skip:])
	if n < 0 {
		return -1
	}
	return skip + n - 1
}

// appendToken appends the token of a Pointer that stands for raw, the inside of a name.
func appendToken(dst, raw []byte, cut bool) []byte {
	if cut {
		raw = trimPartial(raw)
	}
	for i := 0; i < len(raw); {
		n := i
		for n < len(raw) && raw[n] != '\\' && raw[n] != '~' && raw[n] != '/' {
			n++
		}
		if dst = append(dst, raw[i:n]...); n == len(raw) {
			break
		}
		i = n
		r, n := rune(raw[i]), 1
		if r == '\\' {
			r, n, _ = Unescape(raw[i:])
		}
		switch r {
		case '~':
			dst = append(dst, "~0"...)
		case '/':
			dst = append(dst, "~1"...)
		default:
			dst = utf8.AppendRune(dst, r)
		}
		i += n
	}
	if cut {
		dst = append(dst, Cut...)
	}
	return dst
}

// trimPartial drops an escape or a character that raw ends inside of.
func trimPartial(raw []byte) []byte {
	for i := 0; i < len(raw); {
		n := 1
		if raw[i] == '\\' {
			var ok bool
			if _, n, ok = Unescape(raw[i:]); !ok || i+n >= len(raw) {
				return raw[:i]
			}
		} else if raw[i] >= utf8.RuneSelf {
			if !utf8.FullRune(raw[i:]) {
				return raw[:i]
			}
			_, n = utf8.DecodeRune(raw[i:])
		}
		i += n
	}
	return raw
}
