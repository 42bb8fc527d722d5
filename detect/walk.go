package detect

import "math/bits"

// ends are the places where the patterns of an automaton end that began at one
// place: the last few of each, since the longest may not be what passes a check.
type ends struct {
	seen uint64
	n    [maxUnion]uint32
	at   [maxUnion][keptEnds]int32
	cut  uint64 // patterns that go on beyond the longest match
}

// keptEnds is how many ends are kept, triedEnds how many of them a check sees.
const (
	keptEnds  = 4
	triedEnds = 3
)

func (e *ends) add(pats uint64, at int) {
	for m := pats; m != 0; m &= m - 1 {
		i := bits.TrailingZeros64(m)
		if e.seen>>i&1 == 0 {
			e.n[i] = 0
		}
		e.at[i][e.n[i]%keptEnds] = int32(at)
		e.n[i]++
		e.seen |= 1 << i
	}
}

// walk runs g's automaton from raw[at] and collects in s.ends where matches end
// that began at start.
func (s *scan) walk(g *group, start, at int) {
	a := g.machine.automaton()
	if a == nil {
		s.simulate(g, start, at)
		return
	}
	e := &s.ends
	e.seen, e.cut = 0, 0
	limit := min(len(s.raw), start+g.maxLen)
	class := &a.class
	if s.escaped && !g.backslash {
		class = &a.classEsc
	}
	st := a.start[0]
	if st != a.start[1] && s.wordBefore(at) {
		st = a.start[1]
	}
	trans, shift, first := a.trans, a.shift&15, a.firstAccept
	i, long := at, false
	for i < limit {
		stretch := s.raw[i:min(limit, i|(memoStep-1)+1)]
		for k, c := range stretch {
			st = trans[int(st)<<shift|int(class[c])]
			if st >= first {
				if end := i + k + 1; end >= len(s.raw) || a.either[st-first]&^g.deny[s.raw[end]] != 0 {
					if pats := s.accept(g, a.accept[bit(s.wordAt(end))][st-first], start, end); pats != 0 {
						e.add(pats, end)
					}
				}
				if !g.lazy || e.seen == 0 {
					continue
				}
				st = 0
			}
			if st == 0 {
				if long {
					s.remember(g, at, i+k+1, 0)
				}
				return
			}
		}
		i += len(stretch)
		met := false
		if i%memoStep == 0 && i-at >= memoStep {
			long = true
			met = s.meets(g, at, i, st, limit)
		}
		if l := a.links[st]; l.chain != 0 && !met && !g.lazy && i+strideStep <= limit && a.chains[l.chain-1].set.likely(s.raw[i:i+strideStep]) {
			from := i
			i, st, met = s.stride(g, start, at, from, limit, l)
			if step := i &^ (memoStep - 1); step > from && step-at >= memoStep {
				long = true
			}
		}
		if met {
			if i, st = s.recall(g, i); st == 0 {
				s.remember(g, at, i, 0)
				return
			}
		}
	}
	if long {
		s.remember(g, at, i, st)
	}
	if start+g.maxLen < len(s.raw) {
		s.overrun(g, st, start, limit)
	}
}

// acceptable returns the patterns of g that may end at raw[end] in state st.
func (s *scan) acceptable(g *group, st uint16, start, end int) uint64 {
	a := g.machine.automaton()
	if st < a.firstAccept || end < len(s.raw) && a.either[st-a.firstAccept]&^g.deny[s.raw[end]] == 0 {
		return 0
	}
	return s.accept(g, a.accept[bit(s.wordAt(end))][st-a.firstAccept], start, end)
}

// accept returns those of pats that may end at raw[end].
func (s *scan) accept(g *group, pats uint64, start, end int) uint64 {
	if pats == 0 || !s.endOK(g.guard, end) {
		return 0
	}
	for m := pats & g.ahead; m != 0; m &= m - 1 {
		if i := bits.TrailingZeros64(m); !s.lookAhead(g.patterns[i].ahead, end) {
			pats &^= 1 << i
		}
	}
	for m := pats & g.shorter; m != 0; m &= m - 1 {
		if i := bits.TrailingZeros64(m); end-start > g.patterns[i].maxLen {
			pats &^= 1 << i
		}
	}
	return pats
}

// overrun deals with a match that is longer than its rule allows: it is reported up
// to there.
func (s *scan) overrun(g *group, st uint16, start, end int) {
	a := g.machine.automaton()
	if st < a.firstAccept || g.open == 0 {
		return
	}
	class := &a.class
	if s.escaped && !g.backslash {
		class = &a.classEsc
	}
	if a.trans[int(st)<<a.shift|int(class[s.raw[end]])] == 0 {
		return
	}
	pats := (a.accept[0][st-a.firstAccept] | a.accept[1][st-a.firstAccept]) & g.open
	end = whole(s.raw, start, end)
	s.ends.add(pats, end)
	s.ends.cut |= pats
}

// walkBack returns the leftmost place from which what stands before raw[at] is
// what g's pattern has before its literal, or -1.
func (s *scan) walkBack(g *group, at int) int {
	a := g.before
	low := max(0, at-g.maxBefore)
	st := a.start[0]
	if st != a.start[1] && s.wordAt(at) {
		st = a.start[1]
	}
	class := &a.class
	if s.escaped && !g.backslash {
		class = &a.classEsc
	}
	start := -1
	for i := at - 1; i >= low; i-- {
		st = a.trans[int(st)<<a.shift|int(class[s.raw[i]])]
		if st < a.firstAccept {
			if st == 0 {
				break
			}
			continue
		}
		prev := 0
		if s.wordBefore(i) {
			if prev = 1; g.guard == GuardWord {
				continue // it would begin inside a word
			}
		}
		if a.accept[prev][st-a.firstAccept] != 0 && s.startOK(g.guard, i) && (g.behind == nil || s.lookBehind(g.behind, i)) {
			start = i
		}
	}
	return start
}

// begins reports whether what stands from raw[at] on may be a match of a, or begin one: n bytes are looked at.
func (s *scan) begins(a *automaton, backslash bool, at, n int) bool {
	class := &a.class
	if s.escaped && !backslash {
		class = &a.classEsc
	}
	st := a.start[0]
	if st != a.start[1] && s.wordBefore(at) {
		st = a.start[1]
	}
	for _, c := range s.raw[at:min(len(s.raw), at+n)] {
		if st = a.trans[int(st)<<a.shift|int(class[c])]; st == 0 {
			return false
		}
		if st >= a.firstAccept {
			return true
		}
	}
	return true
}
