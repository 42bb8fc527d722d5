package detect

import (
	"iter"
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
	class   [256]uint8 // of bytes that none of the tables tells apart
	tables  []sieveTable
}

// A sieveTable is for the starts of some members: a bit for each.
type sieveTable struct {
	fits   [bytescan.Depth][]uint64 // by place and class: starts that have it there
	member [64]uint16               // by bit
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
	reps := v.classify(func(yield func(*bytescan.Set) bool) {
		for i := range all {
			for k := range all[i].sets {
				if !yield(&all[i].sets[k]) {
					return
				}
			}
		}
	})
	for part := range slices.Chunk(all, 64) {
		t := sieveTable{n: len(part)}
		for k := range t.fits {
			t.fits[k] = make([]uint64, len(reps))
		}
		for i := range part {
			t.member[i] = part[i].member
			for k := range t.fits {
				for class, c := range reps {
					if part[i].sets[k].Has(c) {
						t.fits[k][class] |= 1 << i
					}
				}
			}
		}
		v.tables = append(v.tables, t)
	}
	return v
}

// classify numbers the bytes by which sets they are in, and returns one of each class.
func (v *sieve) classify(sets iter.Seq[*bytescan.Set]) (reps []byte) {
	for set := range sets {
		if *set == everything {
			continue
		}
		var known [256][2]uint16 // by the class so far, and whether it is in set: the class from now on, plus 1
		n := uint16(0)
		for c := range 256 {
			id := &known[v.class[c]][bit(set.Has(byte(c)))]
			if *id == 0 {
				n++
				*id = n
			}
			v.class[c] = uint8(*id - 1)
		}
	}
	for c := range 256 {
		if int(v.class[c]) == len(reps) {
			reps = append(reps, byte(c))
		}
	}
	return reps
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
	var c [bytescan.Depth]uint8 // classes of the bytes there
	n := min(len(c), len(s.raw)-at)
	for k := range n {
		c[k] = v.class[s.raw[at+k]]
	}
	for i := range v.tables {
		t := &v.tables[i]
		var may uint64
		if n == len(c) {
			// Four places at once: to leave at the first that does not fit would mostly be foretold wrong.
			if may = t.fits[0][c[0]] & t.fits[1][c[1]] & t.fits[2][c[2]] & t.fits[3][c[3]]; may == 0 {
				continue
			}
			may &= t.fits[4][c[4]] & t.fits[5][c[5]] & t.fits[6][c[6]] & t.fits[7][c[7]]
		} else {
			may = ^uint64(0)
			for k := range n {
				may &= t.fits[k][c[k]]
			}
		}
		last := -1
		for ; may != 0; may &= may - 1 {
			if m := int(t.member[bits.TrailingZeros64(may)&63]); m != last {
				last = m
				if g := v.members[m]; s.seconds(g.patterns[0]) {
					s.matchAt(g, at)
				}
			}
		}
	}
}
