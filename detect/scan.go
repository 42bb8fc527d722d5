package detect

import (
	"math/bits"

	"github.com/mcpveil/mcpveil/internal/bytescan"
)

// A scan is one run of a Detector over one text. It lives on the stack.
type scan struct {
	d        *Detector
	raw      []byte
	escaped  bool
	from, to int   // findings that start in raw[from:to] are kept
	outer    field // of Text.Key
	dst      []Finding
	mentions mentions
	ends     ends
	around   around
	inside   bool  // a value is looked at, for rules that are by field alone
	within   value // which
	inField  field // and its name
}

// ends are the places where the patterns of an automaton end that began at one
// place: the last few of each, since the longest may not be what passes a check.
type ends struct {
	seen uint64
	n    [maxUnion]uint32
	at   [maxUnion][keptEnds]int32
	cut  uint64 // patterns that go on beyond the longest match
}

const keptEnds = 4

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

// lane runs the anchors of l over raw[from:to].
func (s *scan) lane(l *lane, from, to int) {
	var h bytescan.Hits
	for i := from; i < to; {
		i = l.tables.Next(s.raw, i, to, &h)
		for k := range h.N {
			m := h.Mask[k]
			at := int(h.At[k])
			if m&bytescan.EscapeBit != 0 {
				m &^= bytescan.EscapeBit
				if n := escapeLen(s.raw, at+1); n > 0 && s.escaped {
					s.hit(l, at+1+n, l.tables.At(s.raw, at+1+n)&^bytescan.EscapeBit)
				}
			}
			s.hit(l, at, m)
		}
	}
}

// hit tries the groups in mask at raw[at:].
func (s *scan) hit(l *lane, at int, mask uint64) {
	if here := mask & l.here; here != 0 {
		guards := s.mayStart(at)
		for guard, groups := range l.guarded {
			if guards>>guard&1 == 0 {
				mask &^= groups
			}
		}
	}
	for ; mask != 0; mask &= mask - 1 {
		g := l.groups[bits.TrailingZeros64(mask)]
		switch {
		case g.names:
			s.name(at)
		case g.before != nil:
			s.matchAround(g, at)
		default:
			s.matchAt(g, at)
		}
	}
}

// matchAt reports the matches of g's patterns that begin at raw[start], where its
// guard lets them.
func (s *scan) matchAt(g *group, start int) {
	s.walk(g, start, start)
	s.report(g, start)
}

// matchAround reports the match of g's one pattern around the literal at raw[at].
func (s *scan) matchAround(g *group, at int) {
	start := s.walkBack(g, at)
	if start < 0 {
		return
	}
	s.walk(g, start, at)
	s.report(g, start)
}

func (s *scan) report(g *group, start int) {
	for m := s.ends.seen; m != 0; m &= m - 1 {
		i := bits.TrailingZeros64(m)
		s.verify(g.patterns[i], start, i)
	}
}

// walk runs g's automaton from raw[at] and collects in s.ends where matches end
// that began at start.
func (s *scan) walk(g *group, start, at int) {
	a := g.automaton
	e := &s.ends
	e.seen, e.cut = 0, 0
	limit := start + g.maxLen
	text := s.raw[at:min(len(s.raw), limit)]
	class := &a.class
	if s.escaped && !g.backslash {
		class = &a.classEsc
	}
	st := a.start[0]
	if st != a.start[1] && s.wordBefore(at) {
		st = a.start[1]
	}
	trans, shift, first := a.trans, a.shift&15, a.firstAccept
	for i, c := range text {
		st = trans[int(st)<<shift|int(class[c])]
		if st < first {
			if st == 0 {
				return
			}
			continue
		}
		s.accept(g, st, start, at+i+1)
		if g.lazy && e.seen != 0 {
			return
		}
	}
	if limit < len(s.raw) {
		s.overrun(g, st, start, limit)
	}
}

// accept notes that a match may end at raw[end], in state st.
func (s *scan) accept(g *group, st uint16, start, end int) {
	next := 0
	if s.wordAt(end) {
		next = 1
	}
	pats := g.automaton.accept[next][st-g.automaton.firstAccept]
	if pats == 0 || !s.endOK(g.guard, end) {
		return
	}
	for m := pats & g.shorter; m != 0; m &= m - 1 {
		if i := bits.TrailingZeros64(m); end-start > g.patterns[i].maxLen {
			pats &^= 1 << i
		}
	}
	s.ends.add(pats, end)
}

// overrun deals with a match that is longer than its rule allows: it is reported up
// to there.
func (s *scan) overrun(g *group, st uint16, start, end int) {
	a := g.automaton
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
			prev = 1
		}
		if a.accept[prev][st-a.firstAccept] != 0 && s.startOK(g.guard, i) {
			start = i
		}
	}
	return start
}
