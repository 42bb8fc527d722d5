package view

import (
	"bytes"
	"slices"
	"unicode/utf8"

	"github.com/mcpveil/mcpveil/detect"
	"github.com/mcpveil/mcpveil/internal/jsonspan"
)

// A Chain is the decodings that a value was seen through, the outermost first: four bits each,
// from the lowest on. The zero Chain is none.
type Chain uint64

// maxChain is how many decodings a Chain has room for.
const maxChain = 16

// Then returns c with one more decoding; c itself if it is full.
func (c Chain) Then(v detect.View) Chain {
	if n := c.Len(); n < maxChain {
		return c | Chain(v)<<(4*n)
	}
	return c
}

// And returns c with the decodings of o behind its own.
func (c Chain) And(o Chain) Chain {
	for ; o != 0; o >>= 4 {
		c = c.Then(detect.View(o & 15))
	}
	return c
}

// Last returns the innermost decoding, or 0.
func (c Chain) Last() (v detect.View) {
	for ; c != 0; c >>= 4 {
		v = detect.View(c & 15)
	}
	return v
}

// Len returns how many decodings c has.
func (c Chain) Len() int {
	n := 0
	for ; c != 0; c >>= 4 {
		n++
	}
	return n
}

// AppendTo appends the decodings to dst.
func (c Chain) AppendTo(dst []detect.View) []detect.View {
	for ; c != 0; c >>= 4 {
		dst = append(dst, detect.View(c&15))
	}
	return dst
}

// Of returns the Chain of views.
func Of(views []detect.View) (c Chain) {
	for i, v := range views {
		if i < maxChain {
			c |= Chain(v) << (4 * i)
		}
	}
	return c
}

// chain returns the Chain of what each level decoded.
func chain(kinds []uint16) (c Chain) {
	for _, set := range kinds {
		for v := detect.JSONEscapes; v <= detect.Joined; v++ {
			if set>>v&1 != 0 {
				c = c.Then(v)
			}
		}
	}
	return c
}

// Value appends to dst what text stands for, decoded through views. It uses a and b for what is
// between, and returns them to be used again.
func Value(text []byte, views []detect.View, a, b []byte) (value, other []byte) {
	a = append(a[:0], text...)
	var f Fold
	for _, v := range views {
		switch v {
		case detect.JSONEscapes:
			b, _ = jsonspan.AppendUnquote(b[:0], a)
		case detect.Tags:
			b = appendTagless(b[:0], a)
		case detect.Spread:
			b = appendTogether(b[:0], a)
		default:
			f.text, f.units = b, f.units[:0]
			b = f.appendOnly(v, a)
		}
		a, b = b, a
	}
	return a, b
}

// appendOnly decodes raw of one kind.
func (f *Fold) appendOnly(v detect.View, raw []byte) []byte {
	out := f.text[:0]
	for i := 0; i < len(raw); {
		c := raw[i]
		n := 1
		switch {
		case v == detect.Unicode && c >= utf8.RuneSelf:
			var r rune
			r, n = utf8.DecodeRune(raw[i:])
			if g := fold(r); g.class != plain {
				out = append(out, g.text[:g.n]...)
			} else {
				out = append(out, raw[i:i+n]...)
			}
			i += n
			continue
		case v == detect.Percent && c == '%':
			if b := hexPair(raw, i+1); b >= 0 {
				out = append(out, byte(b))
				i += 3
				continue
			}
		case v == detect.Percent && c == '+' && i > 0 && i+1 < len(raw) && formByte(raw[i-1]) && formByte(raw[i+1]):
			c = ' '
		case v == detect.HTML && c == '&':
			if r, size := entity(raw[i+1:]); size > 0 {
				out = utf8.AppendRune(out, r)
				i += 1 + size
				continue
			}
		case v == detect.QuotedPrintable && c == '=':
			if b := upperPair(raw, i+1); b >= 0 {
				out = append(out, byte(b))
				i += 3
				continue
			}
			if n := softBreak(raw, i); n > 0 {
				i += n
				continue
			}
		}
		out = append(out, c)
		i++
	}
	return out
}

func appendTagless(dst, raw []byte) []byte {
	for i := 0; i < len(raw); i++ {
		if raw[i] == '<' {
			if n := tag(raw[i:]); n > 0 {
				i += n - 1
				continue
			}
		}
		dst = append(dst, raw[i])
	}
	return dst
}

func appendTogether(dst, raw []byte) []byte {
	var f Fold
	if !f.decodeSpread(raw) {
		return append(dst, raw...)
	}
	return append(dst, f.text...)
}

// Encode appends text to dst, written so that who decodes it as views say reads text, and so that
// what stands around it stays what it is. The outer JSON escapes, those before any other view,
// are the caller's to write. old is what text takes the place of, as it stands in the bytes: tags
// in it are kept. It reports false where there is no way to write text.
func Encode(dst, text, old []byte, views []detect.View) ([]byte, bool) {
	first := 0
	for first < len(views) && views[first] == detect.JSONEscapes {
		first++
	}
	dst = append(dst, text...)
	at := len(dst) - len(text)
	for _, v := range slices.Backward(views[first:]) {
		switch v {
		case detect.JSONEscapes:
			if jsonspan.Plain(dst[at:]) < len(dst)-at {
				return dst, false
			}
		case detect.Percent:
			dst = escape(dst, at, percentSafe, func(dst []byte, c byte) []byte { return append(dst, '%', hexUpper[c>>4], hexUpper[c&15]) })
		case detect.QuotedPrintable:
			dst = escape(dst, at, quotedSafe, func(dst []byte, c byte) []byte { return append(dst, '=', hexUpper[c>>4], hexUpper[c&15]) })
		case detect.HTML:
			dst = escape(dst, at, htmlSafe, func(dst []byte, c byte) []byte {
				return append(dst, '&', '#', '0'+c/10, '0'+c%10, ';')
			})
		case detect.Tags:
			for i := 0; i < len(old); i++ {
				if old[i] == '<' {
					if n := tag(old[i:]); n > 0 {
						dst = append(dst, old[i:i+n]...)
						i += n - 1
					}
				}
			}
		}
	}
	return dst, true
}

const hexUpper = "0123456789ABCDEF"

// escape writes what in dst[at:] is not safe as put does.
func escape(dst []byte, at int, safe func(c byte) bool, put func(dst []byte, c byte) []byte) []byte {
	if !slices.ContainsFunc(dst[at:], func(c byte) bool { return !safe(c) }) {
		return dst
	}
	text := bytes.Clone(dst[at:])
	dst = dst[:at]
	for _, c := range text {
		if safe(c) {
			dst = append(dst, c)
		} else {
			dst = put(dst, c)
		}
	}
	return dst
}

// AppendURI appends text to dst as a URI has it in its path, query or fragment: what ends or divides
// these, and what no URI has, is percent-encoded.
func AppendURI(dst, text []byte) []byte {
	at := len(dst)
	return escape(append(dst, text...), at, func(c byte) bool { return percentSafe(c) || bytes.IndexByte([]byte("@:,;!$'()*"), c) >= 0 },
		func(dst []byte, c byte) []byte { return append(dst, '%', hexUpper[c>>4], hexUpper[c&15]) })
}

// percentSafe reports whether c is unreserved in a URI (RFC 3986).
func percentSafe(c byte) bool { return isAlnum(c) || c == '-' || c == '.' || c == '_' || c == '~' }

func quotedSafe(c byte) bool { return c >= ' ' && c < 0x7f && c != '=' }

func htmlSafe(c byte) bool { return c != '&' && c != '<' && c != '>' && c != '"' && c != '\'' }
