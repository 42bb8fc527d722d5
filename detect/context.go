package detect

import (
	"encoding/binary"
	"slices"
	"unicode/utf8"

	"github.com/mcpveil/mcpveil/internal/bytescan"
)

// How far from a match a context word may stand, in bytes, and how long one may be.
const (
	contextBefore = 48
	contextAfter  = 16
	maxPhrase     = 64
	maxPhraseGap  = 3 // bytes between two words of a phrase
)

// A mention is a phrase in the text.
type mention struct {
	start, end int32
	phrase     int32
}

// maxMentions is how many are kept: more than stand near one match, but for a pack with
// several phrases that begin with one character.
const maxMentions = 128

// mentions remembers the phrases of the stretch of text looked at last. Matches
// stand close together where they stand at all, so hardly a byte is read twice.
type mentions struct {
	from, to int // what has been looked at: words that begin in it
	last     int // the last one starts before this
	n        int // of all there were; the last maxMentions are kept
	ring     [maxMentions]mention
	all      []mention // instead of ring, where not nil
}

// add remembers a phrase.
func (m *mentions) add(w mention) {
	if m.all != nil {
		m.all = append(m.all, w)
		return
	}
	m.ring[m.n%maxMentions] = w
	m.n++
	m.last = int(w.start) + 1
}

// An ear listens for the phrases of one lexicon. There is one for words that speak for rules,
// which decide whether there is anything to look for; and one for those that speak against
// them, which matter only where something has been found.
type ear struct {
	lexicon    *lexicon
	mentions   [2]mentions // around the match, and behind a long one
	start, end int         // of the match listened around last, plus 1
	quiet      bool        // no phrase stands near it
	near       [maxNear]int32
	n          int      // phrases in near: those that stand near it, each once
	rules      []uint64 // where there are more of them, the rules that they are words of
}

// maxNear is how many phrases near a match are kept as they are. There are mostly one or two, and
// one or two rules to ask about: to bring the rules of all phrases together costs more.
const maxNear = 8

// begin makes e ready for a text.
func (e *ear) begin(x *lexicon) {
	e.lexicon, e.start = x, 0
	for i := range e.mentions {
		e.mentions[i].forget(0)
	}
}

// fieldOf returns the member that a match at start stands in, else the column of a table.
func (s *scan) fieldOf(start int) field {
	if s.inside {
		return s.inField
	}
	if s.fieldKnown != start+1 {
		if s.field, s.fieldKnown = s.fieldAt(start), start+1; s.field == noField {
			s.field = s.columnAt(start)
		}
	}
	return s.field
}

// spoken says whether a word of a rule that e listens for stands near the match at [start, end).
func (s *scan) spoken(e *ear, start, end int, rule int32) bool {
	return !s.quiet(e, start, end) && e.speaksFor(rule)
}

// speaksFor reports whether one of the phrases near the match listened around last is a word of a rule.
func (e *ear) speaksFor(rule int32) bool {
	if e.n > maxNear {
		return e.rules[rule>>6]>>(rule&63)&1 != 0
	}
	for _, phrase := range e.near[:e.n] {
		if e.lexicon.speaksFor(phrase, rule) {
			return true
		}
	}
	return false
}

// quiet reports whether no phrase of e stands near a match at [start, end). At one place it is
// worked out once: several rules tend to match there.
func (s *scan) quiet(e *ear, start, end int) bool {
	if e.start != start+1 || e.end != end+1 {
		e.start, e.end = start+1, end+1
		e.quiet = s.listen(e, start, end)
	}
	return e.quiet
}

// heard reports whether the text around a match at [start, end) has been read, so that
// quiet hardly costs anything.
func (s *scan) heard(start, end int) bool {
	m, low, high := &s.pro.mentions[0], max(0, start-contextBefore), min(len(s.raw), end+contextAfter)
	return m.from <= low && high <= m.to && end-start < maxPhrase || s.waking.said.knows(low, high)
}

// listen looks for phrases near the match at [start, end), and notes in e which they are.
func (s *scan) listen(e *ear, start, end int) (quiet bool) {
	low, high := max(0, start-contextBefore), min(len(s.raw), end+contextAfter)
	if e == &s.pro && s.waking.said.knows(low, high) {
		return s.recollect(low, start, end, high)
	}
	before, after := &e.mentions[0], &e.mentions[0]
	if end-start < maxPhrase {
		s.read(e, before, low, high)
	} else {
		after = &e.mentions[1]
		s.read(e, before, low, start)
		s.read(e, after, end, high)
	}
	if before.last <= low && after.last <= end {
		return true
	}
	e.n = 0
	e.note(before, low, start, end, high)
	if after != before {
		e.note(after, end, start, end, high)
	}
	return e.n == 0
}

// note adds the phrases of m that begin from low on, and stand before start or between end and high, to
// those near the match.
func (e *ear) note(m *mentions, low, start, end, high int) {
	for k := m.n - 1; k >= max(0, m.n-maxMentions); k-- {
		w := &m.ring[uint(k)%maxMentions]
		from, to := int(w.start), int(w.end)
		if from < low {
			break
		}
		if to <= start || from >= end && to <= high {
			e.add(w.phrase)
		}
	}
}

// recollect is listen for the phrases of a stretch that have been read.
func (s *scan) recollect(low, start, end, high int) (quiet bool) {
	e, w := &s.pro, &s.waking.said
	e.n = 0
	for k := (low - w.low) / unit; k <= (high-1-w.low)/unit; k++ {
		for i := w.from[k]; i < w.to[k]; i++ {
			m := &w.phrases.all[i]
			if from, to := int(m.start), int(m.end); from >= low && (to <= start || from >= end && to <= high) {
				e.add(m.phrase)
			}
		}
	}
	return e.n == 0
}

// add adds a phrase to those near the match, if it is not there.
func (e *ear) add(phrase int32) {
	if e.n <= maxNear && slices.Contains(e.near[:min(e.n, maxNear)], phrase) {
		return
	}
	if e.n < maxNear {
		e.near[e.n] = phrase
		e.n++
		return
	}
	if e.n == maxNear {
		e.n++
		if row := e.lexicon.row; len(e.rules) != row {
			e.rules = make([]uint64, row)
		}
		clear(e.rules)
		for _, phrase := range e.near {
			e.addRules(phrase)
		}
	}
	e.addRules(phrase)
}

func (e *ear) addRules(phrase int32) {
	for i, rules := range e.lexicon.rules(phrase) {
		e.rules[i] |= rules
	}
}

// read looks for phrases whose first word begins in text[from:to], or somewhat behind
// that, and remembers them in m with those from before that it has.
func (s *scan) read(e *ear, m *mentions, from, to int) {
	limit := len(s.raw) // where matches stand close together, more is read than is asked for
	if from < m.from || from > m.to {
		m.forget(from)
		limit = to
	}
	for m.to < to {
		n := min(limit-m.to, 64)
		s.readSome(e, m, m.to, n)
		m.to += n
	}
}

// forget makes m that of a stretch that begins at from, nothing of which has been read.
func (m *mentions) forget(from int) {
	m.from, m.to, m.n, m.last = from, from, 0, 0
}

// readSome is read for the n bytes from raw[i] on, at most 64.
func (s *scan) readSome(e *ear, m *mentions, i, n int) {
	var text *[bytescan.CensusText]byte
	if i+len(text) <= len(s.raw) {
		text = (*[bytescan.CensusText]byte)(s.raw[i:])
	} else {
		text = &s.tail
		clear(text[copy(text[:], s.raw[i:]):])
	}
	x := &e.lexicon.heads
	c := &s.census
	x.scan.Count(text, 64, c) // though fewer may be asked for: what stands behind says where a word ends
	var letterBefore, upperBefore, slashBefore, smallBehind uint64
	if i > 0 {
		switch b := s.raw[i-1]; {
		case b-'a' < 26:
			letterBefore = 1
		case b-'A' < 26:
			letterBefore, upperBefore = 1, 1
		case b == '\\':
			slashBefore = 1
		}
	}
	if b := text[64]; b-'a' < 26 || b >= utf8.RuneSelf {
		smallBehind = 1 << 63
	}

	// Where a word may begin, as joins has it; what is beyond ASCII lets one begin.
	small := (c.Letter&^c.Upper|c.High)>>1 | smallBehind
	afterLetter, afterUpper := c.Letter<<1|letterBefore, c.Upper<<1|upperBefore
	starts := c.Letter&^(afterLetter&^c.Upper)&^(afterUpper&c.Upper&^small) | c.Lead
	ends := ^c.Letter | starts
	// Words of one letter, and those behind an escape's letter.
	rare := (^c.Letter>>1 | starts>>1 | 1<<63) & c.One
	slashes := c.Backslash<<1 | slashBefore
	if !s.escaped {
		slashes = 0
	}
	if slashes != 0 {
		rare |= slashes & (c.One | c.One>>1 | c.Head>>1 | 1<<63)
	}
	if s.escaped {
		starts |= c.Letter & (c.Backslash<<behindUnicode | s.slashesBefore(i))
	}
	if x.digit != 0 {
		d := digitStarts(text[:64], x.digit)
		starts, rare = starts|d, rare|d
	}
	if n < 64 {
		starts &= 1<<n - 1
	}
	// The s of SSNs is of the word before, and it may be not known whether it is.
	doubt := c.High | c.Upper&(c.Upper<<1|upperBefore)&small&(^c.Letter>>2|c.High>>1|3<<62)
	starts &= c.Head&^(ends>>1&c.Letter&^(doubt>>1)) | rare
	var places [64]uint8
	for _, k := range x.sift(text, starts, ends, rare|slashes|c.Lead, doubt, &places) {
		k := int(k & 63)
		if known, may := x.told(text, c, ends, k, slashes>>k&1 != 0 && (k == 0 || text[k-1] == '\\')); known { // a census may take more for backslashes
			if may {
				s.mention(e, m, i+k)
			}
			continue
		}
		if x.has(binary.LittleEndian.Uint64(text[k:])) || rare>>k&1 != 0 && x.hasRare(text[k:], s.escaped && i+k > 0 && s.raw[i+k-1] == '\\') {
			s.mention(e, m, i+k)
		}
	}
}

// behindUnicode is how far behind the backslash of \uXXXX the text goes on.
const behindUnicode = 6

// slashesBefore returns the places from raw[i] on that are so far behind a backslash which
// stands before raw[i].
func (s *scan) slashesBefore(i int) (places uint64) {
	for k := range min(behindUnicode, i) {
		if s.raw[i-1-k] == '\\' {
			places |= 1 << (behindUnicode - 1 - k)
		}
	}
	return places
}

// digitStarts returns where in text digits stand which a phrase may begin with.
func digitStarts(text []byte, firsts uint16) (starts uint64) {
	for k, c := range text {
		if isDigit(c) && firsts>>(c-'0')&1 != 0 {
			starts |= 1 << k
		}
	}
	return starts
}

// mention remembers the phrases that begin with the word at raw[p], if one begins there.
func (s *scan) mention(e *ear, m *mentions, p int) {
	if c := s.raw[max(0, p-1)]; (isLetter(c) || c >= utf8.RuneSelf || s.raw[p] >= utf8.RuneSelf || isDigit(s.raw[p])) && inWord(s.raw, p) {
		if !s.escaped || p < behindUnicode || escapeLen(s.raw, p-behindUnicode+1) != behindUnicode-1 {
			return // but for the ssn of \u003cssn
		}
	}
	w := nextWord(s.raw, p, p+1)
	if s.escaped && inEscape(s.raw, p) {
		if s.raw[p-1] != '\\' {
			return // digits of \uXXXX
		}
		// nAccount of \nAccount: the letter is no part of the word.
		n := escapeEnd(s.raw, p)
		if n >= w.end {
			return // and there is none
		}
		w = nextWord(s.raw, n, w.end)
	}
	if w.start < 0 {
		return
	}
	x := e.lexicon
	at := x.first(w.hash)
	if at < 0 && w.singular != w.hash {
		at = x.first(w.singular)
	}
	then, read := word{}, false // what stands behind it
	for ; at >= 0; at = x.phrases[at].next {
		f := &x.phrases[at]
		if f.then != 0 { // Fast path: many begin with one word, and few go on as the text does.
			if !read {
				then, read = nextWord(s.raw, w.end, min(len(s.raw), w.end+maxPhraseGap+1)), true
			}
			if then.start < 0 || then.hash != f.then && then.singular != f.then {
				continue
			}
		}
		if end := x.match(f, s.raw, w); end >= 0 {
			m.add(mention{int32(p), int32(end), at})
		}
	}
}

// escapeEnd returns where the escape ends that raw[i] is part of.
func escapeEnd(raw []byte, i int) int {
	for k := range min(5, i) {
		if n := escapeLen(raw, i-k); n > k {
			return i - k + n
		}
	}
	return i
}
