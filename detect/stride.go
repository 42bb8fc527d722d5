package detect

import "math/bits"

// Much of what is long in a pattern is a repetition: [a-z]{6,64}, [^"]+. There the
// automaton goes from state to state, or stays in one, whichever bytes of a set it reads.
// A text made to be slow has such repetitions begin at every few bytes, each to be
// counted from its own beginning. But how far bytes of the set go on is the same for all
// of them: so that is worked out once, and the automaton strides as far in one go.

// A chain is states of which each leads to the next with all bytes of a set.
type chain struct {
	set    *chainSet
	states []uint16
	loop   bool   // the last leads to itself
	pats   uint64 // that may end in one of states
	atEnd  bool   // but not where a byte of set follows
}

// A chainSet is the bytes that lead on in a chain.
type chainSet struct {
	has  [256]uint8 // bit 0: in plain text, bit 1: in escaped text
	salt int        // of scan.pieces
}

// A link is the place of a state in a chain.
type link struct {
	chain uint16 // plus 1
	index uint16
}

const (
	strideStep = 8 // bytes that must be likely to lead on, for a stride to pay
	minChain   = 8 // states that are strided over; fewer are walked as soon
	maxChains  = 1 << 10
	pieceSlots = 64
)

// A piece is memoStep bytes of a text, and which of them are in a set.
type piece struct {
	set  *chainSet
	at   int
	text uint64 // the scan's count of texts
	in   uint16
}

// likely reports whether text, of strideStep bytes, may be all of the set, so that a
// stride pays.
func (set *chainSet) likely(text []byte) bool {
	_ = text[strideStep-1]
	return set.has[text[0]]&set.has[text[3]]&set.has[text[5]]&set.has[text[7]] != 0
}

// state returns the state n bytes behind the i'th.
func (c *chain) state(i, n int) uint16 { return c.states[min(i+n, len(c.states)-1)] }

// leads returns how far from raw[i] on bytes of set go on, at most to the end of the
// piece that raw[i] is in. Each piece is read once, where calls stand close together.
func (s *scan) leads(set *chainSet, escaped uint8, i int) int {
	at := i &^ (memoStep - 1)
	p := &s.pieces[(at/memoStep+set.salt)%pieceSlots]
	if p.at != at || p.set != set || p.text != s.text {
		*p = piece{set: set, at: at, text: s.text}
		for k, c := range s.raw[at:min(len(s.raw), at+memoStep)] {
			p.in |= uint16(set.has[c]>>escaped&1) << k
		}
	}
	return i + bits.TrailingZeros16(^(p.in >> (i - at)))
}

// stride goes on with a run of g's automaton that began at raw[at] and is at raw[i], at
// a link of a chain, as far as bytes lead along the chain, but not beyond limit. It
// collects in s.ends what walk would. It returns where it stops, the state there, and
// whether the run has met with the one that is remembered.
func (s *scan) stride(g *group, start, at, i, limit int, l link) (stop int, st uint16, met bool) {
	a := g.machine.automaton()
	c := &a.chains[l.chain-1]
	index, escaped := int(l.index), uint8(0)
	if s.escaped && !g.backslash {
		escaped = 1
	}
	most := limit
	if !c.loop {
		most = min(limit, i+len(c.states)-1-index)
	}
	for stop = i; stop < most && !met; {
		next := stop&^(memoStep-1) + memoStep
		stop = min(s.leads(c.set, escaped, stop), most)
		if stop < next {
			break
		}
		met = stop-at >= memoStep && s.meets(g, at, stop, c.state(index, stop-i), limit)
	}
	if c.pats != 0 {
		s.acceptChain(g, c, index, start, i, stop)
	}
	return stop, c.state(index, stop-i), met
}

// acceptChain notes where matches may end in raw(i:stop], along c; of a pattern that is
// alone there only the ends that are kept.
func (s *scan) acceptChain(g *group, c *chain, index, start, i, stop int) {
	low := i + 1
	if c.atEnd {
		low = max(low, stop)
	} else if c.pats&(c.pats-1) == 0 {
		low = stop + 1
		for end, kept := stop, 0; end > i && kept < keptEnds; end-- {
			if s.acceptable(g, c.state(index, end-i), start, end) != 0 {
				low, kept = end, kept+1
			}
		}
	}
	for end := low; end <= stop; end++ {
		if pats := s.acceptable(g, c.state(index, end-i), start, end); pats != 0 {
			s.ends.add(pats, end)
		}
	}
}

// classSet is a set of an automaton's classes of bytes.
type classSet [4]uint64

// link finds the chains of a.
func (a *automaton) link() {
	n := len(a.trans) >> a.shift
	next, sets := a.mostly()
	before := make([]bool, n) // a state before it in a chain
	for st := 1; st < n; st++ {
		if to := next[st]; int(to) != st && sets[to] == sets[st] {
			before[to] = true
		}
	}
	a.links = make([]link, n)
	known := make(map[classSet]*chainSet)
	seen := make([]bool, n)
	for st := 1; st < n && len(a.chains) < maxChains; st++ {
		if next[st] == 0 || before[st] {
			continue
		}
		c := chain{}
		at := uint16(st)
		for at != 0 && sets[at] == sets[st] && !seen[at] {
			seen[at] = true
			c.states = append(c.states, at)
			if c.loop = next[at] == at; c.loop {
				break
			}
			at = next[at]
		}
		links := len(c.states)
		if !c.loop {
			c.states = append(c.states, at)
			links -= minChain - 1
		}
		if links <= 0 {
			continue
		}
		if c.set = known[sets[st]]; c.set == nil {
			c.set = a.chainSet(sets[st])
			c.set.salt = len(known) * pieceSlots / 4
			known[sets[st]] = c.set
		}
		for k, at := range c.states {
			if at >= a.firstAccept {
				c.pats |= a.either[at-a.firstAccept]
			}
			if k < links {
				a.links[at] = link{uint16(len(a.chains) + 1), uint16(k)}
			}
		}
		a.chains = append(a.chains, c)
	}
}

// mostly returns by state the state that it leads to with most bytes, and with which.
func (a *automaton) mostly() (next []uint16, sets []classSet) {
	n := len(a.trans) >> a.shift
	var size [256]int // of each class
	for _, k := range a.class {
		size[k]++
	}
	next, sets = make([]uint16, n), make([]classSet, n)
	count := make([]int, n)
	for st := 1; st < n; st++ {
		row := a.trans[st<<a.shift : (st+1)<<a.shift]
		most := 0
		for k, to := range row {
			if to != 0 {
				if count[to] += size[k]; count[to] > most {
					next[st], most = to, count[to]
				}
			}
		}
		for k, to := range row {
			count[to] = 0
			if to != 0 && to == next[st] {
				sets[st][k>>6] |= 1 << (k & 63)
			}
		}
	}
	return next, sets
}

// chainSet returns the bytes of the classes of set.
func (a *automaton) chainSet(set classSet) *chainSet {
	all := new(chainSet)
	for c := range 256 {
		k, esc := a.class[c], a.classEsc[c]
		all.has[c] = uint8(set[k>>6]>>(k&63)&1) | uint8(set[esc>>6]>>(esc&63)&1)<<1
	}
	return all
}

// atEnd finds the chains of a along which no pattern of g may end but where they do.
func (g *group) atEnd(a *automaton) {
	for i := range a.chains {
		c := &a.chains[i]
		c.atEnd = true
		for b, in := range c.set.has {
			c.atEnd = c.atEnd && (in == 0 || c.pats&^g.deny[b] == 0)
		}
	}
}
