package detect

import (
	"slices"

	"github.com/mcpveil/mcpveil/internal/bytescan"
)

// A pattern may begin with a number and go on with words: 12 bis, rue de la Paix. A layout knows no letters, and so many
// numbers have some behind them. What tells these apart is the first byte that is neither a digit nor divides digits, and
// those behind it:
//
//	12 bis, rue      18-20 rue      404 requests
//	   ^               ^                ^

// An onwardTable has that of the groups of a lane, and the bytes that these begin with.
type onwardTable struct {
	wordy       uint64 // groups all matches of which go on
	heads, fits byteTable
}

// A byteTable says by place and byte which groups may have it there.
type byteTable [bytescan.Depth][256]uint64

func (t *onwardTable) fill(l *lane) {
	for k, g := range l.groups {
		bit, sets := uint64(1)<<k, [bytescan.Depth]bytescan.Set{}
		if a, cut := g.first(); a != nil {
			o := newOnward(a, cut)
			if sets = o.sets(); o.wordy() {
				t.wordy |= bit
			}
		} else {
			for i := range sets {
				sets[i] = everything
			}
		}
		t.fits.add(bit, &sets)
		t.heads.add(bit, &g.sets)
	}
}

func (t *byteTable) add(group uint64, sets *[bytescan.Depth]bytescan.Set) {
	for i := range sets {
		for c := range 256 {
			if sets[i].Has(byte(c)) {
				t[i][c] |= group
			}
		}
	}
}

// at returns the groups that may have the first bytes of text.
func (t *byteTable) at(text []byte) (groups uint64) {
	if len(text) >= bytescan.Depth {
		q := text[:bytescan.Depth:bytescan.Depth]
		return t[0][q[0]] & t[1][q[1]] & t[2][q[2]] & t[3][q[3]] &
			t[4][q[4]] & t[5][q[5]] & t[6][q[6]] & t[7][q[7]]
	}
	groups = ^uint64(0)
	for i, c := range text {
		groups &= t[i][c]
	}
	return groups
}

// onward is how matches of an automaton go on behind the number they begin with.
type onward struct {
	a    *automaton
	cut  []bool   // as of groupLayout
	ends bool     // a match may end before that byte
	lost bool     // nothing can be said of it: a may be cut before it, or see newOnward
	from []uint16 // the states before it
	seen []bool   // by state, whether it is one
}

func newOnward(a *automaton, cut []bool) *onward {
	o := &onward{a: a, cut: cut, seen: make([]bool, len(a.trans)>>a.shift)}
	for _, st := range a.start {
		for c := byte('0'); c <= '9'; c++ {
			o.reach(a.step(st, c))
		}
	}
	for i := 0; i < len(o.from); i++ {
		for c := byte('0'); c <= '9'; c++ {
			o.reach(a.step(o.from[i], c))
		}
	}
	// Of digits and one byte that divides digits a layout does not know yet that a match may end behind that.
	for _, st := range o.from {
		for c := byte(' '); c < '0'; c++ {
			o.lost = o.lost || separators.Has(c) && a.step(st, c) >= a.firstAccept
		}
	}
	for i := 0; i < len(o.from); i++ {
		for c := byte(' '); c <= '9'; c++ {
			if isDigit(c) || separators.Has(c) {
				o.reach(a.step(o.from[i], c))
			}
		}
	}
	return o
}

func (o *onward) reach(st uint16) {
	if st == 0 || o.seen[st] {
		return
	}
	o.seen[st] = true
	o.from = append(o.from, st)
	o.ends = o.ends || st >= o.a.firstAccept
	o.lost = o.lost || o.cut != nil && o.cut[st]
}

// done reports whether nothing can be said of what stands behind a state: there may be nothing.
func (o *onward) done(st uint16) bool {
	return st >= o.a.firstAccept || o.cut != nil && o.cut[st]
}

// wordy reports whether all matches go on behind their number, and some with three letters.
func (o *onward) wordy() bool {
	if o.ends || o.lost {
		return false
	}
	states := o.from
	for range 3 {
		states, _ = o.next(states, isLetter)
	}
	return len(states) > 0
}

// next returns where states lead with bytes for which ok holds, and which do.
func (o *onward) next(states []uint16, ok func(byte) bool) (next []uint16, set bytescan.Set) {
	var classes [256]bytescan.Set
	for c := range 256 {
		if ok(byte(c)) {
			classes[o.a.class[c]].Add(byte(c))
		}
	}
	seen := make(map[uint16]bool)
	for class := range classes {
		if classes[class] == (bytescan.Set{}) {
			continue
		}
		some := false
		for _, st := range states {
			to := o.a.trans[int(st)<<o.a.shift|class]
			if some = some || to != 0; to != 0 && !seen[to] {
				seen[to] = true
				next = append(next, to)
			}
		}
		if some {
			set.Union(&classes[class])
		}
	}
	return next, set
}

// sets returns the bytes that may stand there, where a match goes on: at the first that is no part of the number, and behind it.
func (o *onward) sets() (sets [bytescan.Depth]bytescan.Set) {
	states := o.from
	for k := range sets {
		if o.lost || k > 0 && slices.ContainsFunc(states, o.done) {
			for ; k < len(sets); k++ {
				sets[k] = everything
			}
			return sets
		}
		states, sets[k] = o.next(states, func(c byte) bool { return k > 0 || !isDigit(c) && !separators.Has(c) })
	}
	return sets
}
