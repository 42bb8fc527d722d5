package detect

import (
	"regexp/syntax"
	"slices"
)

// An explainer is a scan that tries every group at every byte, and writes down what it
// decides about each candidate.
type explainer struct {
	s        *scan
	from, to int // places that are asked about
	before   []Finding
	all      []Explanation
	known    map[beginning]int // in all
}

// A beginning is where matches of a pattern begin.
type beginning struct {
	rule           *Rule
	pattern, start int
}

func newExplainer(d *Detector, text *Text) *explainer {
	e := &explainer{s: new(scan), from: text.From, to: text.To, before: text.Before, known: make(map[beginning]int)}
	if e.to == 0 || e.to > len(text.Raw) {
		e.to = len(text.Raw)
	}
	s := e.s
	s.begin(d, text, nil)
	s.from, s.to = text.From, e.to
	if !text.Seen {
		s.from = max(0, text.From-d.maxLen)
	}
	s.explain = e
	if text.Key != nil {
		s.outer = d.fields.find(text.Key)
	}
	return e
}

// everywhere tries all groups at all places.
func (e *explainer) everywhere() {
	s := e.s
	if s.outer != noField {
		s.whole()
	}
	low, high := max(0, s.from-s.d.maxLead), min(len(s.raw), e.to+s.d.maxInner)
	for at := low; at < high; at++ {
		for _, g := range s.d.groups {
			switch {
			case g.names:
				if isQuote(s.raw[at]) {
					s.name(at)
				}
			case g.before != nil:
				if start := s.walkBack(g, at); start >= 0 {
					s.walk(g, start, at)
					s.report(g, start)
				}
			case s.startOK(g.guard, at):
				g.each(func(g *group) {
					if g.behind == nil || s.lookBehind(g.behind, at) {
						s.walk(g, at, at)
						s.report(g, at)
					}
				})
			}
		}
	}
}

// candidate is scan.candidate, written down.
func (e *explainer) candidate(p *pattern, start, end, last int, cut, strict bool) bool {
	s, n := e.s, len(e.s.dst)
	s.explain = nil
	settled := s.candidate(p, start, end, last, cut, strict)
	s.explain = e
	if s.inside && end > s.within.end || start < s.from || start >= s.to || end <= start {
		return settled
	}
	x := Explanation{Rule: p.rule.Rule, Pattern: 1 + slices.Index(p.rule.patterns, p), Start: start, End: end, Cut: cut}
	if !p.literal {
		x.Token = s.masked(start, end)
	}
	e.weigh(&x, p.rule, p.base, last)
	if len(s.dst) > n {
		x.Outcome, x.Score = Reported, s.dst[n].Score
	}
	e.add(x)
	return settled
}

// member is scan.valueOf, written down.
func (e *explainer) member(r *rule, v value, f field) {
	s, n := e.s, len(e.s.dst)
	s.explain = nil
	s.valueOf(r, v, f)
	s.explain = e
	if v.start < s.from || v.start >= s.to {
		return
	}
	x := Explanation{Rule: r.Rule, Start: v.start, End: v.end, Cut: v.cut}
	s.inside, s.within, s.inField = true, v, f
	e.weigh(&x, r, r.base, v.end)
	s.inside = false
	text := s.raw[v.start:v.end]
	switch {
	case len(s.dst) > n:
		x.Outcome, x.Score = Reported, s.dst[n].Score
	case replaced(text) || !s.d.sealed && tokenShaped(text):
		x.Outcome = Placeholder
	}
	e.add(x)
}

// weigh fills in x of what its score is made, and what would come of that.
func (e *explainer) weigh(x *Explanation, r *rule, base, last int) {
	s := e.s
	text := s.raw[x.Start:x.End]
	c := r.check(text)
	dropped := c.dropped
	c = checked{rate: 1}
	for i, k := range r.checks {
		passed := k.valid(text)
		if passed {
			c.rate *= k.rate
		} else {
			c.failed = true
		}
		x.Checks = append(x.Checks, CheckResult{r.Checks[i], passed, k.rate})
	}
	ev := evidence{base: c.afterChecks(base), bias: r.bias}
	ev.alone = r.Tier == ByItself && !c.failed || r.Tier == WithContext && s.alone(c, x.Start, x.End)
	s.gather(&ev, r, x.Start, last)
	noise := false
	if ev.standing(r.Tier) && !(ev.alone && ev.base >= passedRare && !r.against) {
		own := ev.against
		s.temper(&ev, r, x.Start, x.End, last)
		noise = ev.against && !own
	}
	x.Words = s.words(r, x.Start, last)
	if noise {
		w := s.noiseBefore(x.Start)
		x.Words = append(x.Words, ContextWord{w.start, w.end, true})
	}
	e.field(x, r)

	hundredths := func(n int) float32 { return float32(n) / 100 }
	x.Base, x.Checked, x.Bias = hundredths(base), hundredths(ev.base), hundredths(ev.bias)
	if ev.context {
		x.Context = hundredths(contextBonus)
	}
	if ev.company {
		x.Company = hundredths(companyBonus)
	}
	if ev.against {
		x.Against = -hundredths(againstMalus)
	}
	switch {
	case ev.exact:
		x.ByField = hundredths(fieldBonus)
	case ev.partial:
		x.ByField = hundredths(hintBonus)
	}
	x.Score, x.Threshold = hundredths(ev.sum()), hundredths(s.d.minScore)
	switch {
	case dropped:
		x.Outcome = CheckFailed
	case x.Token != NoToken:
		x.Outcome = Masked
	case !ev.standing(r.Tier):
		x.Outcome = Unsupported
	default:
		x.Outcome = TooLow
	}
}

// field says of which member x is the value.
func (e *explainer) field(x *Explanation, r *rule) {
	if !r.fields {
		return
	}
	t, f := e.s.d.fields, e.s.fieldOf(x.Start)
	exact, partial := t.speaksFor(f, r.index)
	switch {
	case exact:
		x.Field.Name = t.names[f.exact].name
	case partial:
		x.Field.Name, x.Field.Partial = t.names[f.hint].name, true
	default:
		return
	}
	if r.parents {
		x.Field.Kin, x.Field.HasKin = true, e.s.personal(r, x.Start)
	}
}

// words returns the context words of r near a match.
func (s *scan) words(r *rule, start, last int) (all []ContextWord) {
	for _, e := range [...]*ear{&s.pro, &s.con} {
		var m mentions
		note := func(from, to int) {
			m.forget(from)
			for m.to < to {
				// Piece by piece, so that none is lost of those that m has no room for.
				n := min(to-m.to, 64)
				m.n = 0
				s.readSome(e, &m, m.to, n)
				m.to += n
				for _, w := range m.ring[:min(m.n, maxMentions)] {
					if int(w.end) <= to && e.lexicon.speaksFor(w.phrase, r.index) {
						all = append(all, ContextWord{int(w.start), int(w.end), e == &s.con})
					}
				}
			}
		}
		note(max(0, start-contextBefore), start)
		note(last, min(len(s.raw), last+contextAfter))
	}
	slices.SortFunc(all, func(a, b ContextWord) int { return a.Start - b.Start })
	return all
}

// add keeps x. Of the ends that were tried of one beginning, those that are reported are
// kept, or else the one that came furthest.
func (e *explainer) add(x Explanation) {
	at := beginning{x.Rule, x.Pattern, x.Start}
	k, ok := e.known[at]
	if ok {
		o := &e.all[k]
		ok = x.Outcome != Reported || o.Outcome != Reported || x.End == o.End
	}
	if !ok {
		e.known[at] = len(e.all)
		e.all = append(e.all, x)
		return
	}
	if o := &e.all[k]; x.Outcome < o.Outcome || x.Outcome == o.Outcome && x.End > o.End {
		*o = x
	}
}

// settle does what the end of Append does, and says what is covered.
func (e *explainer) settle() {
	type found struct {
		beginning
		end   int
		score float32
	}
	left := make(map[found]int)
	for _, f := range e.s.settle(0, e.from, e.before) {
		left[found{beginning{f.Rule, 0, f.Start}, f.End, f.Score}]++
	}
	e.all = slices.DeleteFunc(e.all, func(x Explanation) bool { return x.Start < e.from })
	for i := range e.all {
		x := &e.all[i]
		if x.Outcome != Reported {
			continue
		}
		f := found{beginning{x.Rule, 0, x.Start}, x.End, x.Score}
		if left[f]--; left[f] < 0 {
			x.Outcome = Covered
		}
	}
}

// near adds places where a pattern stands but for its guard, or only begins.
func (e *explainer) near() {
	alone := e.s.d.alone()
	for i := range e.s.d.rules {
		r := &e.s.d.rules[i]
		if r.Tier == ByField {
			continue // its patterns mean nothing elsewhere
		}
		var spans []value // of r's explanations
		for _, x := range e.all {
			if x.Rule == r.Rule {
				spans = append(spans, value{start: x.Start, end: x.End})
			}
		}
		for k, p := range r.patterns {
			if l, ok := alone[p]; ok {
				e.nearTo(p, k, l, &spans)
			}
		}
	}
}

// A loner is a pattern's own automaton, and by state how many bytes lead on from there.
type loner struct {
	*automaton
	ways []uint16
}

// loners returns one for each pattern, but for those where it would be large.
func (d *Detector) loners() map[*pattern]loner {
	all := make(map[*pattern]loner)
	for i := range d.rules {
		for _, p := range d.rules[i].patterns {
			a, err := newAutomaton([]*syntax.Regexp{p.re}, false, maxStates)
			if err != nil {
				continue
			}
			l := loner{a, make([]uint16, len(a.trans)>>a.shift)}
			for st := range l.ways {
				for c := range 256 {
					if a.step(uint16(st), byte(c)) != 0 {
						l.ways[st]++
					}
				}
			}
			all[p] = l
		}
	}
	return all
}

// nearTo adds places where p, the k'th pattern of its rule, stands but for its guard, or, where it begins with a literal, only that. Spans are places that have been
// explained; it adds to them.
func (e *explainer) nearTo(p *pattern, k int, a loner, spans *[]value) {
	s := e.s
	free := func(start, end int) bool {
		return !slices.ContainsFunc(*spans, func(v value) bool { return start < v.end && v.start < end })
	}
	for at := e.from; at < e.to; at++ {
		st := a.start[bit(s.wordBefore(at))]
		end, i := -1, at
		chance := 1.0 // that so much of it stands there by chance
		for i < min(len(s.raw), at+p.maxLen) {
			ways := a.ways[st]
			if st = a.step(st, s.raw[i]); st == 0 {
				break
			}
			i++
			chance *= float64(ways) / 128
			if st >= a.firstAccept && a.accept[bit(s.wordAt(i))][st-a.firstAccept] != 0 {
				end = i
			}
		}
		outcome := Guarded
		if end < 0 {
			if outcome = Incomplete; !p.literal || i-at < literalDepth || chance >= rareStart {
				continue
			}
			end = i
		}
		if s.escaped && inEscape(s.raw, at) || !free(at, end) {
			continue
		}
		x := Explanation{Rule: p.rule.Rule, Pattern: k + 1, Start: at, End: end}
		e.weigh(&x, p.rule, p.base, end)
		x.Outcome, x.Token = outcome, NoToken
		e.all = append(e.all, x)
		*spans = append(*spans, value{start: at, end: end})
	}
}
