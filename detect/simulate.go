package detect

import (
	"regexp/syntax"

	"github.com/mcpveil/mcpveil/internal/bytescan"
)

// Some patterns have an automaton of millions of states: (?i)bic.{0,10}[A-Z]{6} may be at
// the sixth letter of ten words at once. These are simulated: all places in the pattern
// that a match may be at are kept, and each looks at each byte. That is many times as slow.

// A simulator runs one pattern as an nfa.
type simulator struct {
	insts []inst
	first [2][2][]uint32 // what bytes are taken first, by whether a word byte stands before, and behind
	match [2][2]bool     // and whether nothing is enough
	after []following    // by instruction: what stands behind it
	size  int

	// Of the first bytes of a match, and of how many: see newSimulated.
	beginning    *automaton
	beginningLen int
}

// A following is what an instruction leads to, by the same: word bytes before, and behind.
type following struct {
	to    [2][2][]uint32
	match [2][2]bool
}

// newSimulator returns a simulator for re, which is run backwards if reverse is set.
func newSimulator(re *syntax.Regexp, reverse bool) (*simulator, error) {
	n := &nfa{reverse: reverse, depth: wholeDepth}
	start, err := n.add(re, n.emit(inst{op: opMatch}))
	if err != nil {
		return nil, err
	}
	b := &subsets{nfa: n, mark: make([]uint32, len(n.insts))}
	m := &simulator{insts: n.insts, after: make([]following, len(n.insts))}
	closure := func(at uint32, to *[2][2][]uint32, match *[2][2]bool) {
		for prev := range 2 {
			for next := range 2 {
				if (prev|next != 0) && !n.boundaries {
					to[prev][next], match[prev][next] = to[0][0], match[0][0]
					continue
				}
				set, found := b.closure(nil, []uint32{at}, prev == 1, next == 1)
				to[prev][next], match[prev][next] = set, found != 0
				m.size += 4 * len(set)
			}
		}
	}
	closure(start, &m.first, &m.match)
	known := make(map[uint32]int) // by where it leads, an instruction
	for k := range n.insts {
		i := &n.insts[k]
		if i.op != opByte {
			continue
		}
		if o, ok := known[i.out]; ok {
			m.after[k] = m.after[o]
			continue
		}
		known[i.out] = k
		closure(i.out, &m.after[k].to, &m.after[k].match)
		if m.size > maxSimulator {
			return nil, errTooLarge
		}
	}
	return m, nil
}

// A simulator is slow, so the first bytes of a match are looked at by an automaton before, if it
// is not large.
const (
	maxBeginning       = 12
	minBeginning       = 8
	maxBeginningStates = 2000
)

// newSimulated is newSimulator for a whole pattern.
func newSimulated(re *syntax.Regexp) (*simulator, error) {
	m, err := newSimulator(re, false)
	if err != nil {
		return nil, err
	}
	m.beginning, m.beginningLen = beginningOf(re)
	return m, nil
}

// beginningOf returns an automaton for the first bytes of matches of re, if there is a small one, and how many.
func beginningOf(re *syntax.Regexp) (a *automaton, n int) {
	for n := maxBeginning; n >= minBeginning; n -= 4 {
		if a, err := compileAutomaton([]*syntax.Regexp{re}, false, maxBeginningStates, n); err == nil {
			return a, n - 1
		}
	}
	return nil, 0
}

// maxSimulator bounds the memory of a simulator.
const maxSimulator = 16 << 20

// places are the instructions that a simulation is at.
type places struct {
	now, then []uint32
	mark      []uint32 // last round that an instruction was added in
	round     uint32
	match     bool // a match ends here
	either    bool // it may, whatever follows
}

func bit(b bool) int {
	if b {
		return 1
	}
	return 0
}

// begin puts p at the start of m.
func (p *places) begin(m *simulator, prev, next bool) {
	if len(p.mark) < len(m.insts) {
		p.mark, p.round = make([]uint32, len(m.insts)), 0
	}
	p.now = append(p.now[:0], m.first[bit(prev)][bit(next)]...)
	p.match = m.match[bit(prev)][bit(next)]
	p.either = p.match
}

// step reads c. next says whether a word byte stands behind it. It reports whether a match
// is still possible, or just found.
func (p *places) step(m *simulator, c byte, next bool) bool {
	if p.round++; p.round == 0 {
		clear(p.mark)
		p.round = 1
	}
	p.then, p.match, p.either = p.then[:0], false, false
	prev := bit(bytescan.IsWord(c))
	for _, at := range p.now {
		if i := &m.insts[at]; c < i.lo || c > i.hi {
			continue
		}
		f := &m.after[at]
		p.match = p.match || f.match[prev][bit(next)]
		p.either = p.either || f.match[prev][0] || f.match[prev][1]
		for _, to := range f.to[prev][bit(next)] {
			if p.mark[to] != p.round {
				p.mark[to] = p.round
				p.then = append(p.then, to)
			}
		}
	}
	p.now, p.then = p.then, p.now
	return p.match || len(p.now) > 0
}

// simulate is walk for a group without an automaton.
func (s *scan) simulate(g *group, start, at int) {
	e, p, m := &s.ends, &s.places, g.machine.simulator()
	e.seen, e.cut = 0, 0
	if m.beginning != nil && !s.begins(m.beginning, g.backslash, at, m.beginningLen) {
		return
	}
	limit := min(len(s.raw), start+g.maxLen)
	p.begin(m, s.wordBefore(at), s.wordAt(at))
	for i := at; i < limit; i++ {
		c := s.raw[i]
		if c == '\\' && s.escaped && !g.backslash || !p.step(m, c, s.wordAt(i+1)) {
			return
		}
		if p.match {
			if s.accept(g, 1, start, i+1) != 0 {
				e.add(1, i+1)
			}
			if g.lazy && e.seen != 0 {
				return
			}
		}
	}
	// What goes on beyond the longest match is reported up to there: see overrun.
	if limit < len(s.raw) && g.open != 0 && p.either &&
		!(s.raw[limit] == '\\' && s.escaped && !g.backslash) && p.step(m, s.raw[limit], s.wordAt(limit+1)) {
		e.add(1, whole(s.raw, start, limit))
		e.cut = 1
	}
}

// forward is scan.forward with a simulator.
func (m *simulator) forward(s *scan, marks *marks, base, at, end int) {
	p := &s.places
	p.begin(m, s.wordBefore(at), s.wordAt(at))
	for i := at; ; i++ {
		if p.match {
			marks.set(i - base)
		}
		if i >= end || !p.step(m, s.raw[i], s.wordAt(i+1)) {
			return
		}
	}
}

// backward is scan.backward with a simulator.
func (m *simulator) backward(s *scan, marks *marks, base, start, end int) {
	p := &s.places
	p.begin(m, s.wordAt(end), s.wordBefore(end))
	for i := end; ; i-- {
		if p.match {
			marks.set(i - base)
		}
		if i <= start || !p.step(m, s.raw[i-1], s.wordBefore(i-1)) {
			return
		}
	}
}
