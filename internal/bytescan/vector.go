package bytescan

import (
	"encoding/binary"
	"math/bits"
)

// What the vector kernels have in common. A kernel is a few short loops over a stretch, 64 bytes at a time:
//
//	text ──► Classes ──► words of bits: where words and digits start, where runs of digits begin
//	  └────► codes   ──► words of bits for each kind of buckets: where one of them accepts
//
// and where a word of the one meets a word of the other there are candidates. With AVX-512 the first of these loops are one
// (looks512), so that text comes from memory while there is work; with AVX2 the last ones are, without codes. All that is exact or a superset; the
// exact filter is the same for all implementations.

// maxWords is how many words of bits a kernel writes at most: it works on several at once.
const maxWords = blocks + 8

// blocks is how many blocks of 64 bytes a stretch has.
const blocks = Block / 64

// vectors are what a kernel writes.
type vectors struct {
	accepted   [maxSets]accepted
	candidates [maxWords]uint64
	nonzero    [maxWords / 8]uint8 // a bit for every word of candidates
	codes      [codesSize]byte     // bytes as the kernel looks them up, and what stands behind the stretch
}

// codesSize is that of a stretch, two blocks, and what there is to align them.
const codesSize = Block + 3*64

// accepted says where a bucket of each kind accepts: a word for every block.
type accepted [bucketKinds][maxWords]uint64

// filler is what stands behind the text: a byte that no text has in UTF-8. It fits every
// bucket but at its first place.
const filler = 0xff

// fillers stand behind the text where the rest of it is copied.
var fillers = func() (b [3 * 64]byte) {
	for i := range b {
		b[i] = filler
	}
	return b
}()

// gather is NextIn once it is known where buckets accept.
func (t *Tables) gather(text []byte, c *Classes, i, end int, escaped bool, h *Hits) int {
	v := &h.vectors
	at, n := (i-c.From)/64, (end-i+63)/64
	t.combine(text[i:], c, at, n, v)
	if len(text)-end < Depth-1 { // what is missing of a run fits
		edge := max(0, len(text)-i-Depth+1)
		for k, from := edge/64, ^uint64(0)<<(edge%64); k < n; k, from = k+1, ^uint64(0) {
			if runs := c.Run[at+k] & c.DigitStart[at+k] & t.runs & from; runs != 0 {
				v.candidates[k] |= runs
				v.nonzero[k/8] |= 1 << (k % 8)
			}
		}
	}
	v.candidates[n-1] &= ^uint64(0) >> (-(end - i) & 63)

	nonzero := binary.LittleEndian.Uint64(v.nonzero[:]) & (^uint64(0) >> (-n & 63))
	found, left := t.places(&v.candidates, nonzero, &h.places)
	if left != 0 {
		end = i + 64*bits.TrailingZeros64(left)
	}
	t.exact(text, c, i, at, escaped, h, h.places[:found])
	return end
}

// places puts the places of the bits of candidates into places, until there could be no room for all of a word's. It returns how
// many there are, and which of the words, those with a bit in nonzero, are left.
func (t *Tables) places(candidates *[maxWords]uint64, nonzero uint64, places *[maxHits + 64]uint16) (found int, left uint64) {
	if nonzero == 0 {
		return 0, 0
	}
	switch t.by {
	case avx512:
		return places512(candidates, nonzero, places)
	case avx2:
		return places256(candidates, nonzero, places)
	}
	for ; nonzero != 0 && found <= maxHits-64; nonzero &= nonzero - 1 {
		k := bits.TrailingZeros64(nonzero)
		m, first := candidates[k], uint16(64*k)
		count := bits.OnesCount64(m)
		four := (*[4]uint16)(places[found:]) // there are seldom more
		for c := range four {
			four[c] = first + uint16(bits.TrailingZeros64(m))
			m &= m - 1
		}
		for c := 4; c < count; c++ {
			places[found+c] = first + uint16(bits.TrailingZeros64(m))
			m &= m - 1
		}
		found += count
	}
	return found, nonzero
}

// exact turns candidates, which are offsets from i, into hits. Word at of c is for text[i].
func (t *Tables) exact(text []byte, c *Classes, i, at int, escaped bool, h *Hits, places []uint16) {
	h.N = 0
	for len(places) > 0 {
		n := t.exactPlaces(text, c, i, at, h, places)
		if n == len(places) {
			return
		}
		k := int(places[n])
		m := t.at(text, i+k, escaped) &^ escapeBit
		if c.Run[at+k/64]>>(k%64)&1 == 0 {
			m &^= t.run
		}
		h.At[h.N%maxHits] = int32(i + k)
		h.Mask[h.N%maxHits] = m
		h.N += int((m | -m) >> 63)
		places = places[n+1:]
	}
}

// exactPlain is exact up to the first place that is special, unless no anchor fits there: it returns how many are before.
func (t *Tables) exactPlain(text []byte, c *Classes, i, at int, h *Hits, places []uint16) int {
	for n, k := range places {
		word := at + int(k/64)
		p := i + int(k)
		if c.Special[word]>>(k%64)&1 != 0 {
			if p+Depth > len(text) || t.sets(text, p)&^escapeBit != 0 {
				return n
			}
			continue
		}
		q := (*[Depth + 1]byte)(text[p-1:])
		m := t.before[t.class[q[1]]][q[0]] & t.mask[0][q[1]] & t.mask[1][q[2]] & t.mask[2][q[3]] & t.mask[3][q[4]] &
			t.mask[4][q[5]] & t.mask[5][q[6]] & t.mask[6][q[7]] & t.mask[7][q[8]]
		m &= (escapeBit - 1) & (^t.run | -(c.Run[word] >> (k % 64) & 1))
		h.At[h.N%maxHits] = int32(p)
		h.Mask[h.N%maxHits] = m
		h.N += int((m | -m) >> 63)
	}
	return len(places)
}

// at returns the anchors at text[p:]: runs are not looked at.
func (t *Tables) at(text []byte, p int, escaped bool) uint64 {
	if escaped {
		switch end := escapeEnd(text, p); {
		case end == p && p > 0:
			return t.behind(text, p)
		case end > p:
			return t.hidden(text, p)
		}
	}
	return t.fit(text, p)
}

// combine works out the candidates of n blocks of text, the first of which has word at of c.
func (t *Tables) combine(text []byte, c *Classes, at, n int, v *vectors) {
	switch t.by {
	case avx512:
		combine512(c, at, n, v, &t.lookups)
		return
	case avx2:
		t.combine256(text, c, at, n, v)
		return
	}
	t.combinePlain(c, at, n, v)
	if t.runs == 0 {
		return
	}
	for k := range n {
		runs := c.Run[at+k] & c.DigitStart[at+k]
		if runs == 0 {
			continue
		}
		found := v.candidates[k]
		for now, next := c.Digit[at+k], c.Digit[at+k+1]; runs != 0; runs &= runs - 1 {
			p := bits.TrailingZeros64(runs)
			layout := now>>1>>p | next<<(63-p)
			found |= uint64(t.lookups.layouts[layout&127]) << p
		}
		if v.candidates[k] = found; found != 0 {
			v.nonzero[k/8] |= 1 << (k % 8)
		}
	}
}

// combinePlain is combine, without runs.
func (t *Tables) combinePlain(c *Classes, at, n int, v *vectors) {
	for k := range n {
		var m [bucketKinds]uint64
		for s := range v.accepted[:t.lookups.count] {
			for kind := range m {
				m[kind] |= v.accepted[s][kind][k]
			}
		}
		found := m[kindWord]&c.WordStart[at+k] | m[kindDigit]&c.DigitStart[at+k] | m[kindAny]
		v.candidates[k] = found
		v.nonzero[k/8] &^= 1 << (k % 8)
		if found != 0 {
			v.nonzero[k/8] |= 1 << (k % 8)
		}
	}
}
