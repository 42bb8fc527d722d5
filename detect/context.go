package detect

import (
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
		n := min(limit-m.to, max(64, to-m.to), bytescan.WordsBlock/2)
		s.readSome(e, m, m.to, n)
		m.to += n
	}
}

// forget makes m that of a stretch that begins at from, nothing of which has been read.
func (m *mentions) forget(from int) {
	m.from, m.to, m.n, m.last = from, from, 0, 0
}

// readSome is read for the n bytes from raw[i] on, fewer than [bytescan.WordsBlock].
func (s *scan) readSome(e *ear, m *mentions, i, n int) {
	x, f := &e.lexicon.heads, &s.found
	x.known.Find(s.raw, i, i+n+behindUnicode, s.escaped, f)
	others := f.Others
	if !slices.IsSorted(others) {
		slices.Sort(others)
	}
	next := 0 // behind the last
	note := func(at uint16) {
		if int(at) >= next {
			s.mentions(e, m, i, n, int(at))
			next = int(at) + 1
		}
	}
	for _, k := range f.Known {
		if !x.may(f, k, s.raw[i:]) {
			continue
		}
		at := f.At[k]
		for len(others) > 0 && others[0] < at {
			note(others[0])
			others = others[1:]
		}
		note(at)
	}
	for _, at := range others {
		note(at)
	}
}

// behindUnicode is how far behind the backslash of \uXXXX the text goes on.
const behindUnicode = 6

// mentions is mention for the word at raw[i+at]. If an escape stands before it, it is taken to begin there. It must be one of
// the n bytes from raw[i] on.
func (s *scan) mentions(e *ear, m *mentions, i, n, at int) {
	p := i + at
	if s.escaped && p > 1 {
		for _, back := range [...]int{behindUnicode, 2} {
			if p >= back && s.raw[p-back] == '\\' && back-1 <= p-i && p-back+1 < i+n && escapeLen(s.raw, p-back+1) == back-1 {
				s.mention(e, m, p-back+1)
			}
		}
	}
	if at < n {
		s.mention(e, m, p)
	}
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
	x, first := e.lexicon, w.hash
	at, ok := x.first(first)
	if !ok && w.singular != first {
		first = w.singular
		at, ok = x.first(first)
	}
	if !ok {
		return
	}
	s.phrases(e, m, p, w, at)
	then := nextWord(s.raw, w.end, min(len(s.raw), w.end+maxPhraseGap+1))
	if then.start < 0 {
		return
	}
	at, _ = x.first(twoWords(first, then.hash))
	s.phrases(e, m, p, w, at)
	if then.singular != then.hash {
		at, _ = x.first(twoWords(first, then.singular))
		s.phrases(e, m, p, w, at)
	}
}

// phrases remembers those of phrases, of which at is the first, that stand where the word w does.
func (s *scan) phrases(e *ear, m *mentions, p int, w word, at int32) {
	for x := e.lexicon; at >= 0; at = x.phrases[at].next {
		if end := x.match(&x.phrases[at], s.raw, w); end >= 0 {
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
