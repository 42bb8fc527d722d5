package detect

import (
	"errors"
	"slices"
)

// unite makes one group of those that are anchored alike, so that no more than limit
// are left if that can be had without letting in many more candidates. It compiles
// what it returns.
func unite(groups []*group, limit int) ([]*group, error) {
	var inside []*group
	var sets [][]*group // to be united; the first stands for all
	for _, g := range groups {
		switch {
		case g.beforeRe == nil:
			h := *g
			sets = append(sets, []*group{&h, g})
		case !slices.ContainsFunc(inside, func(o *group) bool { return o.share(g) }):
			inside = append(inside, g)
		}
	}
	for _, loss := range [...]float64{0, 1e-8, 1e-7, 1e-6, 1e-5, 1e-4} {
		sets = join(sets, loss)
		if n := len(sets) + len(inside); n <= limit/2 || loss >= 1e-6 && n <= limit {
			break // the rest of the anchors is for those that want several
		}
	}
	all, errs := make([][]*group, len(sets)), make([]error, len(sets))
	inParallel(len(sets), func(i int) { all[i], errs[i] = united(sets[i]) })
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	return slices.Concat(inside, slices.Concat(all...)), nil
}

// join joins sets of groups where that costs at most loss more candidates a byte.
func join(sets [][]*group, loss float64) (out [][]*group) {
	for _, set := range sets {
		g := set[0]
		k := slices.IndexFunc(out, func(o []*group) bool { return o[0].takes(g, loss) })
		if k < 0 {
			out = append(out, set)
			continue
		}
		h := out[k][0]
		for i := range h.sets {
			h.sets[i].Union(&g.sets[i])
		}
		h.chance = chance(&h.prior, h.sets[:])
		h.patterns = append(slices.Clone(h.patterns), g.patterns...)
		h.limits()
		out[k] = append(out[k], set[1:]...)
	}
	return out
}

// takes reports whether g's patterns may join those of o. All that begin with a
// digit do: where one could begin, so could most.
func (o *group) takes(g *group, loss float64) bool {
	if o.needy != g.needy || o.guard != g.guard || o.where != g.where || o.prior != g.prior || o.backslash != g.backslash || o.sifts() != g.sifts() {
		return false
	}
	if o.sifts() {
		return true
	}
	if o.lazy || g.lazy || len(o.patterns)+len(g.patterns) > maxUnion || !sameLooks(o.behind, g.behind) || o.begins() != g.begins() {
		return false
	}
	if o.open|g.open != 0 && o.maxLen != g.maxLen && (o.open != 0 && o.maxLen < g.maxLen || g.open != 0 && g.maxLen < o.maxLen) {
		return false // an open pattern's limit must be the group's: see memo
	}
	sets := o.sets
	for k := range sets {
		sets[k].Union(&g.sets[k])
	}
	both := chance(&o.prior, sets[:])
	return both <= o.chance+g.chance+loss || o.begins() == onlyDigits && both <= 1.5*max(o.chance, g.chance)
}

// sifts reports whether g may be one of several in a sieve: it does not begin with digits, for
// which there are layouts.
func (g *group) sifts() bool { return g.begins() != onlyDigits }

// share adds g's pattern to o, if both are anchored inside and have the same before.
func (o *group) share(g *group) bool {
	if o.lazy || g.lazy || o.guard != g.guard || o.backslash != g.backslash || !o.beforeRe.Equal(g.beforeRe) || o.maxBefore != g.maxBefore ||
		o.open|g.open != 0 || len(o.patterns) == maxUnion || o.sets[0] != g.sets[0] || !sameLooks(o.behind, g.behind) {
		return false
	}
	u := *o
	u.afterRe = append(slices.Clone(o.afterRe), g.afterRe...)
	u.patterns = append(slices.Clone(o.patterns), g.patterns...)
	u.parts = append(slices.Clone(o.parts), g.parts...)
	u.anchorWith([]*group{o, g})
	u.limits()
	if u.compile(maxUnionStates) != nil {
		return false
	}
	*o = u
	return true
}

// united returns one group of all patterns of groups, or several, if the automaton of
// one would be large.
//
// The first of set stands for all of the others.
func united(set []*group) ([]*group, error) {
	groups := set[1:]
	if len(groups) > 1 && set[0].sifts() {
		return sifted(groups)
	}
	return merged(groups)
}

// sievedStarts is how many starts the members of one sieve have, give or take: a lane has
// several.
const sievedStarts = 100

// sifted returns groups with sieves of those. What begins alike is in one of them.
func sifted(groups []*group) (all []*group, err error) {
	groups = slices.Clone(groups)
	slices.SortStableFunc(groups, func(a, b *group) int { return compareSets(&a.sets[0], &b.sets[0]) })
	errs := make([]error, len(groups))
	inParallel(len(groups), func(i int) {
		g := groups[i]
		if len(g.parts) > sieveStarts {
			g.parts = condense(g.parts, sieveStarts)
		}
		if err := g.compileAlone(); err != nil {
			errs[i] = &RuleError{g.patterns[0].rule.ID, err}
		}
	})
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	for len(groups) > 0 {
		u := newGroup(groups[0].patterns)
		n := 0
		for _, g := range groups {
			if n++; n > 1 && len(u.parts)+len(g.parts) > sievedStarts {
				n--
				break
			}
			u.parts = append(u.parts, g.parts...)
			if n > 1 {
				u.patterns = append(u.patterns[:len(u.patterns):len(u.patterns)], g.patterns...)
			}
		}
		u.anchorWith(groups[:n])
		u.limits()
		u.sieve = &sieve{groups[:n], newMesh(groups[:n], func(int) bool { return true })}
		all = append(all, u)
		groups = groups[n:]
	}
	return all, nil
}

// merged is united for groups whose automata are to be one.
func merged(groups []*group) ([]*group, error) {
	if len(groups) == 1 {
		if err := groups[0].compileAlone(); err != nil {
			return nil, &RuleError{groups[0].patterns[0].rule.ID, err}
		}
		return groups, nil
	}
	// What is large would be so with others, too.
	if at := slices.IndexFunc(groups, (*group).large); at >= 0 {
		alone, err := merged(groups[at : at+1])
		if err != nil {
			return nil, err
		}
		others, err := merged(slices.Delete(slices.Clone(groups), at, at+1))
		return append(alone, others...), err
	}
	var all []*pattern
	var parts []start
	for _, g := range groups {
		all = append(all, g.patterns...)
		parts = append(parts, g.parts...)
	}
	u := newGroup(all)
	u.anchorWith(groups)
	if u.compile(maxUnionStates) == nil {
		u.parts = condenseMany(parts)
		return []*group{u}, nil
	}
	half := len(groups) / 2
	a, err := merged(groups[:half])
	if err != nil {
		return nil, err
	}
	b, err := merged(groups[half:])
	return append(a, b...), err
}

// large reports whether g's patterns have so many instructions that it is not even tried to make one automaton of them and others.
func (g *group) large() bool {
	return slices.ContainsFunc(g.patterns, func(p *pattern) bool {
		e, _ := extentOf(p.re)
		return e.insts > 1000
	})
}

// anchorWith anchors u where any of groups is, which stand alike.
func (u *group) anchorWith(groups []*group) {
	u.where, u.prior, u.priorMass, u.sets = groups[0].where, groups[0].prior, groups[0].priorMass, groups[0].sets
	for _, g := range groups[1:] {
		for k := range u.sets {
			u.sets[k].Union(&g.sets[k])
		}
	}
	u.chance = chance(&u.prior, u.sets[:])
}
