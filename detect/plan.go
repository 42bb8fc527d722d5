package detect

import "fmt"

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
