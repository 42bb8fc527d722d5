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
	number     numberRun
	telling    telling
	noise      ear
	pro, con   ear
	tail       [bytescan.CensusText]byte // of the text, and zeros
	census     bytescan.Census
	ends       ends
	memos      [memoSlots]memo
	text       uint64 // counts texts
	pieces     [pieceSlots]piece
	token      attachment
	kinds      [8]kindsBlock
	field      field // of the place asked about last
	fieldKnown int   // that place, plus 1
	quotes     quotes
	namesakes  [namesakeSets][2]namesake // of the detector's, so for all texts
	kin        kin
	marks      [2]marks
	speakers   []uint64 // see speaking
	asks       int      // of the texts before too: see shouldAsk
	places     places
	table      table
	inside     bool       // a value is looked at, for rules that are by field alone
	within     value      // which
	inField    field      // and its name
	explain    *explainer // nil, but where decisions are to be explained
}

// begin makes s ready for a text. Whatever s remembers of the last one must be forgotten
// here, by the mark that says that it holds, not by zeroing it.
func (s *scan) begin(d *Detector, text *Text, dst []Finding) {
	s.d, s.raw, s.escaped, s.dst = d, text.Raw, text.Escaped, dst
	s.outer, s.dull = noField, -1
	s.inside = false
	for i := range s.memos {
		s.memos[i].group = nil
	}
	s.text++
	s.pro.begin(d.lexicon)
	s.con.begin(d.against)
	s.noise.begin(noises)
	s.telling = telling{from: math.MaxInt}
	s.number = numberRun{}
	s.fieldKnown = 0
	s.quotes = quotes{}
	s.table.forget()
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
	if groups == l.names {
		s.name(at)
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
	needy := groups & l.needy
	for m := needy & l.sieved; m != 0; m &= m - 1 {
		if k := bits.TrailingZeros64(m); !l.groups[k].sieve.fits(s.raw, at) {
			needy &^= 1 << k
			groups &^= 1 << k
		}
	}
	if needy != 0 && s.shouldAsk(at) {
		groups &^= s.hopeless(l, needy, at)
		needy = 0
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
	if needy != 0 && s.pro.mentions[0].to > at {
		s.asks = asksKept
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
	s.report(g, start)
}

// matchAround reports the matches of g's patterns around the anchor at raw[at].
func (s *scan) matchAround(g *group, at int) {
	start := s.walkBack(g, at)
	if start < 0 {
		return
	}
	s.walk(g, start, at)
	s.report(g, start)
}

// Of groups that need something to speak for a match, it can be asked first whether
// anything does, and then there is nothing to look for. To read what is there takes longer
// than to look for a match, which mostly fails a check. But where matches stand close
// together most of it has been read; and where the last ones passed their checks, as dates
// do, the next one will, and it will be asked anyway.

const (
	maxNeedy = 256 // longest match of a group that is asked for: see maxMentions
	asksKept = 15  // places where it is asked first, behind one where it had to be asked
)

// shouldAsk reports whether to ask at raw[start] first.
func (s *scan) shouldAsk(start int) bool {
	if m := &s.pro.mentions[0]; max(0, start-contextBefore) >= m.from && start <= m.to {
		return true
	}
	if s.asks > 0 {
		s.asks--
		return true
	}
	return false
}

// hopeless returns those of groups, which are needy, of which nothing near start can speak
// for a match, wherever that would end: see unsupported.
func (s *scan) hopeless(l *lane, groups uint64, start int) (none uint64) {
	m, low := &s.pro.mentions[0], max(0, start-contextBefore)
	s.read(&s.pro, m, low, min(len(s.raw), start+l.needyLen+contextAfter))
	f := s.fieldOf(start)
	if m.last <= low {
		if f == noField {
			return groups // Fast path.
		}
		clear(s.speakers)
	} else if !s.speaking(m, low) {
		return 0
	}
	for rest := groups; rest != 0; rest &= rest - 1 {
		k := bits.TrailingZeros64(rest)
		if !l.groups[k].hopes(s, f) {
			none |= 1 << k
		}
	}
	return none
}

// speaking notes in s.speakers for which rules the phrases of m speak that begin behind low.
// Where there are too many to be kept it returns false, and has them read again.
func (s *scan) speaking(m *mentions, low int) bool {
	if row := s.d.lexicon.row; len(s.speakers) != row {
		s.speakers = make([]uint64, row)
	}
	clear(s.speakers)
	for k := m.n - 1; k >= 0; k-- {
		e := &m.ring[k%maxMentions]
		if int(e.start) < low {
			break
		}
		if k == m.n-maxMentions {
			m.forget(0)
			return false
		}
		for i, rules := range s.d.lexicon.rules(e.phrase) {
			s.speakers[i] |= rules
		}
	}
	return true
}

// hopes reports whether one of g's rules is among s.speakers, or f speaks for it.
func (g *group) hopes(s *scan, f field) bool {
	for i, rules := range g.rules {
		spoken := uint64(0)
		if len(s.speakers) > 0 {
			spoken = s.speakers[i]
		}
		for _, at := range [...]int32{f.exact, f.hint} {
			if at >= 0 {
				spoken |= s.d.fields.names[at].set[i]
			}
		}
		if rules&spoken != 0 {
			return true
		}
	}
	return false
}

func (s *scan) report(g *group, start int) {
	for m := s.ends.seen; m != 0; m &= m - 1 {
		i := bits.TrailingZeros64(m)
		s.verify(g.patterns[i], start, i)
	}
}
