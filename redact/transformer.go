package redact

import (
	"context"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Label writes the entity's name in brackets: [EMAIL_ADDRESS]. Where an e-mail address
// is asked for, it writes EMAIL_ADDRESS@pii.invalid.
func Label() Transformer { return labeler{} }

type labeler struct{}

func (labeler) Transform(_ context.Context, dst []byte, v Value) ([]byte, error) {
	if v.Shape != nil && v.Shape.Format == "email" {
		return append(append(dst, v.Entity...), mailSuffix...), nil
	}
	dst = append(dst, '[')
	dst = append(dst, v.Entity...)
	return append(dst, ']'), nil
}

// Mask hides each letter and digit but the last keep behind a star. Of a value that
// has no more than keep letters and digits, it hides all.
func Mask(keep int) Transformer { return masker{keep} }

type masker struct{ keep int }

func (m masker) Transform(_ context.Context, dst []byte, v Value) ([]byte, error) {
	return mask(dst, v.Text, m.keep), nil
}

func mask(dst, text []byte, keep int) []byte {
	hide := 0
	start := len(dst)
	if dst = append(dst, text...); maskASCII(dst[start:], keep) {
		return dst
	}
	dst = dst[:start]
	for i := 0; i < len(text); {
		r, n := utf8.DecodeRune(text[i:])
		if hidden(r) {
			hide++
		}
		i += n
	}
	if hide > keep {
		hide -= max(keep, 0)
	}
	for i := 0; i < len(text); {
		r, n := utf8.DecodeRune(text[i:])
		if hidden(r) && hide > 0 {
			hide--
			dst = append(dst, '*')
		} else {
			dst = append(dst, text[i:i+n]...)
		}
		i += n
	}
	return dst
}

// maskASCII masks text in place, if it is ASCII, and reports whether it is.
func maskASCII(text []byte, keep int) bool {
	hide := 0
	high := byte(0)
	for _, c := range text {
		high |= c
		hide += int(hiddenASCII[c])
	}
	if high >= utf8.RuneSelf {
		return false
	}
	if hide > keep {
		hide -= max(keep, 0)
	}
	for i := 0; hide > 0; i++ {
		if hiddenASCII[text[i]] != 0 {
			text[i] = '*'
			hide--
		}
	}
	return true
}

// hiddenASCII is 1 for letters and digits, else 0.
var hiddenASCII = func() (t [256]uint8) {
	for c := range byte(utf8.RuneSelf) {
		if hidden(rune(c)) {
			t[c] = 1
		}
	}
	return t
}()

func hidden(r rune) bool {
	return r < utf8.RuneSelf && (r|0x20 >= 'a' && r|0x20 <= 'z' || r >= '0' && r <= '9') ||
		r >= utf8.RuneSelf && (unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r))
}

// mailSuffix makes a token or digest an e-mail address, where a schema asks for one. Nobody
// can have an address in a domain under .invalid (RFC 2606).
const mailSuffix = "@pii.invalid"

// unfit lists formats that no token, label or digest has, but its value had.
// Formats that are not listed validators do not know, or accept any text for.
var unfit = " date date-time time duration uri iri uuid ipv4 ipv6 hostname idn-hostname "

func fitsFormat(format string) bool {
	return format == "" || !strings.Contains(unfit, " "+format+" ")
}
