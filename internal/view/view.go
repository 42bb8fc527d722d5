// Package view decodes what hides text, keeping a map back: where in the bytes a span of
// the decoded text stands. What an escape hides (\u0040 for @, %40, &#64;) is found in a
// view and replaced in the bytes.
//
//	Odd          is there anything to decode? Asked of every message          odd.go
//	View         the escapes of JSON strings                                  view.go
//	Fold         percent, HTML, quoted-printable, Unicode; tags; spread text   fold.go, entity.go, unicode.go, spread.go
//	Stack        a text decoded again and again                               stack.go
//	Run          base64, which is decoded and written again as a whole        base64.go
//	Chain        the decodings that a value was seen through: its text, and
//	             how to write what takes its place                            chain.go
package view

import (
	"bytes"
	"encoding/binary"
	"math/bits"
	"slices"
	"sort"
	"unicode/utf8"

	"github.com/mcpveil/mcpveil/internal/bytescan"
	"github.com/mcpveil/mcpveil/internal/jsonspan"
)

// MaxLevels is how many times a text is decoded at most: JSON in a string of JSON in
// a string …
const MaxLevels = 8

// A View is a text decoded once. The zero View is ready for Decode, which reuses its
// memory. It is for one goroutine at a time.
//
// NOTE: offsets are rarely asked for, so Decode notes only every so often, at a mark, which
// offset of the text is which of the raw bytes. From the mark before an offset on, the raw
// bytes are gone through once more; or from where the last span began or ended, if that is near, as those of what is found
// in a text mostly are.
type View struct {
	text    []byte
	raw     []byte // what text was decoded from
	marks   []mark
	reveals bool
	escapes bool // there are any: else the text is raw

	first, last part // of the span asked about last
}

// A mark is a place where an escape, or a stretch of plain bytes, begins, or such a stretch goes on.
type mark struct{ text, raw uint32 }

// markEvery is how many raw bytes are at least between two marks.
const markEvery = 256

// Text returns the decoded text. It is valid until the next Decode.
func (v *View) Text() []byte { return v.text }

// Reveals reports whether Decode met an escape that hides its character (see
// [jsonspan.Hides]): only then can the text hold something that the bytes do not show.
func (v *View) Reveals() bool { return v.reveals }

// Decode decodes the escapes in raw, the inside of a JSON string or a part of it that
// cuts through no escape and no character. What is no escape becomes U+FFFD. v keeps raw,
// which must not change, until the next Decode.
func (v *View) Decode(raw []byte) {
	v.text, v.raw, v.marks, v.reveals, v.escapes = v.text[:0], raw, v.marks[:0], false, false
	v.first, v.last = part{}, part{}
	text, next := slices.Grow(v.text, len(raw)+bytescan.UnescapeRoom), 0
	for i := 0; i < len(raw); {
		if i >= next {
			v.marks = append(v.marks, mark{uint32(len(text)), uint32(i)})
			next = i + markEvery
		}
		if raw[i] != '\\' {
			var n int
			if text, n = copyShort(text, raw[i:]); n == 0 {
				n = run(raw[i:])
				for at := markEvery; at < n; at += markEvery {
					v.marks = append(v.marks, mark{uint32(len(text) + at), uint32(i + at)})
				}
				text = append(text, raw[i:i+n]...)
			}
			i += n
			continue
		}
		v.escapes = true
		if c := simple(raw[i:]); c != 0 {
			text = append(text, c)
			i += 2
			continue
		}
		if i+1 < len(raw) && raw[i+1] == 'u' {
			// Fast path: texts of other letters, as some write them, are nothing but such escapes.
			some := raw[i:min(len(raw), i+markEvery)]
			text = slices.Grow(text, len(some)+bytescan.UnescapeRoom)
			if wrote, n := bytescan.Unescape(text[len(text):cap(text)], some); n > 0 {
				text = text[:len(text)+wrote]
				v.reveals = true
				i += n
				continue
			}
		}
		r, n, ok := jsonspan.Unescape(raw[i:])
		if ok && !v.reveals {
			v.reveals = jsonspan.Hides(raw[i+1:])
		}
		text = utf8.AppendRune(text, r)
		i += n
	}
	v.text = text
}

const word = 8

// copyShort appends the plain bytes that p begins with to text, if they are less than a word and
// there is room for one. It returns how many they are; 0 if it did not.
func copyShort(text, p []byte) ([]byte, int) {
	const ones, highs = 0x0101010101010101, 0x8080808080808080
	end := len(text) + word
	if len(p) < word || end > cap(text) {
		return text, 0
	}
	w := binary.LittleEndian.Uint64(p)
	x := w ^ '\\'*ones
	slashes := (x - ones) &^ x & highs // the lowest bit is of the first one
	if slashes == 0 {
		return text, 0
	}
	n := bits.TrailingZeros64(slashes) / 8
	binary.LittleEndian.PutUint64(text[len(text):end], w)
	return text[:len(text)+n], n
}

// nibble is the value of a hexadecimal digit, 0xff for what is none.
var nibble = func() (t [256]uint8) {
	for c := range t {
		t[c] = 0xff
	}
	for i, c := range "0123456789abcdef" {
		t[c] = uint8(i)
	}
	for i, c := range "ABCDEF" {
		t[c] = uint8(10 + i)
	}
	return t
}()

// run returns how many plain bytes p begins with.
func run(p []byte) int {
	const short = 8 // a call is dearer than so many bytes
	for n := 1; n < min(len(p), short); n++ {
		if p[n] == '\\' {
			return n
		}
	}
	if len(p) <= short {
		return len(p)
	}
	n := bytes.IndexByte(p[short:], '\\')
	if n < 0 {
		return len(p)
	}
	return short + n
}

// simple returns what the commonest escapes, of two bytes, stand for, or 0.
func simple(p []byte) byte {
	if len(p) > 1 {
		switch p[1] {
		case '"', '\\':
			return p[1]
		case 'n':
			return '\n'
		case 't':
			return '\t'
		}
	}
	return 0
}

// A part is an escape, or a stretch of plain bytes, and where it stands.
type part struct {
	text, raw     int
	textLen, size int // in the text, and in the raw bytes
	escape        bool
}

// part returns the part at raw offset i, which is text offset t; of plain bytes, as many as most at
// most.
func (v *View) part(t, i, most int) part {
	if v.raw[i] != '\\' {
		n := run(v.raw[i:min(len(v.raw), i+most)])
		return part{t, i, n, n, false}
	}
	r, n, _ := jsonspan.Unescape(v.raw[i:])
	return part{t, i, utf8.RuneLen(r), n, true}
}

// seek moves p to the part that text[at] belongs to.
func (v *View) seek(p *part, at int) {
	if at < p.text || at-p.text > markEvery {
		k := sort.Search(len(v.marks), func(k int) bool { return int(v.marks[k].text) > at }) - 1
		p.text, p.raw = int(v.marks[k].text), int(v.marks[k].raw)
	}
	*p = v.part(p.text, p.raw, at+1-p.text)
	for p.text+p.textLen <= at {
		*p = v.part(p.text+p.textLen, p.raw+p.size, at+1-p.text-p.textLen)
	}
}

// Raw returns the span of the raw bytes that the span [start, end) of the text was
// decoded from: whole escapes, from the first one's backslash to the last one's end.
func (v *View) Raw(start, end int) (int, int) {
	if !v.escapes {
		start = min(start, len(v.raw))
		return start, max(start, end)
	}
	from := len(v.raw)
	if start < len(v.text) {
		v.seek(&v.first, start)
		if from = v.first.raw; !v.first.escape { // one of plain bytes
			from += start - v.first.text
		}
	}
	if start >= end {
		return from, from
	}
	p := &v.last
	if v.seek(p, end-1); p.escape {
		return from, p.raw + p.size
	}
	return from, p.raw + end - p.text
}

// At returns the offset in the text of what stands at raw offset at, which is no place
// inside of an escape.
func (v *View) At(at int) int {
	if at >= len(v.raw) {
		return len(v.text)
	}
	if !v.escapes {
		return at
	}
	k := sort.Search(len(v.marks), func(k int) bool { return int(v.marks[k].raw) > at }) - 1
	p := v.part(int(v.marks[k].text), int(v.marks[k].raw), at+1-int(v.marks[k].raw))
	for p.raw+p.size <= at {
		p = v.part(p.text+p.textLen, p.raw+p.size, at+1-p.raw-p.size)
	}
	if p.escape {
		return p.text
	}
	return p.text + at - p.raw
}

// Hides reports whether decoding text, once or more often, would show what its bytes
// do not: an escape that hides its character, behind any number of backslashes.
func Hides(text []byte) bool { return HidesBefore(text, len(text)) }

// HidesBefore is Hides for escapes whose backslashes stand in text[:end].
func HidesBefore(text []byte, end int) bool {
	for i := 0; i < end; {
		n := bytes.IndexByte(text[i:end], '\\')
		if n < 0 {
			return false
		}
		for i += n; i < len(text) && text[i] == '\\'; i++ {
		}
		if i <= end && jsonspan.Hides(text[i:]) {
			return true
		}
	}
	return false
}
