package detect

// name deals with a quote that may end the name of a member: if rules ask for that
// member, its value is looked at.
func (s *scan) name(q int) {
	if e := s.namesakeAt(q); e != nil && !e.values {
		if e.field == noField && q+1 < len(s.raw) && s.raw[q+1] == ':' {
			s.dull = q + 1
		}
		return
	}
	colon := skipBlanks(s.raw, q+1)
	if colon >= len(s.raw) || s.raw[colon] != ':' {
		return
	}
	if m := s.memberOf(q, colon); m.values {
		s.members(m.field, colon, m.level)
	}
}

// A member is one whose name a rule asks for.
type member struct {
	colon, level int // where its colon stands, and how many backslashes before each of its quotes
	field        field
	values       bool // there are rules by field alone for it
}

// noMember is one for whose name no rule asks.
var noMember = member{field: noField}

// memberOf returns the member whose name ends before the quote at raw[q].
func (s *scan) memberOf(q, colon int) member {
	e := s.namesakeAt(q)
	if e != nil && e.field == noField || e == nil && !s.d.fields.mayEnd(s.raw, q-backslashes(s.raw, q), s.raw[q]) {
		return noMember
	}
	if e != nil {
		level := backslashes(s.raw, q)
		if e.torn || backslashes(s.raw, q-level-int(e.n)-1) != level {
			return noMember
		}
		return member{colon, level, e.field, e.values}
	}
	start, end, level, ok := keyEnding(s.raw, q)
	if !ok {
		return noMember
	}
	f := s.d.fields.find(s.raw[start:end])
	return member{colon, level, f, s.d.anyValues(f)}
}

// members looks at the value behind raw[colon] for the rules by field alone that f, the
// member's name, speaks for.
func (s *scan) members(f field, colon, level int) {
	for _, at := range [...]int32{f.exact, f.hint} {
		if at < 0 {
			continue
		}
		for _, i := range s.d.fields.names[at].rules {
			r := &s.d.rules[i]
			if r.maxValue == 0 {
				continue // found by its patterns
			}
			if v, ok := valueAt(s.raw, colon+1, level, r.maxValue); ok {
				s.member(r, v, f)
			}
		}
	}
}

// whole deals with a text that is the whole value of a member.
func (s *scan) whole() {
	for _, at := range [...]int32{s.outer.exact, s.outer.hint} {
		if at < 0 {
			continue
		}
		for _, i := range s.d.fields.names[at].rules {
			r := &s.d.rules[i]
			if r.maxValue == 0 || len(s.raw) == 0 {
				continue
			}
			v := value{end: len(s.raw)}
			if v.end > r.maxValue {
				v.end = whole(s.raw, 0, r.maxValue)
				v.cut = true
			}
			if t := string(s.raw[:min(len(s.raw), 6)]); t == "true" || t == "false" || t == "null" {
				continue
			}
			s.member(r, v, s.outer)
		}
	}
}

// member looks at v, the value of a member of that name, for r, a rule that is by
// field alone.
func (s *scan) member(r *rule, v value, f field) {
	if len(r.patterns) == 0 {
		if s.explain != nil {
			s.explain.member(r, v, f)
			return
		}
		s.valueOf(r, v, f)
		return
	}
	for _, p := range r.patterns {
		for at := v.start; at < v.end; at++ {
			if s.startOK(p.group.guard, at) {
				s.inside, s.within, s.inField = true, v, f
				s.matchAt(p.group, at)
				s.inside = false
			}
		}
	}
}

// valueOf is member for a rule that takes whole values.
func (s *scan) valueOf(r *rule, v value, f field) {
	text := s.raw[v.start:v.end]
	if v.start < s.from || v.start >= s.to {
		return
	}
	with, without := s.d.mayScore(r, f)
	switch {
	case !with:
		return
	case r.Tier == ByField && r.parents && !s.kinNear(r, v.start):
		return // Fast path.
	case !without && !s.accompanied(r, v.start):
		return // Fast path: most values are nobody's.
	}
	if replaced(text) || !s.d.sealed && tokenShaped(text) {
		return
	}
	c := r.check(text)
	if c.dropped {
		return
	}
	s.inside, s.within, s.inField = true, v, f
	if score, ok := s.score(r, r.base, c, v.start, v.end, v.end); ok {
		s.add(r, v.start, v.end, score, v.cut)
	}
	s.inside = false
}
