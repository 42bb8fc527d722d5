package detect

// What stands in one object with two other kinds of personal data is personal data more likely
// than not: a number among names, addresses and telephones. The kinds are told by the names of
// members alone, not by what is found, so that it depends on nothing far away: in a stream
// what is found must not depend on where the windows are cut.

// company is how many other kinds there must be.
const company = 2

// accompanied reports whether a match of r at raw[at] stands in an object that has members
// of company other kinds, no further than maxAround away.
func (s *scan) accompanied(r *rule, at int) bool {
	if s.d.kinds < company {
		return false // no names tell so many
	}
	low, high := max(0, at-maxAround), min(len(s.raw), at+maxAround)
	if !s.tellingWithin(low, high) {
		return false // Fast path.
	}
	var kinds [company]int32
	n, depth := 0, 0
	// other notes the member whose colon stands at raw[i], and reports whether it was the last
	// that was wanted.
	other := func(i int) bool {
		f := s.keyBefore(i)
		if f.exact < 0 {
			return false
		}
		kind := s.d.fields.names[f.exact].kind
		if kind == 0 || kind == r.kind || n > 0 && kind == kinds[0] || !filled(s.raw, i) {
			return false
		}
		kinds[n] = kind
		n++
		return n == company
	}
	depth, level := 0, 0 // level is that of the object's members: above arrays that at is in
	for i := at - 1; i >= low && depth >= level; i-- {
		if !structural[s.raw[i]] {
			continue
		}
		switch s.raw[i] {
		case '}', ']':
			depth++
		case '[':
			depth--
			level = min(level, depth)
		case '{':
			depth--
		case ':':
			if depth == level && other(i) {
				return true
			}
		}
	}
	depth, level = 0, 0
	for i := at; i < high && depth >= level; i++ {
		if !structural[s.raw[i]] {
			continue
		}
		switch s.raw[i] {
		case '{', '[':
			depth++
		case ']':
			depth--
			level = min(level, depth)
		case '}':
			depth--
		case ':':
			if depth == level && other(i) {
				return true
			}
		}
	}
	return false
}

// tellingWithin reports whether names of two kinds may stand in raw[low:high]. It is a filter.
func (s *scan) tellingWithin(low, high int) bool {
	s.callNames(low, high)
	return s.roll.told[1].end > low
}

// filled reports whether something stands behind raw[colon]: not null, nor what is empty.
func filled(raw []byte, colon int) bool {
	i := skipBlanks(raw, colon+1)
	for i < len(raw) && raw[i] == '\\' && i < colon+maxBlanks {
		i++
	}
	if i+1 >= len(raw) || raw[i] == 'n' {
		return false
	}
	switch raw[i] {
	case '"', '\'':
		return raw[i+1] != raw[i] && raw[i+1] != '\\'
	case '[', '{':
		return raw[i+1] != raw[i]+2 // its closing one
	}
	return true
}
