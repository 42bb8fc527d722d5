package detect

import (
	"encoding/binary"

	"github.com/mcpveil/mcpveil/internal/bytescan"
)

// escapeLen returns the length of the escape whose letter stands at raw[i], the
// letter and what belongs to it: 1 for n, 5 for u0041, 0 if there is none. A
// backslash must stand before it; how many do is of no matter, since every level
// of nested JSON doubles them.
func escapeLen(raw []byte, i int) int {
	if i <= 0 || i >= len(raw) || raw[i-1] != '\\' {
		return 0
	}
	return bytescan.EscapeLen(raw, i)
}

// inEscape reports whether raw[i] is the letter of an escape or a digit of \uXXXX.
func inEscape(raw []byte, i int) bool {
	if i <= 0 || i >= len(raw) {
		return false
	}
	c := raw[i-1]
	if c == '\\' {
		return escapeLen(raw, i) > 0
	}
	if !isHex(raw[i]) || c != 'u' && !isHex(c) {
		return false // Fast path.
	}
	if i >= 8 && !anyBackslash(binary.LittleEndian.Uint64(raw[i-8:])) {
		return false // Letters and digits are mostly among others.
	}
	for k := 1; k < 5 && k < i; k++ {
		if raw[i-k-1] == '\\' {
			return escapeLen(raw, i-k) > k
		}
	}
	return false
}

// anyBackslash reports whether one of eight bytes may be a backslash.
func anyBackslash(v uint64) bool {
	v ^= 0x5c5c5c5c5c5c5c5c
	return (v-0x0101010101010101)&^v&0x8080808080808080 != 0
}

// wordBefore reports whether a word byte stands before raw[i], the letters of
// escapes not counted.
func (s *scan) wordBefore(i int) bool {
	return i > 0 && bytescan.IsWord(s.raw[i-1]) && !(s.escaped && inEscape(s.raw, i-1))
}

func (s *scan) wordAt(i int) bool {
	return i < len(s.raw) && bytescan.IsWord(s.raw[i])
}

func (s *scan) digitAt(i int) bool {
	return i >= 0 && i < len(s.raw) && isDigit(s.raw[i]) && !(s.escaped && inEscape(s.raw, i))
}

// startOK reports whether a match under guard may start at i.
func (s *scan) startOK(guard Guard, i int) bool {
	if guard == GuardNone {
		return !s.escaped || !inEscape(s.raw, i)
	}
	return s.mayStart(i)>>guard&1 != 0
}

// anyGuard is all guards, as bits.
const anyGuard = 1<<GuardNone | 1<<GuardWord | 1<<GuardDigit

// holds says behind which bytes a match may have to wait: a word goes on there, or a
// number, or an escape. Behind the others any may start.
var holds = func() (h [256]bool) {
	for c := range h {
		h[c] = bytescan.IsWord(byte(c)) || c == '\\' || c == '.' || c == '-' || c == ','
	}
	return h
}()

// mayStart returns the guards under which a match may start at i, as bits.
func (s *scan) mayStart(i int) (guards uint8) {
	if i == 0 || !holds[s.raw[i-1]] {
		return anyGuard // Fast path.
	}
	escapes := s.escaped && (i < 8 || anyBackslash(binary.LittleEndian.Uint64(s.raw[i-8:])))
	if escapes && inEscape(s.raw, i) {
		return 0
	}
	guards = 1 << GuardNone
	c := s.raw[i-1]
	word := bytescan.IsWord(c)
	if word && escapes && inEscape(s.raw, i-1) {
		return anyGuard
	}
	if !word {
		guards |= 1 << GuardWord
	}
	switch {
	case isDigit(c):
		return guards
	case c == '.' || c == '-':
		if i > 1 && i < len(s.raw) && isDigit(s.raw[i-2]) && isDigit(s.raw[i]) && !(escapes && inEscape(s.raw, i-2)) {
			return guards
		}
	case c == ',':
		if s.thousands(i - 1) {
			return guards
		}
	}
	return guards | 1<<GuardDigit
}

// endOK reports whether a match under guard may end before i.
func (s *scan) endOK(guard Guard, i int) bool {
	if s.escaped && s.raw[i-1] == '\\' {
		return false // the escape would be torn
	}
	if i >= len(s.raw) {
		return true
	}
	switch guard {
	case GuardWord:
		return !bytescan.IsWord(s.raw[i])
	case GuardDigit:
		switch s.raw[i] {
		case '0', '1', '2', '3', '4', '5', '6', '7', '8', '9':
			return false
		case '.', '-':
			return !s.digitAt(i+1) || !s.digitAt(i-1)
		case ',':
			return !s.thousands(i)
		}
	}
	return true
}

// thousands reports whether the comma at i divides the thousands of one number:
// up to three digits before it, just three behind. In a table of numbers without
// spaces it mostly does not.
func (s *scan) thousands(i int) bool {
	return s.digitAt(i+1) && s.digitAt(i+2) && s.digitAt(i+3) && !s.digitAt(i+4) &&
		s.digitAt(i-1) && !(s.digitAt(i-2) && s.digitAt(i-3) && s.digitAt(i-4))
}

func isHex(c byte) bool { return isDigit(c) || c|0x20-'a' < 6 }
