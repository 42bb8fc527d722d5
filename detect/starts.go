package detect

import (
	"math/bits"
	"slices"

	"github.com/mcpveil/mcpveil/internal/bytescan"
)

// A pattern need not have one anchor only: of api_key and secret_key taken together each
// byte may be one of two, and many words are of such bytes. Nor need it have one of its
// own, if what it begins with is rare. So the ways in which patterns begin, their starts,
// are told apart first, and then joined, the cheapest first, until there are no more than
// a lane has room for.

// A start is an anchor of one or more groups, which are anchored alike.
type start struct {
	sets   [bytescan.Depth]bytescan.Set // bytes that may stand there and behind
	run    bool                         // they are digits and what stands between digits: see runLength
	chance float64
	group  *group // one of them
	groups uint64 // all, as bits of their lane
}

const (
	maxBranches = 12   // ways in which a pattern begins that are told apart
	maxFork     = 12   // in one place
	rareStart   = 1e-7 // the chance of a way that need not be split
	leastGain   = 5e-6 // what a start must save to be had apart, in walks a byte
)

// runLength is how many bytes an anchor must have that are digits, or separators of digits, no more than two of
// these in a row, to be found as a run.
const runLength = bytescan.RunLength

// separators are what stands between the digits of a number.
var separators = bytescan.Separators

// A branch is a way to begin: the bytes that lead there, and what they lead to.
type branch struct {
	start
	depth int // how many of sets are of this branch alone
	front front
	stuck bool // it cannot be split
}

// branches returns ways in which matches of g begin, all of them together. They begin at a place in o.
func (g *group) branches(o *opening, at uint32) (all []start) {
	root := branch{front: o.at(at), start: start{group: g}}
	root.fill(o)
	branches := []branch{root}
	for {
		worst := -1
		for k := range branches {
			if c := &branches[k]; !c.stuck && c.chance > rareStart && (worst < 0 || c.chance > branches[worst].chance) {
				worst = k
			}
		}
		if worst < 0 {
			break
		}
		forks := branches[worst].fork(o, maxBranches+1-len(branches))
		if len(forks) == 0 {
			branches[worst].stuck = true
			continue
		}
		branches = append(slices.Delete(branches, worst, worst+1), forks...)
	}
	all = make([]start, 0, len(branches))
	for k := range branches {
		br := &branches[k]
		br.run = inside(&br.sets[0], &digitSet) && o.runs(o.at(at), br.sets[:])
		all = append(all, br.start)
	}
	return all
}

// fill works out what may stand behind the bytes that are br's alone, and its chance.
func (br *branch) fill(o *opening) {
	o.firsts(br.sets[br.depth:], &br.front, br.depth)
	br.weigh()
}

// fork splits br by the next byte, if that makes no more than most of it.
func (br *branch) fork(o *opening, most int) []branch {
	if br.depth == bytescan.Depth || br.depth > 0 && o.ends(&br.front) {
		return nil
	}
	forks, ok := o.forks(&br.front, maxFork)
	if !ok || len(forks) > most {
		return nil
	}
	all := make([]branch, len(forks))
	for k := range all {
		b := &all[k]
		b.start.group, b.front, b.depth = br.group, forks[k].to, br.depth+1
		copy(b.sets[:], br.sets[:br.depth])
		b.sets[br.depth] = forks[k].bytes
		b.fill(o)
	}
	return all
}

func overlap(a, b *bytescan.Set) bool {
	return a[0]&b[0]|a[1]&b[1]|a[2]&b[2]|a[3]&b[3] != 0
}

// inside reports whether all of a is in b.
func inside(a, b *bytescan.Set) bool {
	return a[0]&^b[0]|a[1]&^b[1]|a[2]&^b[2]|a[3]&^b[3] == 0
}

// price is what a start costs, in walks a byte.
func price(chance float64, groups uint64, run bool) float64 {
	p := chance * float64(1+bits.OnesCount64(groups))
	if !run {
		p *= 1.5 // a run is found faster
	}
	return p
}

// weigh works out st's chance.
func (st *start) weigh() { st.chance = chanceOf(&st.group.priorMass, st.sets[:]) }

// apart is the chance of starts that are looked for one by one.
func apart(starts []start) (sum float64) {
	for k := range starts {
		sum += starts[k].chance
	}
	return sum
}
