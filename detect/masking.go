package detect

import (
	"bytes"
	"fmt"
	"math/bits"
)

// Masking tokens are what numbers stand in that are nobody's: UUIDs, long hex
// strings, time stamps, floats, versions, base64. A match without a literal of its
// own may contain one, or be one, but it may not start or end inside one.

const (
	maxToken   = 96 // bytes either side of a match that are looked at for a token
	minHex     = 24 // as ObjectIds of MongoDB have
	sureHex    = 32 // fewer digits must have some letters among them
	minBase64  = 40
	uuidLen    = 36
	stampReach = 40
)

// A MaskingToken is a kind of text that numbers stand in which are nobody's.
type MaskingToken uint8

const (
	NoToken     MaskingToken = iota
	FloatToken               // digits on either side of a decimal point, or with an exponent
	UUIDToken                // as RFC 9562 writes it
	HexToken                 // a long run of hexadecimal digits: a digest, a key
	Base64Token              // a long run of capitals, small letters and digits that change often
	StampToken               // an ISO 8601 date and time
	EpochToken               // seconds or milliseconds since 1970, by the label before them
)

var tokenNames = [...]string{"none", "float", "UUID", "hex", "base64", "time stamp", "epoch"}

func (t MaskingToken) String() string {
	if int(t) >= len(tokenNames) {
		return fmt.Sprintf("MaskingToken(%d)", uint8(t))
	}
	return tokenNames[t]
}

// masked returns which token a match at [start, end) starts or ends inside of.
func (s *scan) masked(start, end int) MaskingToken {
	if s.inFloat(start, end) {
		return FloatToken
	}
	if t := s.inRun(start, end); t != NoToken {
		return t
	}
	if s.inStamp(start, end) {
		return StampToken
	}
	if s.isEpoch(start, end) {
		return EpochToken
	}
	return NoToken
}

// torn reports whether a match at [start, end) starts or ends inside [a, b).
func torn(start, end, a, b int) bool {
	return a < start && start < b || a < end && end < b
}

// inFloat: digits on the other side of a decimal point, or an exponent. The 3e of \u003e,
// as which > is often written, are none.
func (s *scan) inFloat(start, end int) bool {
	return s.floatBefore(start) || s.floatBehind(end)
}

// floatBefore reports whether a match at start would start inside a number.
func (s *scan) floatBefore(start int) bool {
	raw := s.raw
	if start < 2 || !isDigit(raw[start]) {
		return false
	}
	switch raw[start-1] {
	case '.':
		return s.digitAt(start - 2)
	case 'e', 'E':
		return s.digitAt(start-2) && start >= 3 && (raw[start-3] == '.' || isDigit(raw[start-3]))
	case '+', '-':
		return raw[start-2]|0x20 == 'e' && s.digitAt(start-3)
	}
	return false
}

// floatBehind reports whether a match up to end would end inside a number.
func (s *scan) floatBehind(end int) bool {
	raw := s.raw
	if end+1 >= len(raw) || !isDigit(raw[end-1]) {
		return false
	}
	switch raw[end] {
	case '.':
		return isDigit(raw[end+1])
	case 'e', 'E':
		return isDigit(raw[end+1]) || end+2 < len(raw) && (raw[end+1] == '+' || raw[end+1] == '-') && isDigit(raw[end+2])
	}
	return false
}

// inRun: UUID, hex and base64.
func (s *scan) inRun(start, end int) MaskingToken {
	raw := s.raw
	a, b := s.attached(start, end)
	if b-a < minHex {
		return NoToken // Fast path: what is attached is short.
	}
	if s.escaped {
		a = min(start, escapeEnd(raw, a))
	}
	for k := max(a, start-uuidLen); k < end && k+uuidLen <= b; k++ {
		n := bytes.IndexByte(raw[k+8:b], '-')
		if k += n; n < 0 || k >= end || k+uuidLen > b {
			break
		}
		if raw[k+13] == '-' && isUUID(raw[k:k+uuidLen]) && torn(start, end, k, k+uuidLen) {
			return UUIDToken
		}
	}
	// The hex run around either end.
	if s.hexAround(start, a, b, start, end) || s.hexAround(end-1, a, b, start, end) {
		return HexToken
	}
	if b-a >= minBase64 && torn(start, end, a, b) && s.scrambled(a, b) {
		return Base64Token
	}
	return NoToken
}

// attached returns what is attached to [start, end): tokenBytes on either side, but no
// "=" before it. Matches may stand close together in one long token, so what is known of
// the last one is used again.
func (s *scan) attached(start, end int) (a, b int) {
	raw, t := s.raw, &s.token
	a, b = start, end
	if t.text != s.text {
		*t = attachment{text: s.text}
	}
	for low := max(0, start-maxToken); a > low; {
		if t.before < a && a <= t.beforeEnd {
			a = max(low, t.before)
		} else if tokenByte[raw[a-1]] && raw[a-1] != '=' {
			a--
		} else {
			break
		}
	}
	t.before, t.beforeEnd = a, start
	if end < t.behindStart || end > t.behind {
		t.behindStart, t.behind = end, end
	}
	for high := min(len(raw), end+maxToken); ; t.behind++ {
		if b = min(high, t.behind); b == high || !tokenByte[raw[b]] {
			return a, b
		}
	}
}

// An attachment says that all of raw[before:beforeEnd] and raw[behindStart:behind] are
// tokenBytes, and that there is no "=" in the first.
type attachment struct {
	text                uint64 // the scan's count of texts
	before, beforeEnd   int
	behindStart, behind int
}

func (s *scan) hexAround(at, a, b, start, end int) bool {
	i, j := at, at
	for i > a && isHex(s.raw[i-1]) {
		i--
	}
	for j < b && isHex(s.raw[j]) {
		j++
	}
	if j-i < minHex || !torn(start, end, i, j) {
		return false
	}
	letters := 0
	for _, c := range s.raw[i:j] {
		if !isDigit(c) {
			letters++
		}
	}
	return j-i >= sureHex || letters >= 3
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

// scrambled reports whether raw[a:b] changes between capitals, small letters and digits
// as often as base64 of binary data does, which paths and names do not.
func (s *scan) scrambled(a, b int) bool {
	var digit, upper, lower uint64
	changes := 0
	for at := a &^ 63; at < b; at += 64 {
		k := s.kindsAt(at)
		in := ^uint64(0)
		if at < a {
			in <<= a - at
		}
		if at+64 > b {
			in &= 1<<(b-at) - 1
		}
		digit |= k.odd &^ k.high & in
		upper |= k.high &^ k.odd & in
		lower |= k.odd & k.high & in
		if at <= a {
			in &= in - 1 // what is first changes from nothing
		}
		changes += bits.OnesCount64(k.change & in)
	}
	return digit != 0 && upper != 0 && lower != 0 && changes >= (b-a)*2/5
}

// A kindsBlock is what kinds of bytes 64 of a text are, two bits each: 1 for digits, 2 for
// capitals, 3 for small letters; and where one is of another kind than that before it.
type kindsBlock struct {
	at                int
	text              uint64 // the scan's count of texts, plus 1
	odd, high, change uint64
}

// kindsAt returns the kinds of the 64 bytes from raw[at] on, at a multiple of 64. They are
// worked out once where calls stand close together.
func (s *scan) kindsAt(at int) *kindsBlock {
	k := &s.kinds[at/64%len(s.kinds)]
	if k.at == at && k.text == s.text+1 {
		return k
	}
	*k = kindsBlock{at: at, text: s.text + 1}
	for i, c := range s.raw[at:min(len(s.raw), at+64)] {
		kind := alnumKinds[c]
		k.odd |= uint64(kind&1) << i
		k.high |= uint64(kind>>1) << i
	}
	var before uint8
	if at > 0 {
		before = alnumKinds[s.raw[at-1]]
	}
	k.change = (k.odd ^ (k.odd<<1 | uint64(before&1))) | (k.high ^ (k.high<<1 | uint64(before>>1)))
	return k
}

var alnumKinds = func() (t [256]uint8) {
	for c := range t {
		switch {
		case isDigit(byte(c)):
			t[c] = 1
		case 'A' <= c && c <= 'Z':
			t[c] = 2
		case 'a' <= c && c <= 'z':
			t[c] = 3
		}
	}
	return t
}()

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

// isEpoch: ten digits of seconds, thirteen of milliseconds, sixteen or nineteen of less, whose
// label says that they are a time: "verified_at": 1700000000. Words that speak for another kind
// of number tend to stand in the same name: phone_verified_at.
func (s *scan) isEpoch(start, end int) bool {
	raw := s.raw
	switch end - start {
	case 10, 13, 16, 19:
	default:
		return false
	}
	if raw[start] != '1' || digitRun(raw, start, end-start) != end-start {
		return false
	}
	i := start // behind the label
	for i > max(0, start-maxBlanks) && (raw[i-1] == '"' || raw[i-1] == '\\' || raw[i-1] == '\'' || isBlank(raw[i-1]) || raw[i-1] == ':' || raw[i-1] == '=') {
		i--
	}
	if i == start {
		return false
	}
	low := i
	for low > 0 && i-low < maxKey && (isLetter(raw[low-1]) || raw[low-1] == '_' || raw[low-1] == '-') {
		low--
	}
	var last [16]byte // of the words of the label, in lower case
	n := i
	for n > low && isLetter(raw[n-1]) {
		if n--; isUpper(raw[n]) && n > low && !isUpper(raw[n-1]) {
			break
		}
	}
	if i-n > len(last) {
		return false
	}
	for k, c := range raw[n:i] {
		last[k] = c | 0x20
	}
	return tellsTime(last[:i-n], n > low)
}

func isUpper(c byte) bool { return c-'A' < 26 }

// tellsTime reports whether word is what a label of a time ends with, or, if it is, what one ends with behind other words.
func tellsTime(word []byte, behind bool) bool {
	switch string(word) {
	case "timestamp", "ts", "epoch", "time", "millis", "created", "updated", "modified", "expires",
		"expiry", "exp", "iat", "nbf", "mtime", "ctime", "atime", "since", "until":
		return true
	case "at", "on", "date", "ms", "sec", "seconds":
		return behind
	}
	return false
}
