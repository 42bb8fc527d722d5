package detect

import "math/bits"

// A text made to be slow has a pattern begin at every few bytes and go on for
// thousands: eyJ-eyJ-eyJ-… But then the automaton soon is in the state it was in the
// last time it came by, and from there on all will be as it was. So the states at
// every memoStep bytes of a run are kept, and where the run ended and what it found.

const (
	memoStep  = 16
	memoSize  = 1024 // steps kept; a run of more than memoStep*memoSize is not remembered whole
	memoSlots = 2    // groups share them
)

// A memo is what is known of a group's last long run. What states holds for a place
// before stop leads to the same end: state at stop, having met the ends behind that
// place.
type memo struct {
	group  *group
	at     int // where the run began
	stop   int // where it was dead, or done, or at its limit
	state  uint16
	states [memoSize]uint16 // by place/memoStep%memoSize
	ends   ends
}

// meets is for a run that began at raw[at] and is at raw[i], a multiple of memoStep, in
// state st. It reports whether the run before was in that state there, and so ends as
// that did: see recall.
//
// Runs begin further and further on, and ask from memoStep after their beginning. So
// what states holds for the places that a run asks about is of the run before it, or
// of one that had met with that.
func (s *scan) meets(g *group, at, i int, st uint16, limit int) bool {
	m := &s.memos[g.slot]
	if m.group != g || at < m.at {
		m.group, m.at, m.stop = g, at, 0
	}
	known := &m.states[i/memoStep%memoSize]
	if i >= m.stop || m.stop > limit || *known != st {
		*known = st
		return false
	}
	return true
}

// recall is for a run that met at raw[i] with the one that is remembered. It returns
// where that ended, and the state there, having added to s.ends what it found from
// raw[i] on.
func (s *scan) recall(g *group, i int) (stop int, st uint16) {
	m := &s.memos[g.slot]
	for b := m.ends.seen; b != 0; b &= b - 1 {
		p := bits.TrailingZeros64(b)
		n := m.ends.n[p]
		for k := n - min(n, keptEnds); k < n; k++ {
			if end := int(m.ends.at[p][k%keptEnds]); end > i {
				s.ends.add(1<<p, end)
			}
		}
	}
	return m.stop, m.state
}

// remember notes how a long run ended.
func (s *scan) remember(g *group, at, stop int, st uint16) {
	m := &s.memos[g.slot]
	if stop-at > memoStep*(memoSize-1) {
		m.group = nil
		return
	}
	m.group, m.at, m.stop, m.state = g, at, stop, st
	m.ends.seen = s.ends.seen
	for b := s.ends.seen; b != 0; b &= b - 1 {
		p := bits.TrailingZeros64(b)
		m.ends.n[p], m.ends.at[p] = s.ends.n[p], s.ends.at[p]
	}
}
