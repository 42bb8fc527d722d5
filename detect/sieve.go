package detect

import (
	"encoding/binary"
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
	mesh    mesh
}

// A mesh tells which of up to 1<<16 groups may match where an anchor of theirs is found.
type mesh struct {
	class  [256]uint8 // of bytes that none of the tables tells apart
	tables []meshTable
}

// A meshTable is for the starts of some groups: a bit for each.
type meshTable struct {
	fits  [][bytescan.Depth]uint64 // by class and place: starts that have it there
	group [64]uint16               // by bit
}

// sieveStarts is how many starts of one member are told apart.
const sieveStarts = 4

// newMesh returns a mesh of the groups of which which is true.
func newMesh(groups []*group, which func(int) bool) (m mesh) {
	type fine struct {
		start
		group uint16
	}
	var all []fine
	for i, g := range groups {
		if which(i) {
			for _, st := range g.parts {
				all = append(all, fine{st, uint16(i)})
			}
		}
	}
	// What begins alike is in one table, so that most of them need one look.
	slices.SortStableFunc(all, func(a, b fine) int { return compareSets(&a.sets[0], &b.sets[0]) })
	reps := m.classify(func(yield func(*bytescan.Set) bool) {
		for i := range all {
			for k := range all[i].sets {
				if !yield(&all[i].sets[k]) {
					return
				}
			}
		}
	})
	for part := range slices.Chunk(all, 64) {
		t := meshTable{fits: make([][bytescan.Depth]uint64, len(reps))}
		for i := range part {
			t.group[i] = part[i].group
			for class, c := range reps {
				for k := range part[i].sets {
					if part[i].sets[k].Has(c) {
						t.fits[class][k] |= 1 << i
					}
				}
			}
		}
		m.tables = append(m.tables, t)
	}
	return m
}

// classify numbers the bytes by which sets they are in, and returns one of each class.
func (m *mesh) classify(sets iter.Seq[*bytescan.Set]) (reps []byte) {
	for set := range sets {
		if *set == everything {
			continue
		}
		var known [256][2]uint16 // by the class so far, and whether it is in set: the class from now on, plus 1
		n := uint16(0)
		for c := range 256 {
			id := &known[m.class[c]][bit(set.Has(byte(c)))]
			if *id == 0 {
				n++
				*id = n
			}
			m.class[c] = uint8(*id - 1)
		}
	}
	for c := range 256 {
		if int(m.class[c]) == len(reps) {
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

// passes returns the starts in t that fit the first eight bytes of text, which has as many.
func (m *mesh) passes(t *meshTable, text []byte) uint64 {
	v := binary.LittleEndian.Uint64(text)
	a, b, c, d := &t.fits[m.class[uint8(v)]], &t.fits[m.class[uint8(v>>8)]], &t.fits[m.class[uint8(v>>16)]], &t.fits[m.class[uint8(v>>24)]]
	// Four places at once: to leave at the first that does not fit would mostly be foretold wrong.
	may := a[0] & b[1] & c[2] & d[3]
	if may == 0 {
		return 0
	}
	a, b, c, d = &t.fits[m.class[uint8(v>>32)]], &t.fits[m.class[uint8(v>>40)]], &t.fits[m.class[uint8(v>>48)]], &t.fits[m.class[uint8(v>>56)]]
	return may & a[4] & b[5] & c[6] & d[7]
}

// passesShort is passes for the end of a text.
func (m *mesh) passesShort(t *meshTable, text []byte) uint64 {
	may := ^uint64(0)
	for k := range min(len(text), bytescan.Depth) {
		may &= t.fits[m.class[text[k]]][k]
	}
	return may
}

// may returns which groups may match where text begins, as bits.
func (m *mesh) may(text []byte) (groups uint64) {
	for i := range m.tables {
		t := &m.tables[i]
		var may uint64
		if len(text) >= bytescan.Depth {
			may = m.passes(t, text)
		} else {
			may = m.passesShort(t, text)
		}
		for ; may != 0; may &= may - 1 {
			groups |= 1 << t.group[bits.TrailingZeros64(may)&63]
		}
	}
	return groups
}

// sift reports the matches of those of v's members that may begin at raw[at].
func (s *scan) sift(v *sieve, at int) {
	text := s.raw[at:]
	for i := range v.mesh.tables {
		t := &v.mesh.tables[i]
		var may uint64
		if len(text) >= bytescan.Depth {
			may = v.mesh.passes(t, text)
		} else {
			may = v.mesh.passesShort(t, text)
		}
		last := -1
		for ; may != 0; may &= may - 1 {
			if m := int(t.group[bits.TrailingZeros64(may)&63]); m != last {
				last = m
				if g := v.members[m]; s.seconds(g.patterns[0]) {
					s.matchAt(g, at)
				}
			}
		}
	}
}
