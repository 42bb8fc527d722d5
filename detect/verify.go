package detect

// verify looks at what pattern p matched from raw[start] on, the longest first, and
// appends a finding if it is one. i is p's place in s.ends.
func (s *scan) verify(p *pattern, start, i int) {
	if p.net != nil {
		s.verifyNet(p, start)
		return
	}
	e := &s.ends
	first := int(e.n[i]) - 1
	last := max(0, int(e.n[i])-keptEnds)
	if len(p.rule.checks) == 0 {
		last = first
	}
	cut := e.cut>>i&1 != 0
	ends, n := e.at[i], 0
	for k := first; k >= last; k-- {
		end := int(ends[k%keptEnds])
		from, to := start, end
		if p.value != nil {
			var ok bool
			if from, to, ok = p.value.split(s, start, end); !ok {
				continue
			}
		}
		if s.candidate(p, from, to, cut && k == first, k > last && n < keptEnds) {
			return
		}
		n++
	}
	if n > 0 && p.rule.boosted && last < first {
		// Nothing passes: the longest it is, for context to speak for.
		from, to := start, int(ends[first%keptEnds])
		if p.value != nil {
			from, to, _ = p.value.split(s, start, to)
		}
		s.candidate(p, from, to, cut, false)
	}
}

// candidate scores raw[start:end] as a match of p, and appends a finding if that is
// enough. With more it gives up, and returns false, if a check fails: a shorter
// match comes next.
func (s *scan) candidate(p *pattern, start, end int, cut, more bool) bool {
	if s.inside && end > s.within.end || start < s.from || start >= s.to || end <= start {
		return false
	}
	r := p.rule
	if s.unsupported(r, start, end) {
		return false
	}
	c := r.check(s.raw[start:end])
	if c.dropped || c.failed && more {
		return false
	}
	score, ok := s.score(r, c, start, end)
	if !ok || !p.literal && s.masked(start, end) {
		return false
	}
	s.add(r, start, end, score, cut)
	return true
}

func (s *scan) add(r *rule, start, end, score int, cut bool) {
	s.dst = append(s.dst, Finding{Rule: r.Rule, Start: start, End: end, Score: float32(score) / 100, Cut: cut})
}

// verifyNet runs regexp2 where the automaton says that p may match.
func (s *scan) verifyNet(p *pattern, start int) {
	from, to, end, ok := p.net.match(s, start, p.maxLen)
	if ok && s.endOK(p.guard, end) {
		s.candidate(p, from, to, false, false)
	}
}
