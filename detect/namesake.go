package detect

import (
	"encoding/binary"
	"math/bits"
)

// The members of messages have few names, and most of these mean nothing to any rule. So
// what is known of a name is kept, by the name itself as it is written: to look it up
// there takes a few loads, to hash its words ten times that.

const (
	maxNamesake = 24  // bytes of names that are kept
	namesakes   = 128 // how many are, at most
)

// A namesake is a name met before, and what follows from it alone.
type namesake struct {
	name   [maxNamesake / 8]uint64 // its last eight bytes, those before, and so on
	n      uint8                   // its length; 0 for none
	values bool                    // there are rules by field alone that it speaks for
	family uint8                   // see kin
	field  field
}

// namesake returns what is known of the name that ends before raw[end], with a quote of
// that kind before it, or nil if it is empty, long, or where the text begins. It stays
// what it is until the next call.
func (s *scan) namesake(end int, quote byte) *namesake {
	const ones = 0x0101010101010101
	var name [maxNamesake / 8]uint64
	n := 0
	for k := range name {
		low := end - 8*(k+1)
		if low < 0 {
			return nil
		}
		v := binary.LittleEndian.Uint64(s.raw[low:])
		q := v ^ uint64(quote)*ones
		if is := ^(q&(0x7f*ones) + 0x7f*ones | q | 0x7f*ones); is != 0 {
			bits := bits.LeadingZeros64(is) &^ 7
			name[k] = v >> (64 - bits)
			n += bits / 8
			break
		}
		name[k] = v
		n += 8
	}
	if n == 0 || n == maxNamesake {
		return nil
	}
	h := (name[0] ^ name[1]*3 ^ name[2]*5) * 0x9e3779b97f4a7c15
	e := &s.namesakes[h>>57]
	if e.name != name || int(e.n) != n {
		*e = namesake{name: name, n: uint8(n), field: noField}
		e.know(s.d, s.raw[:end], quote)
	}
	return e
}

// know works out what follows from e's name, with which text ends.
func (e *namesake) know(d *Detector, text []byte, quote byte) {
	name := text[len(text)-int(e.n):]
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
