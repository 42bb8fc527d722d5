package redact

import (
	"cmp"
	"encoding/binary"
	"math/bits"
	"slices"
	"strings"

	"github.com/mcpveil/mcpveil/detect"
	"github.com/mcpveil/mcpveil/internal/jsonspan"
)

// A knownIndex finds values as they stand in a text, plain or escaped up to three times.
// It is immutable.
//
// NOTE: a text is not looked at everywhere. If every form has n bytes at least, and grams of
// q bytes are looked up, then it is enough to look up the gram at each (n-q+1)th place, as
// long as the table has those that the form has at any of its first n-q+1 places. Short
// forms would make the steps short, so they have a table of their own.
type knownIndex struct {
	forms []form // the longest first
	short *grams // nil if there are none
	long  *grams
	reach int // length of the longest form
	rules map[*detect.Rule]*known
}

// of returns the value that rule is of, or nil.
func (x *knownIndex) of(rule *detect.Rule) *known {
	if x == nil {
		return nil
	}
	return x.rules[rule]
}

type form struct {
	text  string // as the value is spelled, or in capitals
	level int    // how often it is escaped; 0 also if escaping changes nothing
	*known
}

// longForm is the length from which on a form is long.
const longForm = 8

func newKnownIndex(vals []*known) *knownIndex {
	x := &knownIndex{rules: make(map[*detect.Rule]*known, len(vals))}
	for _, v := range vals {
		x.rules[v.rule] = v
		x.addAll(v, v.text)
		if upper := strings.ToUpper(v.text); upper != v.text && len(upper) > 1 { // as file systems, forms and headings have it
			x.addAll(v, upper)
		}
	}
	slices.SortStableFunc(x.forms, func(a, b form) int { return cmp.Compare(len(b.text), len(a.text)) })
	x.reach = len(x.forms[0].text)
	first := slices.IndexFunc(x.forms, func(f form) bool { return len(f.text) < longForm })
	if first < 0 {
		first = len(x.forms)
	}
	x.long = newGrams(x.forms[:first], 0, 4)
	x.short = newGrams(x.forms[first:], first, 2)
	return x
}

// addAll adds what v may look like where it is spelled as text.
func (x *knownIndex) addAll(v *known, text string) {
	x.forms = append(x.forms, form{text, 0, v})
	last := text
	for level := 1; level <= 3; level++ {
		escaped := string(jsonspan.AppendEscaped(nil, []byte(text), level))
		if escaped == last || len(escaped) > maxKnownForm {
			break
		}
		x.forms = append(x.forms, form{escaped, level, v})
		last = escaped
	}
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
			h := g.hash([]byte(f.text[at : at+size]))
			g.list = append(g.list, gram{int32(first + i), int32(at), g.heads[h]})
			g.heads[h] = uint16(len(g.list))
		}
	}
	return g
}

const mix = 0x9E3779B1 // 2³² by the golden ratio

func (g *grams) hash(p []byte) uint32 {
	if g.size == 4 {
		return binary.LittleEndian.Uint32(p) * mix >> g.shift
	}
	return uint32(binary.LittleEndian.Uint16(p)) * mix >> g.shift
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
			if n := heads[binary.LittleEndian.Uint32(text[at:])*mix>>shift]; n != 0 {
				if m := s.verify(g, n, at, from); m.form != nil {
					return m
				}
			}
		}
		return match{}
	}
	for at := from + step - 1; at < end; at += step {
		if n := heads[uint32(binary.LittleEndian.Uint16(text[at:]))*mix>>shift]; n != 0 {
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
		if len(s.text)-i >= len(f.text) && string(s.text[i:i+len(f.text)]) == f.text && apart(s.text, i, i+len(f.text)) {
			m, best = match{i, f}, e.form
		}
	}
	return m
}
