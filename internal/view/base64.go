package view

import (
	"encoding/base64"
	"unicode/utf8"
)

// Base64 is looked for in runs of its letters.
const (
	leastRun = 16          // letters
	MaxRun   = 4 << 20 / 3 // letters of the longest that is decoded: 1 MiB of text
)

// inBase64 reports whether c is a letter of base64, of either alphabet.
func inBase64(c byte) bool { return base64Value[c] < 64 }

var base64Value = func() (t [256]uint8) {
	for c := range t {
		t[c] = 0xff
	}
	for i, c := range "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/" {
		t[c] = uint8(i)
	}
	t['-'], t['_'] = 62, 63
	return t
}()

// textRun reports whether text begins with base64, of which the beginning is that of a text:
// twelve bytes are enough to tell it from words, paths, numbers and media.
func textRun(text []byte) bool {
	var head [leastRun / 4 * 3]byte
	if len(text) < leastRun {
		return false
	}
	for i := 0; i < leastRun; i += 4 {
		a, b, c, d := base64Value[text[i]], base64Value[text[i+1]], base64Value[text[i+2]], base64Value[text[i+3]]
		if a|b|c|d > 63 {
			// A short run may end in padding, or without.
			if i+4 < leastRun || a|b > 63 || c > 63 && text[i+2] != '=' {
				return false
			}
			return looksText(head[:i/4*3], true) && !looksHash(head[:i/4*3])
		}
		k := i / 4 * 3
		head[k], head[k+1], head[k+2] = a<<2|b>>4, b<<4|c>>2, c<<6|d
		if !textByte(head[k]) || !textByte(head[k+1]) || !textByte(head[k+2]) {
			return false
		}
	}
	return looksText(head[:], true) && !looksHash(head[:])
}

// looksHash reports whether text is of hexadecimal digits, small letters among them: base64 of
// such is a cursor, or an identifier.
func looksHash(text []byte) bool {
	letters := 0
	for _, c := range text {
		if c >= 'a' && c <= 'f' {
			letters++
		} else if !isDigit(c) {
			return false
		}
	}
	return letters > 0
}

// textByte reports whether c may be a byte of a text.
func textByte(c byte) bool { return c >= ' ' && c != 0x7f || c == '\n' || c == '\t' || c == '\r' }

// looksText reports whether text is UTF-8 without control characters. cut says that it may end
// inside a character.
func looksText(text []byte, cut bool) bool {
	for i := 0; i < len(text); {
		if c := text[i]; c < utf8.RuneSelf {
			if !textByte(c) {
				return false
			}
			i++
			continue
		}
		r, n := utf8.DecodeRune(text[i:])
		if r == utf8.RuneError && n == 1 {
			return cut && !utf8.FullRune(text[i:])
		}
		i += n
	}
	return true
}

// A Run is base64 in a text: how it is written, so that what takes its place can be written
// alike.
type Run struct {
	Start, End int // with its padding
	url        bool
	padded     bool
	line       int // letters in a line, where it has lines
	crlf       bool
}

// NextRun returns the first run in text that begins in [from, to) and holds text, and decodes it
// to the end of dst. open says that text goes on beyond its end: a run that reaches it is not
// decoded, but returned with nothing appended. ok is false if there is none; out is dst then.
func NextRun(dst, text []byte, from, to int, open bool) (r Run, out []byte, ok bool) {
	for i := from; i < to; i++ {
		if !inBase64(text[i]) || i > 0 && inBase64(text[i-1]) {
			continue
		}
		if !textRun(text[i:]) {
			for i < to && inBase64(text[i]) {
				i++
			}
			continue
		}
		r := runAt(text, i)
		if r.End == len(text) && open {
			return r, dst, true
		}
		out, ok := r.Decode(dst, text[r.Start:r.End])
		if ok {
			return r, out, true
		}
		dst = out // as much memory
		i = r.End - 1
	}
	return Run{}, dst, false
}

// runAt returns the run that begins at text[at].
func runAt(text []byte, at int) Run {
	r := Run{Start: at}
	begin, i := at, at
	for {
		for i < len(text) && inBase64(text[i]) {
			r.url = r.url || text[i] == '-' || text[i] == '_'
			i++
		}
		n := 0 // of a line break
		switch {
		case i+1 < len(text) && text[i] == '\n':
			n = 1
		case i+2 < len(text) && text[i] == '\r' && text[i+1] == '\n':
			n = 2
		}
		width := i - begin
		if n == 0 || width < 60 || r.line != 0 && width != r.line || !inBase64(text[i+n]) {
			break
		}
		r.line, r.crlf = width, n == 2
		i += n
		begin = i
	}
	for pad := 0; pad < 2 && i < len(text) && text[i] == '='; pad++ {
		r.padded = true
		i++
	}
	r.End = i
	return r
}

// Decode appends to dst the text that base64 stands for, the bytes of r. It reports whether it
// is one.
func (r *Run) Decode(dst, letters []byte) ([]byte, bool) {
	old := len(dst)
	var quad uint32
	n := 0
	std, url := false, false
	for _, c := range letters {
		v := base64Value[c]
		if v > 63 {
			continue // a line's end, or padding
		}
		std, url = std || c == '+' || c == '/', url || c == '-' || c == '_'
		quad = quad<<6 | uint32(v)
		if n++; n == 4 {
			dst = append(dst, byte(quad>>16), byte(quad>>8), byte(quad))
			quad, n = 0, 0
		}
	}
	switch n {
	case 1:
		return dst[:old], false
	case 2:
		dst = append(dst, byte(quad>>4))
	case 3:
		dst = append(dst, byte(quad>>10), byte(quad>>2))
	}
	if std && url || !looksText(dst[old:], false) {
		return dst[:old], false
	}
	if !r.padded && n == 0 && !url {
		r.padded = true // there was nothing to pad
	}
	return dst, true
}

// Encode appends text to dst as r is written.
func (r *Run) Encode(dst, text []byte) []byte {
	enc := base64.StdEncoding
	switch {
	case r.url && r.padded:
		enc = base64.URLEncoding
	case r.url:
		enc = base64.RawURLEncoding
	case !r.padded:
		enc = base64.RawStdEncoding
	}
	if r.line == 0 {
		return enc.AppendEncode(dst, text)
	}
	for per := r.line / 4 * 3; len(text) > per; text = text[per:] {
		dst = enc.AppendEncode(dst, text[:per])
		if r.crlf {
			dst = append(dst, '\r')
		}
		dst = append(dst, '\n')
	}
	return enc.AppendEncode(dst, text)
}
