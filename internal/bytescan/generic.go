package bytescan

import (
	"encoding/binary"
	"math/bits"
)

// The implementation in plain Go. Its first stage is a sieve of eight buckets, all looked
// for at once: a table maps a byte to 64 bits, which say for eight places and for each
// bucket whether the bucket rejects it there. What was said so far is shifted by a byte and the next
// byte's word ORed to it, so that what is said of one start comes together at the low end.
//
//	text       a           b           c      …
//	words    [7…0]       [7…0]       [7…0]         byte k: as place 7-k of a bucket
//	sums              [0 7…1|…]   [0 7…1|…]        byte 0: of the start seven places before, all of it
//
// A bucket's first place is for the byte before an anchor.

// A sieve is such a table.
type sieve [256]uint64

// sieveBuckets is how many buckets of anchors there are; one more is for escapes.
const sieveBuckets = 7

// stride is how many bytes go through the sieve before what it leaves is looked at.
const stride = 512

// ahead is how many bytes are read behind a start before all is said of it.
const ahead = Depth - 2

// sums are what plain Go writes for a stride.
type sums struct {
	_       [0]uint64            // what is of the first place is aligned:
	_       [8 - ahead]byte      //
	rejects [ahead + stride]byte // which buckets do not accept at a place, a bit for each, behind ahead bytes that mean nothing
	some    [stride / 8]uint16   // which eight places accept anything

	escapes, behind [stride]uint16 // see genericfit.go
}

// nextGeneric is Next, with an end that is at most Block away.
func (t *Tables) nextGeneric(text []byte, i, end int, escaped bool, h *Hits) int {
	h.N = 0
	for i < end && h.N+stride <= maxHits {
		j := min(i+stride, end)
		from := h.N
		n := t.sieve.run(text, i, j, h)
		escapes := t.fitPlaces(text, i, h.places[:n], h)
		if escaped {
			t.hide(text, i, j, escapes, from, h)
		}
		i = j
	}
	return i
}

// run puts the places in text[i:j] at which a bucket accepts into h.places, as offsets
// from i, and returns how many there are.
func (s *sieve) run(text []byte, i, j int, h *Hits) int {
	v := &h.sums
	s.sum(text, i, j, &v.rejects)
	rejects := v.rejects[ahead:]
	rejects = rejects[:(j-i+7)&^7]
	for k := j - i; k < len(rejects); k++ {
		rejects[k] = 0xff // nothing begins at j
	}

	// First which eight places accept anything, without a branch that cannot be foretold; most
	// of these have one that does.
	count := 0
	for k := 0; k < len(rejects)-7; k += 8 {
		accepts := ^binary.LittleEndian.Uint64(rejects[k:])
		v.some[count&(stride/8-1)] = uint16(k)
		count += int((accepts | -accepts) >> 63)
	}
	n := 0
	for _, k := range v.some[:count] {
		const low = 0x0101010101010101
		m := ^binary.LittleEndian.Uint64(rejects[k:])
		m |= m >> 4
		m |= m >> 2
		m = (m | m>>1) & low // a bit for each byte that is not 0
		places := (*[2]uint16)(h.places[n:])
		places[0] = k + uint16(bits.TrailingZeros64(m)/8)
		c := int(m * low >> 56)
		m &= m - 1
		places[1] = k + uint16(bits.TrailingZeros64(m)/8)
		for i := 2; i < c; i++ {
			m &= m - 1
			h.places[n+i] = k + uint16(bits.TrailingZeros64(m)/8)
		}
		n += c
	}
	return n
}

// sum writes of each place of text[i:j], to rejects from ahead on, which buckets do not accept there. What is before that, and
// behind, is spoilt.
func (s *sieve) sum(text []byte, i, j int, rejects *[ahead + stride]byte) {
	third := max(0, min(j, len(text)-ahead)-i) / 3
	s.sumRest(text, i+3*third, j, rejects[3*third:])
	if third == 0 {
		return
	}
	// Each step waits for the one before it, so there are three at once. What one of them spoils another
	// writes later, and what sumRest spoilt as well.
	n := third + ahead
	a, t0, r0 := s.before(text, i), text[i:][:n], rejects[:n]
	b, t1, r1 := s.before(text, i+third), text[i+third:][:n], rejects[third:][:n]
	c, t2, r2 := s.before(text, i+2*third), text[i+2*third:][:n], rejects[2*third:][:n]
	for k := range t0 {
		a = a>>8 | s[t0[k]]
		r0[k] = byte(a)
		b = b>>8 | s[t1[k]]
		r1[k] = byte(b)
		c = c>>8 | s[t2[k]]
		r2[k] = byte(c)
	}
}

// sumRest is sum for a few places, also where text ends: behind it anything is accepted.
func (s *sieve) sumRest(text []byte, i, j int, rejects []byte) {
	if i == j {
		return
	}
	sum := s.before(text, i)
	for k := range rejects[:ahead+j-i] {
		sum >>= 8
		if i+k < len(text) {
			sum |= s[text[i+k]]
		}
		rejects[k] = byte(sum)
	}
}

// before returns the word of the byte before text[i].
func (s *sieve) before(text []byte, i int) uint64 {
	if i == 0 {
		return 0
	}
	return s[text[i-1]]
}

// fill makes s of the anchors of t.
func (s *sieve) fill(t *Tables) {
	by := &bucketing{widen: nothing, places: Depth}
	var all []bucket
	for n := range t.anchors {
		a := &t.anchors[n]
		u := bucket{}
		u.set(0, t.beforeSet(a), by)
		for k := 1; k < Depth; k++ {
			u.set(k, a.runSet(k-1), by)
		}
		by.alone(&u)
		all = append(all, u)
	}
	escape := bucket{}
	for k := range escape.accepts {
		escape.accepts[k] = fullSet
	}
	escape.accepts[1], escape.accepts[2] = Set{}, Set{}
	escape.accepts[1].Add('\\')
	for _, c := range "bfnrtu" {
		escape.accepts[2].Add(byte(c))
	}
	for n, u := range append(unite(all, sieveBuckets, by), escape) {
		for k := range u.accepts {
			for c := range s {
				if u.accepts[k].Has(byte(c)) {
					s[c] |= 1 << (8*(Depth-1-k) + n)
				}
			}
		}
	}
	for c := range s {
		s[c] = ^s[c]
	}
}

// nothing is for unite: these buckets accept what their anchors do.
func nothing(_ int, s Set) Set { return s }
