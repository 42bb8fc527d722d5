package mcpwire

import (
	"bytes"
	"math/bits"
	"unicode/utf8"
)

// A nameSet is names that are looked up.
type nameSet struct {
	names []string
	long  [40]uint32 // by a length: which of them are of that length; longer than any
}

func newNameSet(names ...string) *nameSet {
	s := &nameSet{names: names}
	for i, name := range names {
		s.long[len(name)] |= 1 << i
	}
	return s
}

// lookup finds key, a member name as it stands between its quotes, in set. exact is false where
// it only matches in another case (by Unicode's simple folding, as encoding/json does) or written
// with escapes. nul reports a NUL in it.
func lookup(key []byte, set *nameSet) (n int, exact, nul bool) {
	var like uint32
	if len(key) < len(set.long) {
		like = set.long[len(key)]
	}
	for m := like; m != 0; m &= m - 1 {
		if i := bits.TrailingZeros32(m); string(key) == set.names[i] {
			return i, true, false
		}
	}
	if plain(key) {
		for m := like; m != 0; m &= m - 1 {
			if i := bits.TrailingZeros32(m); equalFold(key, set.names[i]) {
				return i, false, false
			}
		}
		return -1, false, false
	}
	var buf [64]byte // longer than any name, however it is folded
	escaped := bytes.IndexByte(key, '\\') >= 0
	switch {
	case escaped && len(key) <= 6*len(buf):
		d, _ := appendUnquoted(buf[:0], key)
		key = d
	case escaped:
		return -1, false, bytes.Contains(key, []byte(`\u0000`))
	}
	for i, s := range set.names {
		if len(key) <= len(buf) && equalFold(key, s) {
			return i, false, false
		}
	}
	return -1, false, bytes.IndexByte(key, 0) >= 0
}

// plain reports whether key is ASCII, without escapes and NULs, as nearly all are.
func plain(key []byte) bool {
	for _, c := range key {
		if c == '\\' || c-1 >= utf8.RuneSelf-1 {
			return false
		}
	}
	return true
}

// equalFold is bytes.EqualFold(key, []byte(s)) for an ASCII s, without the conversion. Beyond
// ASCII only U+017F (ſ) and U+212A (the Kelvin sign) fold to ASCII letters.
func equalFold(key []byte, s string) bool {
	for i := 0; i < len(s); i++ {
		if len(key) == 0 {
			return false
		}
		c, n := key[0], 1
		if c >= utf8.RuneSelf {
			var r rune
			switch r, n = utf8.DecodeRune(key); r {
			case 'ſ':
				c = 's'
			case '\u212a':
				c = 'k'
			default:
				return false
			}
		}
		if lower(c) != lower(s[i]) {
			return false
		}
		key = key[n:]
	}
	return len(key) == 0
}

func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		c += 'a' - 'A'
	}
	return c
}

// findID returns the id of a message that was refused, if its own members, as far as they can be
// read, have exactly one, and whether it was an answer.
func findID(msg []byte) (id []byte, answer bool) {
	i := skipSpace(msg, 0)
	if i == len(msg) || msg[i] != '{' {
		return nil, false
	}
	w := walk(msg, i)
	end := 0 // of the id
	var seen [numTop]int
	for {
		m, ok, reason := w.next()
		if !ok {
			if reason != "" && m.key.To > 0 { // cut off in this member
				if n, exact, _ := lookup(m.key.Of(msg), topNames); exact {
					seen[n]++
				}
			}
			answer = seen[inMethod] == 0 && seen[inResult]+seen[inError] > 0
			if seen[inID] != 1 || reason != "" && w.pos <= skipSpace(msg, end) { // nobody can say that the id ends there
				id = nil
			}
			return id, answer
		}
		n, exact, _ := lookup(m.key.Of(msg), topNames)
		if n < 0 {
			continue
		}
		seen[n]++
		if v := m.value.Of(msg); n == inID && exact && isID(v) {
			id, end = v, m.value.To
		}
	}
}

// isID reports whether v, a JSON value, can be an id, and can be sent back as it stands.
func isID(v []byte) bool {
	return v[0] == '"' && wellFormed(v[1:len(v)-1]) || v[0] == '-' || '0' <= v[0] && v[0] <= '9'
}

// wellFormed reports whether the inside of a string is valid JSON.
func wellFormed(s []byte) bool {
	for _, c := range s {
		if c < ' ' {
			return false
		}
	}
	if bytes.IndexByte(s, '\\') >= 0 {
		if _, ok := appendUnquoted(nil, s); !ok {
			return false
		}
	}
	return utf8.Valid(s)
}
