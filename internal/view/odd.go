package view

import (
	"math/bits"
	"unicode/utf8"

	"github.com/mcpveil/mcpveil/internal/bytescan"
)

// Odd reports whether text, in JSON's escapes or without, has anything in it that Fold decodes,
// or base64 of a text, at a place where that may hide a value. It is what every message is
// asked, so it is cheap: what is common in plain text, code and other languages' letters, where
// nothing hides, is not odd. %20 is, and é is not.
func Odd(text []byte) bool { return OddBefore(text, len(text)) }

// OddAhead is how many bytes behind a place decide about whether it is odd there, at most.
const OddAhead = maxTag + 16

// OddBefore is Odd for what begins in text[:end].
func OddBefore(text []byte, end int) bool {
	var masks bytescan.OddMasks
	for at := 0; at < end; at += 64 * bytescan.OddWords {
		for some := bytescan.OddMay(text, at, end, &masks); some != 0; some &= some - 1 {
			k := bits.TrailingZeros64(some) % bytescan.OddWords
			for w := masks[k]; w != 0; w &= w - 1 {
				i := at + 64*k + bits.TrailingZeros64(w)
				if i >= end {
					return false
				}
				if bytescan.HasShape(text, i) && oddAt(text, i) {
					return true
				}
			}
		}
	}
	return false
}

// oddAt reports whether something odd begins at text[i].
func oddAt(text []byte, i int) bool {
	c := text[i]
	if inBase64(c) {
		if i > 0 && inBase64(text[i-1]) {
			return false
		}
		if i > 0 && text[i-1] == '\\' && lettersAt(text, i+1) { // the first is an escape's
			return true
		}
		return lettersAt(text, i)
	}
	switch c {
	case '%':
		return percentAt(text, i)
	case '&':
		return entityAt(text[i+1:])
	case '@':
		return lineBeside(text, i)
	case '=':
		return i+3 < len(text) && (quotedAt(text, i) || formAt(text, i))
	case '[':
		return ArrayLen(text[i:]) > 0
	case '<':
		return splitsWord(text, i, i+1)
	case '\\':
		return oddEscape(text, i) || newlineAt(text, i)
	case '\n', '\r':
		return splitsLine(text, i, i+1)
	case '.':
		return groupsAt(text, i)
	}
	return c >= utf8.RuneSelf && foldsAt(text, i)
}

// lettersAt reports whether letters at text[i:] are set apart, or of base64 of a text or an archive.
func lettersAt(text []byte, i int) bool {
	if i+1 < len(text) && separator(text[i+1]) {
		return spacedAt(text, i)
	}
	return textRun(text[i:]) || archive(text[i:])
}

// percentAt reports whether the percent sign at text[i] begins an escape that may be part of a
// value: of a slash or colon, as addresses in addresses have them, only beside a digit.
func percentAt(text []byte, i int) bool {
	v := hexPair(text, i+1)
	switch {
	case v < 0:
		return false
	case v == '/' || v == ':' || v == '(' || v == ')':
		return digitBefore(text, i) || i+3 < len(text) && isDigit(text[i+3])
	case v >= utf8.RuneSelf: // of characters that stand for ASCII
		return v == 0xc2 || v == 0xe2 || v == 0xef || v == 0xf0 || v == 0xf3 || v == 0xd9 || v == 0xdb || v == 0xe0 || (v == 0xce || v == 0xcf || v == 0xd0 || v == 0xd1) && i > 0 && isAlnum(text[i-1])
	}
	return valueByte(byte(v)) || v == ' ' || v == '%' || v == '#' || v == ';' || v == '\\'
}

// hexPair returns the byte that the two hexadecimal digits at text[i:] write, or -1.
func hexPair(text []byte, i int) int {
	if i+1 >= len(text) || nibble[text[i]]|nibble[text[i+1]] > 15 {
		return -1
	}
	return int(nibble[text[i]]<<4 | nibble[text[i+1]])
}

// upperPair is hexPair for capitals, as quoted-printable has them.
func upperPair(text []byte, i int) int {
	if v := hexPair(text, i); v >= 0 && text[i] < 'a' && text[i+1] < 'a' {
		return v
	}
	return -1
}

// entityAt reports whether text, which follows an ampersand, goes on as a reference to a
// character that may be part of a value: of <, >, & and quotes only what they in turn write.
func entityAt(text []byte) bool {
	for range MaxLevels { // what &amp; writes may begin the next one
		r, n := entity(text)
		if n == 0 {
			return false
		}
		switch text = text[n:]; r {
		case '&':
		case '<':
			return tagName(text) > 0
		case '>', '"':
			return false
		default:
			return true
		}
	}
	return true
}

// quotedAt reports whether the = at text[i] begins an escape of quoted-printable that text
// which is none hardly has: of punctuation, or of a letter or digit between others like it.
func quotedAt(text []byte, i int) bool {
	v := upperPair(text, i+1)
	if v < 0 {
		return softBreak(text, i) > 0 && i > 0 && valueByte(text[i-1])
	}
	next := byte(0)
	if i+3 < len(text) {
		next = text[i+3]
	}
	switch {
	case next == '=' && upperPair(text, i+4) >= 0:
		return true
	case v != ' ' && (isAlnum(byte(v)) || !valueByte(byte(v))):
		return false
	case text[i+2] > '9': // no number
		return isAlnum(next) || next == '+'
	case digitBefore(text, i) && isDigit(next):
		return true // 4111=201111
	case v == '@' && isLetter(next): // of an address, if there is a dot, or =2E
		for _, c := range text[i+3 : min(len(text), i+3+64)] {
			if !isAlnum(c) && c != '-' {
				return c == '.' || c == '='
			}
		}
	}
	return false
}

// softBreak returns the length of the soft line break of quoted-printable at text[i:], or 0. Its
// newline may be escaped.
func softBreak(text []byte, i int) int {
	rest := text[i+1:]
	for _, s := range [...]string{"\n", "\r\n", `\n`, `\r\n`} {
		if len(rest) > len(s)+1 && string(rest[:len(s)]) == s && (valueByte(rest[len(s)]) || rest[len(s)] == ' ' && isDigit(rest[len(s)+1])) {
			return 1 + len(s)
		}
	}
	return 0
}

// formAt reports whether the = at text[i] is of a form in which a + may be a blank of a number.
func formAt(text []byte, i int) bool {
	for k := i + 1; k < min(len(text)-1, i+8); k++ {
		if text[k] == '+' && k > i+2 {
			return isAlnum(text[k+1])
		}
		if !isAlnum(text[k]) {
			return false
		}
	}
	return false
}

// oddEscape reports whether the backslash at text[i] begins an escape of & or < that begins a
// character reference or a tag.
func oddEscape(text []byte, i int) bool {
	rest := text[i+1:]
	if len(rest) < 7 || string(rest[:3]) != "u00" {
		return false
	}
	switch hexPair(rest, 3) {
	case '&':
		return entityAt(rest[5:])
	case '<':
		for i > 0 && text[i-1] == '\\' {
			i--
		}
		return splitsWord(text, i, len(text)-len(rest)+5)
	}
	return false
}

func newlineAt(text []byte, i int) bool {
	at := i
	for k := 0; k <= MaxLevels && i < len(text) && text[i] == '\\'; k++ {
		i++
	}
	return i < len(text) && text[i] == 'n' && splitsLine(text, at, i+1)
}

// lineBeside reports whether the @ at text[i] has the end of a line, or its escape, on one side.
func lineBeside(text []byte, i int) bool {
	end, next := i, i+1
	if i > 0 && text[i-1] == '\n' {
		end = i - 1
	} else if i > 1 && text[i-1] == 'n' && text[i-2] == '\\' {
		for end = i - 2; end > 0 && text[end-1] == '\\'; {
			end--
		}
	}
	if end != i {
		return end > 0 && isLetter(text[end-1]) && next < len(text) && isAlnum(text[next])
	}
	if next < len(text) && (text[next] == '\n' || text[next] == '\r') {
		return splitsLine(text, next, next+1)
	}
	return next < len(text) && text[next] == '\\' && newlineAt(text, next)
}

// splitsLine reports whether the end of a line at text[at], behind which text[next:] stands, may
// stand within a value: between digits, or at the @ of an address.
func splitsLine(text []byte, at, next int) bool {
	if at == 0 || next >= len(text) {
		return false
	}
	before, after := text[at-1], text[next]
	switch {
	case isDigit(before):
		return isDigit(after) || (after == '-' || after == '.') && next+1 < len(text) && isDigit(text[next+1])
	case isLetter(before):
		return after == '@'
	}
	return before == '@' && isAlnum(after)
}

func digitBefore(text []byte, i int) bool { return i > 0 && isDigit(text[i-1]) }

// valueByte reports whether c may stand in a value that has no blanks.
func valueByte(c byte) bool {
	switch c {
	case '@', '.', '-', '+', '_', ':', '/', '(', ')':
		return true
	}
	return isAlnum(c)
}

// foldsAt reports whether the character at text[i] may hide a part of a value: for what it is,
// and for what stands beside it.
func foldsAt(text []byte, i int) bool {
	r, n := utf8.DecodeRune(text[i:])
	f := fold(r)
	if f.class == plain {
		return false
	}
	before, after := byte(0), byte(0)
	if i > 0 {
		before = text[i-1]
	}
	rest := text[i+n:]
	for k := 0; k < 3 && len(rest) > 0; k++ {
		if after = rest[0]; after < utf8.RuneSelf {
			break
		}
		s, m := utf8.DecodeRune(rest)
		g := fold(s)
		rest = rest[m:]
		switch g.class {
		case gone:
			continue
		case alnum, punct:
			after = g.text[0]
		case twin:
			after = 'a'
		}
		break
	}
	switch f.class {
	case alnum:
		return valueByte(after) || isAlnum(before)
	case punct:
		return valueByte(after) && (valueByte(before) || before >= utf8.RuneSelf)
	case gone:
		if before == ' ' || before == '-' { // between groups of digits
			return i > 1 && isDigit(text[i-2]) && isDigit(after)
		}
		if after == ' ' {
			return isDigit(before) && i+n+1 < len(text) && isDigit(text[i+n+1])
		}
		return (valueByte(before) || before >= utf8.RuneSelf && i > 3 && foldsAlone(text, i)) && valueByte(after)
	case space:
		return isAlnum(before) && (isAlnum(after) || after == '(') && (isDigit(before) || isDigit(after)) || before == ')' && isDigit(after)
	case dash:
		return isAlnum(before) && isAlnum(after) && (isDigit(before) || isDigit(after) || r == 0x2010 || r == 0x2011 || r == 0x2212 || r >= 0xfe00)
	case twin:
		return isLetter(before) || isLetter(after) && after < utf8.RuneSelf && rest != nil && text[i+n] < utf8.RuneSelf || before == '@' || after == '@'
	}
	return false
}

// foldsAlone reports whether the character that ends before text[i] stands for something else.
func foldsAlone(text []byte, i int) bool {
	r, _ := utf8.DecodeLastRune(text[:i])
	return fold(r).class != plain
}

func isLetter(c byte) bool { return c|0x20-'a' < 26 }

// spacedAt reports whether single letters and digits, set apart by one character each, begin at
// text[i], at least six, and most of them such.
func spacedAt(text []byte, i int) bool {
	if i > 0 && isAlnum(text[i-1]) || len(text)-i < 2*leastSpread || !separator(text[i+1]) {
		return false
	}
	if !isAlnum(text[i]) && text[i] != '+' {
		return false
	}
	n := 0
	for k := 0; k < 2*leastSpread; k += 2 {
		if text[i+k] < ' ' || text[i+k] >= utf8.RuneSelf || text[i+k+1] != text[i+1] {
			return false
		}
		if isAlnum(text[i+k]) {
			n++
		}
	}
	return n >= 4 // a + b + c is an expression
}

func separator(c byte) bool { return c == ' ' || c == '.' }

// groupsAt reports whether the separator at text[i] is the first of two, between three groups of
// digits that are no address and no date.
func groupsAt(text []byte, i int) bool {
	c := text[i]
	a := 0
	for a < 6 && i-a > 0 && isAlnum(text[i-a-1]) {
		a++
	}
	if a < 2 || a > 5 || !isDigit(text[i-1]) || i-a > 0 && (text[i-a-1] == c) {
		return false
	}
	b := digitsAt(text, i+1)
	if b < 2 || b > 5 || i+1+b >= len(text) || text[i+1+b] != c {
		return false
	}
	d := digitsAt(text, i+2+b)
	return d >= 2 && a+b+d >= 9
}

func digitsAt(text []byte, i int) int {
	n := 0
	for i+n < len(text) && isDigit(text[i+n]) && n < 8 {
		n++
	}
	return n
}
