package mcpwire

import (
	"bytes"
	"strconv"
)

// AppendID appends a form of id, a JSON string or number as it stands in a message, in which equal ids
// are equal bytes however they are spelled. A number and a string are never equal.
func AppendID(dst, id []byte) []byte {
	if len(id) > 1 && id[0] == '"' {
		dst = append(dst, '"')
		if body := id[1 : len(id)-1]; bytes.IndexByte(body, '\\') < 0 {
			return append(dst, body...)
		} else {
			dst, _ = appendUnquoted(dst, body)
			return dst
		}
	}
	if bytes.ContainsAny(id, ".eE") || string(id) == "-0" {
		if f, err := strconv.ParseFloat(string(id), 64); err == nil && f == float64(int64(f)) && -1<<53 < f && f < 1<<53 {
			return strconv.AppendInt(dst, int64(f), 10)
		}
	}
	return append(dst, id...)
}

// Names appends the member names of the object at s, as spans of what stands between their quotes.
// It appends none for any other value.
func Names(dst []Span, msg []byte, s Span) []Span {
	if s.To == 0 || msg[s.From] != '{' {
		return dst
	}
	w := walk(msg[:s.To], s.From)
	for {
		m, ok, _ := w.next()
		if !ok {
			return dst
		}
		dst = append(dst, m.key)
	}
}

// Member returns the value of the member name of the object at s, or none. Names written with escapes
// are not recognised.
func Member(msg []byte, s Span, name string) Span {
	if s.To == 0 || msg[s.From] != '{' {
		return Span{}
	}
	w := walk(msg[:s.To], s.From)
	for {
		m, ok, _ := w.next()
		if !ok {
			return Span{}
		}
		if string(m.key.Of(msg)) == name {
			return m.value
		}
	}
}
