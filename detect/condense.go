package detect

import (
	"math"
	"slices"

	"github.com/mcpveil/mcpveil/internal/bytescan"
)

// Starts are joined two by two, those first whose joining lets in the least that none of them wants. All pairs are
// weighed once. A start that others were joined to costs with a third at least what each of them did, so few pairs
// have to be weighed again.

// A joint is starts that were joined, or one.
type joint struct {
	start
	masses [bytescan.Depth]mass // of the sets
	cost   float64              // its price
	class  int                  // those that may be joined have the same
}

// condense joins starts of groups that are anchored alike, the cheapest first, until
// there are no more than limit, if that can be had.
func condense(starts []start, limit int) []start {
	if len(starts) < 2 {
		return slices.Clone(starts)
	}
	joints := make([]joint, len(starts))
	all := make([]*joint, len(starts))
	for i := range starts {
		joints[i].start = starts[i]
		all[i] = &joints[i]
	}
	classify(all)
	if all = outer(all); len(all) > 1 {
		all = joinCheapest(all, limit)
	}
	out := make([]start, len(all))
	for i, j := range all {
		out[i] = j.start
	}
	return out
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

// classify numbers the ways in which the groups of joints are anchored.
func classify(joints []*joint) {
	var kinds []*group
	known := make(map[*group]int)
	for _, j := range joints {
		class, ok := known[j.group]
		if !ok {
			class = slices.IndexFunc(kinds, j.group.anchoredAs)
			if class < 0 {
				class = len(kinds)
				kinds = append(kinds, j.group)
			}
			known[j.group] = class
		}
		j.class = class
	}
}

// anchoredAs reports whether g and o stand alike, whatever they begin with.
func (g *group) anchoredAs(o *group) bool {
	return !g.names && !o.names && g.where == o.where && g.prior == o.prior && g.guard == o.guard &&
		(g.before == nil) == (o.before == nil) && g.backslash == o.backslash
}

// outer leaves out what fits only where another one of the same groups does.
func outer(joints []*joint) (out []*joint) {
	for from := 0; from < len(joints); {
		to := from + 1
		for to < len(joints) && joints[to].groups == joints[from].groups {
			to++
		}
		run := slices.Clone(joints[from:to])
		for i := 0; i < len(run); i++ {
			for j := range run {
				if i != j && run[i].class == run[j].class && run[i].within(&run[j].start) {
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

// within reports whether b fits wherever a does.
func (a *start) within(b *start) bool {
	for k := range a.sets {
		if !inside(&a.sets[k], &b.sets[k]) {
			return false
		}
	}
	return true
}

// weigh works out what a costs, and what that is made of.
func (a *joint) weigh() {
	c := startChain(&a.group.priorMass)
	for k := range a.sets {
		a.masses[k] = massOf(&a.sets[k])
		c.next(&a.masses[k], &nothing)
	}
	a.chance = c.sum()
	a.cost = price(a.chance, a.groups, a.run)
}

// join makes a an anchor for what begins as a or as b does.
func (a *joint) join(b *joint) {
	a.run = a.run && b.run
	a.groups |= b.groups
	for k := range a.sets {
		a.sets[k].Union(&b.sets[k])
	}
	a.weigh()
}

// with returns what a would cost if it were joined with b.
func (a *joint) with(b *joint) float64 {
	if a.class != b.class {
		return math.Inf(1)
	}
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
	return price(c.sum(), a.groups|b.groups, a.run && b.run)
}

// A joiner knows what pairs of joints cost if they are joined.
type joiner struct {
	all  []*joint
	left []int       // those that were not joined to others
	both [][]float64 // [i][j], j < i: what the two cost; below 0, at least that much
	best []int       // by i: the j with which it loses least
}

// loss is what it costs to join two, i > j, in walks a byte, or what it costs at least.
func (t *joiner) loss(i, j int) float64 {
	return math.Abs(t.both[i][j]) - t.all[i].cost - t.all[j].cost
}

func (t *joiner) weigh(i, j int) { t.both[i][j] = t.all[i].with(t.all[j]) }

// least finds best[i].
func (t *joiner) least(i int) {
	for {
		at, low := 0, math.Inf(1)
		for _, j := range t.left {
			if j >= i {
				break
			}
			if l := t.loss(i, j); l < low {
				at, low = j, l
			}
		}
		if t.best[i] = at; math.IsInf(low, 1) || t.both[i][at] >= 0 {
			return
		}
		t.weigh(i, at)
	}
}

// of returns what two cost.
func (t *joiner) of(i, j int) *float64 { return &t.both[max(i, j)][min(i, j)] }

// join joins x to y.
func (t *joiner) join(y, x int) {
	t.left = slices.DeleteFunc(t.left, func(i int) bool { return i == x })
	for _, i := range t.left {
		if i != y {
			with := t.of(y, i)
			*with = -max(math.Abs(*with), math.Abs(*t.of(x, i)))
		}
	}
	t.all[y].join(t.all[x])
	for _, i := range t.left {
		switch {
		case i == y || i > 0 && (t.best[i] == y || t.best[i] == x):
			t.least(i)
		case i > y && t.loss(i, y) < t.loss(i, t.best[i]):
			if t.weigh(i, y); t.loss(i, y) < t.loss(i, t.best[i]) {
				t.best[i] = y
			}
		}
	}
}

// joinCheapest joins joints, the cheapest first, until there are no more than limit and
// each that is left saves something.
func joinCheapest(joints []*joint, limit int) []*joint {
	t := joiner{all: joints, both: make([][]float64, len(joints)), best: make([]int, len(joints))}
	for i, a := range joints {
		a.weigh()
		t.left = append(t.left, i)
		t.both[i] = make([]float64, i)
		for j := range i {
			t.weigh(i, j)
		}
	}
	for i := range joints {
		t.least(i)
	}
	for {
		x, lowest := 0, math.Inf(1)
		for _, i := range t.left[1:] {
			if l := t.loss(i, t.best[i]); l < lowest {
				x, lowest = i, l
			}
		}
		if math.IsInf(lowest, 1) || lowest > leastGain && len(t.left) <= limit {
			break
		}
		t.join(t.best[x], x)
	}
	left := joints[:0]
	for _, i := range t.left {
		left = append(left, joints[i])
	}
	return left
}
