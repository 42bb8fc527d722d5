package view

import "bytes"

// entities are the named character references that matter: of punctuation that values have,
// of blanks, and of what is not seen.
var entities = map[string]rune{
	"amp": '&', "AMP": '&', "lt": '<', "LT": '<', "gt": '>', "GT": '>', "quot": '"', "QUOT": '"', "apos": '\'',
	"commat": '@', "period": '.', "hyphen": 0x2010, "dash": 0x2010, "plus": '+', "lowbar": '_', "UnderBar": '_', "colon": ':', "sol": '/', "bsol": '\\',
	"num": '#', "comma": ',', "semi": ';', "lpar": '(', "rpar": ')', "equals": '=', "percnt": '%', "excl": '!', "quest": '?', "ast": '*', "midast": '*',
	"dollar": '$', "Tab": '\t', "NewLine": '\n',
	"nbsp": 0xa0, "NonBreakingSpace": 0xa0, "ensp": 0x2002, "emsp": 0x2003, "thinsp": 0x2009, "hairsp": 0x200a, "numsp": 0x2007, "puncsp": 0x2008,
	"shy": 0xad, "zwj": 0x200d, "zwnj": 0x200c, "lrm": 0x200e, "rlm": 0x200f, "ZeroWidthSpace": 0x200b, "NoBreak": 0x2060,
	"ndash": 0x2013, "mdash": 0x2014, "minus": 0x2212, "middot": 0xb7, "centerdot": 0xb7, "bull": 0x2022,
}

// maxEntity is the longest reference, without its ampersand.
const maxEntity = 17

// entity reads the character reference that text, which follows an ampersand, begins with. It
// returns the character, and the length with the semicolon; 0 if there is none that matters.
func entity(text []byte) (r rune, n int) {
	if len(text) > maxEntity {
		text = text[:maxEntity]
	}
	if len(text) < 3 {
		return 0, 0
	}
	if text[0] != '#' {
		for n < len(text) && isAlnum(text[n]) {
			n++
		}
		if n < 2 || n == len(text) || text[n] != ';' {
			return 0, 0
		}
		if r = entities[string(text[:n])]; r == 0 {
			return 0, 0
		}
		return r, n + 1
	}
	base, i := rune(10), 1
	if text[1]|0x20 == 'x' {
		base, i = 16, 2
	}
	start := i
	for ; i < len(text); i++ {
		d := rune(nibble[text[i]])
		if d >= base {
			break
		}
		if r = r*base + d; r > 0x10ffff {
			return 0, 0
		}
	}
	if i == start || r == 0 || 0xd800 <= r && r < 0xe000 {
		return 0, 0
	}
	if i < len(text) && text[i] == ';' { // browsers do without, where no digit follows
		i++
	}
	return r, i
}

// tagName returns the length of the name of the inline tag that text, which follows a <, begins
// with; of a comment it is 3. It is 0 for anything else.
func tagName(text []byte) int {
	if len(text) > 2 && text[0] == '!' && text[1] == '-' && text[2] == '-' {
		return 3
	}
	i := 0
	if len(text) > 0 && text[0] == '/' {
		i = 1
	}
	start := i
	var name [6]byte
	for ; i < len(text) && isLetter(text[i]); i++ {
		if i-start == len(name) {
			return 0
		}
		name[i-start] = text[i] | 0x20
	}
	if i < len(text) && (isAlnum(text[i]) || text[i] == '@' || text[i] == '.' || text[i] == '-') {
		return 0
	}
	switch string(name[:i-start]) { // the tags that may stand within a word
	case "a", "abbr", "b", "bdi", "bdo", "big", "cite", "code", "del", "dfn", "em", "font", "i", "ins", "kbd", "mark", "nobr", "q", "s", "samp", "small",
		"span", "strike", "strong", "sub", "sup", "tt", "u", "var", "wbr":
		return i
	}
	return 0
}

// maxTag is how long a tag within a value may be.
const maxTag = 256

// tag returns the length of the inline tag or comment at text[0], a <; or 0.
func tag(text []byte) int {
	n := tagName(text[1:])
	if n == 0 {
		return 0
	}
	end := byte('>')
	quote := byte(0)
	comment := text[1] == '!'
	for i := 1 + n; i < min(len(text), maxTag); i++ {
		c := text[i]
		switch {
		case comment:
			if c == end && text[i-1] == '-' && text[i-2] == '-' {
				return i + 1
			}
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '"' || c == '\'':
			quote = c
		case c == '<':
			return 0
		case c == end:
			return i + 1
		}
	}
	return 0
}

// splitsWord reports whether the < at text[i], behind which text[next:] stands, begins a tag
// within a word.
func splitsWord(text []byte, i, next int) bool {
	if i == 0 || next >= len(text) || i > 1 && text[i-2] == '\\' {
		return false
	}
	groups := text[i-1] == ' ' && i > 1 && isDigit(text[i-2]) // tags between groups of digits
	if !groups && !valueByte(text[i-1]) {
		return false
	}
	n := tagName(text[next:])
	if n == 0 {
		return false
	}
	rest := text[next+n : min(len(text), i+maxTag)]
	for k := 0; k < len(rest); k++ {
		switch c := rest[k]; {
		case c == '<' || c == '\n':
			return false
		case c == '>':
			rest = rest[k+1:]
		case c == 'u' && k > 0 && rest[k-1] == '\\' && hexPair(rest, k+1) == 0 && hexPair(rest, k+3) == '>':
			rest = rest[k+5:]
		default:
			continue
		}
		k = -1
		// One more tag may follow.
		switch {
		case len(rest) > 0 && rest[0] == '<':
			if n = tagName(rest[1:]); n == 0 {
				return false
			}
			rest = rest[1+n:]
		case len(rest) > 6 && rest[0] == '\\':
			rest = bytes.TrimLeft(rest, `\`)
			if n = 0; len(rest) > 5 && rest[0] == 'u' && hexPair(rest, 1) == 0 && hexPair(rest, 3) == '<' {
				n = tagName(rest[5:])
			}
			if n == 0 {
				return false
			}
			rest = rest[5+n:]
		default:
			groups = groups || isDigit(text[i-1]) && len(rest) > 1 && rest[0] == ' ' && isDigit(rest[1])
			return groups || len(rest) > 0 && valueByte(rest[0])
		}
	}
	return false
}
