package view

import (
	"unicode/utf8"

	"github.com/mcpveil/mcpveil/internal/jsonspan"
)

// Encodes reports whether text, the inside of a JSON string or a part of it, has anything that a Stack decodes whose
// DecodeAll was called: whether decoding it, once or more often, can show what its bytes do not. Escapes of what
// only separates (\n, \", \\) and base64 are none of it. It asks no more than that, and is for who knows what he looks for.
func Encodes(text []byte) bool {
	form := false // a plus sign may be a space
	for i := 0; i < len(text); i++ {
		c := text[i]
		if encodes[c] == 0 {
			continue
		}
		switch {
		case c >= utf8.RuneSelf:
			if size := unfolded[c]; size > 0 { // Fast path: as in [Fold.decode].
				i += int(size) - 1
				continue
			}
			r, size := utf8.DecodeRune(text[i:])
			if g := fold(r); g.class != plain && (g.class != twin || twinned(text, i, size)) {
				return true
			}
			i += size - 1
		case c == '\\':
			for i+1 < len(text) && text[i+1] == '\\' {
				i++
			}
			if next := text[i+1:]; len(next) > 0 && (next[0] == '/' || next[0] == 'u' && jsonspan.IsHex4(next[1:])) {
				return true
			}
		case c == '%':
			if hexPair(text, i+1) >= 0 {
				return true
			}
		case c == '&':
			if _, size := entity(text[i+1:]); size > 0 {
				return true
			}
			form = true
		case c == '=':
			if quotedAt(text, i) || i+1 < len(text) && text[i+1] == '\\' {
				return true
			}
			form = true
		case c == '+':
			if form && i > 0 && i+1 < len(text) && formByte(text[i-1]) && formByte(text[i+1]) {
				return true
			}
		case c == '<':
			if tagName(text[i+1:]) > 0 && i > 0 && (valueByte(text[i-1]) || text[i-1] == '>' || text[i-1] == ' ') {
				return true
			}
		}
	}
	return false
}

var encodes = func() (t [256]uint8) {
	for c := range t {
		if c >= utf8.RuneSelf {
			t[c] = 1
		}
	}
	for _, c := range []byte(`\%&=+<`) {
		t[c] = 1
	}
	return t
}()
