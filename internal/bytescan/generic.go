package bytescan

import "math/bits"

// The implementation in plain Go. Its first stage is a sieve of eight buckets, all looked
// for at once: a table maps a byte to 64 bits, which say for eight places and for each
// bucket whether the bucket rejects it there. The table's words of successive bytes are
// shifted by a byte more each and ORed, so that what is said of one bucket's start
// comes together in one byte of the result.
//
//	text       a            b            c         …
//	words    [7…0]       [7…0]        [7…0]            byte k: as place 7-k of a bucket
//	shifted  [7…0]    [7…0]0       [7…0]0 0            a start's byte is below the other
//
// A bucket's first place is for the byte before an anchor.

// A sieve is such a table.
type sieve [256]uint64

// sieveBuckets is how many buckets of anchors there are; one more is for escapes.
const sieveBuckets = 7

// stride is how many bytes go through the sieve before what it leaves is looked at.
const stride = 512

// sumWords is more than a stride has words, and a power of two.
const sumWords = 128

// nextGeneric is Next, with an end that is at most Block away.
func (t *Tables) nextGeneric(text []byte, i, end int, escaped bool, h *Hits) int {
	h.N = 0
	clear := 0
	if escaped {
		clear = escapeEnd(text, i)
	}
	for i < end && h.N+stride <= maxHits {
		j := min(i+stride, end)
		n := t.sieve.run(text, i, j, h)
		n = t.sift(text, i, h.places[:n])
		clear = t.refine(text, i, j, escaped, clear, h, h.places[:n])
		i = j
	}
	return i
}

// run puts the places in text[i:j] at which a bucket accepts into h.places, as offsets
// from i, and returns how many there are.
func (s *sieve) run(text []byte, i, j int, h *Hits) int {
	// Eight bytes at a time, beginning with the one before i. What is left of sums[k] is
	// about the eight places up to i+8*k.
	last := (j-i+6)/8 + 1
	sums := h.vectors.sums[:last]
	at := i - 1
	sum := ^uint64(0) >> 8 // nothing begins before i
	k := 0
	if i == 0 {
		sum = s.part(sums, 0, sum, text[:min(7, len(text))], 1)
		at, k = 7, 1
	}
	for ; k < len(sums) && at+8 <= len(text); k++ {
		q := (*[8]byte)(text[at:])
		at += 8
		c0, c1, c2, c3 := s[q[0]], s[q[1]], s[q[2]], s[q[3]]
		c4, c5, c6, c7 := s[q[4]], s[q[5]], s[q[6]], s[q[7]]
		sums[k] = sum | c0 | c1<<8 | c2<<16 | c3<<24 | c4<<32 | c5<<40 | c6<<48 | c7<<56
		sum = c1>>56 | c2>>48 | c3>>40 | c4>>32 | c5>>24 | c6>>16 | c7>>8
	}
	for ; k < len(sums); k++ {
		rest := text[min(at, len(text)):min(at+8, len(text))]
		at += 8
		sum = s.part(sums, k, sum, rest, 0)
	}
	sums[last-1] |= ^(^uint64(0) >> (8 * uint(8*last-8-(j-i-1)))) // nothing begins at j

	// First which words accept anything, without a branch that cannot be foretold; most
	// of these do once.
	some := &h.vectors.some
	count := 0
	for k, sum := range sums {
		some[count%sumWords] = uint64(k)
		accepted := ^sum
		count += int((accepted | -accepted) >> 63)
	}
	n := 0
	for _, k := range some[:count] {
		const low = 0x0101010101010101
		m := ^sums[k%sumWords]
		m |= m >> 4
		m |= m >> 2
		m = (m | m>>1) & low // a bit for each byte that is not 0
		first := uint16(8*k) - 7
		places := (*[2]uint16)(h.places[n:])
		places[0] = first + uint16(bits.TrailingZeros64(m)/8)
		c := int(m * low >> 56)
		m &= m - 1
		places[1] = first + uint16(bits.TrailingZeros64(m)/8)
		for i := 2; i < c; i++ {
			m &= m - 1
			h.places[n+i] = first + uint16(bits.TrailingZeros64(m)/8)
		}
		n += c
	}
	return n
}

// sift keeps those of places, offsets from i, where an anchor fits by its first four bytes
// if there are no escapes, or an escape may begin, and returns how many there are.
func (t *Tables) sift(text []byte, i int, places []uint16) (n int) {
	for _, k := range places {
		p := i + int(k)
		m := ^uint64(0)
		if p > 0 && p+4 <= len(text) {
			q := text[p-1 : p+4 : p+4]
			m = t.before[t.class[q[1]]][q[0]] & t.mask[0][q[1]] & t.mask[1][q[2]] & t.mask[2][q[3]] & t.mask[3][q[4]]
		}
		places[n] = k
		n += int((m | -m) >> 63)
	}
	return n
}

// part is for up to eight bytes, the first of which is number first. Where text ends,
// anything is accepted.
func (s *sieve) part(sums []uint64, k int, sum uint64, text []byte, first int) (next uint64) {
	for i, c := range text {
		sum |= s[c] << (8 * (first + i))
		next |= s[c] >> 8 >> (56 - 8*(first+i))
	}
	sums[k] = sum
	return next
}

// fill makes s of the anchors of t.
func (s *sieve) fill(t *Tables) {
	var all []bucket
	for n := range t.anchors {
		a := &t.anchors[n]
		u := bucket{}
		u.set(0, t.beforeSet(a), nothing)
		for k := 1; k < Depth; k++ {
			u.set(k, a.runSet(k-1), nothing)
		}
		u.chance = u.expect(Depth)
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
	for n, u := range append(unite(all, sieveBuckets, nothing), escape) {
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
