package view

import (
	"encoding/base64"
	"encoding/binary"
	"unicode/utf8"
)

// Base64 is looked for in runs of its letters.
const (
	leastRun = 16          // letters
	MaxRun   = 4 << 20 / 3 // letters of the longest that is decoded: 1 MiB of text
)

// inBase64 reports whether c is a letter of base64, of either alphabet.
func inBase64(c byte) bool { return base64Value[c] < 64 }

// InBase64 reports whether c is a letter of base64.
func InBase64(c byte) bool { return inBase64(c) }

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
// twelve bytes are enough to tell it from words, paths, numbers, identifiers and media.
func textRun(text []byte) bool {
	if len(text) < leastRun || !textQuad(text) {
		return false
	}
	left, letters, others := 0, 0, 0 // bytes of the character; of a to f, and what is no digit beside
	var quad uint32
	for i, c := range text[:leastRun] {
		v := base64Value[c]
		if v > 63 { // the padding of a short text
			if i < leastRun-2 || c != '=' {
				return false
			}
			break
		}
		quad = quad<<6 | uint32(v)
		if i%4 == 0 {
			continue
		}
		b := byte(quad >> (6 - 2*(i%4)))
		switch {
		case left > 0:
			if b&0xc0 != 0x80 {
				return false
			}
			left--
			others++
		case !textByte(b):
			return false
		case b >= utf8.RuneSelf:
			if b < 0xc2 || b > 0xf4 {
				return false
			}
			left = 1
			if b >= 0xe0 {
				left = 2
			}
			if b >= 0xf0 {
				left = 3
			}
			others++
		case b-'a' < 6:
			letters++
		case !isDigit(b):
			others++
		}
	}
	// What is all hexadecimal is a hash or a cursor, written once more.
	return others > 0 || letters == 0
}

// textQuad reports whether the first four letters of text are of three bytes that a text may begin
// with. Most words are not.
func textQuad(text []byte) bool {
	a, b, c, d := base64Value[text[0]], base64Value[text[1]], base64Value[text[2]], base64Value[text[3]]
	one, two, three := byteKind[a<<2|b>>4], byteKind[b<<4|c>>2], byteKind[c<<6|d]
	return one != kindRest && (kindPairs>>(one<<2|two))&(kindPairs>>(two<<2|three))&1 != 0
}

// Kinds of bytes of a text, and of which two may follow each other.
const (
	kindNone  = iota
	kindASCII // and no control character
	kindLead
	kindRest

	kindPairs = 1<<(kindASCII<<2|kindASCII) | 1<<(kindASCII<<2|kindLead) | 1<<(kindLead<<2|kindRest) | 1<<(kindRest<<2|kindRest) | 1<<(kindRest<<2|kindASCII) | 1<<(kindRest<<2|kindLead)
)

var byteKind = func() (t [256]uint8) {
	for c := range t {
		switch c := byte(c); {
		case c >= 0xc2 && c <= 0xf4:
			t[c] = kindLead
		case c&0xc0 == 0x80:
			t[c] = kindRest
		case c < utf8.RuneSelf && textByte(c):
			t[c] = kindASCII
		}
	}
	return t
}()

// textByte reports whether c may be a byte of a text.
func textByte(c byte) bool { return c >= ' ' && c != 0x7f || c == '\n' || c == '\t' || c == '\r' }

// looksText reports whether text is UTF-8 without control characters.
func looksText(text []byte) bool {
	for _, c := range text {
		if !textByte(c) {
			return false
		}
	}
	return utf8.Valid(text)
}

// leastArchive is how many letters base64 has at least that is reported as an archive.
const leastArchive = 64

// archives is how base64 begins of what is compressed or packed: gzip, zip, zlib, zstd, bzip2, xz, 7z.
var archives = [...]string{"H4sI", "UEsDB", "eJw", "eJx", "eJy", "eJz", "eNo", "eNp", "eNq", "eNr", "KLUv/Q", "QlpoO", "/Td6WFo", "N3q8rycc"}

// archive reports whether text begins with base64 of text that cannot be read: compressed or packed.
func archive(text []byte) bool {
	if len(text) < leastArchive {
		return false
	}
	switch string(text[:3]) { // Fast path: as one of archives.
	case "H4s", "UEs", "eJw", "eJx", "eJy", "eJz", "eNo", "eNp", "eNq", "eNr", "KLU", "Qlp", "/Td", "N3q":
	default:
		return false
	}
	for _, s := range archives {
		if string(text[:len(s)]) != s {
			continue
		}
		for _, c := range text[len(s):leastArchive] {
			if !inBase64(c) {
				return false
			}
		}
		return true
	}
	return false
}

// A Run is base64 in a text: how it is written, so that what takes its place can be written
// alike.
type Run struct {
	Start, End int // with its padding
	url        bool
	padded     bool
	Opaque     bool // it is of an archive or a compressed text, and not decoded
	line       int  // letters in a line, where it has lines
	crlf       bool
}

// NextRun returns the first run in text that begins in [from, to) and holds text, and decodes it
// to the end of dst; or one that is opaque, whose beginning it returns and nothing appended. open says that text goes on beyond its end: a run that reaches it is not
// decoded, but returned with nothing appended. ok is false if there is none; out is dst then.
func NextRun(dst, text []byte, from, to int, open bool) (r Run, out []byte, ok bool) {
	for i := from; i < to; i++ {
		if !inBase64(text[i]) {
			const highs = 0x8080808080808080
			if i+8 <= to && binary.LittleEndian.Uint64(text[i:])&highs == highs { // Fast path: letters of others.
				i += 7
			}
			continue
		}
		if i > 0 && inBase64(text[i-1]) {
			continue
		}
		if i > 0 && text[i-1] == '\\' && i+1 < to && !textRun(text[i:]) && textRun(text[i+1:]) {
			i++ // behind the letter of an escape: \n
		}
		if archive(text[i:]) {
			return Run{Start: i, End: i + leastArchive, Opaque: true}, dst, true
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

// RunLen returns how many letters of base64, and escaped slashes and lines between them, text begins
// with.
func RunLen(text []byte) int {
	i := 0
	for i < len(text) && (inBase64(text[i]) || text[i] == '=' || text[i] == '\\') {
		i++
	}
	return i
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
	if std && url || !looksText(dst[old:]) {
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
