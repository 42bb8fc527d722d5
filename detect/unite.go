package detect

import (
	"fmt"
	"slices"
)

// unite makes one automaton of groups that are anchored alike, where that does not
// let in many more candidates and the automaton stays small.
func unite(groups []*group) []*group {
	var out []*group
	for _, g := range groups {
		if g.before != nil {
			out = append(out, g)
			continue
		}
		if !slices.ContainsFunc(out, func(o *group) bool { return o.take(g) }) {
			out = append(out, g)
		}
	}
	return out
}

// take adds g's patterns to o, if that is worth it.
func (o *group) take(g *group) bool {
	if o.before != nil || o.guard != g.guard || o.where != g.where || o.lazy || g.lazy || o.backslash != g.backslash ||
		len(o.patterns)+len(g.patterns) > maxUnion || o.automaton.states()+g.automaton.states() > maxUnionStates {
		return false
	}
	sets := o.sets
	for k := range sets {
		sets[k].Union(&g.sets[k])
	}
	if chance(&sets, o.where) > 1.25*max(o.chance, g.chance)+1e-6 {
		return false
	}
	all := append(slices.Clone(o.patterns), g.patterns...)
	u, err := newGroup(all, maxUnionStates)
	if err != nil {
		return false
	}
	*o = *u
	return true
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
