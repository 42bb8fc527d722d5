package redact

import (
	"cmp"
	"encoding/base64"
	"encoding/binary"
	"math/bits"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/mcpveil/mcpveil/detect"
	"github.com/mcpveil/mcpveil/internal/jsonspan"
	"github.com/mcpveil/mcpveil/internal/view"
)

// A knownIndex finds values as they stand in a text. It is immutable.
//
// NOTE: a text is not looked at everywhere. If every form has n bytes at least, and grams of
// q bytes are looked up, then it is enough to look up the gram at each (n-q+1)th place, as
// long as the table has those that the form has at any of its first n-q+1 places. Short
// forms would make the steps short, so they have a table of their own. Grams are looked up in small letters, and what
// a form asks for is asked where one is met.
type knownIndex struct {
	forms []form // the longest first
	short *grams // nil if there are none
	long  *grams
	reach int // length of the longest form, and of what belongs to it
	rules map[*detect.Rule]*known
	text  *arena // of forms
}

// of returns the value that rule is of, or nil.
func (x *knownIndex) of(rule *detect.Rule) *known {
	if x == nil {
		return nil
	}
	return x.rules[rule]
}

// A form is one way in which a value may stand in a text: see knownIndex.addAll.
type form struct {
	text  []byte
	level int // how often it is escaped; 0 also if escaping changes nothing
	style style
	*known
}

// A style says what beside its bytes makes a form one.
type style uint8

const (
	spelled style = iota // as the value is spelled
	folded               // in any case; the form has small letters
	bare                 // without separators, in any case, and no part of a longer number
	coded                // a part of base64
	codedV               // base64 that begins, and ends, as the value does
)

const (
	longForm  = 8   // the length from which on a form is long
	leastFold = 4   // the length from which on the case of ASCII letters does not matter
	leastBare = 6   // how many digits a value has that is looked for without its separators
	leastCode = 6   // the length from which on a value is looked for in the midst of base64
	mostCode  = 256 // and up to which: a longer one is found where its base64 is decoded
)

func newKnownIndex(vals []*known) *knownIndex {
	x := &knownIndex{rules: make(map[*detect.Rule]*known, len(vals)), text: new(arena)}
	for _, v := range vals {
		x.rules[v.rule] = v
		x.addAll(v)
	}
	slices.SortStableFunc(x.forms, func(a, b form) int { return cmp.Compare(len(b.text), len(a.text)) })
	x.reach = len(x.forms[0].text) + 2
	first := slices.IndexFunc(x.forms, func(f form) bool { return len(f.text) < longForm })
	if first < 0 {
		first = len(x.forms)
	}
	x.long = newGrams(x.forms[:first], 0, 4)
	x.short = newGrams(x.forms[first:], first, 2)
	return x
}

// addAll adds all that v may look like:
//
//   - as it is spelled, and in any other case; shorter than four bytes, in capitals only, as file systems, forms and
//     headings have it: "Ann" is no "ann"
//   - each of these in nested JSON, escaped up to three times
//   - without separators, where it has six digits or more, or eight characters are left
//   - in base64, of either alphabet, as it is spelled, in capitals and in small letters: from six bytes on in the midst of
//     a longer run, wherever in it; shorter ones as a run of their own
//
// What else an encoding can hide is decoded before it is looked for: see [pass.echoInto].
func (x *knownIndex) addAll(v *known) {
	text := string(v.text)
	upper, lower := strings.ToUpper(text), strings.ToLower(text)
	switch {
	case len(text) < leastFold:
		x.addEscaped(v, text, spelled)
		if upper != text {
			x.addEscaped(v, upper, spelled)
		}
	case isASCII(text):
		x.addEscaped(v, lower, folded)
	default:
		// The case of other letters is tried as a whole.
		spellings := []string{smallASCII(text)}
		for _, s := range []string{smallASCII(upper), lower, smallASCII(strings.ToTitle(text))} {
			if !slices.Contains(spellings, s) {
				spellings = append(spellings, s)
			}
		}
		for _, s := range spellings {
			x.addEscaped(v, s, folded)
		}
	}
	if s := withoutSeparators(lower); s != lower {
		x.add(v, s, 0, bare)
	}
	x.addCoded(v, text)
	if upper != text {
		x.addCoded(v, upper)
	}
	if lower != text {
		x.addCoded(v, lower)
	}
}

func (x *knownIndex) add(v *known, text string, level int, s style) {
	x.forms = append(x.forms, form{x.text.keep([]byte(text)), level, s, v})
}

// addEscaped adds text as it stands in JSON in a string, and in a string in that.
func (x *knownIndex) addEscaped(v *known, text string, s style) {
	x.add(v, text, 0, s)
	last := text
	for level := 1; level <= 3; level++ {
		escaped := string(jsonspan.AppendEscaped(nil, []byte(text), level))
		if escaped == last || len(escaped) > maxKnownForm {
			break
		}
		x.add(v, escaped, level, s)
		last = escaped
	}
}

// addCoded adds text in base64. What stands before it decides at which bit of a letter it begins, so there are
// three ways, of which those letters are looked for that are of text alone.
func (x *knownIndex) addCoded(v *known, text string) {
	if len(text) < leastFold || len(text) > mostCode {
		return
	}
	put := func(code string, s style) {
		x.add(v, code, 0, s)
		if url := strings.NewReplacer("+", "-", "/", "_").Replace(code); url != code {
			x.add(v, url, 0, s)
		}
	}
	if len(text) < leastCode {
		put(base64.RawStdEncoding.EncodeToString([]byte(text)), codedV)
		return
	}
	for before := range 3 {
		code := base64.RawStdEncoding.EncodeToString([]byte("\x00\x00\x00"[:before] + text))
		put(code[(8*before+5)/6:8*(before+len(text))/6], coded)
	}
}

// withoutSeparators returns text without what divides it, if that leaves enough; else text.
func withoutSeparators(text string) string {
	digits := 0
	bare := strings.Map(func(r rune) rune {
		switch {
		case '0' <= r && r <= '9':
			digits++
		case strings.ContainsRune(" -.()/+'", r):
			return -1
		}
		return r
	}, text)
	if digits < leastBare && len(bare) < longForm {
		return text
	}
	return bare
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// small returns c, or the small letter of a capital of ASCII.
func small(c byte) byte {
	if c-'A' < 26 {
		c |= 0x20
	}
	return c
}

func smallASCII(s string) string {
	b := []byte(s)
	for i, c := range b {
		b[i] = small(c)
	}
	return string(b)
}

// stands reports whether f stands at text[at:].
func (f *form) stands(text []byte, at int) bool {
	end := at + len(f.text)
	if at < 0 || end > len(text) {
		return false
	}
	switch f.style {
	case spelled, coded, codedV:
		if string(text[at:end]) != string(f.text) {
			return false
		}
	default:
		for i, c := range f.text {
			if small(text[at+i]) != c {
				return false
			}
		}
	}
	switch f.style {
	case coded:
		return true
	case codedV:
		return (at == 0 || !view.InBase64(text[at-1])) && (end == len(text) || !view.InBase64(text[end]))
	case bare:
		if at > 0 && text[at-1]-'0' <= 9 || end < len(text) && text[end]-'0' <= 9 {
			return false
		}
	}
	return apart(text, at, end)
}

// span returns what is to be replaced where f stands at text[at:]: with the letters of base64 in
// which some bits are of the value.
func (f *form) span(text []byte, at int) (start, end int) {
	start, end = at, at+len(f.text)
	if f.style == coded {
		if start > 0 && view.InBase64(text[start-1]) {
			start--
		}
		if end < len(text) && view.InBase64(text[end]) {
			end++
		}
	}
	return start, end
}

// grams is a table of what forms have at their first places.
type grams struct {
	size  int // of a gram: 2 or 4
	step  int // so many places of each form are in the table
	shift int
	heads []uint16 // by hash, the number of an entry, from 1
	list  []gram
}

type gram struct {
	form int32  // index
	at   int32  // where in it
	next uint16 // entry of the same hash
}

const (
	maxStep  = 12
	maxGrams = 1 << 14 // entries of a table
)

// newGrams returns a table of forms, the longest first, which are those from index first on.
func newGrams(forms []form, first, size int) *grams {
	if len(forms) == 0 {
		return nil
	}
	g := &grams{size: size}
	g.step = max(1, min(len(forms[len(forms)-1].text)-size+1, maxStep, maxGrams/len(forms)))
	width := min(max(bits.Len(uint(len(forms)*g.step))+6, 12), 16)
	g.heads, g.shift = make([]uint16, 1<<width), 32-width
	for i, f := range forms {
		for at := range g.step {
			h := g.hash(f.text[at : at+size])
			g.list = append(g.list, gram{int32(first + i), int32(at), g.heads[h]})
			g.heads[h] = uint16(len(g.list))
		}
	}
	return g
}

const (
	mix    = 0x9E3779B1 // 2³² by the golden ratio
	smalls = 0x20202020 // makes small letters of capitals, and of other bytes what does no harm
)

func (g *grams) hash(p []byte) uint32 {
	if g.size == 4 {
		return (binary.LittleEndian.Uint32(p) | smalls) * mix >> g.shift
	}
	return (uint32(binary.LittleEndian.Uint16(p)) | smalls&0xffff) * mix >> g.shift
}

// A knownSearch goes through a text for values. Where raw is set, text is the bytes of a
// JSON text, in which a value that needs escapes stands escaped.
type knownSearch struct {
	x     *knownIndex
	text  []byte
	to    int // no value that starts there or later is looked for
	raw   bool
	long  match
	short match
}

// A match is where a form stands, or how far none does.
type match struct {
	at   int
	form *form
}

// search starts at text[from:to].
func (x *knownIndex) search(text []byte, from, to int, raw bool) knownSearch {
	s := knownSearch{x: x, text: text, to: min(to, len(text)), raw: raw}
	s.long = s.find(x.long, from)
	s.short = s.find(x.short, from)
	return s
}

// next returns the next place where a value stands, and goes on behind it. Of those that
// begin there, it is the longest. It returns nil if there is none.
func (s *knownSearch) next() (at int, found *form) {
	m := &s.long
	switch {
	case s.long.form == nil || s.short.form != nil && s.short.at < s.long.at:
		m = &s.short
	case s.short.form != nil && s.short.at == s.long.at: // the longer one stands for both
		s.short = s.find(s.x.short, s.short.at+1)
	}
	if m.form == nil {
		return 0, nil
	}
	at, found = m.at, m.form
	if m == &s.long {
		s.long = s.find(s.x.long, at+1)
	} else {
		s.short = s.find(s.x.short, at+1)
	}
	return at, found
}

// find returns the first match of a form of g that starts at from or later.
func (s *knownSearch) find(g *grams, from int) match {
	if g == nil {
		return match{}
	}
	text, step := s.text, g.step
	// The form that starts at i, from ≤ i < from+step, has a gram in the table at the last
	// of these places; the last one that matters is before to+step-1.
	end := min(len(text)-g.size+1, s.to+step-1)
	heads, shift := g.heads, g.shift&31
	if g.size == 4 {
		for at := from + step - 1; at < end; at += step {
			if n := heads[(binary.LittleEndian.Uint32(text[at:])|smalls)*mix>>shift]; n != 0 {
				if m := s.verify(g, n, at, from); m.form != nil {
					return m
				}
			}
		}
		return match{}
	}
	for at := from + step - 1; at < end; at += step {
		if n := heads[(uint32(binary.LittleEndian.Uint16(text[at:]))|smalls&0xffff)*mix>>shift]; n != 0 {
			if m := s.verify(g, n, at, from); m.form != nil {
				return m
			}
		}
	}
	return match{}
}

// verify returns the first match, and of those that start there the longest, of the forms that
// have a gram at text[at], whose entry is n.
func (s *knownSearch) verify(g *grams, n uint16, at, from int) (m match) {
	best := int32(0)
	for ; n != 0; n = g.list[n-1].next {
		e := &g.list[n-1]
		i, f := at-int(e.at), &s.x.forms[e.form]
		if i < from || i >= s.to || m.form != nil && (i > m.at || i == m.at && e.form > best) {
			continue
		}
		if s.raw && f.level == 0 && needsEscape(f.text) {
			continue
		}
		if f.stands(s.text, i) {
			m, best = match{i, f}, e.form
		}
	}
	return m
}
