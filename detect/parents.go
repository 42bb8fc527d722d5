package detect

// personal reports whether the member that holds raw[at], of a rule with Parents or
// Siblings, stands in an object that is the value of one of the one, or has a member
// of the other. It looks no further than maxAround either way.
func (s *scan) personal(r *rule, at int) bool {
	if !s.kinNear(r, at) {
		return false // Fast path.
	}
	low, high := max(0, at-maxAround), min(len(s.raw), at+maxAround)
	open, found := s.before(r, at, low)
	if found || s.after(r, at, high) {
		return true
	}
	for range 2 { // the object itself, or the array that it is an element of
		k := skipBlanksBack(s.raw, open-1)
		if open < 0 || k < low {
			return false
		}
		switch s.raw[k] {
		case ':':
			return s.isKin(r.parentNames, r.family+families, k)
		case '[':
			open = k
		case ',': // an element that is not the first
			if open = openBracket(s.raw, k, low); open < 0 || s.raw[open] != '[' {
				return false
			}
		default:
			return false
		}
		if k = skipBlanksBack(s.raw, open-1); k >= low && s.raw[k] == ':' {
			return s.isKin(r.parentNames, r.family+families, k)
		}
	}
	return false
}

// kinNear reports whether a name that may be one of r's Parents or Siblings stands near
// raw[at].
func (s *scan) kinNear(r *rule, at int) bool {
	return s.kinWithin(max(0, at-maxAround), min(len(s.raw), at+maxAround), r.family)
}

// families is how many sets of rules with Parents or Siblings are told apart. A name is of a family by a bit for its
// siblings and one, so many places higher, for its parents.
const families = 8

// familyOf returns the families that a name speaks for, as bits.
func (d *Detector) familyOf(name []byte) (f uint16) {
	for len(name) > 0 {
		all, last, _ := hashName(name)
		f |= d.families[all] | d.families[last]
		if c := name[len(name)-1]; c != 's' && c != 'S' {
			break
		}
		name = name[:len(name)-1] // as nameSet does
	}
	return f
}

// kinWithin reports whether such a name of a rule of that family may end in raw[low:high]. It is a filter.
func (s *scan) kinWithin(low, high int, family uint8) bool {
	s.callNames(low, high)
	return s.roll.kin[family] > low
}

// opens reports whether an object or an array begins at raw[i], blanks left out.
func (s *scan) opens(i int) bool {
	i = skipBlanks(s.raw, i)
	return i < len(s.raw) && (s.raw[i] == '{' || s.raw[i] == '[')
}

// nameBefore returns the name whose colon stands at raw[colon], or nil, and its families.
// It knows only names that Parents or Siblings of a rule may have.
func (s *scan) nameBefore(colon int) (name []byte, family uint16) {
	q := skipBlanksBack(s.raw, colon-1)
	if q <= 0 || !isQuote(s.raw[q]) {
		return nil, 0
	}
	level := backslashes(s.raw, q)
	e := s.namesake(q-level, s.raw[q])
	if e != nil && e.family == 0 || e == nil && !s.d.kin.mayEnd(s.raw, q-level, s.raw[q]) {
		return nil, 0
	}
	start, end, _, ok := keyEnding(s.raw, q)
	if !ok {
		return nil, 0
	}
	name = s.raw[start:end]
	if e != nil {
		return name, e.family
	}
	return name, s.d.familyOf(name)
}

// isKin reports whether the name whose colon stands at raw[colon] is in the set, which is of that family.
func (s *scan) isKin(set nameSet, family uint8, colon int) bool {
	name, f := s.nameBefore(colon)
	return f>>family&1 != 0 && set.holds(name)
}

// before looks through the members before raw[at] in the same object. It returns
// where the object's brace stands, or -1.
func (s *scan) before(r *rule, at, low int) (open int, found bool) {
	depth := 0
	for i := at - 1; i >= low; i-- {
		if !structural[s.raw[i]] {
			continue
		}
		switch s.raw[i] {
		case '}', ']':
			depth++
		case '[':
			depth--
		case '{':
			if depth--; depth < 0 {
				return i, false
			}
		case ':':
			if depth == 0 && s.isKin(r.siblingNames, r.family, i) {
				return -1, true
			}
		}
	}
	return -1, false
}

// after looks through the members behind raw[at] in the same object.
func (s *scan) after(r *rule, at, high int) bool {
	depth := 0
	for i := at; i < high; i++ {
		if !structural[s.raw[i]] {
			continue
		}
		switch s.raw[i] {
		case '{', '[':
			depth++
		case '}', ']':
			if depth--; depth < 0 {
				return false
			}
		case ':':
			if depth == 0 && s.isKin(r.siblingNames, r.family, i) {
				return true
			}
		}
	}
	return false
}

// openBracket returns where the bracket stands that is open at raw[i], or -1.
func openBracket(raw []byte, i, low int) int {
	depth := 0
	for i--; i >= low; i-- {
		if !structural[raw[i]] {
			continue
		}
		switch raw[i] {
		case '}', ']':
			depth++
		case '{', '[':
			if depth--; depth < 0 {
				return i
			}
		}
	}
	return -1
}

// structural says which bytes the structure of JSON is made of. Strings are not
// skipped: what looks like structure inside one is balanced more often than not,
// and all that hangs on it is whether a name is a person's.
var structural = [256]bool{'{': true, '}': true, '[': true, ']': true, ':': true}

// A nameSet is a set of names of members, by hash.
type nameSet map[uint64]struct{}

func newNameSet(all []string) nameSet {
	set := make(nameSet)
	for _, name := range all {
		if h, _, words := hashName([]byte(name)); words > 0 {
			set[h] = struct{}{}
		}
	}
	return set
}

// holds reports whether key is in the set, or its last word is, or its singular.
func (n nameSet) holds(key []byte) bool {
	if len(key) == 0 || len(n) == 0 {
		return false
	}
	all, last, _ := hashName(key)
	if _, ok := n[all]; ok {
		return true
	}
	if _, ok := n[last]; ok {
		return true
	}
	if c := key[len(key)-1]; c == 's' || c == 'S' {
		return n.holds(key[:len(key)-1])
	}
	return false
}
