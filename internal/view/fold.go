package view

import (
	"bytes"
	"sort"
	"unicode/utf8"

	"github.com/mcpveil/mcpveil/detect"
)

// A Fold is a text of which was decoded, once, all at a time: percent-encoding, character
// references, quoted-printable where the text has it, and Unicode's other ways to write
// ASCII. The zero Fold is ready for use, by one goroutine at a time.
type Fold struct {
	text  []byte
	units []unit
	near  int // how many of units before asked about last: what is asked about next is mostly near
}

// A unit is what stands in the text for something else in the bytes that it was made of.
// Between units both are the same.
type unit struct {
	text, raw     uint32
	textLen, size uint16
	kind          detect.View
}

// Text returns the decoded text. It is valid until f is used again.
func (f *Fold) Text() []byte { return f.text }

func (f *Fold) reset() { f.text, f.units = f.text[:0], f.units[:0] }

// add notes that what was appended to f.text from offset from on stands for raw[at:at+n].
func (f *Fold) add(kind detect.View, from, at, n int) {
	f.units = append(f.units, unit{uint32(from), uint32(at), uint16(len(f.text) - from), uint16(n), kind})
}

// decode makes f the text that raw stands for, and reports whether it is another one.
func (f *Fold) decode(raw []byte) bool {
	f.reset()
	quoted := isQuoted(raw)
	copied := 0
	form := -1 // where a form's value began
	for i := 0; i < len(raw); {
		c := raw[i]
		if foldClass[c] == 0 {
			i++
			continue
		}
		n, kind := 0, detect.View(0)
		var out [8]byte
		m := 0 // of out
		switch {
		case c >= utf8.RuneSelf:
			if size := unfolded[c]; size > 0 { // Fast path: nothing of Chinese, of Korean, of é is decoded.
				i += int(size)
				continue
			}
			r, size := utf8.DecodeRune(raw[i:])
			g := fold(r)
			if g.class == plain || g.class == twin && !twinned(raw, i, size) {
				i += size
				continue
			}
			n, kind = size, detect.Unicode
			m = copy(out[:], g.text[:g.n])
		case c == '%':
			if v := hexPair(raw, i+1); v >= 0 {
				n, kind, out[0], m = 3, detect.Percent, byte(v), 1
			}
		case c == '&':
			if r, size := entity(raw[i+1:]); size > 0 {
				n, kind, m = 1+size, detect.HTML, utf8.EncodeRune(out[:], r)
			}
			form = i
		case c == '=':
			if quoted {
				if v := upperPair(raw, i+1); v >= 0 {
					n, kind, out[0], m = 3, detect.QuotedPrintable, byte(v), 1
				} else if n = softBreak(raw, i); n > 0 {
					kind = detect.QuotedPrintable
				}
			}
			form = i
		case c == '+':
			if form >= 0 && i-form < 256 && i > 0 && i+1 < len(raw) && formByte(raw[i-1]) && formByte(raw[i+1]) {
				n, kind, out[0], m = 1, detect.Percent, ' ', 1
			}
		default: // ends a form's value
			form = -1
		}
		if n == 0 {
			i++
			continue
		}
		f.text = append(f.text, raw[copied:i]...)
		from := len(f.text)
		f.text = append(f.text, out[:m]...)
		f.add(kind, from, i, n)
		i += n
		copied = i
	}
	if len(f.units) == 0 {
		return false
	}
	f.text = append(f.text, raw[copied:]...)
	return true
}

// unfolded says, by its first byte, how long a character is of which all that begin like it are
// plain; 0 for others.
var unfolded = func() (t [256]uint8) {
	for c := 0xc3; c <= 0xc9; c++ {
		t[c] = 2
	}
	for c := 0xe4; c <= 0xed; c++ {
		if c != 0xea {
			t[c] = 3
		}
	}
	return t
}()

// foldClass is 1 for bytes that may begin what is decoded, or end a form's value.
var foldClass = func() (t [256]uint8) {
	for c := range t {
		if c >= utf8.RuneSelf {
			t[c] = 1
		}
	}
	for _, c := range "%&=+ \n\r\t\"'<>;,{}[]" {
		t[c] = 1
	}
	return t
}()

func formByte(c byte) bool { return isAlnum(c) || c == '+' || c == ')' || c == '(' || c == '%' }

// isQuoted reports whether text has quoted-printable.
func isQuoted(text []byte) bool {
	for i, c := range text {
		if c == '=' && quotedAt(text, i) {
			return true
		}
	}
	return false
}

// twinned reports whether the letter at raw[i:i+n] stands in a word with ASCII letters, and with
// no letters but those that look like ASCII.
func twinned(raw []byte, i, n int) bool {
	latin := false
	for k := i; k > 0; {
		r, m := utf8.DecodeLastRune(raw[:k])
		if !inWord(r, &latin) {
			break
		}
		if k -= m; i-k > 64 || r >= utf8.RuneSelf && fold(r).class == plain {
			return false
		}
	}
	for k := i + n; k < len(raw); {
		r, m := utf8.DecodeRune(raw[k:])
		if !inWord(r, &latin) {
			break
		}
		if k += m; k-i > 64 || r >= utf8.RuneSelf && fold(r).class == plain {
			return false
		}
	}
	return latin
}

func inWord(r rune, latin *bool) bool {
	if r < utf8.RuneSelf {
		c := byte(r)
		*latin = *latin || isLetter(c)
		return isAlnum(c) || c == '@' || c == '.' || c == '-' || c == '_' || c == '+'
	}
	return r != utf8.RuneError && fold(r).class != space
}

// decodeTags makes f raw without the tags within its words, and reports whether it is another
// text.
func (f *Fold) decodeTags(raw []byte) bool {
	f.reset()
	copied := 0
	for i := 0; i < len(raw); i++ {
		next := bytes.IndexByte(raw[i:], '<')
		if next < 0 {
			break
		}
		i += next
		n := tag(raw[i:])
		if n == 0 || i == 0 || !valueByte(raw[i-1]) && raw[i-1] != '>' && raw[i-1] != ' ' {
			continue
		}
		f.text = append(f.text, raw[copied:i]...)
		f.add(detect.Tags, len(f.text), i, n)
		i += n - 1
		copied = i + 1
	}
	if len(f.units) == 0 {
		return false
	}
	f.text = append(f.text, raw[copied:]...)
	return true
}

// before returns the unit that decides where text[at] stands: the last one that begins at or
// before it; or nil.
func (f *Fold) before(at int) *unit {
	k, end := min(f.near, len(f.units)), len(f.units)
	for steps := 0; k > 0 && int(f.units[k-1].text) > at || k < end && int(f.units[k].text) <= at; steps++ {
		switch {
		case steps == nearSteps:
			k = sort.Search(end, func(k int) bool { return int(f.units[k].text) > at })
		case k < end && int(f.units[k].text) <= at:
			k++
		default:
			k--
		}
	}
	if f.near = k; k == 0 {
		return nil
	}
	return &f.units[k-1]
}

// nearSteps is how many units are looked at one by one before all are searched.
const nearSteps = 8

// Raw returns the span of the raw bytes that the span [start, end) of the text was decoded
// from: whole units.
func (f *Fold) Raw(start, end int) (int, int) {
	from, _ := f.place(start)
	if start >= end {
		return from, from
	}
	_, to := f.place(end - 1)
	return from, to
}

// place returns which of the raw bytes text[at] stands for.
func (f *Fold) place(at int) (start, end int) {
	u := f.before(at)
	switch {
	case u == nil:
		return at, at + 1
	case at < int(u.text)+int(u.textLen):
		return int(u.raw), int(u.raw) + int(u.size)
	}
	start = int(u.raw) + int(u.size) + at - int(u.text) - int(u.textLen)
	return start, start + 1
}

// At returns the offset in the text of what stands at raw offset at; of a unit, wherever in it,
// that of its beginning.
func (f *Fold) At(at int) int {
	k := sort.Search(len(f.units), func(k int) bool { return int(f.units[k].raw) > at })
	if k == 0 {
		return at
	}
	u := &f.units[k-1]
	if at < int(u.raw)+int(u.size) {
		return int(u.text)
	}
	return int(u.text) + int(u.textLen) + at - int(u.raw) - int(u.size)
}

// kinds returns which decodings stand in text[start:end], a bit for each.
func (f *Fold) kinds(start, end int) (set uint16) {
	k := sort.Search(len(f.units), func(k int) bool { return int(f.units[k].text)+int(f.units[k].textLen) > start })
	for ; k < len(f.units) && int(f.units[k].text) < end; k++ {
		set |= 1 << f.units[k].kind
	}
	return set
}
