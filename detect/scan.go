package detect

import (
	"math"
	"math/bits"

	"github.com/mcpveil/mcpveil/internal/bytescan"
)

// A scan is one run of a Detector over one text. It is large, and most texts are short
// and need little of it: so it is used again, and begin clears no more than it must.
type scan struct {
	d          *Detector
	raw        []byte
	escaped    bool
	from, to   int   // findings that start in raw[from:to] are kept
	outer      field // of Text.Key
	dull       int   // colon behind a name that no rule asks for, or -1
	dst        []Finding
	hits       bytescan.Hits
	classes    bytescan.Classes
	numberMemo [][numberMemos]numberMemo // by place in Detector.numerals; of the detector's, so for all texts
	number     numberRun
	roll       roll
	noise      ear
	pro, con   ear
	found      bytescan.Found
	ends       ends
	memos      [memoSlots]memo
	text       uint64 // counts texts
	pieces     [pieceSlots]piece
	token      attachment
	kinds      [8]kindsBlock
	field      field // of the place asked about last
	fieldKnown int   // that place, plus 1
	quotes     quotes
	namesakes  [namesakeSets][namesakeWays]namesake // of the detector's, so for all texts
	marks      [2]marks
	waking     waking
	places     places
	table      table
	covers     covers
	inside     bool                                 // a value is looked at, for rules that are by field alone
	within     value                                // which
	inField    field                                // and its name
	count      func(l *lane, groups uint64, at int) // nil, but where candidates are to be counted, not looked at
	explain    *explainer                           // nil, but where decisions are to be explained
}

// begin makes s ready for a text. Whatever s remembers of the last one must be forgotten
// here, by the mark that says that it holds, not by zeroing it.
func (s *scan) begin(d *Detector, text *Text, dst []Finding) {
	s.d, s.raw, s.escaped, s.dst = d, text.Raw, text.Escaped, dst
	if len(s.numberMemo) != len(d.numerals) {
		s.numberMemo = make([][numberMemos]numberMemo, len(d.numerals))
	}
	s.outer, s.dull = noField, -1
	s.inside = false
	for i := range s.memos {
		s.memos[i].group = nil
	}
	s.text++
	s.pro.begin(d.lexicon)
	s.waking.said.forget()
	s.waking.named = math.MaxInt
	s.con.begin(d.against)
	s.noise.begin(noises)
	s.roll.from = math.MaxInt
	s.number = numberRun{}
	s.fieldKnown = 0
	s.quotes = quotes{}
	s.table.forget()
}

// end lets go of what belongs to the caller.
func (s *scan) end() { s.raw, s.dst = nil, nil }

// over runs all lanes over raw[from:to].
func (s *scan) over(from, to int) {
	if len(s.d.asleep) == 0 {
		for _, l := range s.d.lanes {
			s.lane(l, from, to)
		}
		return
	}
	s.waking.begin(s, from)
	for i := from; i < to; i += stretch {
		end := min(to, i+stretch)
		s.classes.Read(s.raw, i, end, s.escaped)
		s.wake(i, end)
		for _, l := range s.d.lanes {
			switch {
			case l.sleeps:
				s.dream(l.sleeper)
			case l != s.d.named:
				s.laneIn(l, i, end)
			}
		}
		for k, n := range s.d.numerals {
			s.numerals(n, &s.numberMemo[k], i, end)
		}
	}
}

// lane runs the anchors of l over raw[from:to].
func (s *scan) lane(l *lane, from, to int) {
	h := &s.hits
	for i := from; i < to; {
		i = l.tables.Next(s.raw, i, to, s.escaped, h)
		for k := range h.N {
			s.hit(l, int(h.At[k]), h.Mask[k])
		}
	}
}

// laneIn is lane over a part of what s.classes is of, in whole blocks from where that begins.
func (s *scan) laneIn(l *lane, from, to int) {
	h := &s.hits
	for i := from; i < to; {
		i = l.tables.NextIn(s.raw, &s.classes, i, to, s.escaped, h)
		for k := range h.N {
			s.hit(l, int(h.At[k]), h.Mask[k])
		}
	}
}

// hit tries the groups whose anchors, in mask, are at raw[at:].
func (s *scan) hit(l *lane, at int, mask uint64) {
	var groups uint64
	for ; mask != 0; mask &= mask - 1 {
		groups |= l.at[bits.TrailingZeros64(mask)]
	}
	if groups == l.names && s.count == nil {
		s.name(at)
		return
	}
	if l.sleeps && s.waking.eager {
		who := s.waking.who(l, at)
		if groups &= who.words | who.names; groups == 0 {
			return
		}
	}
	if s.count != nil {
		s.count(l, groups, at)
		return
	}
	if groups&l.here != 0 {
		if guards := s.mayStart(at); guards != anyGuard {
			for guard, guarded := range l.guarded {
				if guards>>guard&1 == 0 {
					groups &^= guarded
				}
			}
		}
	}
	if groups&l.digits != 0 && isDigit(s.raw[at]) {
		groups &= ^l.digits | l.layout.live(s.raw, at)
	}
	if single := groups & l.single; single&(single-1) != 0 {
		groups &^= single &^ l.mesh.may(s.raw[at:])
	}
	if l.sleeps && groups != 0 {
		if s.waking.eager {
			s.tryAsleep(l, groups, at, l.needyLen)
		} else {
			s.restless(l, groups, at)
		}
		return
	}
	for m := groups; m != 0; m &= m - 1 {
		g := l.groups[bits.TrailingZeros64(m)]
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
	if g.sieve != nil {
		s.sift(g.sieve, start)
		return
	}
	if g.maskable && s.floatBefore(start) || g.behind != nil && !s.lookBehind(g.behind, start) {
		return
	}
	s.walk(g, start, start)
	if s.waking.doubt != nil && s.ends.seen != 0 && s.doubtful(start) {
		return
	}
	s.report(g, start)
}

// aroundBegins is how many bytes from an anchor on are looked at before what stands before it.
const aroundBegins = 32

// matchAround reports the matches of g's patterns around the anchor at raw[at].
func (s *scan) matchAround(g *group, at int) {
	if a := g.machine.automaton(); a != nil && !s.begins(a, g.backslash, at, aroundBegins) {
		return // Fast path: what stands before is mostly longer.
	}
	start := s.walkBack(g, at)
	if start < 0 {
		return
	}
	s.walk(g, start, at)
	s.report(g, start)
}

func (s *scan) report(g *group, start int) {
	for m := s.ends.seen; m != 0; m &= m - 1 {
		if i := bits.TrailingZeros64(m); s.seconds(g.patterns[i]) {
			s.verify(g.patterns[i], start, i)
		}
	}
}
