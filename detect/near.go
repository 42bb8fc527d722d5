package detect

import "math/bits"

// A unit of a stretch is awake for a group if a word within the reach of the longest match of the lane speaks for one of
// the group's rules. What stands at a place is told more closely, before anything is tried there: which of the phrases that
// have been read reach it, how far a match of each group may go, and which rules they are words of.

// A nearby is what speaks at a place for patterns of a lane that sleeps.
type nearby struct {
	known   bool // the words there have been read, and what follows is all that speaks
	at      int
	long    int    // for matches as long as that
	by      uint64 // groups that something speaks for, where they were asked about together
	n       int
	phrases [maxNear]mention // near it
	names   uint64           // groups for which the name of the member or column there may speak
	named   bool             // the group that is tried is one of them
}

// reachStep is how exactly a lane knows how far the words of its groups reach.
const reachStep = 16

// reach notes how far behind a place words speak for the groups of l.
func (l *lane) reach() {
	l.reaches = make([]uint64, (l.needyLen+contextAfter)/reachStep+1)
	for i := range l.reaches {
		for k, g := range l.groups {
			if g.maxLen+contextAfter > i*reachStep {
				l.reaches[i] |= 1 << k
			}
		}
	}
}

// supported says which of groups of l, an asleep lane, have a word or the name of the member or column at
// raw[at] speak for them. The words that may speak there for matches as long as long have been read.
func (s *scan) supported(l *lane, groups uint64, at, long int) uint64 {
	w := &s.waking
	who := w.who(l, at)
	w.near.known, w.near.at, w.near.long, w.near.n, w.near.names = true, at, long, 0, who.names
	by := groups & who.words
	if by != 0 {
		by &= s.wordsNear(l, by, at, long)
	}
	if groups &= who.names &^ by; groups != 0 {
		if f := s.fieldOf(at); f != noField {
			by |= groups & s.d.speak(f, l.sleeper)
		}
	}
	return by
}

// wordsNear returns those of groups of l for which a word speaks that stands near enough to a match at raw[at].
func (s *scan) wordsNear(l *lane, groups uint64, at, long int) (by uint64) {
	w, said := &s.waking, &s.waking.said
	low, high := max(0, at-contextBefore), min(len(s.raw), at+long+contextAfter)
	if !said.knows(low, high) {
		w.near.known = false
		return groups
	}
	for k := (low - said.low) / unit; k <= (high-1-said.low)/unit; k++ {
		for i := said.from[k]; i < said.to[k]; i++ {
			m := &said.phrases.all[i]
			set := groups & s.d.speakers.words[int(m.phrase)*len(s.d.asleep)+l.sleeper]
			if set == 0 || int(m.start) < low || int(m.start) >= high {
				continue
			}
			if int(m.end) > at {
				if int(m.start) <= at {
					continue
				}
				set &= l.reaches[(int(m.start)-at)/reachStep]
			}
			if by |= set; set == 0 {
				continue
			}
			if w.near.n == maxNear {
				w.near.known = false
				continue
			}
			w.near.phrases[w.near.n] = *m
			w.near.n++
		}
	}
	return by
}

// tryAsleep tries those of groups of l, an asleep lane, for which something speaks at raw[at]. They match no more than long.
func (s *scan) tryAsleep(l *lane, groups uint64, at, long int) {
	near := &s.waking.near
	for m := s.supported(l, groups, at, long); m != 0; m &= m - 1 {
		k := bits.TrailingZeros64(m)
		near.named = near.names>>k&1 != 0
		s.matchAt(l.groups[k], at)
	}
	near.known = false
}

// seconds reports whether something may speak for p at the place that near is of, if it is of one.
func (s *scan) seconds(p *pattern) bool {
	near, r := &s.waking.near, p.rule
	if !near.known || p.maxLen > near.long {
		return true
	}
	for i := range near.phrases[:near.n] {
		m := &near.phrases[i]
		if s.d.lexicon.speaksFor(m.phrase, r.index) && int(m.start) < near.at+p.maxLen+contextAfter {
			return true
		}
	}
	if !r.fields || !near.named {
		return false
	}
	exact, hint := s.d.fields.speaksFor(s.fieldOf(near.at), r.index)
	return exact || hint
}
