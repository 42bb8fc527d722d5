package detect

import (
	"bytes"
	"encoding/binary"
	"math/bits"
)

// The members of messages have few names, and most of these mean nothing to any rule. So
// what is known of a name is kept, by the name itself as it is written: to look it up
// there takes a few loads, to hash its words ten times that.

const (
	maxNamesake  = 24 // bytes of names that are kept
	namesakeSets = 64 // and of how many names
	namesakeWays = 4  // each: the names of one kind of object must not drive each other out
)

// A namesake is a name met before, and what follows from it alone.
type namesake struct {
	name   [maxNamesake / 8]uint64 // its last eight bytes, those before, and so on
	n      uint8                   // its length; 0 for none
	torn   bool                    // it has a control character, so it is none
	values bool                    // there are rules by field alone that it speaks for
	family uint16                  // see familyOf
	field  field
}

// namesakeAt is namesake for the name that ends before the quote at raw[q].
func (s *scan) namesakeAt(q int) *namesake {
	end := q
	if q > 0 && s.raw[q-1] == '\\' {
		end -= backslashes(s.raw, q)
	}
	return s.namesake(end, s.raw[q])
}

// namesake returns what is known of the name that ends before raw[end], with a quote of
// that kind before it, or nil if it is empty or long, or there is no quote. It stays what
// it is until the next call.
func (s *scan) namesake(end int, quote byte) *namesake {
	const ones = 0x0101010101010101
	var first [maxNamesake]byte // of the text, with zeros before it
	text := &first
	if end >= maxNamesake {
		text = (*[maxNamesake]byte)(s.raw[end-maxNamesake:])
	} else {
		copy(first[maxNamesake-end:], s.raw[:end])
	}
	var a, b, c uint64
	q := uint64(quote) * ones
	n := 0
	a = binary.LittleEndian.Uint64(text[16:])
	if is := zeros(a ^ q); is != 0 {
		n = bits.LeadingZeros64(is) &^ 7
		a >>= 64 - n
	} else {
		b = binary.LittleEndian.Uint64(text[8:])
		if is := zeros(b ^ q); is != 0 {
			n = bits.LeadingZeros64(is) &^ 7
			b >>= 64 - n
			n += 64
		} else {
			c = binary.LittleEndian.Uint64(text[:])
			is := zeros(c ^ q)
			if is == 0 {
				return nil
			}
			n = bits.LeadingZeros64(is) &^ 7
			c >>= 64 - n
			n += 128
		}
	}
	if n == 0 {
		return nil
	}
	n /= 8
	set := &s.namesakes[(a^b*3^c*5)*0x9e3779b97f4a7c15>>58]
	for i := range set {
		if e := &set[i]; e.name[0] == a && e.name[1] == b && e.name[2] == c && int(e.n) == n {
			return e
		}
	}
	copy(set[1:], set[:])
	e := &set[0]
	*e = namesake{name: [...]uint64{a, b, c}, n: uint8(n), field: noField}
	e.know(s.d, s.raw[:end], quote)
	return e
}

// know works out what follows from e's name, with which text ends.
func (e *namesake) know(d *Detector, text []byte, quote byte) {
	name := text[len(text)-int(e.n):]
	e.torn = bytes.ContainsFunc(name, func(r rune) bool { return r < ' ' })
	if d.fields.mayEnd(text, len(text), quote) {
		e.field = d.fields.find(name)
		e.values = d.anyValues(e.field)
	}
	if d.kin.mayEnd(text, len(text), quote) {
		e.family = d.familyOf(name)
	}
}

// anyValues reports whether there are rules by field alone for members of that name.
func (d *Detector) anyValues(f field) bool {
	for _, at := range [...]int32{f.exact, f.hint} {
		if at < 0 {
			continue
		}
		for _, i := range d.fields.names[at].rules {
			if d.rules[i].maxValue > 0 {
				return true
			}
		}
	}
	return false
}
