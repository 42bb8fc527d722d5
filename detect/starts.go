package detect

import (
	"cmp"
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
	masses [bytescan.Depth][kinds]float64
	run    bool // they are digits and what stands between digits: see runLength
	chance float64
	group  *group // one of them
	groups uint64 // all, as bits of their lane
}

const (
	maxBranches = 12   // ways in which a pattern begins that are told apart
	maxFork     = 12   // in one place
	rareStart   = 1e-7 // the chance of a way that need not be split
	leastGain   = 1e-8 // what a start must save to be had apart, in walks a byte
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

// A spot is where an automaton is after the first bytes of a match, and how many digits
// these held, where a check asks for some.
type spot struct {
	state  uint16
	digits uint8
}

// A branch is a way to begin: the bytes that lead there, and the spots they lead to.
type branch struct {
	start
	depth int // how many of sets are of this branch alone
	spots []spot
	stuck bool // it cannot be split
}

// A brancher finds the branches of one pattern.
type brancher struct {
	a      *automaton
	group  *group
	digits uint8   // fewer no match has
	bytes  []alike // by all that tells them apart
}

// alike are bytes that lead to the same states, all of them digits or none.
type alike struct {
	c     byte // one of them
	all   bytescan.Set
	digit bool
}

func newBrancher(a *automaton, g *group) *brancher {
	b := &brancher{a: a, group: g}
	var at [2][256]int
	for c := range 256 {
		digit := 0
		if isDigit(byte(c)) {
			digit = 1
		}
		k := &at[digit][a.class[c]]
		if *k == 0 {
			b.bytes = append(b.bytes, alike{c: byte(c), digit: digit == 1})
			*k = len(b.bytes)
		}
		b.bytes[*k-1].all.Add(byte(c))
	}
	return b
}

// branches returns ways in which matches begin, all of them together.
func (b *brancher) branches() (all []start) {
	root := branch{spots: []spot{{b.a.start[0], 0}, {b.a.start[1], 0}}, start: start{group: b.group}}
	b.fill(&root)
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
		forks := b.fork(&branches[worst])
		if len(forks) == 0 || len(branches)+len(forks)-1 > maxBranches {
			branches[worst].stuck = true
			continue
		}
		branches = append(slices.Delete(branches, worst, worst+1), forks...)
	}
	for k := range branches {
		all = append(all, branches[k].start)
	}
	return all
}

// step adds to next the spots that spots lead to with bytes, and reports whether there
// are any.
func (b *brancher) step(next, spots []spot, with *alike) (all []spot, some bool) {
	for _, p := range spots {
		to := spot{b.a.step(p.state, with.c), p.digits}
		if to.state == 0 {
			continue
		}
		some = true
		if with.digit && to.digits < b.digits {
			to.digits++
		}
		if !slices.Contains(next, to) {
			next = append(next, to)
		}
	}
	return next, some
}

// ends reports whether a match may end at one of spots.
func (b *brancher) ends(spots []spot) bool {
	return slices.ContainsFunc(spots, func(p spot) bool { return p.state >= b.a.firstAccept && p.digits >= b.digits })
}

// fill works out what may stand behind the bytes that are br's alone, and its chance.
func (b *brancher) fill(br *branch) {
	spots := br.spots
	for k := br.depth; k < bytescan.Depth; k++ {
		if k > 0 && b.ends(spots) {
			for ; k < bytescan.Depth; k++ {
				br.sets[k] = everything
			}
			break
		}
		var next []spot
		for i := range b.bytes {
			some := false
			if next, some = b.step(next, spots, &b.bytes[i]); some {
				br.sets[k].Union(&b.bytes[i].all)
			}
		}
		spots = next
	}
	br.weigh()
}

// fork splits br by the next byte, digits together: which they are says less than how
// many there are.
func (b *brancher) fork(br *branch) (forks []branch) {
	if br.depth == bytescan.Depth || br.depth > 0 && b.ends(br.spots) {
		return nil
	}
	var digits branch
	for i := range b.bytes {
		with := &b.bytes[i]
		if with.digit {
			some := false
			if digits.spots, some = b.step(digits.spots, br.spots, with); some {
				digits.sets[br.depth].Union(&with.all)
			}
			continue
		}
		next, some := b.step(nil, br.spots, with)
		if !some {
			continue
		}
		slices.SortFunc(next, func(x, y spot) int {
			return cmp.Or(cmp.Compare(x.state, y.state), cmp.Compare(x.digits, y.digits))
		})
		k := slices.IndexFunc(forks, func(o branch) bool { return slices.Equal(o.spots, next) })
		if k < 0 {
			if len(forks) == maxFork {
				return nil
			}
			k = len(forks)
			forks = append(forks, branch{spots: next})
		}
		forks[k].sets[br.depth].Union(&with.all)
	}
	if len(digits.spots) > 0 {
		forks = append(forks, digits)
	}
	for k := range forks {
		copy(forks[k].sets[:br.depth], br.sets[:])
		forks[k].group = br.group
		forks[k].depth = br.depth + 1
		b.fill(&forks[k])
	}
	return forks
}

// isRun reports whether st begins with a run.
func (st *start) isRun() bool {
	for k := range runLength {
		for c := range 256 {
			if st.sets[k].Has(byte(c)) && !isDigit(byte(c)) && (k == 0 || !separators.Has(byte(c))) {
				return false
			}
		}
	}
	return true
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
	for k := range st.sets {
		st.masses[k] = mass(&st.sets[k])
	}
	st.chance = likely(&st.group.priorMass, st.masses[:])
}

// join makes a an anchor for what begins as a or as b does.
func (a *start) join(b *start) {
	a.chance = a.with(b, &a.masses)
	a.run = a.run && b.run
	a.groups |= b.groups
	for k := range a.sets {
		a.sets[k].Union(&b.sets[k])
	}
}

// with returns the chance that a would have if it were joined with b, and the masses.
func (a *start) with(b *start, masses *[bytescan.Depth][kinds]float64) float64 {
	for k := range a.sets {
		u := a.sets[k]
		switch u.Union(&b.sets[k]); u {
		case a.sets[k]:
			masses[k] = a.masses[k]
		case b.sets[k]:
			masses[k] = b.masses[k]
		default:
			masses[k] = mass(&u)
		}
	}
	return likely(&a.group.priorMass, masses[:])
}

// within reports whether b fits wherever a does.
func (a *start) within(b *start) bool {
	for k := range a.sets {
		for i, word := range a.sets[k] {
			if word&^b.sets[k][i] != 0 {
				return false
			}
		}
	}
	return true
}

// condense joins starts of groups that are anchored alike, the cheapest first, until
// there are no more than limit, if that can be had.
func condense(starts []start, limit int) []start {
	starts = slices.Clone(starts)
	for k := range starts {
		starts[k].run = starts[k].isRun()
	}
	alike := func(i, j int) bool {
		return starts[i].group == starts[j].group || starts[i].group.anchoredAs(starts[j].group)
	}
	for i := 0; i < len(starts); i++ {
		for j := range starts {
			if i != j && starts[i].groups == starts[j].groups && alike(i, j) && starts[i].within(&starts[j]) {
				starts = slices.Delete(starts, i, i+1)
				i--
				break
			}
		}
	}
	// loss[i][j], j < i, is what it costs to join two.
	lossOf := func(i, j int) float64 {
		if !alike(i, j) {
			return math.Inf(1)
		}
		a, b := &starts[i], &starts[j]
		var masses [bytescan.Depth][kinds]float64
		return price(a.with(b, &masses), a.groups|b.groups, a.run && b.run) - a.price() - b.price()
	}
	loss := make([][]float64, len(starts))
	for i := range starts {
		loss[i] = make([]float64, i)
		for j := range i {
			loss[i][j] = lossOf(i, j)
		}
	}
	for {
		x, y, least := 0, 0, math.Inf(1)
		for i := range starts {
			for j, l := range loss[i] {
				if l < least {
					x, y, least = i, j, l
				}
			}
		}
		if math.IsInf(least, 1) || least > leastGain && len(starts) <= limit {
			return starts
		}
		starts[y].join(&starts[x])
		starts = slices.Delete(starts, x, x+1)
		loss = slices.Delete(loss, x, x+1)
		for i := range loss {
			if i >= x {
				loss[i] = slices.Delete(loss[i], x, x+1)
			}
		}
		for i := range starts {
			if i != y {
				loss[max(i, y)][min(i, y)] = lossOf(max(i, y), min(i, y))
			}
		}
	}
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
