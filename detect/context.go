package detect

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

const maxMentions = 32

// mentions remembers the phrases of the stretch of text looked at last. Matches
// stand close together where they stand at all, so hardly a byte is read twice.
type mentions struct {
	from, to int // what has been looked at: words that begin in it
	n        int // of all there were; the last maxMentions are kept
	ring     [maxMentions]mention
}

// around is what is known about the place of the match looked at last: several
// rules tend to match at one place.
type around struct {
	start, end    int // that the phrases are before and behind, plus 1
	before, after near
	at            int // start of the match whose field is known, plus 1
	field         field
}

// near are the phrases on one side of a match.
type near struct {
	n       int
	phrases [maxNear]int32
}

// maxNear is how many phrases near one match are told apart.
const maxNear = 16

func (a *near) add(p int32) {
	for _, q := range a.phrases[:a.n] {
		if p == q {
			return
		}
	}
	if a.n < maxNear {
		a.phrases[a.n] = p
		a.n++
	}
}

// fieldOf returns the member that a match at start stands in.
func (s *scan) fieldOf(start int) field {
	a := &s.around
	if s.inside {
		return s.inField
	}
	if a.at != start+1 {
		a.field, a.at = s.fieldAt(start), start+1
	}
	return a.field
}

// spoken says for a rule whether a context word for it, and one against it, stands
// near the match at [start, end).
func (s *scan) spoken(start, end, rule int) (pro, con bool) {
	a := &s.around
	low, high := max(0, start-contextBefore), min(len(s.raw), end+contextAfter)
	if a.start != start+1 {
		a.start, a.before.n = start+1, 0
		s.read(low, start)
		s.collect(&a.before, low, start)
	}
	if a.end != end+1 {
		a.end, a.after.n = end+1, 0
		if end-start < maxPhrase {
			s.read(low, high)
			s.collect(&a.after, end, high)
		} else {
			s.mentionedAfter(&a.after, end, high)
		}
	}
	if a.before.n+a.after.n == 0 {
		return false, false // Fast path.
	}
	x := s.d.lexicon
	for _, side := range [...]*near{&a.before, &a.after} {
		for _, p := range side.phrases[:side.n] {
			pro = pro || x.has(p, 2*rule)
			con = con || x.has(p, 2*rule+1)
		}
	}
	return pro, con
}

// read looks for phrases that begin in text[from:to], remembering those.
func (s *scan) read(from, to int) {
	m := &s.mentions
	if from < m.from || from > m.to {
		at := from
		for at < to && inWord(s.raw, at) {
			at++
		}
		m.from, m.to, m.n = from, at, 0
	}
	for m.to < to {
		w := s.d.lexicon.next(s.raw, m.to, to)
		if w.start < 0 {
			m.to = to
			for inWord(s.raw, m.to) { // one that was passed over
				m.to++
			}
			break
		}
		m.to = w.end
		if x := s.d.lexicon; !x.mayHave(w.hash) && !x.mayHave(w.singular) && !(s.escaped && inEscape(s.raw, w.start)) {
			continue
		}
		s.lookUp(w, func(p int32, end int) {
			m.ring[m.n%maxMentions] = mention{int32(w.start), int32(end), p}
			m.n++
		})
	}
}

// collect adds to a the phrases that read has found in text[from:to].
func (s *scan) collect(a *near, from, to int) {
	m := &s.mentions
	for k := max(0, m.n-maxMentions); k < m.n; k++ {
		e := &m.ring[k%maxMentions]
		if int(e.start) >= from && int(e.end) <= to {
			a.add(e.phrase)
		}
	}
}

// mentionedAfter looks in text[from:to] without remembering.
func (s *scan) mentionedAfter(a *near, from, to int) {
	for from < to && inWord(s.raw, from) {
		from++
	}
	for from < to {
		w := s.d.lexicon.next(s.raw, from, to)
		if w.start < 0 {
			break
		}
		from = w.end
		s.lookUp(w, func(p int32, end int) {
			if end <= to {
				a.add(p)
			}
		})
	}
}

// lookUp calls f with the phrases that begin with w.
func (s *scan) lookUp(w word, f func(phrase int32, end int)) {
	if s.escaped && inEscape(s.raw, w.start) {
		// nAccount of \nAccount: the letter is no part of the word.
		if n := escapeEnd(s.raw, w.start); n < w.end {
			w = nextWord(s.raw, n, w.end)
		}
	}
	x := s.d.lexicon
	h := w.hash
	if !x.mayHave(h) {
		if h = w.singular; h == w.hash || !x.mayHave(h) {
			return
		}
	}
	for _, p := range x.first[h] {
		if end := x.match(&x.phrases[p], s.raw, w); end >= 0 {
			f(p, end)
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
