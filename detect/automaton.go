package detect

import (
	"math/bits"
	"regexp/syntax"
	"slices"
	"sync"

	"github.com/mcpveil/mcpveil/internal/bytescan"
)

// An automaton matches up to maxUnion patterns at once, from a given position
// on, one table look-up a byte:
//
//	state = trans[state<<shift | class[byte]]
//
// State 0 is dead: nothing can match any more. The states from firstAccept on
// accept; which patterns they do may hang on whether a word byte follows (\b).
type automaton struct {
	class       [256]uint8
	classEsc    [256]uint8 // as class, but a backslash is dead: for escaped text
	shift       uint8
	trans       []uint16
	start       [2]uint16 // by whether a word byte stands before
	firstAccept uint16
	accept      [2][]uint64 // by whether a word byte follows; [state-firstAccept], bit i: pattern i
	either      []uint64    // accept, whatever follows
	links       []link      // by state, where it stands in a chain
	chains      []chain
}

const (
	maxUnion       = 64    // patterns of an automaton
	maxStates      = 20000 // of one pattern, if it has few instructions: see maxWork
	maxSplitStates = 4000  // of one with a value inside, or of a part of it
	maxDigitStates = 16000 // of one that begins with digits
	maxUnionStates = 3000  // of several

	maxLayoutStates = 1000 // of one pattern that a layout is made of
)

// maxWork bounds the states of one pattern, times its instructions: more would take long to
// make, and much memory. manyStates any may have. maxMembers bounds the places in patterns that
// all states together stand for: where it is met there would be many more.
const (
	maxWork    = 1 << 23
	manyStates = 5000
	maxMembers = 96 << 10
)

// newAutomaton compiles res to one automaton, of at most limit states.
func newAutomaton(res []*syntax.Regexp, reverse bool, limit int) (*automaton, error) {
	return compileAutomaton(res, reverse, limit, wholeDepth)
}

// wholeDepth is a depth that no automaton has.
const wholeDepth = 1 << 30

func compileAutomaton(res []*syntax.Regexp, reverse bool, limit, depth int) (*automaton, error) {
	b := subsetsPool.Get().(*subsets)
	defer subsetsPool.Put(b)
	b.reset(limit)
	n := b.nfa
	n.reverse, n.depth = reverse, depth+1
	var starts []uint32
	for i, re := range res {
		s, err := n.add(re, n.emit(inst{op: opMatch, arg: uint32(i)}))
		if err != nil {
			return nil, err
		}
		starts = append(starts, s)
	}
	if limit == maxStates && depth == wholeDepth {
		limit = min(limit, max(manyStates, maxWork/len(n.insts)))
	}
	b.limit = limit
	b.mark = append(b.mark, make([]uint32, len(n.insts))...)
	b.classes()
	b.ask()
	if err := b.build(starts, depth); err != nil {
		return nil, err
	}
	return b.finish(depth < wholeDepth), nil
}

// subsets makes an nfa deterministic.
type subsets struct {
	*nfa
	limit   int
	class   [256]uint8
	reps    []byte     // one byte of each class
	sets    []stateSet // by state
	members []uint32   // of all sets
	slots   []uint32   // states by the hash of their sets, plus 1; open addressing
	asks    []bool     // by instruction, whether it asks what was read before it reads a byte
	trans   []uint16   // [state*len(reps)+class]; state 0 is dead
	outs    [][]uint32 // where each class leads
	follows []uint32   // what a state leads to without a byte
	lastOut []uint32   // where the class before leads
	order   []uint32   // of the states that are kept
	number  []uint16   // of each state, in that order
	alive   []bool     // from which states a match can be reached
	accepts [2][]uint64
	start   [2]uint32
	mark    []uint32 // last round that saw an instruction
	round   uint32
	stack   []uint32
}

// A stateSet is the instructions of a state, before what takes no byte is followed: members[from:to].
type stateSet struct {
	hash     uint32
	from, to uint32
	prev     bool // whether a word byte was read last; false where no one asks
}

// subsetsPool keeps subsets, as thousands of automata are made in a row.
var subsetsPool = sync.Pool{New: func() any { return new(subsets) }}

// maxKept is how much a subsets that is used again may keep, in states.
const maxKept = 1 << 14

// reset makes b as good as new.
func (b *subsets) reset(limit int) {
	if b.nfa == nil || cap(b.sets) > maxKept {
		*b = subsets{nfa: new(nfa)}
	}
	*b.nfa = nfa{insts: b.insts[:0]}
	b.limit, b.round = limit, 0
	b.reps, b.sets, b.members, b.trans = b.reps[:0], b.sets[:0], b.members[:0], b.trans[:0]
	b.accepts[0], b.accepts[1], b.mark = b.accepts[0][:0], b.accepts[1][:0], b.mark[:0]
	clear(b.slots)
}

// classes numbers the sets of bytes that no instruction tells apart.
func (b *subsets) classes() {
	var edge [257]bool
	for _, i := range b.insts {
		if i.op == opByte && i.lo <= i.hi {
			edge[i.lo], edge[int(i.hi)+1] = true, true
		}
	}
	if b.boundaries {
		for c := 1; c < 256; c++ {
			if bytescan.IsWord(byte(c)) != bytescan.IsWord(byte(c-1)) {
				edge[c] = true
			}
		}
	}
	for c := range 256 {
		if c == 0 || edge[c] {
			b.reps = append(b.reps, byte(c))
		}
		b.class[c] = uint8(len(b.reps) - 1)
	}
}

// ask works out asks.
func (b *subsets) ask() {
	b.asks = append(b.asks[:0], make([]bool, len(b.insts))...)
	for changed := b.boundaries; changed; {
		changed = false
		for at := range b.insts {
			i := &b.insts[at]
			asks := i.op == opBoundary || i.op == opNoBoundary || i.op == opSplit && (b.asks[i.out] || b.asks[i.arg])
			changed = changed || asks != b.asks[at]
			b.asks[at] = asks
		}
	}
}

// closure returns the byte instructions that set leads to, and the patterns that
// match there, given what stands on either side.
func (b *subsets) closure(dst, set []uint32, prev, next bool) ([]uint32, uint64) {
	b.round++
	var match uint64
	b.stack = append(b.stack[:0], set...)
	for len(b.stack) > 0 {
		at := b.stack[len(b.stack)-1]
		b.stack = b.stack[:len(b.stack)-1]
		if b.mark[at] == b.round {
			continue
		}
		b.mark[at] = b.round
		switch i := &b.insts[at]; i.op {
		case opByte:
			dst = append(dst, at)
		case opMatch:
			match |= 1 << i.arg
		case opSplit:
			b.stack = append(b.stack, i.out, i.arg)
		case opBoundary:
			if prev != next {
				b.stack = append(b.stack, i.out)
			}
		case opNoBoundary:
			if prev == next {
				b.stack = append(b.stack, i.out)
			}
		}
	}
	return dst, match
}

// state returns the number of a set of instructions, which it sorts.
func (b *subsets) state(set []uint32, prev bool) uint32 {
	if len(set) == 0 {
		return 0
	}
	slices.Sort(set)
	set = slices.Compact(set)
	prev = prev && slices.ContainsFunc(set, func(at uint32) bool { return b.asks[at] })
	hash := uint32(1)
	for _, at := range set {
		hash = bits.RotateLeft32(hash^at, 13) * 0x9e3779b1
	}
	if 2*len(b.sets) >= len(b.slots) {
		b.rehash()
	}
	slot := b.slot(hash, set, prev)
	if *slot == 0 {
		from := uint32(len(b.members))
		b.members = append(b.members, set...)
		b.sets = append(b.sets, stateSet{hash, from, uint32(len(b.members)), prev})
		*slot = uint32(len(b.sets)) // its number, plus 1
	}
	return *slot - 1
}

// slot returns where the number of a set is, or would be.
func (b *subsets) slot(hash uint32, set []uint32, prev bool) *uint32 {
	mask := uint32(len(b.slots) - 1)
	for i := hash >> 7; ; i++ {
		slot := &b.slots[i&mask]
		if *slot == 0 {
			return slot
		}
		if o := &b.sets[*slot-1]; o.hash == hash && o.prev == prev && slices.Equal(b.members[o.from:o.to], set) {
			return slot
		}
	}
}

// rehash makes room for more states.
func (b *subsets) rehash() {
	b.slots = make([]uint32, max(256, 2*len(b.slots)))
	for id := 1; id < len(b.sets); id++ {
		o := &b.sets[id]
		*b.slot(o.hash, b.members[o.from:o.to], o.prev) = uint32(id + 1)
	}
}

// build makes the states that can be reached in depth steps.
func (b *subsets) build(starts []uint32, depth int) error {
	b.sets = append(b.sets, stateSet{}) // the dead state
	b.start[0] = b.state(slices.Clone(starts), false)
	b.start[1] = b.state(slices.Clone(starts), b.boundaries)
	for len(b.outs) < len(b.reps) {
		b.outs = append(b.outs, nil)
	}
	outs, follow := b.outs[:len(b.reps)], b.follows
	defer func() { b.follows = follow }()
	for s, last := 0, len(b.sets); s < len(b.sets); s++ {
		if s == last { // all that are a step further
			depth, last = depth-1, len(b.sets)
		}
		if len(b.sets) > b.limit || len(b.members) > maxMembers {
			return errTooLarge
		}
		for k := range outs {
			outs[k] = outs[k][:0]
		}
		for next := range 2 {
			if next == 1 && !b.boundaries {
				b.accepts[1] = append(b.accepts[1], b.accepts[0][s])
				break
			}
			var match uint64
			set := b.sets[s]
			follow, match = b.closure(follow[:0], b.members[set.from:set.to], set.prev, next == 1)
			b.accepts[next] = append(b.accepts[next], match)
			if depth > 0 {
				b.follow(outs, follow, next == 1)
			}
		}
		b.lastOut = b.lastOut[:0]
		if cap(b.trans)-len(b.trans) < len(outs) {
			b.trans = slices.Grow(b.trans, len(b.trans)+len(outs)) // twice as many: there may be many more
		}
		var lastID uint32
		lastWord := false
		for k, out := range outs {
			id := uint32(0)
			if len(out) > 0 {
				word := b.boundaries && bytescan.IsWord(b.reps[k])
				if word != lastWord || !slices.Equal(out, b.lastOut) {
					b.lastOut, lastWord = append(b.lastOut[:0], out...), word
					lastID = b.state(out, word)
				}
				id = lastID
			}
			b.trans = append(b.trans, uint16(id))
		}
	}
	return nil
}

// follow adds to outs, by class, where the instructions lead; those for word bytes or
// those for others, if that makes a difference.
func (b *subsets) follow(outs [][]uint32, insts []uint32, word bool) {
	for _, at := range insts {
		i := &b.insts[at]
		if i.lo > i.hi {
			continue
		}
		for k := int(b.class[i.lo]); k <= int(b.class[i.hi]); k++ {
			if !b.boundaries || bytescan.IsWord(b.reps[k]) == word {
				outs[k] = append(outs[k], i.out)
			}
		}
	}
}

// live marks the states from which a match can be reached, or all.
func (b *subsets) live(all bool) []bool {
	k := len(b.reps)
	b.alive = append(b.alive[:0], make([]bool, len(b.sets))...)
	live := b.alive
	if all {
		for s := range live {
			live[s] = true
		}
		return live
	}
	for changed := true; changed; {
		changed = false
		for s := len(b.sets) - 1; s > 0; s-- {
			if live[s] {
				continue
			}
			live[s] = b.accepts[0][s]|b.accepts[1][s] != 0
			for c := 0; c < k && !live[s]; c++ {
				live[s] = live[b.trans[s*k+c]]
			}
			changed = changed || live[s]
		}
	}
	return live
}

// finish numbers the live states so that those which accept come last.
func (b *subsets) finish(partial bool) *automaton {
	live := b.live(partial)
	order := append(b.order[:0], 0)
	for _, accepts := range [...]bool{false, true} {
		for s := 1; s < len(b.sets); s++ {
			if live[s] && (b.accepts[0][s]|b.accepts[1][s] != 0) == accepts {
				order = append(order, uint32(s))
			}
		}
	}
	b.order, b.number = order, append(b.number[:0], make([]uint16, len(b.sets))...)
	number := b.number
	a := &automaton{class: b.class, classEsc: b.class, firstAccept: uint16(len(order))}
	for i, s := range order {
		number[s] = uint16(i)
		if m := b.accepts[0][s] | b.accepts[1][s]; m != 0 && live[s] {
			a.firstAccept = min(a.firstAccept, uint16(i))
			a.accept[0] = append(a.accept[0], b.accepts[0][s])
			a.accept[1] = append(a.accept[1], b.accepts[1][s])
			a.either = append(a.either, m)
		}
	}
	k := len(b.reps)
	kept, n := b.columns(order, &a.class)
	a.classEsc = a.class
	dead := n // a class that kills every state
	for 1<<a.shift <= dead {
		a.shift++
	}
	if dead < 256 {
		a.classEsc['\\'] = uint8(dead)
	} else {
		a.shift = 8 // 256 classes: every byte is its own, the zero byte's will do
		a.classEsc['\\'] = 0
	}
	a.trans = make([]uint16, len(order)<<a.shift)
	for i, s := range order[1:] {
		for c, at := range kept[:n] {
			a.trans[(i+1)<<a.shift|c] = number[b.trans[int(s)*k+int(at)]]
		}
	}
	a.start = [2]uint16{number[b.start[0]], number[b.start[1]]}
	return a
}

// columns finds the classes that lead to the same states from all of states, and leaves one of
// each: kept[:n]. It renumbers class. Instructions tell apart more bytes than it takes: those
// that go on and those that begin something else, where neither can be.
func (b *subsets) columns(states []uint32, class *[256]uint8) (kept [256]uint8, n int) {
	k := len(b.reps)
	var sums [256]uint64
	for _, s := range states {
		for c, to := range b.trans[int(s)*k : (int(s)+1)*k] {
			sums[c] = (bits.RotateLeft64(sums[c], 5) ^ uint64(to)) * 0x9e3779b97f4a7c15
		}
	}
	var number [256]uint8
	for c := range k {
		same := -1
		for o := range n {
			if sums[kept[o]] == sums[c] && b.sameColumn(states, int(kept[o]), c) {
				same = o
				break
			}
		}
		if same < 0 {
			kept[n] = uint8(c)
			same = n
			n++
		}
		number[c] = uint8(same)
	}
	for c := range class {
		class[c] = number[class[c]]
	}
	return kept, n
}

// sameColumn reports whether two classes lead to the same states from all of states.
func (b *subsets) sameColumn(states []uint32, c, d int) bool {
	k := len(b.reps)
	for _, s := range states {
		if b.trans[int(s)*k+c] != b.trans[int(s)*k+d] {
			return false
		}
	}
	return true
}

// step returns the state after reading c in state s.
func (a *automaton) step(s uint16, c byte) uint16 {
	return a.trans[int(s)<<a.shift|int(a.class[c])]
}
