package detect

import "bytes"

// Masking tokens are what numbers stand in that are nobody's: UUIDs, long hex
// strings, time stamps, floats, versions, base64. A match without a literal of its
// own may contain one, or be one, but it may not start or end inside one.

const (
	maxToken   = 96 // bytes either side of a match that are looked at for a token
	minHex     = 32
	minBase64  = 40
	uuidLen    = 36
	stampReach = 40
)

// masked reports whether a match at [start, end) starts or ends inside such a token.
func (s *scan) masked(start, end int) bool {
	return s.inFloat(start, end) || s.inRun(start, end) || s.inStamp(start, end)
}

// torn reports whether a match at [start, end) starts or ends inside [a, b).
func torn(start, end, a, b int) bool {
	return a < start && start < b || a < end && end < b
}

// inFloat: digits on the other side of a decimal point, or an exponent. The 3e of \u003e,
// as which > is often written, are none.
func (s *scan) inFloat(start, end int) bool {
	raw := s.raw
	if isDigit(raw[start]) && start >= 2 {
		switch raw[start-1] {
		case '.':
			if s.digitAt(start - 2) {
				return true
			}
		case 'e', 'E':
			if s.digitAt(start-2) && start >= 3 && (raw[start-3] == '.' || isDigit(raw[start-3])) {
				return true
			}
		case '+', '-':
			if raw[start-2]|0x20 == 'e' && s.digitAt(start-3) {
				return true
			}
		}
	}
	if isDigit(raw[end-1]) && end+1 < len(raw) {
		switch raw[end] {
		case '.':
			return isDigit(raw[end+1])
		case 'e', 'E':
			return isDigit(raw[end+1]) || end+2 < len(raw) && (raw[end+1] == '+' || raw[end+1] == '-') && isDigit(raw[end+2])
		}
	}
	return false
}

// inRun: UUID, hex and base64.
func (s *scan) inRun(start, end int) bool {
	raw := s.raw
	a, b := start, end
	for low := max(0, start-maxToken); a > low && tokenByte[raw[a-1]] && raw[a-1] != '='; {
		a--
	}
	for high := min(len(raw), end+maxToken); b < high && tokenByte[raw[b]]; {
		b++
	}
	if b-a < minHex {
		return false // Fast path: what is attached is short.
	}
	if s.escaped {
		a = min(start, escapeEnd(raw, a))
	}
	for k := max(a, start-uuidLen); k < end && k+uuidLen <= b; k++ {
		if raw[k+8] == '-' && isUUID(raw[k:k+uuidLen]) && torn(start, end, k, k+uuidLen) {
			return true
		}
	}
	// The hex run around either end.
	if s.hexAround(start, a, b, start, end) || s.hexAround(end-1, a, b, start, end) {
		return true
	}
	return b-a >= minBase64 && torn(start, end, a, b) && scrambled(raw[a:b])
}

func (s *scan) hexAround(at, a, b, start, end int) bool {
	i, j := at, at
	for i > a && isHex(s.raw[i-1]) {
		i--
	}
	for j < b && isHex(s.raw[j]) {
		j++
	}
	return j-i >= minHex && torn(start, end, i, j)
}

// tokenByte says which bytes hex, UUIDs and base64 are made of.
var tokenByte = func() (t [256]bool) {
	for c := range t {
		t[c] = isAlnum(byte(c))
	}
	for _, c := range "-_+/=" {
		t[c] = true
	}
	return t
}()

func isUUID(b []byte) bool {
	for i, c := range b {
		if i == 8 || i == 13 || i == 18 || i == 23 {
			if c != '-' {
				return false
			}
		} else if !isHex(c) {
			return false
		}
	}
	return true
}

// scrambled reports whether text changes between capitals, small letters and digits
// as often as base64 of binary data does, which paths and names do not.
func scrambled(text []byte) bool {
	class := func(c byte) int {
		switch {
		case isDigit(c):
			return 1
		case c-'A' < 26:
			return 2
		case c-'a' < 26:
			return 3
		}
		return 0
	}
	changes, have := 0, 0
	for i, c := range text {
		k := class(c)
		have |= 1 << k
		if i > 0 && k != class(text[i-1]) {
			changes++
		}
	}
	return have&14 == 14 && changes >= len(text)*2/5
}

// inStamp: an ISO 8601 date and time. A match may be just its date.
func (s *scan) inStamp(start, end int) bool {
	raw := s.raw
	high := min(len(raw), end+stampColon)
	for i := max(0, start-stampReach) + stampColon; i < high; i++ {
		n := bytes.IndexByte(raw[i:high], ':')
		if n < 0 {
			return false
		}
		i += n
		k := i - stampColon
		if raw[k+4] != raw[k+7] || k > 0 && isDigit(raw[k-1]) {
			continue
		}
		if n := stampLen(raw[k:]); n > 0 && torn(start, end, k, k+n) && !(start == k && end == k+10) {
			return true
		}
	}
	return false
}

// stampColon is where the first colon of a time stamp stands.
const stampColon = 13

// stampLen returns the length of the time stamp that text begins with, or 0.
func stampLen(text []byte) int {
	const form = "dddd-dd-ddTdd:dd"
	if len(text) < len(form) || text[4] != '-' && text[4] != '/' {
		return 0
	}
	for i := range len(form) {
		c := text[i]
		switch form[i] {
		case 'd':
			if !isDigit(c) {
				return 0
			}
		case 'T':
			if c != 'T' && c != ' ' && c != 't' {
				return 0
			}
		case '-':
			if c != text[4] {
				return 0
			}
		case ':':
			if c != ':' {
				return 0
			}
		}
	}
	n := len(form)
	for n < len(text) && n < stampReach && (isDigit(text[n]) || text[n] == ':' || text[n] == '.' || text[n] == ',' && n == 19) {
		n++
	}
	for n > len(form) && !isDigit(text[n-1]) {
		n--
	}
	zone := n
	if zone < len(text) && text[zone] == ' ' {
		zone++
	}
	if zone+5 <= len(text) && (text[zone] == '+' || text[zone] == '-') && isDigit(text[zone+1]) && isDigit(text[zone+2]) {
		k := zone + 3
		if text[k] == ':' {
			k++
		}
		if k+2 <= len(text) && isDigit(text[k]) && isDigit(text[k+1]) {
			return k + 2
		}
	}
	if n < len(text) && text[n] == 'Z' {
		n++
	}
	return n
}
