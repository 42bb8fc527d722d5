package redact

import (
	"bytes"
	"cmp"
	"math"
	"slices"

	"github.com/mcpveil/mcpveil/internal/jsonspan"
	"github.com/mcpveil/mcpveil/policy"
)

// finish settles the cluster: tokens of ours first, then the strictest action, the
// higher score, the longer piece. Pieces that overlap are replaced as one, so that no
// part of any is left. It carries out what was settled.
func (p *pass) finish() error {
	if c := &p.cluster[0]; len(p.cluster) == 1 && (!c.Rule.Sealed || c.inside) {
		// Fast path: nothing overlaps, as is the case nearly always.
		if !c.open && !c.inside && c.do.Action != policy.Pass && c.End-c.Start > maxValue {
			p.stretch(c)
		}
		p.cluster = p.cluster[:0] // and nothing is added to it meanwhile
		p.bound = math.MaxInt
		return p.carryOut(c)
	}
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
		p.bound = math.MaxInt
		if i+1 < len(p.chosen) {
			p.bound = p.chosen[i+1].Start
		}
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
	first := 0
	for first < len(p.cluster) && (!p.cluster[first].Rule.Sealed || p.cluster[first].inside) {
		first++
	}
	rest := p.cluster[:first]
	for i := first; i < len(p.cluster); i++ {
		c := p.cluster[i]
		switch {
		case !c.Rule.Sealed, c.inside, c.do.Action == policy.Block:
			rest = append(rest, c)
			continue
		case c.open, slices.ContainsFunc(p.chosen, func(t piece) bool { return t.token && overlap(&t, &c) }):
			continue
		}
		op := p.operation(Use{Action: policy.Decrypt})
		if c.do.Action == policy.Decrypt {
			op = p.operation(c.use())
		}
		if op == nil {
			continue // nobody can tell whether it is one
		}
		if err := p.prove(&c, op); err != nil {
			return p.failed(&c, err)
		}
		p.chosen = append(p.chosen, c)
	}
	p.cluster = rest
	return nil
}

// prove tells whether c is a token of ours, and whether it may be opened that policy opens. What is opened is remembered
// before anything of it goes out.
func (p *pass) prove(c *piece, op *operation) error {
	plain, err := p.transform(c, op, nil)
	why, ok := faultOf(err)
	toServer := p.call.Site.Direction == policy.ToServer
	switch {
	case !ok:
		return err
	case err != nil:
		c.outcome = Forged
		if toServer && p.planted(c, nil) {
			c.alarm = Planted
		} else {
			c.alarm = alarms[why]
		}
		return nil
	}
	c.token = true
	switch {
	case toServer && p.planted(c, plain):
		c.alarm = Planted
	case c.do.Action != policy.Decrypt:
		if toServer {
			c.alarm = Denied
		}
	case !p.guard.Spend(p.call.Site.Tenant, p.call.Site.Principal):
		c.alarm = Overdrawn
	case c.do.Rule.Grant == policy.Plain && !p.call.Known.Add(c.Rule.Entity, plain):
		return errTooManyOpened
	default:
		if c.Rule.Entity == person && c.do.Rule.Grant == policy.Plain && p.call.Names != nil {
			p.call.Names.book.Add(plain) // a part of it says as much
		}
		return nil
	}
	c.do.Action, c.outcome = policy.Pass, Kept
	return nil
}

// planted reports whether c, which opens to plain, is a honeytoken: an e-mail address that was made of one is, too.
func (p *pass) planted(c *piece, plain []byte) bool {
	token := p.value(c)
	if n := len(token) - len(mailSuffix); n > 0 && bytes.EqualFold(token[n:], []byte(mailSuffix)) {
		token = token[:n]
	}
	return p.guard.Planted(token, plain)
}

// alarms are those of faults.
var alarms = [...]Alarm{0, NoAlarm, Foreign, UnknownKey}

// cutOutTokens cuts tokens of ours, whose characters mean nothing, out of the plain pieces.
// What is left of a piece on either side stays one, if it has a letter or a digit: a
// token must not hide what stands beside it.
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
			left, right := c, c
			left.End, left.open, left.known = tokens[t].Start, false, nil
			right.Start, right.known = tokens[t].End, nil
			for _, part := range []piece{left, right} {
				if part.Start >= part.End {
					continue
				}
				if part.inside {
					part.inside, part.Views = false, nil
				}
				from, to := core(p.span(part.Start, part.End))
				if from == to && !part.open {
					continue
				}
				if !part.open {
					part.Start, part.End = part.Start+from, part.Start+to
				}
				p.cluster = slices.Insert(p.cluster, i+1, part)
				i++
			}
		}
	}
}

// core returns where, in a part of a string, the first and the last character stand that
// do not just separate; an escape at any level is not cut through.
func core(text []byte) (start, end int) {
	start = -1
	for i := 0; i < len(text); {
		n, separates := 1, text[i] < 0x80 && !word(text[i])
		if text[i] == '\\' {
			for i+n < len(text) && text[i+n] == '\\' {
				n++
			}
			if rest := text[i+n:]; len(rest) > 0 {
				n++
				if rest[0] == 'u' && jsonspan.IsHex4(rest[1:]) {
					n += 4
					separates = !jsonspan.Hides(rest)
				}
			}
		}
		if !separates {
			if start < 0 {
				start = i
			}
			end = i + n
		}
		i += n
	}
	return max(start, 0), end
}

// choosePlain chooses among the plain pieces.
func (p *pass) choosePlain() {
	for i := 1; i < len(p.cluster); i++ {
		if a, b := &p.cluster[i-1], &p.cluster[i]; a.Start > b.Start || a.Start == b.Start && a.End < b.End {
			slices.SortStableFunc(p.cluster, func(a, b piece) int {
				return cmp.Or(a.Start-b.Start, b.End-a.End)
			})
			break
		}
	}
	passes := 0
	for i := 0; i < len(p.cluster); {
		if p.cluster[i].do.Action == policy.Pass {
			passes++
			i++
			continue
		}
		// A run of pieces that are replaced, each overlapping one before it.
		end := p.cluster[i].End
		group := append(p.group[:0], i)
		for i++; i < len(p.cluster) && p.cluster[i].Start < end; i++ {
			if p.cluster[i].do.Action == policy.Pass {
				passes++
				continue
			}
			group = append(group, i)
			end = max(end, p.cluster[i].End)
		}
		p.chosen = append(p.chosen, p.winner(group, end))
		p.group = group
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
	if w.inside && (w.Start != start || w.End != end) {
		w.inside, w.Views = false, nil // what stands around it cannot be decoded with it
	}
	w.Start, w.End, w.known, w.open = start, end, known, open
	if !open && !w.inside && end-start > maxValue {
		p.stretch(&w)
	}
	return w
}

// carryOut does what was decided about c, and reports it.
func (p *pass) carryOut(c *piece) error {
	switch {
	case c.do.Action == policy.Block && c.outcome == Done && !c.inside:
		return p.block(c, "")
	case p.scalar.protected:
		if c.outcome = Protected; c.known != nil && len(c.known.text) >= longForm {
			c.alarm = Echoed
		}
	case c.outcome == Done && (c.do.Action != policy.Pass || c.inside):
		return p.replace(c)
	}
	p.report(c)
	return nil
}
