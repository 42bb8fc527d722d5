package mcpwire

import (
	"unicode/utf16"
	"unicode/utf8"
)

// NOTE
//
// A walker goes over the members of one object or the elements of one array, and skips what
// lies below them: containers by counting brackets, strings by looking for their quote. It
// checks the grammar of its own level only; what lies below is checked by whoever scans it
// (package redact), and by the receiver. Where a nested value ends is the same for every reader
// that accepts the message, so the spans are right or the message is refused later.
//
//	walker: 0 ≤ pos ≤ len(msg)

// A walker walks one object or array. It allocates nothing.
type walker struct {
	msg   []byte
	pos   int
	close byte // '}' or ']'
	begun bool
}

// A member is one member of an object, or element of an array.
type member struct {
	key   Span // inside the quotes; none in an array
	value Span
}

// walk returns a walker of the container that begins at msg[at].
func walk(msg []byte, at int) walker {
	c := byte('}')
	if msg[at] == '[' {
		c = ']'
	}
	return walker{msg: msg, pos: at + 1, close: c}
}

// next returns the next member. ok is false after the last, with pos behind the bracket;
// reason is not "" if the grammar is broken at pos.
func (w *walker) next() (m member, ok bool, reason string) {
	if ok, reason = w.head(&m); ok {
		reason = w.value(&m, 0)
	}
	return m, ok && reason == "", reason
}

// head is next up to the member's value, at which it leaves pos.
func (w *walker) head(m *member) (ok bool, reason string) {
	w.pos = skipSpace(w.msg, w.pos)
	if w.pos >= len(w.msg) {
		return false, "message ends early"
	}
	if w.msg[w.pos] == w.close {
		w.pos++
		return false, ""
	}
	if w.begun {
		if w.msg[w.pos] != ',' {
			return false, "want a comma or a closing bracket"
		}
		w.pos = skipSpace(w.msg, w.pos+1)
	}
	w.begun = true
	if w.close == '}' {
		reason = w.key(m)
	}
	return reason == "", reason
}

// value is what of next follows head. end is where the value ends, 0 if that is not known.
func (w *walker) value(m *member, end int) (reason string) {
	if end == 0 {
		if end, reason = skipValue(w.msg, w.pos); reason != "" {
			w.pos = min(end, len(w.msg))
			return reason
		}
	}
	m.value = Span{w.pos, end}
	w.pos = end
	return ""
}

// key reads a member's name and colon, and leaves pos at the value.
func (w *walker) key(m *member) (reason string) {
	if w.pos >= len(w.msg) || w.msg[w.pos] != '"' {
		return "want a member name"
	}
	end := skipString(w.msg, w.pos)
	if end < 0 {
		w.pos = len(w.msg)
		return "string does not end"
	}
	m.key = Span{w.pos + 1, end - 1}
	w.pos = skipSpace(w.msg, end)
	if w.pos >= len(w.msg) || w.msg[w.pos] != ':' {
		return "want a colon"
	}
	w.pos = skipSpace(w.msg, w.pos+1)
	return ""
}

func skipSpace(b []byte, i int) int {
	for i < len(b) && (b[i] == ' ' || b[i] == '\n' || b[i] == '\r' || b[i] == '\t') {
		i++
	}
	return i
}

// skipValue returns the end of the value at b[i]. Scalars other than strings are checked to
// the letter, containers for matching depth only.
func skipValue(b []byte, i int) (end int, reason string) {
	if i >= len(b) {
		return i, "message ends early"
	}
	switch b[i] {
	case '"':
		if end = skipString(b, i); end < 0 {
			return len(b), "string does not end"
		}
		return end, ""
	case '{', '[':
	default:
		return skipScalar(b, i)
	}
	return skipContainer(b, i)
}

func skipScalar(b []byte, i int) (end int, reason string) {
	for _, lit := range [...]string{"true", "false", "null"} {
		if len(b)-i >= len(lit) && string(b[i:i+len(lit)]) == lit {
			return i + len(lit), ""
		}
	}
	return skipNumber(b, i)
}

// skipNumber checks RFC 8259's number grammar.
func skipNumber(b []byte, i int) (end int, reason string) {
	if i < len(b) && b[i] == '-' {
		i++
	}
	switch {
	case i < len(b) && b[i] == '0':
		i++
	case i < len(b) && '1' <= b[i] && b[i] <= '9':
		i = skipDigits(b, i)
	default:
		return i, "want a value"
	}
	if i < len(b) && b[i] == '.' {
		j := skipDigits(b, i+1)
		if j == i+1 {
			return j, "number without digits after its point"
		}
		i = j
	}
	if i < len(b) && (b[i] == 'e' || b[i] == 'E') {
		i++
		if i < len(b) && (b[i] == '+' || b[i] == '-') {
			i++
		}
		j := skipDigits(b, i)
		if j == i {
			return j, "number without digits in its exponent"
		}
		i = j
	}
	return i, ""
}

func skipDigits(b []byte, i int) int {
	for i < len(b) && '0' <= b[i] && b[i] <= '9' {
		i++
	}
	return i
}

// appendUnquoted appends the decoded inside of a JSON string to dst. ok is false for an escape
// that is none and for half a surrogate pair.
func appendUnquoted(dst, s []byte) (_ []byte, ok bool) {
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' {
			dst = append(dst, s[i])
			continue
		}
		if i++; i >= len(s) {
			return dst, false
		}
		switch s[i] {
		case '"', '\\', '/':
			dst = append(dst, s[i])
		case 'b':
			dst = append(dst, '\b')
		case 'f':
			dst = append(dst, '\f')
		case 'n':
			dst = append(dst, '\n')
		case 'r':
			dst = append(dst, '\r')
		case 't':
			dst = append(dst, '\t')
		case 'u':
			r, n := unicodeEscape(s[i+1:])
			if n == 0 {
				return dst, false
			}
			dst = utf8.AppendRune(dst, r)
			i += n
		default:
			return dst, false
		}
	}
	return dst, true
}

// unicodeEscape reads what follows \u, the second half of a pair included, and returns
// how many bytes that were, 0 if it is malformed.
func unicodeEscape(s []byte) (r rune, n int) {
	r = hex4(s)
	if r < 0 {
		return 0, 0
	}
	if !utf16.IsSurrogate(r) {
		return r, 4
	}
	if len(s) < 10 || s[4] != '\\' || s[5] != 'u' {
		return 0, 0
	}
	r = utf16.DecodeRune(r, hex4(s[6:]))
	if r == utf8.RuneError {
		return 0, 0
	}
	return r, 10
}

func hex4(s []byte) rune {
	if len(s) < 4 {
		return -1
	}
	var r rune
	for _, c := range s[:4] {
		switch {
		case '0' <= c && c <= '9':
			c -= '0'
		case 'a' <= c && c <= 'f':
			c -= 'a' - 10
		case 'A' <= c && c <= 'F':
			c -= 'A' - 10
		default:
			return -1
		}
		r = r<<4 | rune(c)
	}
	return r
}
