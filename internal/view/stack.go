package view

import (
	"bytes"

	"github.com/mcpveil/mcpveil/detect"
)

// A Stack is a text decoded once, twice … as often as there is anything to reveal.
// The zero Stack is ready for use, by one goroutine at a time.
type Stack struct {
	levels [MaxLevels]level
	n      int
	used   int  // levels that were since Clear
	all    bool // whatever can be decoded is, not only what seems worth it
	odd    answer
}

// An answer is what Odd says of the last text, once it was asked.
type answer uint8

const (
	unasked answer = iota
	no
	yes
)

// Odd reports what the function Odd does of the last text.
func (s *Stack) Odd() bool {
	if s.odd == unasked {
		s.odd = no
		if Odd(s.Text()) {
			s.odd = yes
		}
	}
	return s.odd == yes
}

// A level is a text decoded once: of a JSON string, or else folded.
type level struct {
	json   View
	fold   Fold
	folded bool
	kind   detect.View // of the last two folds, which are of a kind each: Tags and Spread
}

func (l *level) text() []byte {
	if l.folded {
		return l.fold.text
	}
	return l.json.text
}

func (l *level) raw(start, end int) (int, int) {
	if l.folded {
		return l.fold.Raw(start, end)
	}
	return l.json.Raw(start, end)
}

// Decode makes raw, the inside of a JSON string or a part of it, decoded once, the only text
// on s.
func (s *Stack) Decode(raw []byte) {
	s.all = false
	s.decode(raw)
}

// DecodeAll is Decode for who looks for something that he knows: Deeper then decodes all that can be
// decoded, and does not ask first whether it is likely to hide anything.
func (s *Stack) DecodeAll(raw []byte) {
	s.all = true
	s.decode(raw)
}

func (s *Stack) decode(raw []byte) {
	s.n, s.used, s.odd = 1, max(s.used, 1), unasked
	s.levels[0].folded, s.levels[0].kind = false, 0
	s.levels[0].json.Decode(raw)
}

// Text returns the last text. It is valid until s is used again.
func (s *Stack) Text() []byte { return s.levels[s.n-1].text() }

// Reveals reports whether the last text may hold what the one before does not show.
func (s *Stack) Reveals() bool {
	l := &s.levels[s.n-1]
	return l.folded || l.json.reveals
}

// Deeper decodes the last text once more, and reports whether there was anything to reveal and a
// level for it.
func (s *Stack) Deeper() bool {
	last := &s.levels[s.n-1]
	text := last.text()
	if s.n == MaxLevels || last.kind == detect.Spread {
		return false
	}
	l := &s.levels[s.n]
	l.folded, l.kind = false, 0
	switch {
	case last.kind == 0 && s.all && l.fold.decode(text): // first, since a backslash need not be an escape
		l.folded = true
	case last.kind == 0 && (s.all && bytes.IndexByte(text, '\\') >= 0 || Hides(text) || hidesEscape(text)):
		l.json.Decode(text)
	case last.kind == 0 && !s.all && s.Odd() && l.fold.decode(text):
		l.folded = true
	case last.kind == 0 && bytes.IndexByte(text, '<') >= 0 && l.fold.decodeTags(text):
		l.folded, l.kind = true, detect.Tags
	case l.fold.decodeSpread(text):
		l.folded, l.kind = true, detect.Spread
	default:
		return false
	}
	s.n++
	s.used, s.odd = max(s.used, s.n), unasked
	return true
}

// Unread reports whether the last text hides something still and there is no level left for it.
func (s *Stack) Unread() bool {
	if s.n < MaxLevels || s.levels[s.n-1].kind != 0 {
		return false
	}
	text := s.Text()
	return Hides(text) || hidesEscape(text) || s.Odd()
}

// hidesEscape reports whether an escape in text hides the beginning of a character reference or
// a tag.
func hidesEscape(text []byte) bool {
	for i := 0; i < len(text); i++ {
		n := bytes.IndexByte(text[i:], '\\')
		if n < 0 {
			return false
		}
		if i += n; oddEscape(text, i) {
			return true
		}
	}
	return false
}

// Spread reports whether the last text is one of which the parts of values were brought together.
func (s *Stack) Spread() bool { return s.levels[s.n-1].kind == detect.Spread }

// Clear forgets all texts, and the memory of those that were longer than max.
func (s *Stack) Clear(max int) {
	for i := range s.used {
		v, f := &s.levels[i].json, &s.levels[i].fold
		v.text, v.raw, v.marks = v.text[:0], nil, v.marks[:0]
		f.reset()
		if cap(v.text) > max {
			v.text = nil
		}
		if cap(f.text) > max {
			f.text = nil
		}
		if cap(f.units) > max/4 {
			f.units = nil
		}
	}
	s.n, s.used, s.odd = 0, 0, unasked
}

// Levels returns how many texts there are.
func (s *Stack) Levels() int { return s.n }

// Raw returns the span of the raw bytes from which [start, end) of the last text was decoded,
// and through what.
func (s *Stack) Raw(start, end int) (from, to int, c Chain) {
	var kinds [MaxLevels]uint16
	for i := s.n - 1; i >= 0; i-- {
		kinds[i] = s.levels[i].kinds(start, end)
		start, end = s.levels[i].raw(start, end)
	}
	return start, end, chain(kinds[:s.n])
}

func (l *level) kinds(start, end int) uint16 {
	if l.folded {
		return l.fold.kinds(start, end)
	}
	return 1 << detect.JSONEscapes
}

// RawString is Raw for what was taken for the inside of a string in the last text. Where the
// texts before it show that one of their strings ends in there, the span ends there too: text
// decoded once too often has quotes that end nothing.
func (s *Stack) RawString(start, end int) (from, to int, c Chain) {
	var kinds [MaxLevels]uint16
	for i := s.n - 1; i >= 0; i-- {
		kinds[i] = s.levels[i].kinds(start, end)
		start, end = s.levels[i].raw(start, end)
		if i > 0 {
			end = start + inside(s.levels[i-1].text()[start:end])
		}
	}
	return start, end, chain(kinds[:s.n])
}

// inside returns the length of text up to a quote that no backslash escapes.
func inside(text []byte) int {
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '\\':
			i++
		case '"':
			return i
		}
	}
	return len(text)
}

// At returns the offset in the last text of what stands at raw offset at.
func (s *Stack) At(at int) int {
	for i := range s.n {
		if l := &s.levels[i]; l.folded {
			at = l.fold.At(at)
		} else {
			at = l.json.At(at)
		}
	}
	return at
}
