package detect

import (
	"bytes"
	"math/bits"
)

// Names of members are asked for around many values: for parents and siblings, for other kinds of personal data in the same
// object, and to wake lanes. So they are read once, in order, and what is asked most is noted.

// A roll is what the names in a part of the text say.
type roll struct {
	from, to int           // the part: names whose colons stand there
	kin      [families]int // for each family, the colon of its last name there, plus 1
	told     [company]struct {
		end  int // behind its colon
		kind int32
	} // the last one that tells a kind, and the last one of another kind
}

// callNames sees to it that the names have been read whose colons stand in raw[low:high].
func (s *scan) callNames(low, high int) {
	r := &s.roll
	if low < r.from || low > r.to {
		*r = roll{from: low, to: low}
	}
	for r.to < high {
		i := bytes.IndexByte(s.raw[r.to:high], ':')
		if i < 0 {
			r.to = high
			break
		}
		r.to += i + 1
		s.callName(r.to - 1)
	}
}

// callName reads the name whose colon stands at raw[colon], if one does. Lanes are told of it the first time.
func (s *scan) callName(colon int) {
	if !s.endsName(colon) {
		return
	}
	q := skipBlanksBack(s.raw, colon-1)
	if q <= 0 || !isQuote(s.raw[q]) {
		return
	}
	e := s.namesakeAt(q)
	if e != nil && e.field == noField && e.family == 0 {
		return // Fast path.
	}
	r, family := &s.roll, uint16(0)
	if e != nil {
		family = e.family
	} else {
		_, family = s.nameBefore(colon)
	}
	if family>>families != 0 && !s.opens(colon+1) {
		family &= 1<<families - 1 // a parent's value is an object, or an array of such
	}
	for ; family != 0; family &= family - 1 {
		r.kin[bits.TrailingZeros16(family)%families] = colon + 1
	}
	m := s.memberOf(q, colon)
	if m.field == noField {
		return
	}
	if m.field.exact >= 0 {
		if kind := s.d.fields.names[m.field.exact].kind; kind != 0 {
			if kind != r.told[0].kind {
				r.told[1] = r.told[0]
			}
			r.told[0].end, r.told[0].kind = colon+1, kind
		}
	}
	if w := &s.waking; colon >= w.named {
		w.named = colon + 1
		w.members = append(w.members, m)
	}
}

// endsName reports whether a name may end before raw[colon].
func (s *scan) endsName(colon int) bool {
	return colon > 0 && (isQuote(s.raw[colon-1]) || isBlank(s.raw[colon-1]))
}
