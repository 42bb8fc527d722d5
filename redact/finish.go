package redact

import (
	"cmp"
	"errors"
	"slices"

	"github.com/mcpveil/mcpveil/policy"
)

// finish settles the cluster: tokens of ours first, then the strictest action, the
// higher score, the longer piece. Pieces that overlap are replaced as one, so that no
// part of any is left. It carries out what was settled.
func (p *pass) finish() error {
	p.chosen = p.chosen[:0]
	if err := p.chooseTokens(); err != nil {
		return err
	}
	tokens := len(p.chosen)
	p.cutOutTokens(p.chosen[:tokens])
	p.choosePlain()
	slices.SortStableFunc(p.chosen, func(a, b piece) int { return a.Start - b.Start })
	p.cluster = p.cluster[:0]
	for i := range p.chosen {
		if err := p.carryOut(&p.chosen[i]); err != nil {
			return err
		}
	}
	return nil
}

func overlap(a, b *piece) bool { return a.Start < b.End && b.Start < a.End }

// chooseTokens takes the sealed pieces out of the cluster. Those that prove to be tokens
// of ours are chosen, and reported; the others are reported as forged.
func (p *pass) chooseTokens() error {
	opener := Use{Action: policy.Decrypt}
	rest := p.cluster[:0]
	for i := range p.cluster {
		c := p.cluster[i]
		switch {
		case !c.Rule.Sealed:
			rest = append(rest, c)
			continue
		case c.open, slices.ContainsFunc(p.chosen, func(t piece) bool { return t.token && overlap(&t, &c) }):
			continue
		}
		use := opener
		if c.do.Action == policy.Decrypt {
			use.With = c.do.Rule.With
		} else if c.do.Action == policy.Block {
			rest = append(rest, c)
			continue
		}
		if p.tr[use] == nil {
			continue // nobody can tell whether it is one
		}
		_, err := p.transform(&c, use, nil)
		switch {
		case errors.Is(err, ErrNotOurs):
			c.outcome = Forged
		case err != nil:
			return p.failed(&c, err)
		default:
			c.token = true
			if c.do.Action != policy.Decrypt {
				c.outcome = Kept
			}
		}
		p.chosen = append(p.chosen, c)
	}
	p.cluster = rest
	return nil
}

// cutOutTokens drops the plain pieces that overlap a token of ours, whose characters
// mean nothing. What is left of a field's whole value around a token stays a piece.
func (p *pass) cutOutTokens(tokens []piece) {
	for t := range tokens {
		if !tokens[t].token {
			continue
		}
		for i := 0; i < len(p.cluster); i++ {
			c := p.cluster[i]
			if !overlap(&c, &tokens[t]) {
				continue
			}
			p.cluster = slices.Delete(p.cluster, i, i+1)
			i--
			if c.known != nil || len(c.Rule.Patterns) > 0 {
				continue
			}
			left, right := c, c
			left.End, left.open = tokens[t].Start, false
			right.Start = tokens[t].End
			for _, part := range []piece{left, right} {
				if part.Start < part.End && slices.ContainsFunc(p.span(part.Start, part.End), func(b byte) bool { return word(b) || b >= 0x80 }) {
					p.cluster = slices.Insert(p.cluster, i+1, part)
					i++
				}
			}
		}
	}
}

// choosePlain chooses among the plain pieces.
func (p *pass) choosePlain() {
	slices.SortStableFunc(p.cluster, func(a, b piece) int {
		return cmp.Or(a.Start-b.Start, b.End-a.End)
	})
	passes := 0
	for i := 0; i < len(p.cluster); {
		if p.cluster[i].do.Action == policy.Pass {
			passes++
			i++
			continue
		}
		// A run of pieces that are replaced, each overlapping one before it.
		end := p.cluster[i].End
		group := []int{i}
		for i++; i < len(p.cluster) && p.cluster[i].Start < end; i++ {
			if p.cluster[i].do.Action == policy.Pass {
				passes++
				continue
			}
			group = append(group, i)
			end = max(end, p.cluster[i].End)
		}
		p.chosen = append(p.chosen, p.winner(group, end))
	}
	if passes == 0 {
		return
	}
	for i := range p.cluster {
		c := &p.cluster[i]
		if c.do.Action != policy.Pass {
			continue
		}
		better := func(o *piece) bool {
			return o.do.Action != policy.Pass && o.outcome != Forged || o.do.Action == policy.Pass && !o.token && (o.Score > c.Score || o.Score == c.Score && o.End-o.Start >= c.End-c.Start)
		}
		if !slices.ContainsFunc(p.chosen, func(o piece) bool { return overlap(&o, c) && better(&o) }) {
			p.chosen = slices.DeleteFunc(p.chosen, func(o piece) bool {
				return overlap(&o, c) && o.do.Action == policy.Pass && !o.Rule.Sealed
			})
			p.chosen = append(p.chosen, *c)
		}
	}
}

// winner returns the piece that speaks for the group, pieces of the cluster by index that
// end before end: of the strictest action, the one that covers the others, else the
// one with the highest score, else the longest. It covers the group.
func (p *pass) winner(group []int, end int) piece {
	start := p.cluster[group[0]].Start
	covers := func(c *piece) int {
		if c.Start == start && c.End == end {
			return 1
		}
		return 0
	}
	best := &p.cluster[group[0]]
	known := (*known)(nil)
	open := best.open
	for _, i := range group[1:] {
		c := &p.cluster[i]
		open = open || c.open
		if cmp.Or(int(best.do.Action)-int(c.do.Action), covers(c)-covers(best), cmp.Compare(c.Score, best.Score), (c.End-c.Start)-(best.End-best.Start)) > 0 {
			best = c
		}
	}
	if best.Start == start && best.End == end {
		known = best.known
	}
	w := *best
	w.Start, w.End, w.known, w.open = start, end, known, open
	if !open && end-start > maxValue {
		p.stretch(&w)
	}
	return w
}

// carryOut does what was decided about c, and reports it.
func (p *pass) carryOut(c *piece) error {
	switch {
	case c.do.Action == policy.Block && c.outcome == Done:
		return p.block(c, "")
	case p.scalar.protected:
		c.outcome = Protected
	case c.outcome == Done && c.do.Action != policy.Pass:
		return p.replace(c)
	}
	p.report(c)
	return nil
}
