package detect

import (
	"math/bits"
	"slices"

	"github.com/mcpveil/mcpveil/internal/bytescan"
)

// A lane has room for some sixty anchors, and there are hundreds of literals. Anchors that
// are shared by several let in what none of them wants, and to walk an automaton for each
// would cost more than the scan. So where such an anchor is found a sieve tells which of the
// patterns may begin there, by as many bytes as the anchors of each could tell by themselves.

// A sieve has groups of one pattern each, which are anchored alike.
type sieve struct {
	members []*group
	tables  []sieveTable
}

// A sieveTable is for the starts of some members: a bit for each.
type sieveTable struct {
	fits   [bytescan.Depth][256]uint64 // by place and byte: starts that have it there
	member [64]uint16                  // by bit
	n      int
}

// sieveStarts is how many starts of one member are told apart.
const sieveStarts = 4

func newSieve(members []*group) *sieve {
	v := &sieve{members: members}
	type fine struct {
		start
		member uint16
	}
	var all []fine
	for i, g := range members {
		for _, st := range g.parts {
			all = append(all, fine{st, uint16(i)})
		}
	}
	// What begins alike is in one table, so that most of them need one look.
	slices.SortStableFunc(all, func(a, b fine) int { return compareSets(&a.sets[0], &b.sets[0]) })
	for _, st := range all {
		if k := len(v.tables); k == 0 || v.tables[k-1].n == 64 {
			v.tables = append(v.tables, sieveTable{})
		}
		t := &v.tables[len(v.tables)-1]
		t.member[t.n] = st.member
		for k := range st.sets {
			for c := range 256 {
				if st.sets[k].Has(byte(c)) {
					t.fits[k][c] |= 1 << t.n
				}
			}
		}
		t.n++
	}
	return v
}

// compareSets orders sets by their first byte.
func compareSets(a, b *bytescan.Set) int {
	for i := range a {
		if a[i] != b[i] {
			return bits.TrailingZeros64(a[i]) - bits.TrailingZeros64(b[i])
		}
	}
	return 0
}

// sift reports the matches of those of v's members that may begin at raw[at].
func (s *scan) sift(v *sieve, at int) {
	for i := range v.tables {
		t := &v.tables[i]
		may := t.fits[0][s.raw[at]]
		for k := 1; k < bytescan.Depth && may != 0 && at+k < len(s.raw); k++ {
			may &= t.fits[k][s.raw[at+k]]
		}
		last := -1
		for ; may != 0; may &= may - 1 {
			if m := int(t.member[bits.TrailingZeros64(may)&63]); m != last {
				last = m
				s.matchAt(v.members[m], at)
			}
		}
	}
}
