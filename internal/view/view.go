// Package view decodes the escapes of JSON strings, keeping a map back: where in the
// bytes a span of the decoded text stands. What an escape hides (\u0040 for @) is
// found in a view and replaced in the bytes.
package view

import (
	"bytes"
	"sort"
	"unicode/utf8"

	"github.com/mcpveil/mcpveil/internal/jsonspan"
)

// MaxLevels is how many times a text is decoded at most: JSON in a string of JSON in
// a string …
const MaxLevels = 8

// A View is a text decoded once. The zero View is ready for Decode, which reuses its
// memory. It is for one goroutine at a time.
type View struct {
	text    []byte
	spots   []spot
	length  int
	reveals bool
}

// A spot is a place from which on decoded and raw offsets go together: from an escape
// on, whose whole length stands for the whole character, or from plain bytes on.
type spot struct {
	text, raw uint32
	escape    bool
}

// Text returns the decoded text. It is valid until the next Decode.
func (v *View) Text() []byte { return v.text }

// Reveals reports whether Decode met an escape that hides its character (see
// [jsonspan.Hides]): only then can the text hold something that the bytes do not show.
func (v *View) Reveals() bool { return v.reveals }

// Decode decodes the escapes in raw, the inside of a JSON string or a part of it that
// cuts through no escape and no character. What is no escape, and what is no UTF-8,
// becomes U+FFFD.
func (v *View) Decode(raw []byte) {
	v.text, v.spots, v.length, v.reveals = v.text[:0], v.spots[:0], len(raw), false
	valid := utf8.Valid(raw)
	for i := 0; i < len(raw); {
		n := bytes.IndexByte(raw[i:], '\\')
		if n < 0 {
			n = len(raw) - i
		}
		if n > 0 {
			if valid {
				v.spot(i, false)
				v.text = append(v.text, raw[i:i+n]...)
			} else {
				v.plain(raw[i:i+n], i)
			}
			if i += n; i == len(raw) {
				break
			}
		}
		v.spot(i, true)
		if n := simple(raw[i:]); n != 0 {
			v.text = append(v.text, n)
			i += 2
			continue
		}
		r, n, ok := jsonspan.Unescape(raw[i:])
		if ok && jsonspan.Hides(raw[i+1:]) {
			v.reveals = true
		}
		v.text = utf8.AppendRune(v.text, r)
		i += n
	}
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

func (v *View) spot(raw int, escape bool) {
	v.spots = append(v.spots, spot{uint32(len(v.text)), uint32(raw), escape})
}

// plain appends p, which stands at raw offset at, holds no backslash, and may be no UTF-8.
func (v *View) plain(p []byte, at int) {
	v.spot(at, false)
	for i := 0; i < len(p); {
		r, n := utf8.DecodeRune(p[i:])
		if r != utf8.RuneError || n > 1 {
			v.text = append(v.text, p[i:i+n]...)
		} else {
			v.spot(at+i, true)
			v.text = utf8.AppendRune(v.text, r)
			v.spot(at+i+1, false)
		}
		i += n
	}
}

// Raw returns the span of the raw bytes that the span [start, end) of the text was
// decoded from: whole escapes, from the first one's backslash to the last one's end.
func (v *View) Raw(start, end int) (int, int) {
	if start >= end {
		at := v.first(start)
		return at, at
	}
	i := v.find(end - 1)
	s := v.spots[i]
	to := int(s.raw) + end - int(s.text)
	if s.escape {
		if to = v.length; i+1 < len(v.spots) {
			to = int(v.spots[i+1].raw)
		}
	}
	return v.first(start), to
}

// first returns the raw offset of the character, or plain byte, that text[at] belongs to.
func (v *View) first(at int) int {
	if at >= len(v.text) {
		return v.length
	}
	s := v.spots[v.find(at)]
	if s.escape {
		return int(s.raw)
	}
	return int(s.raw) + at - int(s.text)
}

// find returns the index of the last spot at or before text[at]. Of two at one place the
// second counts: the first is of no length.
func (v *View) find(at int) int {
	return sort.Search(len(v.spots), func(i int) bool { return int(v.spots[i].text) > at }) - 1
}

// At returns the offset in the text of what stands at raw offset at, which is no place
// inside of an escape.
func (v *View) At(at int) int {
	i := sort.Search(len(v.spots), func(i int) bool { return int(v.spots[i].raw) > at }) - 1
	if i < 0 || at >= v.length {
		return len(v.text)
	}
	s := v.spots[i]
	if s.escape {
		return int(s.text)
	}
	return int(s.text) + at - int(s.raw)
}

// Hides reports whether decoding text, once or more often, would show what its bytes
// do not: an escape that hides its character, behind any number of backslashes.
func Hides(text []byte) bool {
	for i := 0; i < len(text); {
		n := bytes.IndexByte(text[i:], '\\')
		if n < 0 {
			return false
		}
		for i += n; i < len(text) && text[i] == '\\'; i++ {
		}
		if jsonspan.Hides(text[i:]) {
			return true
		}
	}
	return false
}

// A Stack is a text decoded once, twice … as often as there is anything to reveal.
// The zero Stack is ready for use, by one goroutine at a time.
type Stack struct {
	levels [MaxLevels]View
	n      int
}

// Decode makes raw's first view the only one on s.
func (s *Stack) Decode(raw []byte) *View {
	s.n = 1
	s.levels[0].Decode(raw)
	return &s.levels[0]
}

// Deeper decodes the last view's text once more and returns the new last view, or nil
// where that would reveal nothing or the levels are used up.
func (s *Stack) Deeper() *View {
	if s.n == MaxLevels || !Hides(s.levels[s.n-1].text) {
		return nil
	}
	s.levels[s.n].Decode(s.levels[s.n-1].text)
	s.n++
	return &s.levels[s.n-1]
}

// Levels returns how many views there are.
func (s *Stack) Levels() int { return s.n }

// Raw returns the span of the raw bytes from which [start, end) of the last view's text
// was decoded.
func (s *Stack) Raw(start, end int) (int, int) {
	for i := s.n - 1; i >= 0; i-- {
		start, end = s.levels[i].Raw(start, end)
	}
	return start, end
}

// RawString is Raw for what was taken for the inside of a string in the last view. Where the
// texts before it show that one of their strings ends in there, the span ends there too: text
// decoded once too often has quotes that end nothing.
func (s *Stack) RawString(start, end int) (int, int) {
	for i := s.n - 1; i >= 0; i-- {
		start, end = s.levels[i].Raw(start, end)
		if i > 0 {
			end = start + inside(s.levels[i-1].text[start:end])
		}
	}
	return start, end
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

// At returns the offset in the last view's text of what stands at raw offset at.
func (s *Stack) At(at int) int {
	for i := range s.n {
		at = s.levels[i].At(at)
	}
	return at
}
