package detect

import (
	"fmt"
	"slices"
)

// unite makes one automaton of groups that are anchored alike, so that no more than
// limit are left if that can be had without letting in many more candidates.
func unite(groups []*group, limit int) []*group {
	for _, loss := range [...]float64{0, 1e-6, 1e-5, 1e-4} {
		groups = join(groups, loss)
		if len(groups) <= limit {
			break
		}
	}
	return groups
}

// join unites groups where that costs at most loss more candidates a byte.
func join(groups []*group, loss float64) []*group {
	var out []*group
	var sets [][]*group // to be united; the first stands for all
	for _, g := range groups {
		if g.before != nil || g.lazy {
			if !slices.ContainsFunc(out, func(o *group) bool { return o.share(g) }) {
				out = append(out, g)
			}
			continue
		}
		k := slices.IndexFunc(sets, func(set []*group) bool { return set[0].takes(g, loss) })
		if k < 0 {
			h := *g
			sets = append(sets, []*group{&h, g})
			continue
		}
		h := sets[k][0]
		for i := range h.sets {
			h.sets[i].Union(&g.sets[i])
		}
		h.chance = chance(&h.prior, &h.sets)
		h.patterns = append(slices.Clone(h.patterns), g.patterns...)
		h.open |= g.open
		h.maxLen = max(h.maxLen, g.maxLen)
		sets[k] = append(sets[k], g)
	}
	for _, set := range sets {
		out = append(out, united(set[1:])...)
	}
	return out
}

// takes reports whether g's patterns may join those of o. All that begin with a
// digit do: where one could begin, so could most.
func (o *group) takes(g *group, loss float64) bool {
	if o.guard != g.guard || o.where != g.where || o.prior != g.prior || o.backslash != g.backslash ||
		len(o.patterns)+len(g.patterns) > maxUnion || !sameLooks(o.behind, g.behind) || o.begins() != g.begins() {
		return false
	}
	if o.open|g.open != 0 && o.maxLen != g.maxLen && (o.open != 0 && o.maxLen < g.maxLen || g.open != 0 && g.maxLen < o.maxLen) {
		return false // an open pattern's limit must be the group's: see memo
	}
	sets := o.sets
	for k := range sets {
		sets[k].Union(&g.sets[k])
	}
	both := chance(&o.prior, &sets)
	return both <= o.chance+g.chance+loss || o.begins() == onlyDigits && both <= 1.5*max(o.chance, g.chance)
}

// share adds g's pattern to o, if both are anchored inside and have the same before.
func (o *group) share(g *group) bool {
	if o.before == nil || g.before == nil || o.lazy || g.lazy || o.guard != g.guard || o.backslash != g.backslash ||
		o.beforeRe != g.beforeRe || o.maxBefore != g.maxBefore || o.open|g.open != 0 || len(o.patterns) == maxUnion || o.sets[0] != g.sets[0] || !sameLooks(o.behind, g.behind) {
		return false
	}
	res := append(slices.Clone(o.afterRe), g.afterRe...)
	a, err := newAutomaton(res, false, maxUnionStates)
	if err != nil {
		return false
	}
	o.automaton, o.afterRe = a, res
	o.patterns = append(slices.Clone(o.patterns), g.patterns...)
	o.limits()
	o.anchorAt(a)
	return true
}

// united returns one group of all patterns of groups, or several, if the automaton of
// one would be large.
func united(groups []*group) []*group {
	if len(groups) == 1 {
		return groups
	}
	var all []*pattern
	states := 0
	for _, g := range groups {
		all = append(all, g.patterns...)
		states += g.automaton.states()
	}
	if states <= maxUnionStates {
		if u, err := newGroup(all, maxUnionStates); err == nil {
			return []*group{u}
		}
	}
	half := len(groups) / 2
	return append(united(groups[:half]), united(groups[half:])...)
}

// A RulePlan says how a Detector looks for one pattern of a rule, or for the values
// of its fields.
type RulePlan struct {
	RuleID string
	Anchor string // what is looked for first: the pattern's start, a literal inside it, or a field
	Engine string // "automaton", "regexp2", or "field" for a rule without patterns
	Slow   bool   // there is nothing rare to look for: it is tried almost everywhere
}

// Plan returns how each pattern is looked for, in the order of the rules.
func (d *Detector) Plan() []RulePlan {
	var all []RulePlan
	for i := range d.rules {
		r := &d.rules[i]
		if len(r.patterns) == 0 {
			all = append(all, RulePlan{RuleID: r.ID, Anchor: fmt.Sprintf("%d field names", len(r.Fields)), Engine: "field"})
		}
		for _, p := range r.patterns {
			plan := RulePlan{RuleID: r.ID, Anchor: p.anchor, Engine: "automaton", Slow: p.slow}
			if p.net != nil {
				plan.Engine = "regexp2"
			}
			all = append(all, plan)
		}
	}
	return all
}
