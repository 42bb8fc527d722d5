package detect

import (
	"encoding/binary"
	"math/bits"
	"slices"
	"strings"

	"github.com/mcpveil/mcpveil/internal/bytescan"
)

// Where there are digits there are many candidates: time stamps, sizes, identifiers.
// How long the runs of digits are and what stands between them, their layout, tells most
// of them from what a pattern wants, at two look-ups a run instead of one a byte.
//
//	2024-01-15T10:11      run of 4, '-', run of 2, '-', run of 2, 'T': nothing has that
//
// A layout is an automaton of its own for that, made of the groups' automata, and wider
// than these: it does not know one digit from another, nor all of the bytes between. Where
// it is large it is cut short, and what is alive there may match.

const (
	maxRun      = 24    // longer runs are as this one, and anything may stand behind them
	runs        = 32    // room for maxRun+1, a power of two
	layoutSpots = 5000  // states of a layout before digits; what goes on behind more may match
	layoutMids  = 15000 // and behind digits
)

// What stands behind digits is told apart by kind: by one of these bytes, or small and
// capital letters, those that are hexadecimal apart, bytes of other scripts, and the rest.
const (
	followers = " -./:,()x"
	byRest    = len(followers) + iota - 1
	byOther
	byLower
	byUpper
	byLowerHex
	byUpperHex
	byEnd      // the text ends there
	kindsAfter = 16
)

// lettersAfter is the kinds of letters, as bits.
const lettersAfter = 1<<byOther | 1<<byLower | 1<<byUpper | 1<<byLowerHex | 1<<byUpperHex

var kindAfter = func() (k [256]uint8) {
	for c := range k {
		b := byte(c)
		switch at := strings.IndexByte(followers, b); {
		case at >= 0:
			k[c] = uint8(at)
		case b-'a' < 6:
			k[c] = uint8(byLowerHex)
		case b-'A' < 6:
			k[c] = uint8(byUpperHex)
		case b-'A' < 26:
			k[c] = uint8(byUpper)
		case bytescan.IsWord(b):
			k[c] = uint8(byLower)
		case b >= 0x80:
			k[c] = uint8(byOther)
		default:
			k[c] = uint8(byRest)
		}
	}
	return k
}()

// A layout tells which groups of a lane may match where a digit stands.
type layout struct {
	digits [][runs]uint16           // by state, and how many digits stand there: what is behind. 1 is the state to begin with
	behind [][kindsAfter]layoutStep // by that, and the kind of byte there
	alive  [2][]uint16              // by state before digits, and by state behind some: the groups that are in it, a place in masks
	masks  []uint64                 // sets of groups
}

// A layoutStep leads to the state before the next digits.
type layoutStep struct {
	next uint16 // 0 if nothing is left to be told
	live uint16 // the groups that may have matched by now: a place in masks
}

// live returns the groups that may match from raw[at] on, where a digit stands.
func (l *layout) live(raw []byte, at int) uint64 {
	live, _ := l.within(raw, at, len(raw), len(raw)+1)
	return live
}

// within is live that looks no further than raw[stop], nor at raw[end] and beyond. Groups that may match, but only with what
// stands behind that, are open.
func (l *layout) within(raw []byte, at, stop, end int) (live, open uint64) {
	for state := 1; ; {
		n := digitRun(raw[:min(end, len(raw))], at, maxRun)
		mid := l.digits[state][n&(runs-1)]
		if at += n; at == end {
			return live, l.masks[l.alive[1][mid]]
		}
		if at >= len(raw) {
			return live | l.masks[l.behind[mid][byEnd].live], 0
		}
		step := l.behind[mid][kindAfter[raw[at]]&(kindsAfter-1)]
		live |= l.masks[step.live]
		if state = int(step.next); state == 0 {
			return live, 0
		}
		if at++; at > stop || at == end {
			return live, l.masks[l.alive[0][state]]
		}
	}
}

// digitRun returns how many digits stand at raw[at:], at most limit.
func digitRun(raw []byte, at, limit int) int {
	n := 0
	for ; at+n+8 <= len(raw) && n < limit; n += 8 {
		// Eight at once: 0x76 carries what is no digit into the high bit of its byte.
		v := binary.LittleEndian.Uint64(raw[at+n:]) ^ 0x3030303030303030
		if v = (v + 0x7676767676767676 | v) & 0x8080808080808080; v != 0 {
			return min(n+bits.TrailingZeros64(v)/8, limit)
		}
	}
	for n < limit && at+n < len(raw) && isDigit(raw[at+n]) {
		n++
	}
	return min(n, limit)
}

// newLayout makes the layout of the groups of a lane that may begin with digits, with so
// many states.
func newLayout(of *lane, spots, mids int) *layout {
	b := &layoutBuilder{layout: new(layout), all: of.digits, maxSpots: spots, maxMids: mids, spots: make(map[string]uint16), mids: make(map[string]uint16), masks: make(map[uint64]uint16)}
	var start []uint16
	for k, g := range of.groups {
		if of.digits>>k&1 == 0 {
			continue
		}
		g.each(func(m *group) {
			if !hasDigit(&m.sets[0]) {
				return
			}
			l := newGroupLayout(m)
			b.bits = append(b.bits, 1<<k)
			b.groups = append(b.groups, l)
			start = append(start, l.start())
		})
	}
	b.mask(0)
	b.behind, b.alive[1] = make([][kindsAfter]layoutStep, 1), make([]uint16, 1) // 0: nothing is alive
	b.many = b.mid(nil)
	b.todo = [][]uint16{make([]uint16, len(b.groups)), start}
	b.alive[0] = []uint16{0, b.mask(b.all)}
	b.spots[b.keyOf(start)] = 1
	for s := 0; s < len(b.todo); s++ {
		b.spot(b.todo[s])
	}
	return b.layout
}

// A layoutBuilder makes the layouts of groups one. A state of that is one set of states
// for each group.
type layoutBuilder struct {
	*layout
	groups []*groupLayout
	bits   []uint64 // of each
	all    uint64
	spots  map[string]uint16
	mids   map[string]uint16
	masks  map[uint64]uint16

	maxSpots, maxMids int

	todo [][]uint16 // of each spot, the sets
	many uint16     // behind digits, where there is no room for more: all may match
	key  []byte
}

// spot fills in where digits lead from a state.
func (b *layoutBuilder) spot(sets []uint16) {
	var to [runs]uint16
	next := make([]uint16, len(sets))
	for n := range maxRun + 1 {
		for k, g := range b.groups {
			next[k] = g.run(sets[k], n)
		}
		to[n] = b.mid(next)
	}
	b.digits = append(b.digits, to)
}

// mid returns the number of a state behind digits. No sets stand for what has no room.
func (b *layoutBuilder) mid(sets []uint16) uint16 {
	if sets != nil && !slices.ContainsFunc(sets, func(id uint16) bool { return id != 0 }) {
		return 0
	}
	key := b.keyOf(sets)
	id, ok := b.mids[key]
	if ok {
		return id
	}
	if sets != nil && len(b.behind) >= b.maxMids {
		return b.many
	}
	id = uint16(len(b.behind))
	b.mids[key] = id
	b.behind = append(b.behind, [kindsAfter]layoutStep{})
	b.alive[1] = append(b.alive[1], 0)
	some := b.all
	if sets != nil {
		some = b.some(sets)
	}
	b.alive[1][id] = b.mask(some)
	var steps [kindsAfter]layoutStep
	next := make([]uint16, len(sets))
	for kind := range uint8(kindsAfter) {
		live := uint64(0)
		if sets == nil {
			live = b.all
		}
		for k, g := range b.groups[:len(sets)] {
			if next[k] = g.step(sets[k], kind); next[k] == ended {
				next[k] = 0
				live |= b.bits[k]
			}
		}
		steps[kind].next, live = b.next(next, live)
		steps[kind].live = b.mask(live)
	}
	b.behind[id] = steps
	return id
}

// next returns the number of a state before digits, or, where there is no room for it or
// nothing in it, 0 and what may match, live and what is in it.
func (b *layoutBuilder) next(sets []uint16, live uint64) (uint16, uint64) {
	some := b.some(sets)
	if some == 0 {
		return 0, live
	}
	key := b.keyOf(sets)
	id, ok := b.spots[key]
	if !ok {
		if len(b.todo) >= b.maxSpots {
			return 0, live | some
		}
		id = uint16(len(b.todo))
		b.spots[key] = id
		b.todo = append(b.todo, slices.Clone(sets))
		b.alive[0] = append(b.alive[0], b.mask(some))
	}
	return id, live
}

// some returns the groups that are in a state.
func (b *layoutBuilder) some(sets []uint16) (groups uint64) {
	for k, id := range sets {
		if id != 0 {
			groups |= b.bits[k]
		}
	}
	return groups
}

func (b *layoutBuilder) mask(live uint64) uint16 {
	id, ok := b.masks[live]
	if !ok {
		id = uint16(len(b.layout.masks))
		b.masks[live] = id
		b.layout.masks = append(b.layout.masks, live)
	}
	return id
}

func (b *layoutBuilder) keyOf(sets []uint16) string {
	b.key = b.key[:0]
	for _, id := range sets {
		b.key = binary.LittleEndian.AppendUint16(b.key, id)
	}
	return string(b.key)
}

// A groupLayout is the layout of one group. Its states are sets of the automaton's, by
// number; 0 is the empty one, and ended stands for all where the group may have matched:
// the rest is for its automaton to find. It grows as it is asked.
type groupLayout struct {
	*group
	a      *automaton          // the group's, or of the beginnings of its matches
	cut    []bool              // by state of that: what follows is not in it
	wordy  bool                // where a letter stands, the rest is for the words of its pattern: see wordy
	kinds  [kindsAfter][]uint8 // bytes that stand for all of a kind
	ten    []uint8             // and for digits
	ids    map[string]uint16
	sets   [][]uint16
	digits [][]uint16 // by set, and how many digits stand there: the set behind
	behind [][]uint32 // by set, and the kind of byte there: the set behind, plus 1
}

const ended = 1<<16 - 1

func newGroupLayout(g *group) *groupLayout {
	type alike struct {
		kind, class uint8
		deny        uint64
	}
	l := &groupLayout{group: g, ids: make(map[string]uint16)}
	if l.a, l.cut = g.first(); l.a == nil {
		return l
	}
	l.wordy = newOnward(l.a, l.cut).wordy()
	seen := make(map[alike]bool)
	for c := range 256 {
		a := alike{kindAfter[c], l.a.class[c], g.deny[c]}
		reps := &l.kinds[a.kind]
		if isDigit(byte(c)) {
			a.kind, reps = kindsAfter, &l.ten
		}
		if !seen[a] {
			seen[a] = true
			*reps = append(*reps, uint8(c))
		}
	}
	l.number(nil)
	return l
}

// first returns the automaton that is run first where g may match, nil if there is none, and, where that is of the first bytes
// only, the states in which these have been read.
func (g *group) first() (a *automaton, cut []bool) {
	if a = g.beginning; a == nil {
		if a = g.machine.automaton(); a != nil {
			return a, nil
		}
		if a = g.machine.simulator().beginning; a == nil {
			return nil, nil
		}
	}
	cut = make([]bool, len(a.trans)>>a.shift)
	for st := range cut {
		cut[st] = !slices.ContainsFunc(a.trans[st<<a.shift:(st+1)<<a.shift], func(to uint16) bool { return to != 0 })
	}
	cut[0] = false
	return a, cut
}

// start returns the set that matches begin with.
func (l *groupLayout) start() uint16 {
	if l.a == nil {
		return ended
	}
	return l.number([]uint16{l.a.start[0], l.a.start[1]})
}

// number returns the number of a set of states, which it may keep.
func (l *groupLayout) number(set []uint16) uint16 {
	slices.Sort(set)
	set = slices.Compact(set)
	key := make([]byte, 0, 64)
	for _, s := range set {
		key = binary.LittleEndian.AppendUint16(key, s)
	}
	id, ok := l.ids[string(key)]
	if !ok {
		if len(l.sets) == ended {
			return ended
		}
		id = uint16(len(l.sets))
		l.ids[string(key)] = id
		l.sets = append(l.sets, set)
		l.digits = append(l.digits, nil)
		l.behind = append(l.behind, make([]uint32, kindsAfter))
	}
	return id
}

// run returns the set behind n digits.
func (l *groupLayout) run(id uint16, n int) uint16 {
	if id == ended {
		return id
	}
	if l.digits[id] == nil {
		l.digits[id] = l.fill(id)
	}
	return l.digits[id][n]
}

// fill works out where digits lead from a set.
func (l *groupLayout) fill(id uint16) []uint16 {
	to := make([]uint16, maxRun+1)
	to[0] = id
	set := l.sets[id]
	if l.endsBefore(set, l.ten) {
		for n := 1; n <= maxRun; n++ {
			to[n] = ended
		}
		return to
	}
	for n := 1; n <= maxRun; n++ {
		if set = l.after(set, l.ten); len(set) == 0 {
			break
		}
		if n == maxRun {
			to[n] = ended
			break
		}
		if to[n] = l.number(slices.Clone(set)); l.endsBefore(set, l.ten) {
			for n++; n <= maxRun; n++ {
				to[n] = ended
			}
		}
	}
	return to
}

// step returns the set behind a byte of a kind, or ended if a match may end before it.
func (l *groupLayout) step(id uint16, kind uint8) uint16 {
	if id == 0 || id == ended {
		return id
	}
	known := &l.behind[id][kind]
	if *known == 0 {
		to := uint16(ended)
		if set := l.sets[id]; kind != uint8(byEnd) && !l.endsBefore(set, l.kinds[kind]) {
			if to = l.number(l.after(set, l.kinds[kind])); to != 0 && l.wordy && lettersAfter>>kind&1 != 0 {
				to = ended
			}
			known = &l.behind[id][kind] // it may have moved
		}
		*known = uint32(to) + 1
	}
	return uint16(*known - 1)
}

// after returns the states that set leads to with one of some bytes.
func (l *groupLayout) after(set []uint16, with []uint8) (next []uint16) {
	for _, s := range set {
		for _, c := range with {
			if t := l.a.step(s, c); t != 0 && !slices.Contains(next, t) {
				next = append(next, t)
			}
		}
	}
	return next
}

// endsBefore reports whether in one of states a match may end before one of some bytes,
// or be cut.
func (l *groupLayout) endsBefore(states []uint16, bytes []uint8) bool {
	a := l.a
	for _, st := range states {
		if l.cut != nil && l.cut[st] {
			return true
		}
		if st < a.firstAccept {
			continue
		}
		pats := a.either[st-a.firstAccept]
		if pats&l.open != 0 {
			return true
		}
		for _, c := range bytes {
			if pats&^l.deny[c] != 0 {
				return true
			}
		}
	}
	return false
}

// guardDenies is group.deny by the guard alone.
var guardDenies = func() (by [GuardDigit + 1][256]uint64) {
	for c := range 256 {
		if bytescan.IsWord(byte(c)) {
			by[GuardWord][c] = ^uint64(0)
		}
		if isDigit(byte(c)) {
			by[GuardDigit][c] = ^uint64(0)
		}
	}
	return by
}()

// denied makes g.deny, from the guard and from look-ahead for a single byte.
func (g *group) denied() {
	g.deny = &guardDenies[g.guard]
	if g.ahead == 0 {
		return
	}
	deny := *g.deny
	g.deny = &deny
	for c := range 256 {
		b := byte(c)
		for i, p := range g.patterns {
			for k := range p.ahead {
				if l := &p.ahead[k]; l.rules(b) {
					g.deny[c] |= 1 << i
				}
			}
		}
	}
}

// rules reports whether l, which looks ahead, does not hold before any text that
// begins with c.
func (l *look) rules(c byte) bool {
	a := l.automaton
	st := a.step(a.start[0], c)
	if l.not {
		return st >= a.firstAccept
	}
	return st == 0
}
