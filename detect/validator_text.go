package detect

import "bytes"

// validText checks that a field's value says something: it has a letter or a digit
// (any byte beyond ASCII counts as a letter), is not masked and no placeholder.
func validText(text []byte) bool {
	for _, c := range text {
		if isAlnum(c) || c >= 0x80 {
			return !placeholder(text)
		}
	}
	return false
}

// validName checks that a field's value can be somebody's name: it has a letter and none of
// the signs that paths, URLs, code and templates have.
func validName(text []byte) bool {
	said := uint8(0)
	for _, c := range text {
		said |= nameBytes[c]
	}
	return said == inName && !placeholder(text) && !namesThing(text)
}

// namesThing reports whether text names what programs are made of and not a person: one word put together of others, as in
// RouteTableId, or several whose last is one of thingWords.
func namesThing(text []byte) bool {
	if i := bytes.LastIndexByte(text, ' '); i >= 0 {
		return amongWords(text[i+1:], thingWords)
	}
	for i := 2; i+1 < len(text); i++ {
		a, b, c := text[i-1], text[i], text[i+1]
		if 'a' <= a && a <= 'z' && 'A' <= b && b <= 'Z' && 'a' <= c && c <= 'z' && i > 2 {
			return !amongWords(text[:i], namePrefixes) && !amongWords(text[:i], lists().given)
		}
		if !isLetter(a) || !isLetter(b) {
			return false
		}
	}
	return false
}

// amongWords reports whether word, in small letters, is one of words.
func amongWords(word []byte, words map[string]bool) bool {
	var small [16]byte
	if len(word) > len(small) {
		return false
	}
	for i, c := range word {
		if 'A' <= c && c <= 'Z' {
			c |= 0x20
		}
		small[i] = c
	}
	return words[string(small[:len(word)])]
}

var (
	thingWords = set("api", "apis", "app", "application", "database", "framework", "platform", "plugin", "sdk", "server", "service", "services", "software", "team", "teams")
	// namePrefixes are what names of one word with a capital inside begin with, beside given names.
	namePrefixes = set("mac", "fitz", "van", "von", "ten", "del", "della", "den", "der", "des", "saint", "abd", "abu", "bin", "jean", "mary", "rose", "anne", "ibn")
)

// What a byte says of a value that may be a name.
const (
	inName = 1 << iota // a letter
	noName             // a sign that no name has
)

var nameBytes = func() (t [256]uint8) {
	for c := range t {
		if isLetter(byte(c)) || c >= 0x80 {
			t[c] = inName
		}
	}
	for _, c := range "/<>{}=$|;" {
		t[c] = noName
	}
	return t
}()

// validBareName is validName for the value of a member that is called just "name": a
// single word with a digit in it is rather that of a device.
func validBareName(text []byte) bool {
	digit, space := false, false
	for _, c := range text {
		digit = digit || isDigit(c)
		space = space || c == ' '
	}
	return (space || !digit) && validName(text)
}

// validAddress checks that text has letters and more than one word, or a script that
// needs no spaces: the address of a host or in memory has neither.
func validAddress(text []byte) bool {
	letter, space, wide := false, false, false
	for i, c := range text {
		letter = letter || isLetter(c)
		wide = wide || c >= 0x80
		space = space || c == ' ' || c == ',' || c == '\\' && i+1 < len(text) && text[i+1] == 'n'
	}
	return (wide || letter && space) && !placeholder(text)
}

// validPostal checks that text is three to ten letters and digits, with a digit among them.
func validPostal(text []byte) bool {
	n, digit := 0, false
	for _, c := range text {
		switch {
		case isAlnum(c):
			n++
			digit = digit || isDigit(c)
		case c != ' ' && c != '-':
			return false
		}
	}
	return digit && 3 <= n && n <= 10
}

// validHalfDigits checks that more than half of the letters and digits are digits, and
// not all.
func validHalfDigits(text []byte) bool {
	digits, letters := 0, 0
	for _, c := range text {
		if isDigit(c) {
			digits++
		} else if isLetter(c) {
			letters++
		}
	}
	return letters > 0 && digits > letters
}
