package detect

import (
	"math"
	"math/bits"

	"github.com/mcpveil/mcpveil/internal/bytescan"
)

// A scan is one run of a Detector over one text. It is large, and most texts are short
// and need little of it: so it is used again, and begin clears no more than it must.
type scan struct {
	d         *Detector
	raw       []byte
	escaped   bool
	from, to  int   // findings that start in raw[from:to] are kept
	outer     field // of Text.Key
	dst       []Finding
	hits      bytescan.Hits
	mentions  [2]mentions               // around the match, and behind a long one
	tail      [bytescan.CensusText]byte // of the text, and zeros
	census    bytescan.Census
	ends      ends
	memos     [memoSlots]memo
	around    around
	quotes    quotes
	namesakes [namesakeSets][2]namesake // of the detector's, so for all texts
	kin       kin
	marks     [2]marks
	places    places
	inside    bool  // a value is looked at, for rules that are by field alone
	within    value // which
	inField   field // and its name
}

// begin makes s ready for a text. Whatever s remembers of the last one must be forgotten
// here, by the mark that says that it holds, not by zeroing it.
func (s *scan) begin(d *Detector, text *Text, dst []Finding) {
	s.d, s.raw, s.escaped, s.dst = d, text.Raw, text.Escaped, dst
	s.outer = noField
	s.inside = false
	for i := range s.memos {
		s.memos[i].group = nil
	}
	for i := range s.mentions {
		m := &s.mentions[i]
		m.from, m.to, m.n, m.last = 0, 0, 0, 0
	}
	s.around.start, s.around.end, s.around.at = 0, 0, 0
	s.quotes = quotes{}
	s.kin.from, s.kin.to = math.MaxInt, 0
}

// end lets go of what belongs to the caller.
func (s *scan) end() { s.raw, s.dst = nil, nil }

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

// hit tries the groups whose anchors, in mask, are at raw[at:].
func (s *scan) hit(l *lane, at int, mask uint64) {
	var groups uint64
	for ; mask != 0; mask &= mask - 1 {
		groups |= l.at[bits.TrailingZeros64(mask)]
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
	for ; groups != 0; groups &= groups - 1 {
		g := l.groups[bits.TrailingZeros64(groups)]
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
	if g.behind != nil && !s.lookBehind(g.behind, start) || g.needy && s.hopeless(g, start) {
		return
	}
	s.walk(g, start, start)
	s.report(g, start)
}

// matchAround reports the matches of g's patterns around the anchor at raw[at].
func (s *scan) matchAround(g *group, at int) {
	start := s.walkBack(g, at)
	if start < 0 || g.needy && s.hopeless(g, start) {
		return
	}
	s.walk(g, start, at)
	s.report(g, start)
}

// hopeless reports whether nothing near start can speak for a match of g, a group that
// needs it, wherever that would end: see unsupported. To read what is there takes longer
// than to look for a match, which mostly fails a check; so it is asked only where matches
// stand so close together that most of it has been read.
func (s *scan) hopeless(g *group, start int) bool {
	m, low := &s.mentions[0], max(0, start-contextBefore)
	if low < m.from || start > m.to {
		return false
	}
	if s.read(m, low, min(len(s.raw), start+g.maxLen+contextAfter)); m.last > low {
		return false
	}
	f := s.fieldOf(start)
	return f.exact < 0 && f.hint < 0
}

func (s *scan) report(g *group, start int) {
	for m := s.ends.seen; m != 0; m &= m - 1 {
		i := bits.TrailingZeros64(m)
		s.verify(g.patterns[i], start, i)
	}
}
