package detect

import (
	"math"
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
	masses [bytescan.Depth]mass
	run    bool // they are digits and what stands between digits: see runLength
	chance float64
	group  *group // one of them
	groups uint64 // all, as bits of their lane
	class  int    // for condense: those that may be joined have the same
}

const (
	maxBranches = 12   // ways in which a pattern begins that are told apart
	maxFork     = 12   // in one place
	rareStart   = 1e-7 // the chance of a way that need not be split
	leastGain   = 5e-6 // what a start must save to be had apart, in walks a byte
)

// runLength is how many bytes an anchor must have that are digits, or separators of digits,
// no more than two of these in a row, to be found as a run: see [bytescan.Tables.SetRun].
const runLength = 7

// separators are what stands between the digits of a number.
var separators = func() (set bytescan.Set) {
	for _, c := range " -./()" {
		set.Add(byte(c))
	}
	return set
}()

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
	for k := range branches {
		br := &branches[k]
		br.run = inside(&br.sets[0], &digitSet) && o.runs(o.at(at), br.sets[:])
		all = append(all, br.start)
	}
	return all
}

// fill works out what may stand behind the bytes that are br's alone, and its chance.
func (br *branch) fill(o *opening) {
	o.firsts(br.sets[br.depth:], br.front, br.depth)
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
func (st *start) price() float64 { return price(st.chance, st.groups, st.run) }

func price(chance float64, groups uint64, run bool) float64 {
	p := chance * float64(1+bits.OnesCount64(groups))
	if !run {
		p *= 1.5 // a run is found faster
	}
	return p
}

// weigh works out st's chance, and what it is made of.
func (st *start) weigh() {
	c := startChain(&st.group.priorMass)
	for k := range st.sets {
		st.masses[k] = massOf(&st.sets[k])
		c.next(&st.masses[k], &nothing)
	}
	st.chance = c.sum()
}

// join makes a an anchor for what begins as a or as b does.
func (a *start) join(b *start) {
	a.run = a.run && b.run
	a.groups |= b.groups
	for k := range a.sets {
		a.sets[k].Union(&b.sets[k])
	}
	a.weigh()
}

// with returns the chance that a would have if it were joined with b.
func (a *start) with(b *start) float64 {
	c := startChain(&a.group.priorMass)
	for k := range a.sets {
		x, y := &a.sets[k], &b.sets[k]
		switch {
		case inside(y, x):
			c.next(&a.masses[k], &nothing)
		case inside(x, y):
			c.next(&b.masses[k], &nothing)
		case !overlap(x, y):
			c.next(&a.masses[k], &b.masses[k])
		default:
			var more mass
			more.add(&bytescan.Set{y[0] &^ x[0], y[1] &^ x[1], y[2] &^ x[2], y[3] &^ x[3]})
			c.next(&a.masses[k], &more)
		}
	}
	return c.sum()
}

// within reports whether b fits wherever a does.
func (a *start) within(b *start) bool {
	for k := range a.sets {
		if !inside(&a.sets[k], &b.sets[k]) {
			return false
		}
	}
	return true
}

// condense joins starts of groups that are anchored alike, the cheapest first, until
// there are no more than limit, if that can be had.
func condense(starts []start, limit int) []start {
	own := slices.Clone(starts)
	all := make([]*start, 0, len(own))
	for i := range own {
		all = append(all, &own[i])
	}
	classify(all)
	all = joinCheapest(outer(all), limit)
	out := make([]start, len(all))
	for i, st := range all {
		out[i] = *st
	}
	return out
}

// classify numbers the ways in which the groups of starts are anchored.
func classify(starts []*start) {
	var kinds []*group
	known := make(map[*group]int)
	for _, st := range starts {
		class, ok := known[st.group]
		if !ok {
			class = slices.IndexFunc(kinds, st.group.anchoredAs)
			if class < 0 {
				class = len(kinds)
				kinds = append(kinds, st.group)
			}
			known[st.group] = class
		}
		st.class = class
	}
}

// outer leaves out starts that fit only where another one of the same groups does.
func outer(starts []*start) (out []*start) {
	for from := 0; from < len(starts); {
		to := from + 1
		for to < len(starts) && starts[to].groups == starts[from].groups {
			to++
		}
		run := slices.Clone(starts[from:to])
		for i := 0; i < len(run); i++ {
			for j := range run {
				if i != j && run[i].class == run[j].class && run[i].within(run[j]) {
					run[j].run = run[j].run && run[i].run
					run = slices.Delete(run, i, i+1)
					i--
					break
				}
			}
		}
		out = append(out, run...)
		from = to
	}
	return out
}

// loss is what it costs to join a and b, in walks a byte.
func (a *start) loss(b *start) float64 {
	if a.class != b.class {
		return math.Inf(1)
	}
	return price(a.with(b), a.groups|b.groups, a.run && b.run) - a.price() - b.price()
}

// joinCheapest joins starts, the cheapest first, until there are no more than limit and
// each that is left saves something.
func joinCheapest(starts []*start, limit int) []*start {
	// loss[i][j], j < i, is what it costs to join two, and best[i] the j for which it is least.
	loss := make([][]float64, len(starts))
	best := make([]int, len(starts))
	least := func(i int) int {
		at := 0
		for j, l := range loss[i] {
			if l < loss[i][at] {
				at = j
			}
		}
		return at
	}
	for i := range starts {
		loss[i] = make([]float64, i)
		for j := range i {
			loss[i][j] = starts[i].loss(starts[j])
		}
		best[i] = least(i)
	}
	for {
		x, lowest := 0, math.Inf(1)
		for i := 1; i < len(starts); i++ {
			if l := loss[i][best[i]]; l < lowest {
				x, lowest = i, l
			}
		}
		if math.IsInf(lowest, 1) || lowest > leastGain && len(starts) <= limit {
			return starts
		}
		y := best[x]
		starts[y].join(starts[x])
		starts = slices.Delete(starts, x, x+1)
		loss = slices.Delete(loss, x, x+1)
		best = slices.Delete(best, x, x+1)
		for i := x; i < len(starts); i++ {
			loss[i] = slices.Delete(loss[i], x, x+1)
			if best[i] > x {
				best[i]--
			} else if best[i] == x {
				best[i] = least(i)
			}
		}
		for j := range y {
			loss[y][j] = starts[y].loss(starts[j])
		}
		best[y] = least(y)
		for i := y + 1; i < len(starts); i++ {
			old := loss[i][y]
			l := starts[i].loss(starts[y])
			loss[i][y] = l
			switch {
			case best[i] == y && l > old, l == loss[i][best[i]]:
				best[i] = least(i)
			case l < loss[i][best[i]]:
				best[i] = y
			}
		}
	}
}

// condenseMany is condense for what begins alike, such as digits, in time that is linear in
// how many there are.
func condenseMany(starts []start) []start {
	const some = 64
	for len(starts) > some {
		var next []start
		for part := range slices.Chunk(starts, some) {
			next = append(next, condense(part, some/2)...)
		}
		if len(next) >= len(starts)*3/4 {
			return next
		}
		starts = next
	}
	return starts
}

// anchoredAs reports whether g and o stand alike, whatever they begin with.
func (g *group) anchoredAs(o *group) bool {
	return !g.names && !o.names && g.where == o.where && g.prior == o.prior && g.guard == o.guard &&
		(g.before == nil) == (o.before == nil) && g.backslash == o.backslash
}

// apart is the chance of starts that are looked for one by one.
func apart(starts []start) (sum float64) {
	for k := range starts {
		sum += starts[k].chance
	}
	return sum
}
