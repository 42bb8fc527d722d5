package jsonspan

import (
	"encoding/binary"
	"unicode/utf16"
)

// inString takes the bytes of a string, after its opening quote, and with its closing one.
func (c *Checker) inString(p []byte, i int, st state) (int, state, string) {
	for i < len(p) {
		switch st {
		case stText:
			n := plain(p[i:])
			i += n
			if i == len(p) {
				return i, st, ""
			}
			switch b := p[i]; {
			case b == '"':
				if i+2 < len(p) && p[i+2] == '"' && c.joins(p[i+1]) {
					i += 3 // Fast path: nothing but that is between this string and the next.
					continue
				}
				if c.name {
					return i + 1, stColon, ""
				}
				return i + 1, c.afterValue(), ""
			case b == '\\':
				if i+2 < len(p) && dull(p[i+1], p[i+2]) {
					if i += 2; n < 40 { // Fast path: escapes are close to each other.
						i += dullText(p[i:])
					}
					continue
				}
				i++
				st = stEscape
			case b < 0x20:
				return i, st, "control character in a string"
			default:
				n := multibytes(p[i:])
				if n > 0 {
					i += n
					continue
				}
				if c.left, c.lo, c.hi = lead(b); c.left == 0 {
					return i, st, "invalid UTF-8"
				}
				i++
				st = stUTF8
			}
		case stUTF8:
			if p[i] < c.lo || p[i] > c.hi {
				return i, st, "invalid UTF-8"
			}
			i++
			c.lo, c.hi = 0x80, 0xBF
			if c.left--; c.left == 0 {
				st = stText
			}
		case stEscape:
			switch p[i] {
			case '"', 'n', 'r', 't', 'b', 'f':
				st = stText
			case '\\':
				// What a backslash of the decoded text escapes is seen here; where it may
				// stand in the next Write, it is taken to hide something.
				if !c.whole && len(p)-i <= 5 || Hides(p[i+1:]) {
					c.hides = true
				}
				st = stText
			case '/':
				c.hides = true
				st = stText
			case 'u':
				c.left, c.unit, c.high = 4, 0, false
				st = stHex
			default:
				return i, st, "invalid escape in a string"
			}
			i++
		case stHex:
			d := unhex(p[i])
			if d < 0 {
				return i, st, "invalid escape in a string"
			}
			i++
			c.unit = c.unit<<4 | d
			if c.left--; c.left > 0 {
				continue
			}
			c.hides = c.hides || !separates(c.unit)
			switch {
			case !utf16.IsSurrogate(c.unit):
				if st = stText; c.high {
					return i - 1, st, "lone surrogate in a string"
				}
			case c.unit < 0xDC00 && !c.high:
				st = stPairSlash
			case c.unit >= 0xDC00 && c.high:
				st = stText
			default:
				return i - 1, st, "lone surrogate in a string"
			}
		case stPairSlash:
			if p[i] != '\\' {
				return i, st, "lone surrogate in a string"
			}
			i++
			st = stPairU
		default: // stPairU
			if p[i] != 'u' {
				return i, st, "lone surrogate in a string"
			}
			i++
			c.left, c.unit, c.high = 4, 0, true
			st = stHex
		}
	}
	return i, st, ""
}

// joins reports whether b may stand between the string that ends and another. If so, it is the other that c is in.
func (c *Checker) joins(b byte) bool {
	switch {
	case c.below():
		return b == ',' || b == ':'
	case c.name:
		c.name = b != ':'
		return b == ':'
	case b == ',' && c.depth > 0:
		c.name = c.inObject()
		return true
	}
	return false
}

// dull reports whether a backslash and a are an escape, and hide nothing, where next follows them.
func dull(a, next byte) bool {
	switch a {
	case '"', 'n', 'r', 't', 'b', 'f':
		return true
	case '\\':
		return next != '/' && next != 'u' // which may be an escape of the text in the string
	}
	return false
}

// multibytes returns the length of a prefix of p that is whole characters: those of two
// or three bytes, and single plain ones between them. It may return 0.
func multibytes(p []byte) int {
	q := p
	for len(q) >= 4 {
		w := binary.LittleEndian.Uint32(q)
		switch b := byte(w); {
		case w&0xC0C0F0 == 0x8080E0:
			// After E0 the second byte is A0 or more, after ED less.
			if b == 0xE0 && w&0x2000 == 0 || b == 0xED && w&0x2000 != 0 {
				return len(p) - len(q)
			}
			q = q[3:]
		case w&0xC0E0 == 0x80C0 && b >= 0xC2:
			q = q[2:]
		case b < 0x80 && b >= 0x20 && b != '"' && b != '\\' && w&0x8000 != 0:
			q = q[1:] // a blank between two words; leave more of it to plain
		default:
			return len(p) - len(q)
		}
	}
	return len(p) - len(q)
}

// lead returns how many continuation bytes follow b, and the range of the first. It
// returns 0 if no character begins with b.
func lead(b byte) (left uint8, lo, hi byte) {
	switch {
	case b < 0xC2 || b > 0xF4:
		return 0, 0, 0
	case b < 0xE0:
		return 1, 0x80, 0xBF
	case b == 0xE0:
		return 2, 0xA0, 0xBF
	case b == 0xED:
		return 2, 0x80, 0x9F
	case b < 0xF0:
		return 2, 0x80, 0xBF
	case b == 0xF0:
		return 3, 0x90, 0xBF
	case b == 0xF4:
		return 3, 0x80, 0x8F
	}
	return 3, 0x80, 0xBF
}
