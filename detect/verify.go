package detect

// verify looks at what pattern p matched from raw[start] on, the longest first, and
// appends a finding if it is one. i is p's place in s.ends.
func (s *scan) verify(p *pattern, start, i int) {
	e := &s.ends
	n := int(e.n[i])
	if p.net != nil {
		s.verifyNet(p, start, int(e.at[i][(n-1)%keptEnds]))
		return
	}
	cut := e.cut>>i&1 != 0
	ends := e.at[i] // checks may look at other matches in between
	end := int(ends[(n-1)%keptEnds])
	if p.value != nil {
		if from, to, ok := p.value.split(s, start, end); ok {
			s.candidate(p, from, to, to, cut, false)
		}
		return
	}
	tries := 1
	if len(p.rule.checks) > 0 {
		tries = min(n, triedEnds)
	}
	for k := range tries {
		if s.candidate(p, start, int(ends[(n-1-k)%keptEnds]), end, cut && k == 0, tries > 1) {
			return
		}
	}
	if tries > 1 && p.rule.boosted {
		// Nothing passes: the longest it is, for context to speak for.
		s.candidate(p, start, end, end, cut, false)
	}
}

// candidate scores raw[start:end] as a match of p, and appends a finding if that is
// enough. Context is looked for behind last, the end of the longest match there. With
// strict it gives up if a check fails. It returns whether the matter is settled: there
// is a finding, or there can be none at start, wherever it ends.
//
// Its checks come first where context means reading text: they mostly settle it. Where
// the text around has been read, the context does for less.
func (s *scan) candidate(p *pattern, start, end, last int, cut, strict bool) bool {
	if s.explain != nil {
		return s.explain.candidate(p, start, end, last, cut, strict)
	}
	if s.inside && end > s.within.end || start < s.from || start >= s.to || end <= start {
		return false
	}
	r := p.rule
	heard := s.heard(start, last)
	if heard && s.unsupported(r, start, last) {
		return true
	}
	c := r.check(s.raw[start:end])
	if c.dropped || c.failed && strict {
		return false
	}
	if !heard && s.unsupported(r, start, last) {
		return true
	}
	if !p.literal && s.masked(start, end) != NoToken {
		return false
	}
	score, ok := s.score(r, p.base, c, start, end, last)
	if ok {
		s.add(r, start, end, score, cut)
	}
	return ok
}

func (s *scan) add(r *rule, start, end, score int, cut bool) {
	s.dst = append(s.dst, Finding{Rule: r.Rule, Start: start, End: end, Score: float32(score) / 100, Cut: cut})
}

// verifyNet runs regexp2 where the automaton says that p may match, up to last.
func (s *scan) verifyNet(p *pattern, start, last int) {
	if p.net.value == 0 && s.explain == nil && s.unsupported(p.rule, start, last) {
		return
	}
	from, to, end, ok := p.net.match(s, start, last)
	if ok && s.endOK(p.guard, end) {
		s.candidate(p, from, to, to, false, false)
	}
}
