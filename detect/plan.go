package detect

import (
	"fmt"
	"math/bits"
	"slices"

	"github.com/mcpveil/mcpveil/internal/bytescan"
)

// What rules compile to, told to people who write them: what is looked for first, how
// often that is found where nothing is, and what then runs.

// A RulePlan says how a Detector looks for one pattern of a rule, or for the values
// of its fields.
type RulePlan struct {
	RuleID  string
	Pattern int // its number in the rule, from 1; 0 for a rule without patterns

	// Anchor is what is looked for first, of this pattern alone: a regular expression of
	// bytes, or how many names of fields there are, whose values the pattern is for. It
	// stands OffsetMin to OffsetMax bytes behind the start of a match; OffsetMax is -1 where
	// nothing bounds it.
	Anchor               string
	OffsetMin, OffsetMax int

	// Engine is what runs where the anchor is found: "automaton"; "layout" for one that runs
	// only where the lengths of the digits that stand there, and what divides them, are those
	// of a match; "nfa" where an automaton would be too large, which is slower; "regexp2"
	// where one of these passes it on; "field" for a rule without patterns.
	Engine string

	// Group numbers the patterns that are looked for together, as one anchor, and Lane
	// the pass over the text that looks for it. Where some rules need a word or a name to speak
	// for them, what begins with digits has no anchors: each number is looked up once, and the
	// last lanes are those of numbers. Rules that go by fields alone share the
	// group that looks for names of fields.
	Group, Lane int

	// PerKB is how many candidates of the group a kilobyte of traffic is expected to
	// have, before their layout is looked at. [Detector.Candidates] measures it, of numbers that are looked up
	// what is left then.
	PerKB float64

	// Slow says that there is nothing rare to look for: more than one byte in 32 is
	// expected to have it. Its lane has no others.
	Slow bool

	// States and Memory are the size of the group's automata, in states and in bytes.
	States, Memory int
}

// Plan returns how each pattern is looked for, in the order of the rules. It works
// some of it out anew, so it is not for where speed matters. What runs the patterns, which
// is otherwise made when it is first wanted, is then there.
func (d *Detector) Plan() []RulePlan {
	places := make(map[*pattern]RulePlan)
	names := RulePlan{Group: -1, Lane: -1}
	numbers := d.groupNumbers()
	for k, l := range d.allLanes() {
		for i, g := range l.groups {
			at := RulePlan{Group: numbers[g], Lane: k}
			for j := range l.starts {
				if l.starts[j].groups>>i&1 != 0 {
					at.PerKB += 1024 * l.starts[j].chance
				}
			}
			if g.names {
				names = at
				continue
			}
			at.Engine = "automaton"
			if l.digits>>i&1 != 0 && g.begins() == onlyDigits {
				at.Engine = "layout"
			}
			g.each(func(m *group) {
				at := at
				at.size(m)
				for _, p := range m.patterns {
					if other, ok := places[p]; ok { // it begins with digits, and with something else
						at.Lane, at.PerKB = other.Lane, at.PerKB+other.PerKB
					}
					places[p] = at
				}
			})
		}
	}
	var all []RulePlan
	for i := range d.rules {
		r := &d.rules[i]
		byName := names
		byName.RuleID, byName.Engine, byName.Anchor = r.ID, "field", fmt.Sprintf("%d field names", len(r.Fields))
		if len(r.patterns) == 0 {
			all = append(all, byName)
		}
		for k, p := range r.patterns {
			plan, ok := places[p]
			if !ok { // it is tried in fields only
				plan = byName
				plan.Engine = "automaton"
				plan.size(p.group)
			} else {
				plan.RuleID, plan.Slow = r.ID, p.slow
				plan.anchor(p)
			}
			plan.Pattern = k + 1
			if p.net != nil {
				plan.Engine = "regexp2"
			}
			all = append(all, plan)
		}
	}
	return all
}

// allLanes returns the lanes, and behind them those of numerals.
func (d *Detector) allLanes() []*lane {
	all := slices.Clone(d.lanes)
	for _, n := range d.numerals {
		for _, l := range n.lanes {
			if l != nil {
				all = append(all, l)
			}
		}
	}
	return all
}

// groupNumbers returns RulePlan.Group of each group. A group that is looked for in two lanes, and one in a sieve, has the number of the
// first.
func (d *Detector) groupNumbers() map[*group]int {
	numbers := make(map[*group]int)
	n := 0
	for _, l := range d.allLanes() {
		for _, g := range l.groups {
			if _, ok := numbers[g]; ok {
				continue
			}
			numbers[g] = n
			g.each(func(m *group) { numbers[m] = n })
			n++
		}
	}
	return numbers
}

// size says how large is what runs for g, and whether it is an automaton.
func (plan *RulePlan) size(g *group) {
	if m := g.machine.simulator(); m != nil {
		plan.Engine, plan.States, plan.Memory = "nfa", len(m.insts), m.size+16*len(m.insts)
	}
	for _, a := range [...]*automaton{g.machine.automaton(), g.before} {
		if a != nil {
			plan.States += len(a.trans) >> a.shift
			plan.Memory += len(a.class) + len(a.classEsc) + 2*len(a.trans) + 8*(len(a.accept[0])+len(a.accept[1])+len(a.either))
		}
	}
}

// anchor says where p alone would be anchored. Its group may be anchored more widely.
func (plan *RulePlan) anchor(p *pattern) {
	alone := *p
	g, err := alone.find()
	if err != nil {
		panic("detect: internal error: " + err.Error()) // it was found before
	}
	if g.beforeRe == nil {
		plan.Anchor = priorExpr(&g.prior, &g.sets[0])
	} else {
		plan.OffsetMin, plan.OffsetMax = length(g.beforeRe)
		plan.Anchor = bytesExpr([]bytescan.Set{g.prior})
	}
	plan.Anchor += startsExpr(condense(g.parts, fewStarts))
}

// Candidates counts, by RulePlan.Group, the places in text at which an anchor of a
// group is found and its automaton is tried, unless a layout or a guard rules it out; where
// lanes sleep there are none. It adds to counts, which it grows to one count a group, and returns it. Each place counts
// once for each group. escaped is as in [Text].
func (d *Detector) Candidates(counts []int64, text []byte, escaped bool) []int64 {
	numbers := d.groupNumbers()
	for _, n := range numbers {
		for len(counts) <= n {
			counts = append(counts, 0)
		}
	}
	s, _ := d.scans.Get().(*scan)
	if s == nil {
		s = new(scan)
	}
	s.begin(d, &Text{Raw: text, Escaped: escaped}, nil)
	s.count = func(l *lane, groups uint64, _ int) {
		for ; groups != 0; groups &= groups - 1 {
			counts[numbers[l.groups[bits.TrailingZeros64(groups)]]]++
		}
	}
	s.over(0, len(text))
	s.count = nil
	s.end()
	d.scans.Put(s)
	return counts
}
